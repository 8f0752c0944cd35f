//! What administrators may write, and that one of them is left.

use keyturn_core::administration::{
    METADATA_MAX, PERMISSION_MAX, PERMISSIONS_MAX, WritingRefused, check_metadata, difference,
    is_administrator, permissions, takes_administrator,
};
use keyturn_core::model::{Account, AccountState, EmailAddress, UserId};
use keyturn_core::ports::Profile;
use serde_json::{Value, json};
use uuid::Uuid;

fn account(state: AccountState, names: &[&str]) -> Account {
    Account {
        id: UserId(Uuid::nil()),
        subject: "1".to_owned(),
        email: None,
        username: None,
        state,
        permissions: owned(names),
        session_epoch: 0,
        epoch_reason: None,
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn r2_6_an_administrator_is_active_and_has_exactly_this_permission() {
    for (state, names, administers) in [
        (AccountState::Active, &["admin"][..], true),
        (AccountState::Active, &["a", "admin", "z"], true),
        (AccountState::Active, &[], false),
        (AccountState::Active, &["Admin"], false),
        (AccountState::Active, &["admin "], false),
        (AccountState::Active, &["administrator", "tasks:admin"], false),
        (AccountState::Pending, &["admin"], false),
        (AccountState::Inactive, &["admin"], false),
        (AccountState::Suspended, &["admin"], false),
    ] {
        assert_eq!(
            is_administrator(&account(state, names)),
            administers,
            "{state} {names:?}"
        );
    }
}

#[test]
fn r2_6_a_change_takes_an_administrator_only_where_there_was_one() {
    use AccountState::{Active, Inactive, Suspended};
    for (case, before, after, takes) in [
        ("demoted", (Active, "admin"), (Active, "other"), true),
        ("suspended", (Active, "admin"), (Suspended, "admin"), true),
        ("deactivated", (Active, "admin"), (Inactive, "admin"), true),
        ("both", (Active, "admin"), (Suspended, "other"), true),
        ("as it was", (Active, "admin"), (Active, "admin"), false),
        ("never one", (Active, "other"), (Suspended, "other"), false),
        ("promoted", (Active, "other"), (Active, "admin"), false),
        (
            "suspended before",
            (Suspended, "admin"),
            (Suspended, "other"),
            false,
        ),
        ("let in again", (Suspended, "admin"), (Active, "admin"), false),
    ] {
        let account = account(before.0, &[before.1]);
        assert_eq!(
            takes_administrator(&account, after.0, &owned(&[after.1])),
            takes,
            "{case}"
        );
    }
}

#[test]
fn permissions_are_names_that_can_travel() {
    let many: Vec<String> = (0..=PERMISSIONS_MAX).map(|number| format!("p{number}")).collect();
    let long = "x".repeat(PERMISSION_MAX);
    assert_eq!(permissions(owned(&["b", "a", "b"]), &[]), Ok(owned(&["a", "b"])));
    assert_eq!(permissions(Vec::new(), &[]), Ok(Vec::new()));
    for name in ["admin", "tasks:write", "a.b/c-d_e", "*", "team@9", &long] {
        assert_eq!(permissions(owned(&[name]), &[]), Ok(owned(&[name])), "{name}");
    }
    let too_long = format!("{long}x");
    for name in [
        "", " ", "a b", "a,b", "a\nb", "ä", "\"a\"", "a;b", "a=b", "a\0", &too_long,
    ] {
        let refused = Err(WritingRefused::PermissionName);
        assert_eq!(permissions(owned(&["a", name]), &[]), refused, "{name:?}");
        let held = owned(&[name]);
        assert!(
            permissions(owned(&["a", name]), &held).is_ok(),
            "{name:?} was held before"
        );
    }
    let most = many[1..].to_vec();
    assert!(permissions(most, &[]).is_ok());
    assert_eq!(permissions(many, &[]), Err(WritingRefused::TooManyPermissions));
}

#[test]
fn metadata_is_a_small_object_that_every_store_keeps() {
    let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({ "a": inner }));
    let sized = |bytes: usize| json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) });
    for (case, metadata, refused) in [
        ("empty", json!({}), None),
        (
            "all kinds",
            json!({ "a": [1, -1.5, null, true, "é\u{1}"], "b": {} }),
            None,
        ),
        ("as large as may be", sized(METADATA_MAX), None),
        (
            "a byte more",
            sized(METADATA_MAX + 1),
            Some(WritingRefused::MetadataTooLarge),
        ),
        ("as deep as may be", nested(16), None),
        ("deeper", nested(17), Some(WritingRefused::MetadataTooDeep)),
        ("a list", json!([]), Some(WritingRefused::MetadataNoObject)),
        ("null", Value::Null, Some(WritingRefused::MetadataNoObject)),
        ("NUL", json!({ "a": ["\0"] }), Some(WritingRefused::MetadataNul)),
        (
            "NUL in a name",
            json!({ "\0": 1 }),
            Some(WritingRefused::MetadataNul),
        ),
    ] {
        assert_eq!(check_metadata(&metadata).err(), refused, "{case}");
    }
}

#[test]
fn a_difference_names_fields_and_permissions_and_no_other_value() {
    let before = Profile {
        email: EmailAddress::parse("ann@example.com").ok(),
        username: None,
        name: Some("Ann".to_owned()),
        permissions: owned(&["a", "b"]),
        metadata: json!({ "secret": "plan" }),
    };
    let changed = Profile {
        email: None,
        username: None,
        name: None,
        permissions: owned(&["b", "c"]),
        metadata: json!({}),
    };
    let sorted = Profile {
        permissions: owned(&["b", "a"]),
        ..before.clone()
    };
    for (after, said) in [
        (changed, "email, name, metadata, permissions +c -a"),
        (sorted, "permissions"),
        (before.clone(), ""),
    ] {
        assert_eq!(difference(&before, &after), said);
    }
}
