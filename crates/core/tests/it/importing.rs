//! Taking over accounts of another application: what a row may hold, and what becomes of it.

use std::sync::Arc;

use keyturn_core::import::{ImportField, ImportRecord, ImportRow, ImportRules, read};
use keyturn_core::model::{AccountState, NewUser};
use keyturn_core::password::HashSettings;
use keyturn_core::ports::{Store, UserStore};
use keyturn_core::service::{ImportPolicy, Importer, RowRefusal, TakenOver};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::{MemStore, StoreFault};
use serde_json::{Value, json};

const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";

fn record(fields: &Value) -> ImportRecord {
    let fields = fields.as_object().unwrap().iter();
    let fields = fields.map(|(name, value)| (ImportField::named(name).unwrap(), value.clone()));
    ImportRecord {
        line: 2,
        fields: fields.collect(),
    }
}

fn row(fields: &Value, allow_admin: bool) -> Result<ImportRow, String> {
    let now = World::new(1).now();
    let read = read(&record(fields), ImportRules { now, allow_admin });
    read.map_err(|error| format!("{}: {}", error.field, error.message))
}

#[test]
fn r5_4_an_id_is_taken_verbatim() {
    let id = |id: Value| row(&json!({ "id": id }), false).map(|row| row.subject);
    assert_eq!(id(json!(42)), Ok("42".into()));
    assert_eq!(id(json!(-1)), Ok("-1".into()));
    assert_eq!(id(json!(u64::MAX)), Ok("18446744073709551615".into()));
    for text in [
        "42",
        "0042",
        "Ann",
        "a|b/c d",
        "auth0|5f7c8ec7c33c6c004bbafe82",
        "\u{9375}",
    ] {
        assert_eq!(id(json!(text)), Ok(text.into()));
    }
    let long = "x".repeat(255);
    assert_eq!(id(json!(long)), Ok(long.clone()));
    for wrong in [
        json!(null),
        json!(""),
        json!(1.5),
        json!(true),
        json!([1]),
        json!(format!("{long}x")),
        json!(" 42"),
        json!("42\n"),
        json!("4\u{0}2"),
    ] {
        assert!(
            id(wrong.clone()).is_err_and(|error| error.starts_with("id: ")),
            "{wrong}"
        );
    }
}

#[test]
fn a_row_is_read_as_databases_write_it() {
    let row = row(
        &json!({
            "id": "7", "email": "Ann@B\u{fc}cher.example", "username": "ann", "name": "Ann", "state": "", "is_active": "f",
            "permissions": "reports; billing,reports", "metadata": "{\"plan\":\"gold\"}", "created_at": "2024-05-01 12:00:00.123456+00",
            "last_login": 1_714_600_000_000_i64, "password_hash": BCRYPT,
        }),
        false,
    )
    .unwrap();
    assert_eq!(row.email.unwrap().key(), "ann@xn--bcher-kva.example");
    assert_eq!(row.state, AccountState::Inactive);
    assert_eq!(row.permissions, ["billing", "reports"]);
    assert_eq!(row.metadata, json!({ "plan": "gold" }));
    assert_eq!(row.created_at.to_string(), "2024-05-01T12:00:00.123456Z");
    assert_eq!(row.last_login_at.unwrap().to_string(), "2024-05-01T21:46:40Z");
    assert_eq!(row.password_hash.unwrap().as_str(), BCRYPT);
}

#[test]
fn what_is_absent_has_its_default() {
    let now = World::new(1).now();
    for nothing in [
        json!({ "id": 7 }),
        json!({ "id": 7, "email": "", "name": null, "password_hash": "", "state": null }),
    ] {
        let row = row(&nothing, false).unwrap();
        assert_eq!((row.email, row.username, row.name), (None, None, None));
        assert_eq!((row.state, row.created_at), (AccountState::Active, now));
        assert_eq!((row.last_login_at, row.password_hash), (None, None));
        assert_eq!((row.permissions.len(), row.metadata), (0, json!({})));
    }
}

#[test]
fn times_are_read_in_every_usual_form() {
    let time = |value: Value| {
        row(&json!({ "id": 7, "created_at": value }), false).map(|row| row.created_at.to_string())
    };
    for value in [
        json!("2024-05-01T12:00:00Z"),
        json!("2024-05-01T14:00:00+02:00"),
        json!("2024-05-01 12:00:00"),
        json!("2024-05-01T12:00:00.000000"),
        json!("2024-05-01 14:00:00+02"),
        json!(1_714_564_800),
        json!("1714564800"),
        json!(1_714_564_800_000_i64),
    ] {
        assert_eq!(time(value.clone()), Ok("2024-05-01T12:00:00Z".into()), "{value}");
    }
    for wrong in [
        json!("yesterday"),
        json!(1.5),
        json!(true),
        json!("2124-05-01T12:00:00Z"),
        json!(-1),
        json!("1969-12-31"),
    ] {
        assert!(
            time(wrong.clone()).is_err_and(|error| error.starts_with("created_at: ")),
            "{wrong}"
        );
    }
}

#[test]
fn a_field_that_cannot_be_taken_over_refuses_its_row_and_is_not_repeated() {
    let table = [
        ("email", json!("Zephyr.example.org")),
        ("email", json!(7)),
        ("username", json!("Zephyr@")),
        ("name", json!("Zephyr\u{7}")),
        ("name", json!("Zephyr".repeat(40))),
        ("state", json!("Zephyr")),
        ("is_active", json!("Zephyr")),
        ("permissions", json!(["Zephyr", 7])),
        ("permissions", json!("Zephyr,,x")),
        ("permissions", json!("[\"Zephyr\"")),
        ("permissions", json!(["Zephyr with a blank"])),
        ("metadata", json!(["Zephyr"])),
        ("metadata", json!("Zephyr")),
        ("metadata", json!({ "Zephyr": "\u{0}" })),
        ("metadata", json!({ "Zephyr": "x".repeat(17_000) })),
        ("last_login", json!("Zephyr")),
        ("password_hash", json!("Zephyr")),
        ("password_hash", json!("scrypt:2:8:1$Zep\u{0}hyr$ab")),
        (
            "password_hash",
            json!("$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
        ),
    ];
    for (field, value) in table {
        let error = row(&json!({ "id": 7, field: value }), false).unwrap_err();
        assert!(error.starts_with(&format!("{field}: ")), "{error}");
        assert!(!error.contains("Zephyr") && !error.contains("2b"), "{error}");
    }
}

#[test]
fn a_password_that_was_switched_off_is_none() {
    for off in ["!", "!4lMvNdWNOJxoOOb1jmwpXkvjqAqL7Kd7gA4E3wT0"] {
        let row = row(&json!({ "id": 7, "password_hash": off }), false).unwrap();
        assert_eq!(row.password_hash, None);
    }
}

#[test]
fn nobody_becomes_an_administrator_by_a_column() {
    for permissions in [json!(["admin"]), json!("reports,admin")] {
        let fields = json!({ "id": 7, "permissions": permissions });
        let refused = row(&fields, false).unwrap_err();
        assert!(refused.contains("--allow-admin"), "{refused}");
        assert!(
            row(&fields, true)
                .unwrap()
                .permissions
                .contains(&"admin".to_owned())
        );
    }
}

#[test]
fn columns_are_known_by_the_names_that_frameworks_give_them() {
    let table = [
        ("id", Some(ImportField::Id)),
        ("userId", Some(ImportField::Id)),
        ("Email", Some(ImportField::Email)),
        ("createdAt", Some(ImportField::CreatedAt)),
        ("date_joined", Some(ImportField::CreatedAt)),
        ("is_active", Some(ImportField::IsActive)),
        ("password", Some(ImportField::PasswordHash)),
        ("hashed_password", Some(ImportField::PasswordHash)),
        ("is_superuser", None),
        ("mail", None),
        ("", None),
    ];
    for (column, field) in table {
        assert_eq!(ImportField::of_column(column), field, "{column}");
    }
}

/// An importer into this store.
fn importer(store: &Arc<MemStore>, dry_run: bool) -> Importer {
    let policy = ImportPolicy {
        hash: HashSettings::default(),
        allow_admin: false,
        dry_run,
    };
    let store: Arc<dyn Store> = store.clone();
    Importer::new(
        store,
        Arc::new(ManualClock::new()),
        Arc::new(SeededEntropy::new(3)),
        policy,
    )
}

fn lines(rows: &[Value]) -> Vec<ImportRecord> {
    let records = (2..).zip(rows).map(|(line, fields)| ImportRecord {
        line,
        ..record(fields)
    });
    records.collect()
}

fn take(importer: &mut Importer, rows: &[Value]) -> Vec<Result<TakenOver, RowRefusal>> {
    let outcomes = futures::executor::block_on(importer.take(&lines(rows))).unwrap();
    let places: Vec<u64> = outcomes.iter().map(|outcome| outcome.line).collect();
    assert_eq!(places, (2..).take(rows.len()).collect::<Vec<_>>());
    outcomes.into_iter().map(|outcome| outcome.taken).collect()
}

fn new(algorithm: Option<&'static str>) -> Result<TakenOver, RowRefusal> {
    Ok(TakenOver::Imported { algorithm })
}

#[test]
fn r5_4_each_row_has_its_own_outcome_and_a_second_run_passes_over_what_is_here() {
    let store = Arc::new(MemStore::new());
    let rows = [
        json!({ "id": 1, "email": "ann@example.org", "password_hash": BCRYPT }),
        json!({ "id": 2, "email": "not an address" }),
        json!({ "id": 3, "username": "cleo" }),
        json!({ "id": "1", "email": "dora@example.org" }),
        json!({ "id": 5, "email": "ANN@example.org" }),
        json!({ "id": 6, "username": "Cleo" }),
        json!({ "id": 7 }),
        json!({ "id": 2, "email": "bob@example.org" }),
    ];
    let twice = |field, line| Err(RowRefusal::Twice { field, line });
    // Before anything is written, and again by a real run.
    for dry_run in [true, false] {
        let outcomes = take(&mut importer(&store, dry_run), &rows);
        assert!(matches!(&outcomes[1], Err(RowRefusal::Field(error)) if error.field == "email"));
        assert_eq!(outcomes[0], new(Some("2b")));
        assert_eq!(outcomes[2], new(None));
        assert_eq!(
            outcomes[3..6],
            [twice("id", 2), twice("email", 2), twice("username", 4)]
        );
        assert_eq!(outcomes[6..], [new(None), new(None)]);
        let stored = futures::executor::block_on(store.find_user_by_subject("1")).unwrap();
        assert_eq!(stored.is_some(), !dry_run);
    }
    let again = take(&mut importer(&store, false), &rows);
    let here = Ok(TakenOver::Present { differs: false });
    for place in [0, 2, 6, 7] {
        assert_eq!(again[place], here);
    }
    let changed = [
        json!({ "id": 1, "email": "ANN@example.org", "name": "Ann" }),
        json!({ "id": 3, "username": "cleopatra" }),
        json!({ "id": 7, "email": "eve@example.org" }),
        json!({ "id": 8, "email": "bob@example.org" }),
        json!({ "id": 9, "username": "cleo" }),
    ];
    for dry_run in [true, false] {
        assert_eq!(
            take(&mut importer(&store, dry_run), &changed),
            [
                Ok(TakenOver::Present { differs: true }),
                Err(RowRefusal::Another { field: "username" }),
                Err(RowRefusal::Another { field: "email" }),
                Err(RowRefusal::EmailTaken),
                Err(RowRefusal::UsernameTaken),
            ]
        );
    }
}

#[test]
fn an_id_that_keyturn_gave_to_somebody_is_nobody_elses() {
    let store = Arc::new(MemStore::new());
    let world = World::new(9);
    let own = NewUser {
        subject: "4711".into(),
        ..world.new_user("ann")
    };
    let id = own.id;
    futures::executor::block_on(store.create_user(own, world.now())).unwrap();
    for dry_run in [true, false] {
        let taken = take(&mut importer(&store, dry_run), &[json!({ "id": id.to_string() })]);
        assert_eq!(taken, [Err(RowRefusal::IdTaken)]);
    }
}

#[test]
fn a_commit_whose_outcome_is_unknown_is_looked_for_and_made_up_for() {
    for fault in [
        StoreFault::OutcomeUnknownApplied,
        StoreFault::OutcomeUnknownDropped,
    ] {
        let store = Arc::new(MemStore::new());
        store.fail_next(fault);
        let rows = [json!({ "id": 1 }), json!({ "id": 2 })];
        assert_eq!(
            take(&mut importer(&store, false), &rows),
            [new(None), new(None)],
            "{fault:?}"
        );
    }
    let store = Arc::new(MemStore::new());
    store.set_down(true);
    let mut down = importer(&store, false);
    assert!(futures::executor::block_on(down.take(&lines(&[json!({ "id": 1 })]))).is_err());
}
