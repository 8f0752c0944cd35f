//! The suite against the reference, and a guard that no behaviour is left out of it.

mod databases;
mod faults;
mod listed;

mod mem_store {
    use futures::executor::block_on;
    use keyturn_testkit::mem_store::MemStore;
    use keyturn_testkit::suite::Subject;

    async fn make() -> Subject {
        Subject::new(MemStore::new(), ())
    }

    keyturn_testkit::store_suite!(make, block_on);
}
