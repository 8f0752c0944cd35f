//! What is sent along with `BEGIN` and with `COMMIT`: it is one transaction all the same, and a refusal of any part is one of the whole.

use std::future::poll_fn;
use std::time::Duration;

use jiff::SignedDuration;
use keyturn_core::model::{AccountState, AuditEvent, AuditKind, Delivery, EndReason, ImportedUser, Origin};
use keyturn_core::ports::{EndOutcome, ImportOutcome, ImportUsers, SessionStore, StoreError, TransferStore};
use keyturn_store::{OpenMode, PostgresOptions, PostgresStore};
use keyturn_testkit::fixtures::World;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use super::Place;
use crate::block_on;

/// Held by whoever writes changes, from before their insertion to the commit.
const CHANGES_LOCK: &str = "pg_advisory_xact_lock(1801812340, 1)";

#[test]
fn a_sign_out_whose_change_is_refused_is_none() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(81));
        let impatient = PostgresOptions {
            lock_timeout: Duration::from_millis(50),
            pool_size: 1,
            ..place.options()
        };
        let store = PostgresStore::open(impatient, OpenMode::Existing, None)
            .await
            .unwrap();
        let ann = world.sign_up(&store, "ann").await.account;
        let session = world.sign_in(&store, &ann, Delivery::Body).await;
        let holder = place.raw().await;
        let hold = format!("BEGIN; SELECT {CHANGES_LOCK}");
        holder.batch_execute(&hold).await.unwrap();
        let end = || world.ending(&session, EndReason::SignedOut);
        let refused = store.end_session(end(), world.now()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        let found = store.find_session(session.id).await.unwrap().unwrap();
        assert_eq!(found.session.ended, None, "no half of it was committed");
        assert_eq!(count(&holder, "changes WHERE kind = 'session.ended'").await, 0);
        holder.batch_execute("COMMIT").await.unwrap();
        let ended = store.end_session(end(), world.now()).await.unwrap();
        assert_eq!(ended, EndOutcome::Ended);
    });
}

#[test]
fn r5_4_a_batch_with_a_row_that_the_engine_refuses_leaves_nothing_behind() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(82));
        let alone = PostgresOptions {
            pool_size: 1,
            ..place.options()
        };
        let store = PostgresStore::open(alone, OpenMode::Existing, None)
            .await
            .unwrap();
        let raw = place.raw().await;
        // No text of this engine holds a NUL.
        let broken = import(&world, &["Ann", "B\0b"]);
        let refused = store.import_users(broken, world.now()).await;
        assert!(refused.is_err(), "{refused:?}");
        for table in ["users", "changes", "audit_events"] {
            assert_eq!(count(&raw, table).await, 0, "{table}");
        }
        let taken = store
            .import_users(import(&world, &["Ann", "Bob"]), world.now())
            .await;
        assert_eq!(taken.unwrap(), [ImportOutcome::Imported, ImportOutcome::Imported]);
        for (table, rows) in [("users", 2), ("changes", 2), ("audit_events", 1)] {
            assert_eq!(count(&raw, table).await, rows, "{table}");
        }
        let one = "SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM users
            UNION ALL SELECT xmin FROM changes UNION ALL SELECT xmin FROM audit_events) AS written";
        let transactions: i64 = raw.query_one(one, &[]).await.unwrap().get(0);
        assert_eq!(transactions, 1);
    });
}

#[test]
fn who_knows_something_is_woken_and_nobody_else() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(83));
        let store = place.open().await;
        let (listening, mut woken) = listen(&place).await;
        let ann = world.sign_up(&store, "ann").await.account;
        let session = world.sign_in(&store, &ann, Delivery::Body).await;
        // What was sent before an answer is there with it.
        listening.batch_execute("SELECT 1").await.unwrap();
        assert!(woken.try_recv().is_err(), "nobody knew anything of Ann");
        let end = world.ending(&session, EndReason::SignedOut);
        store.end_session(end, world.now()).await.unwrap();
        assert_eq!(woken.recv().await.as_deref(), Some("keyturn_changes"));
    });
}

/// Accounts of another application with these names.
fn import(world: &World, names: &[&str]) -> ImportUsers {
    let now = world.now();
    let user = |(index, name): (usize, &&str)| ImportedUser {
        id: ImportedUser::id_for(&index.to_string(), now, &world.entropy),
        subject: index.to_string(),
        email: None,
        username: None,
        name: Some((*name).to_owned()),
        metadata: serde_json::json!({}),
        password_hash: world.password_hash("secret"),
        state: AccountState::Active,
        permissions: Vec::new(),
        created_at: now - SignedDuration::from_hours(24),
        last_login_at: None,
    };
    ImportUsers {
        users: names.iter().enumerate().map(user).collect(),
        audit: AuditEvent {
            at: now,
            kind: AuditKind::UsersImported,
            user_id: None,
            session_id: None,
            detail: "two lines".to_owned(),
            origin: Origin::COMMAND_LINE,
        },
    }
}

async fn count(raw: &Client, rows: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {rows}");
    raw.query_one(&sql, &[]).await.unwrap().get(0)
}

/// A connection that is told when changes are to be read, and by which channel.
async fn listen(place: &Place) -> (Client, mpsc::UnboundedReceiver<String>) {
    let (client, mut connection) = tokio_postgres::connect(place.url(), NoTls).await.unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                drop(tell.send(notification.channel().to_owned()));
            }
        }
    });
    client.batch_execute("LISTEN keyturn_changes").await.unwrap();
    (client, told)
}
