//! Who may create, who may migrate, and who may read the files.

use keyturn_core::ports::StoreHealth;
use keyturn_store::{OpenError, OpenMode, SqliteStore};

use crate::{Place, block_on};

#[test]
fn a_missing_file_is_created_only_by_migrating() {
    let place = Place::new();
    let refused = SqliteStore::open(&place.path(), OpenMode::Existing, None).unwrap_err();
    assert!(matches!(refused, OpenError::Absent { .. }));
    assert!(refused.to_string().contains("`keyturn migrate`"), "{refused}");
    assert!(!place.path().exists());
    drop(place.open());
    block_on(
        SqliteStore::open(&place.path(), OpenMode::Existing, None)
            .unwrap()
            .check(),
    )
    .unwrap();
}

#[test]
fn an_empty_database_is_not_migrated_by_the_way() {
    let place = Place::new();
    place
        .raw()
        .execute_batch("CREATE TABLE other (id INTEGER)")
        .unwrap();
    let refused = SqliteStore::open(&place.path(), OpenMode::Existing, None).unwrap_err();
    assert!(matches!(refused, OpenError::Outdated { found: 0, .. }));
    assert!(refused.to_string().contains("`keyturn migrate`"), "{refused}");
}

#[test]
fn a_newer_schema_is_refused() {
    let place = Place::new();
    drop(place.open());
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES (9999, 'from_the_future', '2030-01-01T00:00:00Z', '1')";
    place.raw().execute_batch(newer).unwrap();
    for mode in [OpenMode::Migrate, OpenMode::Existing] {
        let refused = SqliteStore::open(&place.path(), mode, None).unwrap_err();
        assert!(
            matches!(refused, OpenError::Newer { found: 9999, .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains("newer keyturn"), "{refused}");
    }
}

#[test]
fn processes_that_start_together_migrate_once() {
    for _ in 0..5 {
        start_together(&Place::new());
    }
}

fn start_together(place: &Place) {
    let start = std::sync::Barrier::new(6);
    let open = || {
        start.wait();
        place.open()
    };
    std::thread::scope(|scope| {
        let starting: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
        for store in starting {
            block_on(store.join().unwrap().check()).unwrap();
        }
    });
    let count = "SELECT count(*) FROM refinery_schema_history";
    let applied: u32 = place.raw().query_row(count, [], |row| row.get(0)).unwrap();
    let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap();
    assert_eq!(
        usize::try_from(applied).unwrap(),
        migrations.count(),
        "each migration once"
    );
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let store = place.open();
    block_on(store.check()).unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place.0.path()).unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name().into_string().unwrap());
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{names:?}"
        );
    }
    names.sort();
    assert_eq!(
        names,
        [
            "keyturn.db",
            "keyturn.db-migrate",
            "keyturn.db-shm",
            "keyturn.db-use",
            "keyturn.db-wal"
        ]
    );
}

#[test]
fn a_closed_store_leaves_one_file_of_data() {
    let place = Place::new();
    let store = place.open();
    block_on(store.check()).unwrap();
    drop(store);
    assert!(!place.path().with_extension("db-wal").exists());
    assert!(!place.path().with_extension("db-shm").exists());
}
