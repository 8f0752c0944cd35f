//! A refresh token on its way to being judged: when, from where, with which proof.

use jiff::Timestamp;

use super::{AuthError, Authority, RefreshRequest};
use crate::credential::{AttemptId, DeviceCookie};
use crate::lifetime::activity_at;
use crate::model::{Origin, Session};
use crate::rotation::{Presented, Proof};

/// One request on its way through the tries.
pub(super) struct Attempt<'a> {
    pub(super) request: &'a RefreshRequest,
    pub(super) id: AttemptId,
    pub(super) now: Timestamp,
    pub(super) origin: Origin,
    pub(super) activity: Option<Timestamp>,
    /// The token came in a cookie, in which only bound sessions keep theirs.
    pub(super) only_bound: bool,
}

impl Authority {
    /// A request about to be judged.
    pub(super) fn attempt<'a>(
        &self,
        request: &'a RefreshRequest,
        only_bound: bool,
    ) -> Result<Attempt<'a>, AuthError> {
        let now = self.reliable_now()?;
        Ok(Attempt {
            request,
            id: AttemptId::generate(&self.ids),
            now,
            origin: self.kept(&request.origin),
            activity: activity_at(self.policy.session.activity, request.hint, now),
            only_bound,
        })
    }

    /// What the token is to this session.
    pub(super) fn presented(&self, request: &RefreshRequest, session: Option<&Session>) -> Presented {
        let token = &request.token;
        Presented {
            generation: token.generation(),
            genuine: session
                .is_some_and(|session| token.is_genuine(&self.keys, session.refresh_key_id, &session.nonce)),
        }
    }

    /// On a bound session the device cookie is the proof, and a key has no meaning.
    pub(super) fn proof(&self, request: &RefreshRequest, session: Option<&Session>) -> Proof {
        match session {
            Some(session) if session.is_bound() => Proof {
                device: request.device.as_ref().map(DeviceCookie::hash),
                attempt: None,
            },
            _ => {
                let kept = session.and_then(|session| session.attempt_hash);
                let key = request.attempt.as_ref();
                Proof {
                    device: None,
                    attempt: key.map(|key| key.proof(&self.keys, kept)),
                }
            }
        }
    }
}
