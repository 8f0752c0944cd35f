//! What bringing the code of a prepared session means: the whole table (R2.6).

use keyturn_core::credential::{OneTimeToken, SessionCode};
use keyturn_core::model::AccountState::{self, Active, Inactive, Pending, Suspended};
use keyturn_core::model::{Account, CodeVerdict, Errand, OneTimePurpose, PreparedSession, UserId};
use keyturn_testkit::entropy::SeededEntropy;
use serde_json::json;

const ID: &str = "0190c2a4-0000-7000-8000-000000000001";

fn prepared(epoch: i64) -> PreparedSession {
    PreparedSession {
        service: "portal".parse().unwrap(),
        epoch,
    }
}

#[test]
fn r2_6_a_code_lets_in_active_accounts_whose_sessions_were_not_ended_since() {
    for (why, state, epoch, verdict) in [
        ("as it was prepared", Active, 3, CodeVerdict::LetIn),
        ("all sessions ended since", Active, 4, CodeVerdict::Void),
        ("a store put back", Active, 2, CodeVerdict::Void),
        ("suspended since", Suspended, 4, not(Suspended)),
        ("switched off since", Inactive, 3, not(Inactive)),
        ("not yet activated", Pending, 3, not(Pending)),
    ] {
        assert_eq!(prepared(3).judge(&ann(state, epoch)), verdict, "{why}");
    }
}

fn ann(state: AccountState, session_epoch: i64) -> Account {
    Account {
        id: ID.parse().unwrap(),
        subject: ID.to_owned(),
        email: None,
        username: None,
        state,
        permissions: Vec::new(),
        session_epoch,
        epoch_reason: None,
    }
}

fn not(state: AccountState) -> CodeVerdict {
    CodeVerdict::NotActive(state)
}

#[test]
fn a_row_that_names_no_service_or_no_epoch_is_refused() {
    let id: UserId = ID.parse().unwrap();
    let errand = Errand::SessionStart(id, prepared(7));
    let purpose = OneTimePurpose::SessionStart;
    let read = |data| Errand::from_parts(purpose, Some(id), &data);
    assert_eq!(read(errand.data()), Ok(errand));
    for data in [
        json!({}),
        json!({ "service": "portal" }),
        json!({ "epoch": 7 }),
        json!({ "service": "Portal", "epoch": 7 }),
        json!({ "service": "portal", "epoch": "7" }),
    ] {
        assert!(read(data.clone()).is_err(), "{data}");
    }
}

#[test]
fn a_code_has_one_spelling_and_is_no_mailed_token() {
    let code = SessionCode::generate(&SeededEntropy::new(1));
    let text = code.reveal();
    assert_eq!(SessionCode::parse(&text).unwrap().hash(), code.hash());
    let bare = text.strip_prefix("ktc_").unwrap();
    for other in [
        String::new(),
        bare.to_owned(),
        format!("kto_{bare}"),
        format!("{}=", *text),
        format!("{} ", *text),
        text[..text.len() - 1].to_owned(),
    ] {
        assert!(SessionCode::parse(&other).is_err(), "{other}");
    }
    let mailed = OneTimeToken::parse(&format!("kto_{bare}")).unwrap();
    assert_ne!(mailed.hash(), code.hash(), "the same bytes, for something else");
    assert_eq!(format!("{code:?}"), "SessionCode(…)");
}
