//! Every path that ends a session, through the real binary: each has exactly one reason, recorded once, with one event in the audit
//! log and one change; and `explain` tells each story in words.
//!
//! The table of paths is here; [`walk`] walks them, [`stories`] looks at what each left, [`explain`] asks for what is no such path.

mod explain;
mod stories;
mod walk;

use keyturn_core::model::EndReason;
use serde_json::{Value, json};

use crate::client::Answer;

const PASSWORD: &str = "a lantern behind nine doors\n";

/// Every path, and the reason that it gives. Commands have the system's clock: they come before the server's is moved ahead of it.
const WAYS: &[(Way, EndReason)] = &[
    (Way::SignOut, EndReason::SignedOut),
    (Way::SignOutByAccessToken, EndReason::SignedOut),
    (Way::LogOutOfPair, EndReason::SignedOut),
    (Way::Revoke, EndReason::SignedOut),
    (Way::RevokeByAccessToken, EndReason::SignedOut),
    (Way::EndOwn, EndReason::SignedOut),
    (Way::EndOther, EndReason::SignedOutElsewhere),
    (Way::EndOthers, EndReason::SignedOutElsewhere),
    (Way::EndAll, EndReason::SignedOut),
    (Way::SignInAgain, EndReason::Replaced),
    (Way::ChangePassword, EndReason::PasswordChanged),
    (Way::Deactivate, EndReason::AccountState),
    (Way::DeleteAccount, EndReason::AccountDeleted),
    (Way::SetPassword, EndReason::PasswordChanged),
    (Way::Suspend, EndReason::AccountState),
    (Way::DeleteUser, EndReason::AccountDeleted),
    (Way::AdminEnd, EndReason::Admin),
    (Way::AdminEndAll, EndReason::Admin),
    (Way::IdleAtRefresh, EndReason::Idle),
    (Way::IdleAtCheck, EndReason::Idle),
    (Way::AbsoluteEnd, EndReason::AbsoluteEnd),
    (Way::ReuseWithoutProof, EndReason::TokenReuse),
    (Way::ReuseOfOldGeneration, EndReason::TokenReuse),
    (Way::ReuseLate, EndReason::TokenReuse),
    (Way::ReuseUnproven, EndReason::TokenReuse),
    (Way::ReuseOfPair, EndReason::TokenReuse),
    (Way::ReuseOfGrant, EndReason::TokenReuse),
    (Way::Limit, EndReason::SessionLimit),
    (Way::Restore, EndReason::Admin),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    SignOut,
    SignOutByAccessToken,
    LogOutOfPair,
    Revoke,
    RevokeByAccessToken,
    EndOwn,
    EndOther,
    EndOthers,
    EndAll,
    SignInAgain,
    IdleAtRefresh,
    IdleAtCheck,
    AbsoluteEnd,
    ReuseWithoutProof,
    ReuseOfOldGeneration,
    ReuseLate,
    ReuseUnproven,
    ReuseOfPair,
    ReuseOfGrant,
    ChangePassword,
    Deactivate,
    DeleteAccount,
    SetPassword,
    Suspend,
    DeleteUser,
    AdminEnd,
    AdminEndAll,
    Limit,
    Restore,
}

impl Way {
    /// The account that walks it, and the request in which it ends where that is one.
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn email(self) -> String {
        format!("{}@example.org", self.name())
    }

    fn body(self) -> Value {
        json!({ "email": self.email(), "password": PASSWORD.trim_end() })
    }
}

#[test]
fn every_reason_has_a_path() {
    for reason in EndReason::ALL {
        let reached = WAYS.iter().any(|(_, given)| given == reason);
        assert!(reached, "{reason}");
    }
}

fn session_of(answer: &Answer) -> String {
    answer.body["session"]["id"].as_str().unwrap().to_owned()
}
