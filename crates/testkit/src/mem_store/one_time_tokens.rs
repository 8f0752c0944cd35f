//! Effects on one-time tokens. What is spent or void is taken out: nothing of it is ever answered again.

use jiff::Timestamp;
use keyturn_core::credential::OneTimeHash;
use keyturn_core::model::{ChangeKind, EndReason, Holder, OneTimePurpose, StoredOneTimeToken};
use keyturn_core::ports::{
    ChangeEmail, CreateOutcome, Effect, IssueToken, RenewToken, ResetPassword, SpendOutcome, SpendToken,
    Spending,
};

use super::state::{State, count};

impl State {
    pub(super) fn issue_one_time_token(&mut self, issue: IssueToken, now: Timestamp) -> Effect<()> {
        let token = issue.token;
        let (holder, purpose) = (token.errand.holder(), token.errand.purpose());
        let exists = match &holder {
            Holder::Account(id) => self.user(*id).is_some(),
            Holder::Address(_) => true,
        };
        let taken = |other: &StoredOneTimeToken| other.id == token.id || other.hash == token.hash;
        if !exists || self.one_time_tokens.values().any(taken) {
            return Effect::Lost;
        }
        self.one_time_tokens.insert(token.id, token);
        let outstanding = self.outstanding_one_time_tokens(&holder, purpose, now);
        for void in outstanding.iter().skip(count(issue.limit.get())) {
            self.one_time_tokens.remove(&void.id);
        }
        self.audit.extend(issue.audit);
        Effect::Won(())
    }

    pub(super) fn renew_one_time_token(&mut self, renew: RenewToken, now: Timestamp) -> Effect<()> {
        match self.one_time_tokens.get_mut(&renew.id) {
            Some(token) if token.hash == renew.expected && now < token.expires_at => {
                token.hash = renew.hash;
                token.expires_at = renew.expires_at;
                Effect::Won(())
            }
            _ => Effect::Lost,
        }
    }

    pub(super) fn one_time_token(
        &self,
        purpose: OneTimePurpose,
        hash: OneTimeHash,
        now: Timestamp,
    ) -> Option<StoredOneTimeToken> {
        let found = self.one_time_tokens.values().find(|token| token.hash == hash);
        found
            .filter(|token| token.errand.purpose() == purpose && now < token.expires_at)
            .cloned()
    }

    pub(super) fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Vec<StoredOneTimeToken> {
        let newest_first = self.one_time_tokens.values().rev();
        newest_first
            .filter(|token| token.errand.purpose() == purpose && token.errand.holder() == *holder)
            .filter(|token| now < token.expires_at)
            .cloned()
            .collect()
    }

    pub(super) fn spend_one_time_token(&mut self, spend: SpendToken, now: Timestamp) -> SpendOutcome {
        let outstanding = self.one_time_tokens.get(&spend.id).is_some_and(|token| {
            token.hash == spend.hash && token.errand.holder() == spend.holder && now < token.expires_at
        });
        if !outstanding {
            return SpendOutcome::Lost;
        }
        let starts_session = matches!(spend.spending, Spending::StartSession(_));
        let outcome = match spend.spending {
            Spending::Create(new) => match self.create_user(*new, now) {
                CreateOutcome::Created(_) => SpendOutcome::Spent,
                CreateOutcome::EmailTaken => SpendOutcome::EmailTaken,
                CreateOutcome::UsernameTaken => SpendOutcome::UsernameTaken,
                CreateOutcome::SubjectTaken => SpendOutcome::Lost,
            },
            Spending::Activate(set) => spent_if(matches!(self.set_state(&set, now), Effect::Won(_))),
            Spending::Reset(reset) => spent_if(self.reset_password(reset, now)),
            Spending::ChangeEmail(change) => self.change_email(change, now),
            Spending::StartSession(start) => spent_if(self.start_session(&start, now) == Effect::Won(())),
        };
        if outcome == SpendOutcome::Spent {
            if starts_session {
                self.one_time_tokens.remove(&spend.id);
            } else {
                self.void_one_time_tokens(&spend.holder);
            }
        }
        outcome
    }

    /// Makes the outstanding tokens of a holder void.
    pub(super) fn void_one_time_tokens(&mut self, holder: &Holder) {
        self.one_time_tokens
            .retain(|_, token| token.errand.holder() != *holder);
    }

    fn reset_password(&mut self, reset: ResetPassword, now: Timestamp) -> bool {
        let is_deleted = self.is_deleted(reset.user_id);
        let stored = self.users.get_mut(&reset.user_id).filter(|_| !is_deleted);
        let Some(stored) = stored.filter(|stored| stored.user.account.state == reset.from) else {
            return false;
        };
        stored.password_hash = reset.password_hash;
        stored.user.account.state = reset.to;
        stored.user.updated_at = stored.user.updated_at.max(now);
        if reset.from != reset.to {
            self.changed(ChangeKind::AccountUpdated, reset.user_id.0, None, now);
        }
        self.audit.push(reset.audit.clone());
        let origin = &reset.audit.origin;
        self.raise_epoch(reset.user_id, None, EndReason::PasswordChanged, origin, now);
        true
    }

    fn change_email(&mut self, change: ChangeEmail, now: Timestamp) -> SpendOutcome {
        let taken = self
            .users
            .values()
            .map(|stored| &stored.user.account)
            .any(|other| {
                let same = |email: &keyturn_core::model::EmailAddress| email.key() == change.email.key();
                other.id != change.user_id && other.email.as_ref().is_some_and(same)
            });
        if taken {
            return SpendOutcome::EmailTaken;
        }
        let stored = self.users.get_mut(&change.user_id);
        let Some(stored) = stored.filter(|stored| stored.user.account.state.is_active()) else {
            return SpendOutcome::Lost;
        };
        stored.user.account.email = Some(change.email);
        stored.user.updated_at = stored.user.updated_at.max(now);
        self.changed(ChangeKind::AccountUpdated, change.user_id.0, None, now);
        self.audit.push(change.audit);
        SpendOutcome::Spent
    }
}

const fn spent_if(won: bool) -> SpendOutcome {
    if won {
        SpendOutcome::Spent
    } else {
        SpendOutcome::Lost
    }
}
