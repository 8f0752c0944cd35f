//! Following changes: who may, where they begin, and what each change is to them.
//!
//! **The rule**: a service is told what its scopes name and nothing else, and is asked for them anew from time to time
//! ([`Authority::may_still_follow`]). Where it begins is for [`crate::feed::beginning`] to say.
//!
//! **The caveat**: an account is told with the state that it has when it is told, not when it changed.

use jiff::Timestamp;

use super::{AuthError, Authority, PresentedService};
use crate::credential::{ServiceSecret, ServiceSecretHash};
use crate::feed::{self, AccountChange, Beginning, Kept, Position, Told, ToldChange, Topics};
use crate::model::{Change, ChangeKind, ServiceScope, ServiceScopes, UserId};

/// Somebody who follows changes.
#[derive(Debug, Clone)]
pub struct Following {
    secret_hash: ServiceSecretHash,
    /// What they follow.
    pub topics: Topics,
}

impl Authority {
    /// What the service with this secret follows: what it asks for, or else everything that it may.
    ///
    /// # Errors
    /// [`AuthError::ServiceUnknown`]; [`AuthError::ScopeMissing`] where it may follow nothing, or not all that it asks for.
    pub async fn follower(
        &self,
        presented: &PresentedService<'_>,
        wanted: Option<Topics>,
    ) -> Result<Following, AuthError> {
        let service = self.identify_service(presented).await?;
        let secret = ServiceSecret::parse(presented.secret).map_err(|_| AuthError::ServiceUnknown)?;
        let may = topics(&service.scopes);
        let wanted = wanted.unwrap_or(may);
        if let Some(scope) = lacking(may, wanted) {
            return Err(self.scope_missing(&service.name, scope, presented.origin).await);
        }
        Ok(Following {
            secret_hash: secret.hash(),
            topics: wanted,
        })
    }

    /// Whether its service is still there and may still follow all of this.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn may_still_follow(&self, following: &Following) -> Result<bool, AuthError> {
        let service = self.ports.store.find_service(&following.secret_hash).await?;
        Ok(service.is_some_and(|service| topics(&service.scopes).include(following.topics)))
    }

    /// How a follower begins who has read up to `asked`, in the history of this name, of which `newest` was heard.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn begin_following(
        &self,
        asked: Option<&Position>,
        history: &str,
        newest: i64,
    ) -> Result<Beginning, AuthError> {
        let oldest = self.ports.store.changes_after(0, 1).await?;
        let ahead = asked.filter(|asked| asked.history == history && asked.seq > newest);
        let newest = match ahead {
            // Read on another node, of a change that this one has not heard of yet.
            Some(asked) if self.is_committed(asked.seq).await? => asked.seq,
            _ => newest,
        };
        let kept = Kept {
            history,
            newest,
            oldest: oldest.first().map(|change| change.seq),
        };
        Ok(feed::beginning(asked, kept))
    }

    async fn is_committed(&self, seq: i64) -> Result<bool, AuthError> {
        let found = self.ports.store.changes_after(seq - 1, 1).await?;
        Ok(found.first().is_some_and(|change| change.seq == seq))
    }

    /// The sequence after which a snapshot begins: of sessions, the ends that tokens may outlive; of accounts, everything that is
    /// kept. Found by halving, since only sequences are indexed.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn snapshot_after(&self, topics: Topics, newest: i64) -> Result<i64, AuthError> {
        let since = match topics.accounts {
            true => Timestamp::MIN,
            false => feed::snapshot_since(self.reliable_now()?, self.policy.access.ttl),
        };
        let (mut older, mut end) = (0, newest);
        while older < end {
            let middle = older + (end - older) / 2;
            match self.ports.store.changes_after(middle, 1).await?.first() {
                Some(change) if change.at < since => older = change.seq,
                _ => end = middle,
            }
        }
        Ok(older)
    }

    /// Changes after a sequence, in their order, at most `limit`.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn changes_after(&self, seq: i64, limit: u32) -> Result<Vec<Change>, AuthError> {
        Ok(self.ports.store.changes_after(seq, limit).await?)
    }

    /// What this change is to who follows these topics; `None` where it is nothing, or its account is nobody's any more.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn told_change(
        &self,
        change: &Change,
        topics: Topics,
    ) -> Result<Option<ToldChange>, AuthError> {
        let told = match (account_change(change.kind), change.kind) {
            (Some(what), _) if topics.accounts => self.told_account(what, UserId(change.id)).await?,
            (None, ChangeKind::SessionEnded) if topics.sessions => Some(Told::SessionEnded {
                session_id: change.id,
                reason: change.reason,
            }),
            _ => None,
        };
        Ok(told.map(|told| ToldChange {
            seq: change.seq,
            at: change.at,
            told,
        }))
    }

    async fn told_account(&self, change: AccountChange, id: UserId) -> Result<Option<Told>, AuthError> {
        let found = self.ports.store.changed_account(id).await?;
        Ok(found.map(|account| Told::Account {
            change,
            subject: account.subject,
            state: account.state,
        }))
    }
}

fn topics(scopes: &ServiceScopes) -> Topics {
    Topics {
        sessions: scopes.contains(ServiceScope::ChangesSessions),
        accounts: scopes.contains(ServiceScope::ChangesAccounts),
    }
}

/// The scope that lacks, for who may follow the one and wants the other.
const fn lacking(may: Topics, wanted: Topics) -> Option<ServiceScope> {
    if wanted.sessions && !may.sessions || may.is_empty() {
        return Some(ServiceScope::ChangesSessions);
    }
    if wanted.accounts && !may.accounts {
        return Some(ServiceScope::ChangesAccounts);
    }
    None
}

/// An epoch concerns sessions, each of which has its end told.
const fn account_change(kind: ChangeKind) -> Option<AccountChange> {
    match kind {
        ChangeKind::AccountCreated => Some(AccountChange::Created),
        ChangeKind::AccountUpdated => Some(AccountChange::Updated),
        ChangeKind::AccountState => Some(AccountChange::State),
        ChangeKind::AccountDeleted => Some(AccountChange::Deleted),
        ChangeKind::SessionEnded | ChangeKind::AccountEpoch => None,
    }
}
