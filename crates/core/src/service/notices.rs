//! Telling owners by mail of a sign-in from a device that is not known, and of token reuse.
//!
//! **The rule**: what is told of was committed before, and nobody waits for the letter; whether one goes out is [`crate::notice`]'s to say,
//! and one an hour goes out at most. It holds no credential and leads to the account's page alone.

use jiff::Timestamp;

use super::mailing::Clerk;
use super::{AuthError, Authority, SignInRequest};
use crate::model::{Origin, Session, UserId};
use crate::notice::{NoticeKind, SeenSignIn};
use crate::ports::{CountOutcome, Happening, Letter, LetterKind, Page, SessionFilter};
use crate::throttle::Hit;
use crate::words;

/// Sessions of an account that are looked through for a device that is known.
const LOOKED_THROUGH: u32 = 100;

/// The page of the account.
const PAGE: &str = "/account";

impl Authority {
    /// Tells the owner of a sign-in, if it is news; `has_precedent`: somebody has signed in to the account before.
    pub(super) fn tell_of_sign_in(&self, request: &SignInRequest, session: &Session, has_precedent: bool) {
        let has_device = request
            .device
            .as_ref()
            .is_some_and(|device| device.user_id() == session.user_id);
        let sign_in = SeenSignIn {
            has_precedent,
            has_device,
            client: &session.client,
        };
        if !self.mailing.tells_new_device || !sign_in.is_news([]) {
            return;
        }
        let hit = Hit::notice(&self.keys, NoticeKind::NewDevice, session.user_id);
        let session = session.clone();
        self.in_background(|clerk| async move { clerk.tell_of_new_device(session, hit).await });
    }

    /// Tells the owner that a session ended for token reuse.
    pub(super) fn tell_of_reuse(&self, session: &Session, origin: &Origin, at: Timestamp) {
        if !self.mailing.tells_token_reuse {
            return;
        }
        let hit = Hit::notice(&self.keys, NoticeKind::TokenReuse, session.user_id);
        let (session, address) = (session.clone(), origin.ip);
        self.in_background(|clerk| async move {
            let happening = Happening {
                address,
                ..clerk.happening(&session, at)
            };
            let kind = LetterKind::TokenReuse;
            clerk.notify(session.user_id, kind, happening, hit).await
        });
    }
}

impl Clerk {
    async fn tell_of_new_device(&self, session: Session, hit: Hit) -> Result<(), AuthError> {
        let page = Page {
            before: None,
            limit: LOOKED_THROUGH,
        };
        let filter = SessionFilter::All;
        let store = &self.ports.store;
        let found = store.list_sessions(Some(session.user_id), filter, page).await?;
        let known = found.iter().map(|family| &family.session);
        let sign_in = SeenSignIn {
            has_precedent: true,
            has_device: false,
            client: &session.client,
        };
        if !sign_in.is_news(known.filter(|other| other.id != session.id)) {
            return Ok(());
        }
        let happening = self.happening(&session, session.started_at);
        let kind = LetterKind::NewDevice;
        self.notify(session.user_id, kind, happening, hit).await
    }

    /// Sends a notice, unless one of its kind went out within the hour.
    async fn notify(
        &self,
        id: UserId,
        kind: LetterKind,
        happening: Happening,
        hit: Hit,
    ) -> Result<(), AuthError> {
        let user = self.ports.store.find_user(id).await?;
        let Some(to) = user.and_then(|user| user.account.email) else {
            return Ok(());
        };
        let now = self.ports.clock.now();
        if self.ports.store.count_attempt(vec![hit], now).await? == CountOutcome::Counted {
            self.mailing.mailer.send(Letter {
                to,
                kind,
                link: None,
                happening: Some(happening),
            });
        }
        Ok(())
    }

    /// With what a session keeps of where it began.
    fn happening(&self, session: &Session, at: Timestamp) -> Happening {
        Happening {
            at,
            device: session.client.user_agent.as_deref().map(words::device),
            address: session.client.ip,
            page: format!("{}{PAGE}", self.mailing.link_base),
        }
    }
}
