//! A person's own sessions: see them, end one, end the others, end all (R5.1).

use super::{AuthError, Authenticated, Authority};
use crate::model::{EndReason, SessionId};
use crate::ports::{Effect, EndAllSessions, Family, Page, SessionFilter};

impl Authority {
    /// The requester's sessions, newest first.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn own_sessions(
        &self,
        caller: &Authenticated,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, AuthError> {
        let user_id = Some(caller.family.account.id);
        let mut families = self.ports.store.list_sessions(user_id, filter, page).await?;
        for family in &mut families {
            self.live.activity.lay_over(&mut family.session);
        }
        Ok(families)
    }

    /// One of the requester's sessions, ended or not.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] for others' sessions too: nobody learns that they exist.
    pub async fn own_session(&self, caller: &Authenticated, id: SessionId) -> Result<Box<Family>, AuthError> {
        self.read(id, caller.now)
            .await?
            .map(|known| known.family)
            .filter(|family| family.session.user_id == caller.family.account.id)
            .ok_or(AuthError::NotFound)
    }

    /// Ends one of the requester's sessions; one that has ended stays as it is.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] for others' sessions too.
    pub async fn end_own_session(&self, caller: &Authenticated, id: SessionId) -> Result<(), AuthError> {
        let session = self.own_session(caller, id).await?.session;
        let is_current = session.id == caller.family.session.id;
        let reason = if is_current {
            EndReason::SignedOut
        } else {
            EndReason::SignedOutElsewhere
        };
        self.end_by_hand(&session, reason, &caller.origin, caller.now)
            .await?;
        Ok(())
    }

    /// Ends the requester's other sessions, or with `including_this` all of them. Answers how many ended.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn end_own_sessions(
        &self,
        caller: &Authenticated,
        including_this: bool,
    ) -> Result<u64, AuthError> {
        let current = &caller.family.session;
        let ended_here = including_this
            && self
                .end_by_hand(current, EndReason::SignedOut, &caller.origin, caller.now)
                .await?;
        let end = EndAllSessions {
            user_id: caller.family.account.id,
            keep: (!including_this).then_some(current.id),
            reason: EndReason::SignedOutElsewhere,
            origin: self.kept(&caller.origin),
        };
        match self.ports.store.end_all_sessions(end, caller.now).await? {
            Effect::Won(others) => Ok(others + u64::from(ended_here)),
            Effect::Lost => Err(AuthError::NotFound),
        }
    }
}
