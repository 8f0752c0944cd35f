//! Pairs of effects on accounts and their mailed links that can race, each held as those in [`isolation`](super::isolation) are.

use jiff::SignedDuration;
use keyturn_core::credential::OneTimeToken;
use keyturn_core::model::{
    Account, AccountState, AuditEvent, AuditKind, Delivery, EmailAddress, EndReason, Errand, ImportedUser,
    NewUser, OneTimeTokenId, Origin, PendingSignUp, Session, StoredOneTimeToken, UserId, Username,
};
use keyturn_core::ports::{
    ChangePassword, Confirmed, CreateOutcome, DeleteUser, Effect, ImportOutcome, ImportUsers, IssueToken,
    OneTimeTokenStore, OwnAccountStore, ResetPassword, SessionStore, SignInName, SpendOutcome, SpendToken,
    Spending, TransferStore, UserStore,
};
use std::num::NonZeroU32;

use super::isolation::{REFRESH, Stage, race};
use crate::block_on;

impl Stage {
    /// A person deletes their account, in this session.
    async fn delete(&self) -> DeleteUser {
        DeleteUser {
            user_id: self.ann.id,
            confirmed: Some(self.confirmed().await),
            another_administrator: false,
            audit: self.world.audit(AuditKind::UserDeleted, self.ann.id, None),
        }
    }

    /// A person changes their password, in this session.
    async fn change_password(&self) -> ChangePassword {
        ChangePassword {
            user_id: self.ann.id,
            confirmed: self.confirmed().await,
            password_hash: self.world.password_hash("changed"),
            audit: self
                .world
                .audit(AuditKind::PasswordSet, self.ann.id, Some(self.session.id)),
        }
    }

    async fn confirmed(&self) -> Confirmed {
        let record = self.one.find_password(self.ann.id).await.unwrap().unwrap();
        Confirmed {
            password_hash: record.password_hash,
            session_id: self.session.id,
        }
    }

    /// The session of another device.
    async fn other_session(&self) -> Session {
        self.world.sign_in(&self.one, &self.ann, Delivery::Body).await
    }

    async fn issue(&self, errand: Errand) -> StoredOneTimeToken {
        let now = self.world.pass(1);
        let token = StoredOneTimeToken {
            id: OneTimeTokenId::generate(now, &self.world.entropy),
            hash: OneTimeToken::generate(&self.world.entropy).hash(),
            errand,
            created_at: now,
            expires_at: now + SignedDuration::from_mins(15),
        };
        let issue = IssueToken {
            token: token.clone(),
            limit: NonZeroU32::new(8).unwrap(),
            audit: None,
        };
        let issued = self.one.issue_one_time_token(issue, now).await;
        assert_eq!(issued.unwrap(), Effect::Won(()));
        token
    }

    /// A link that sets a forgotten password.
    async fn reset(&self) -> SpendToken {
        let token = self.issue(Errand::Reset(self.ann.id)).await;
        let reset = ResetPassword {
            user_id: self.ann.id,
            from: AccountState::Active,
            to: AccountState::Active,
            password_hash: self.world.password_hash("forgotten"),
            audit: self.world.audit(AuditKind::PasswordSet, self.ann.id, None),
        };
        spending(&token, Spending::Reset(reset))
    }

    /// A sign-up of Bob's address, about to be activated.
    async fn activation(&self, password: &str) -> SpendToken {
        let sign_up = PendingSignUp {
            email: EmailAddress::parse("bob@example.com").unwrap(),
            username: None,
            name: None,
            password_hash: self.world.password_hash(password),
        };
        let new = NewUser {
            email: Some(sign_up.email.clone()),
            username: None,
            password_hash: sign_up.password_hash.clone(),
            ..self.world.new_user("bob")
        };
        let token = self.issue(Errand::SignUp(Box::new(sign_up))).await;
        spending(&token, Spending::Create(Box::new(new)))
    }

    /// Bob, taken over from another application.
    fn import(&self) -> ImportUsers {
        let (now, new) = (self.world.now(), self.world.new_user("bob"));
        let user = ImportedUser {
            id: ImportedUser::id_for("4711", now, &self.world.entropy),
            subject: "4711".to_owned(),
            email: new.email,
            username: Username::parse("robert").ok(),
            name: None,
            metadata: serde_json::json!({}),
            password_hash: new.password_hash,
            state: AccountState::Active,
            permissions: Vec::new(),
            created_at: now,
            last_login_at: None,
        };
        ImportUsers {
            users: vec![user],
            audit: AuditEvent {
                at: now,
                kind: AuditKind::UsersImported,
                user_id: None,
                session_id: None,
                detail: "lines 1 to 1".to_owned(),
                origin: Origin::COMMAND_LINE,
            },
        }
    }

    async fn account_of(&self, name: &str) -> Option<UserId> {
        let name = SignInName::EmailKey(format!("{name}@example.com"));
        let found = self.two.find_sign_in(&name).await.unwrap();
        found.map(|record| record.account.id)
    }

    async fn stored(&self, session: &Session) -> (Session, Account) {
        let family = self.two.find_session(session.id).await.unwrap().unwrap();
        (family.session, Account::clone(&family.account))
    }
}

fn spending(token: &StoredOneTimeToken, spending: Spending) -> SpendToken {
    SpendToken {
        id: token.id,
        hash: token.hash,
        holder: token.errand.holder(),
        spending,
    }
}

#[test]
fn r2_6_a_deletion_before_a_sign_in_and_after_it() {
    block_on(async {
        let stage = Stage::new().await;
        let (now, delete, start) = (stage.world.now(), stage.delete().await, stage.sign_in());
        let id = start.session.id;
        stage.hold_changes().await;
        let (deleted, started) = race!(
            stage,
            stage.one.delete_user(delete, now),
            stage.two.start_session(start, now)
        );
        assert_eq!(deleted.unwrap(), Effect::Won(1));
        assert_eq!(started.unwrap(), Effect::Lost);
        assert!(stage.one.find_session(id).await.unwrap().is_none());
    });
    block_on(async {
        let stage = Stage::new().await;
        let (now, start) = (stage.world.now(), stage.sign_in());
        // By an operator: the sign-in takes the place of the session in which the person could have done it.
        let delete = DeleteUser {
            confirmed: None,
            ..stage.delete().await
        };
        let id = start.session.id;
        stage.hold_changes().await;
        let (started, deleted) = race!(
            stage,
            stage.one.start_session(start, now),
            stage.two.delete_user(delete, now)
        );
        assert_eq!(started.unwrap(), Effect::Won(()));
        assert_eq!(deleted.unwrap(), Effect::Won(1));
        assert_eq!(stage.reason(id).await, Some(EndReason::AccountDeleted));
        let family = stage.one.find_session(id).await.unwrap().unwrap();
        assert_eq!(
            family.session.client.ip, None,
            "the address goes with the account"
        );
    });
}

#[test]
fn i5_a_deletion_before_a_refresh_and_after_it() {
    block_on(async {
        let stage = Stage::new().await;
        let (now, delete) = (stage.world.now(), stage.delete().await);
        let rotate = stage.world.rotation(&stage.session);
        stage.hold_changes().await;
        let (deleted, rotated) = race!(
            stage,
            stage.one.delete_user(delete, now),
            stage.two.rotate(rotate, now)
        );
        assert_eq!(deleted.unwrap(), Effect::Won(1));
        assert_eq!(rotated.unwrap(), Effect::Lost);
    });
    block_on(async {
        let stage = Stage::new().await;
        let delete = stage.delete().await;
        stage.hold(REFRESH).await;
        let release = async {
            stage.until_blocked(1).await;
            stage.release().await;
        };
        let (deleted, ()) = futures::join!(stage.one.delete_user(delete, stage.world.now()), release);
        assert_eq!(deleted.unwrap(), Effect::Won(1));
        let (session, _) = stage.stored(&stage.session).await;
        assert_eq!(session.head.generation, 1, "the refresh came first");
        assert_eq!(
            session.ended.map(|end| end.reason),
            Some(EndReason::AccountDeleted)
        );
    });
}

#[test]
fn i5_a_changed_password_before_a_refresh_keeps_its_own_session_alone() {
    block_on(async {
        let stage = Stage::new().await;
        let other = stage.other_session().await;
        let (now, change) = (stage.world.now(), stage.change_password().await);
        let (here, there) = (stage.world.rotation(&stage.session), stage.world.rotation(&other));
        stage.hold_changes().await;
        let (changed, (here, there)) = race!(stage, stage.one.change_password(change, now), async {
            futures::join!(stage.two.rotate(here, now), stage.two.rotate(there, now))
        });
        assert!(matches!(changed.unwrap(), Effect::Won(_)));
        assert!(matches!(here.unwrap(), Effect::Won(_)), "it follows the epoch");
        assert_eq!(there.unwrap(), Effect::Lost);
        assert_eq!(stage.reason(other.id).await, Some(EndReason::PasswordChanged));
    });
}

#[test]
fn i5_a_changed_password_after_a_refresh_keeps_its_own_session_alone() {
    block_on(async {
        let stage = Stage::new().await;
        let (other, change) = (stage.other_session().await, stage.change_password().await);
        stage.hold(REFRESH).await;
        let release = async {
            stage.until_blocked(1).await;
            stage.release().await;
        };
        let (changed, ()) = futures::join!(stage.one.change_password(change, stage.world.now()), release);
        assert!(matches!(changed.unwrap(), Effect::Won(_)));
        let (here, account) = stage.stored(&stage.session).await;
        assert_eq!((here.head.generation, here.ended), (1, None));
        assert_eq!(here.epoch, account.session_epoch);
        assert_eq!(stage.reason(other.id).await, Some(EndReason::PasswordChanged));
    });
}

#[test]
fn r2_6_a_reset_before_a_changed_password_and_after_it() {
    block_on(async {
        let stage = Stage::new().await;
        let (reset, change) = (stage.reset().await, stage.change_password().await);
        let now = stage.world.now();
        stage.hold_changes().await;
        let (reset, changed) = race!(
            stage,
            stage.one.spend_one_time_token(reset, now),
            stage.two.change_password(change, now)
        );
        assert_eq!(reset.unwrap(), SpendOutcome::Spent);
        assert_eq!(
            changed.unwrap(),
            Effect::Lost,
            "it was confirmed by the password before"
        );
        assert_eq!(
            stage.reason(stage.session.id).await,
            Some(EndReason::PasswordChanged)
        );
    });
    block_on(async {
        let stage = Stage::new().await;
        let _other = stage.other_session().await;
        let (reset, change) = (stage.reset().await, stage.change_password().await);
        let (now, hash) = (stage.world.now(), change.password_hash.clone());
        stage.hold_changes().await;
        let (changed, reset) = race!(
            stage,
            stage.one.change_password(change, now),
            stage.two.spend_one_time_token(reset, now)
        );
        assert!(matches!(changed.unwrap(), Effect::Won(_)));
        assert_eq!(reset.unwrap(), SpendOutcome::Lost, "the link is void");
        let record = stage.two.find_password(stage.ann.id).await.unwrap().unwrap();
        assert_eq!(record.password_hash, hash);
        assert_eq!(stage.reason(stage.session.id).await, None);
    });
}

#[test]
fn r2_6_of_two_activations_of_one_address_the_second_finds_nothing() {
    block_on(async {
        let stage = Stage::new().await;
        let (owners, strangers) = (
            stage.activation("owner").await,
            stage.activation("stranger").await,
        );
        let Spending::Create(new) = &owners.spending else {
            panic!("not a sign-up")
        };
        let (id, now) = (new.id, stage.world.now());
        stage.hold_changes().await;
        let (first, second) = race!(
            stage,
            stage.one.spend_one_time_token(owners, now),
            stage.two.spend_one_time_token(strangers, now)
        );
        assert_eq!(first.unwrap(), SpendOutcome::Spent);
        assert_eq!(second.unwrap(), SpendOutcome::Lost);
        assert_eq!(stage.account_of("bob").await, Some(id));
    });
}

#[test]
fn r5_4_an_import_before_a_sign_up_of_its_address_and_after_it() {
    block_on(async {
        let stage = Stage::new().await;
        let (import, new) = (stage.import(), stage.world.new_user("bob"));
        let (id, now) = (import.users.first().map(|user| user.id), stage.world.now());
        stage.hold_changes().await;
        let (imported, created) = race!(
            stage,
            stage.one.import_users(import, now),
            stage.two.create_user(new, now)
        );
        assert_eq!(imported.unwrap(), [ImportOutcome::Imported]);
        assert_eq!(created.unwrap(), CreateOutcome::EmailTaken);
        assert_eq!(stage.account_of("bob").await, id);
    });
    block_on(async {
        let stage = Stage::new().await;
        let (import, new) = (stage.import(), stage.world.new_user("bob"));
        let (id, now) = (new.id, stage.world.now());
        stage.hold_changes().await;
        let (created, imported) = race!(
            stage,
            stage.one.create_user(new, now),
            stage.two.import_users(import, now)
        );
        assert!(matches!(created.unwrap(), CreateOutcome::Created(_)));
        assert_eq!(imported.unwrap(), [ImportOutcome::EmailTaken]);
        assert_eq!(stage.account_of("bob").await, Some(id));
    });
}
