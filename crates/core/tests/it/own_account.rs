//! What happens to somebody's account while the current password is being checked.

use futures::executor::block_on;
use keyturn_core::model::{AccountState, AuditEvent, AuditKind, EndReason, Origin, UserId};
use keyturn_core::password::Password;
use keyturn_core::ports::{OwnAccountStore, Profile, UpdateUser, UserStore};
use keyturn_core::service::{
    AccountChanges, Accounts, AuthError, Authenticated, ChangeProfile, Confirmation, CreateUser, Issued,
    PermissionChange,
};

use crate::services::{House, PASSWORD, house, requester};

const OTHER: &str = "quite another quiet phrase";

fn confirmation(password: &str) -> Confirmation {
    Confirmation {
        password: Password::new(password.to_owned()),
        device: None,
    }
}

fn caller(house: &House, issued: &Issued) -> Authenticated {
    block_on(house.authority.authenticate(&issued.access_token, requester())).unwrap()
}

/// Ann, signed in.
fn ann() -> (House, UserId, Authenticated) {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let caller = caller(&house, &issued);
    (house, ann, caller)
}

fn accounts(house: &House) -> Accounts {
    Accounts::new(house.ports.clone(), Origin::COMMAND_LINE)
}

#[test]
fn a_password_reset_while_it_is_changed_is_not_undone() {
    let (house, ann, caller) = ann();
    let administrator = accounts(&house);
    house.meanwhile(async move {
        let reset = Password::new(OTHER.to_owned());
        administrator.set_password(ann, reset).await.unwrap();
    });
    let thiefs = Password::new("what the thief would like".to_owned());
    let changing = house
        .authority
        .change_password(&caller, confirmation(PASSWORD), thiefs);
    let refused = block_on(changing).unwrap_err();
    assert!(
        matches!(refused, AuthError::SessionEnded(EndReason::PasswordChanged)),
        "{refused}"
    );
    assert!(house.sign_in("ann", OTHER).is_ok());
}

#[test]
fn an_account_is_not_deleted_from_a_session_that_was_ended_meanwhile() {
    let (house, ann, caller) = ann();
    let administrator = accounts(&house);
    let session = caller.family.session.id;
    house.meanwhile(async move {
        administrator.end_session(session).await.unwrap();
    });
    let deleting = house.authority.delete_account(&caller, confirmation(PASSWORD));
    let refused = block_on(deleting).unwrap_err();
    assert!(
        matches!(refused, AuthError::SessionEnded(EndReason::Admin)),
        "{refused}"
    );
    assert!(block_on(house.store.find_user(ann)).unwrap().is_some());
}

#[test]
fn of_two_changes_of_a_profile_at_once_neither_is_lost() {
    let (house, ann, caller) = ann();
    let store = house.store.clone();
    house.meanwhile(async move {
        let user = store.find_user(ann).await.unwrap().unwrap();
        let expected = Profile::of(&user);
        let update = UpdateUser {
            user_id: ann,
            profile: Profile {
                name: Some("Ann".to_owned()),
                ..expected.clone()
            },
            expected,
            another_administrator: false,
            audit: AuditEvent {
                at: user.created_at,
                kind: AuditKind::UserUpdated,
                user_id: Some(ann),
                session_id: None,
                detail: "name".to_owned(),
                origin: Origin::COMMAND_LINE,
            },
        };
        store.update_user(update, user.created_at).await.unwrap();
    });
    let change = ChangeProfile {
        username: Some(Some("ann".to_owned())),
        name: None,
        confirmation: Some(confirmation(PASSWORD)),
    };
    let user = block_on(house.authority.change_profile(&caller, change)).unwrap();
    assert_eq!(user.name.as_deref(), Some("Ann"));
    assert_eq!(user.account.username.unwrap().as_given(), "ann");
}

#[test]
fn a_wrong_current_password_is_written_down_with_its_session_and_without_the_password() {
    let (house, ann, caller) = ann();
    let deactivating = house.authority.deactivate(&caller, confirmation(OTHER));
    let refused = block_on(deactivating).unwrap_err();
    assert!(matches!(refused, AuthError::WrongPassword));
    let events = block_on(house.store.user_audit(ann, 0, 100)).unwrap();
    let (_, event) = events.last().unwrap();
    assert_eq!(event.kind, AuditKind::ConfirmationFailed);
    assert_eq!(event.session_id, Some(caller.family.session.id));
    assert_eq!(event.detail, "deactivate");
    assert_eq!(
        event.kind.words(&event.detail),
        "a wrong current password was given to deactivate the account"
    );
}

#[test]
fn an_account_without_an_email_keeps_its_username() {
    let house = house(AccountState::Active);
    let new = CreateUser {
        email: None,
        username: Some("ann".to_owned()),
        name: None,
        password: Password::new(PASSWORD.to_owned()),
        state: AccountState::Active,
        permissions: Vec::new(),
        metadata: None,
    };
    block_on(accounts(&house).create(new)).unwrap();
    let issued = house.sign_in_by_username("ann").unwrap();
    let caller = caller(&house, &issued);
    let change = |username: Option<&str>| ChangeProfile {
        username: Some(username.map(str::to_owned)),
        name: None,
        confirmation: Some(confirmation(PASSWORD)),
    };
    let refused = block_on(house.authority.change_profile(&caller, change(None)));
    assert!(matches!(refused, Err(AuthError::Invalid(fields)) if fields[0].field == "username"));
    let renamed = block_on(house.authority.change_profile(&caller, change(Some("annie")))).unwrap();
    assert_eq!(renamed.account.username.unwrap().as_given(), "annie");
}

#[test]
fn r2_6_the_last_administrator_neither_leaves_nor_is_switched_off() {
    let (house, ann, caller) = ann();
    let administrator = |permissions: Vec<String>| {
        let changes = AccountChanges {
            permissions: Some(PermissionChange::Set(permissions)),
            ..Default::default()
        };
        block_on(accounts(&house).update(ann, changes)).unwrap();
    };
    administrator(vec!["admin".to_owned()]);
    let refused = block_on(house.authority.delete_account(&caller, confirmation(PASSWORD)));
    assert!(matches!(refused, Err(AuthError::LastAdministrator)));
    let refused = block_on(house.authority.deactivate(&caller, confirmation(PASSWORD)));
    assert!(matches!(refused, Err(AuthError::LastAdministrator)));
    let bob = house.create("bob", AccountState::Active);
    let changes = AccountChanges {
        permissions: Some(PermissionChange::Set(vec!["admin".to_owned()])),
        ..Default::default()
    };
    block_on(accounts(&house).update(bob, changes)).unwrap();
    block_on(house.authority.delete_account(&caller, confirmation(PASSWORD))).unwrap();
    assert!(matches!(
        block_on(accounts(&house).delete(bob)),
        Err(AuthError::LastAdministrator)
    ));
    assert_eq!(block_on(accounts(&house).insisting().delete(bob)).unwrap(), 0);
}
