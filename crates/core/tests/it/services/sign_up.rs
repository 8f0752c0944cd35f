//! A sign-up: whose email is taken, and who is told.

use keyturn_core::model::AccountState;
use keyturn_core::service::{AuthError, SignedUp};

use super::{PASSWORD, house};

#[test]
fn r2_1_where_accounts_wait_for_activation_a_taken_email_is_not_told() {
    let house = house(AccountState::Pending);
    assert!(matches!(house.sign_up("ann@example.org"), Ok(SignedUp::Pending)));
    assert!(matches!(house.sign_up("ANN@example.org"), Ok(SignedUp::Pending)));
    assert!(matches!(
        house.sign_in("ann", PASSWORD),
        Err(AuthError::AccountNotActive(AccountState::Pending))
    ));
}

#[test]
fn r2_1_an_email_is_unique_however_it_is_written() {
    let house = house(AccountState::Active);
    assert!(matches!(
        house.sign_up("Ann@Bücher.example"),
        Ok(SignedUp::SignedIn(..))
    ));
    assert!(matches!(
        house.sign_up("ann@xn--bcher-kva.example"),
        Err(AuthError::EmailTaken)
    ));
    assert!(matches!(
        house.sign_up("not an address"),
        Err(AuthError::Invalid(_))
    ));
}
