//! Counting attempts before anything is hashed; which lanes count, [`crate::throttle`] says.

use std::time::Duration;

use super::{AuthError, Authority, SignInRequest};
use crate::model::{Client, EmailAddress, Origin, UserId};
use crate::ports::{CountOutcome, SignInName, SignInRecord};
use crate::throttle::Hit;

impl Authority {
    /// Counts an attempt to sign in. Answers what is to be taken back if its password is right: the cost in the lane of the
    /// account or the device. The address keeps it, since the work was done for it all the same.
    pub(super) async fn count_sign_in(
        &self,
        request: &SignInRequest,
        record: Option<&SignInRecord>,
        origin: &Origin,
    ) -> Result<Vec<Hit>, AuthError> {
        let policy = &self.policy.throttle;
        if !policy.enabled {
            return Ok(Vec::new());
        }
        let account = record.map(|record| record.account.id);
        if let Some(device) = self.known_device(request, account) {
            self.count(vec![device], account, origin).await?;
            return Ok(vec![device]);
        }
        let by_name = Hit::account(&self.keys, policy, request.name.as_ref());
        let address = Hit::address(&self.keys, policy, request.client.ip);
        self.count(vec![address, by_name], account, origin).await?;
        Ok(vec![by_name])
    }

    /// Counts a sign-up, in the lane of its address.
    pub(super) async fn count_sign_up(&self, client: &Client, origin: &Origin) -> Result<(), AuthError> {
        let policy = &self.policy.throttle;
        if !policy.enabled {
            return Ok(());
        }
        self.count(vec![Hit::address(&self.keys, policy, client.ip)], None, origin)
            .await
    }

    /// Counts a mail that somebody asks for, in the lanes of the address that it comes from and of the one that it goes to.
    pub(super) async fn count_mail(
        &self,
        client: &Client,
        email: &EmailAddress,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let policy = &self.policy.throttle;
        if !policy.enabled {
            return Ok(());
        }
        let address = Hit::address(&self.keys, policy, client.ip);
        self.count(vec![address, Hit::mail(&self.keys, email)], None, origin)
            .await
    }

    /// Counts a mail that somebody who is signed in, and was counted, has sent to another address.
    pub(super) async fn count_mail_to(
        &self,
        email: &EmailAddress,
        account: UserId,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        if !self.policy.throttle.enabled {
            return Ok(());
        }
        self.count(vec![Hit::mail(&self.keys, email)], Some(account), origin)
            .await
    }

    /// Counts a password that is tried with a link, as one that is tried at the sign-in.
    pub(super) async fn count_link_password(
        &self,
        email: &EmailAddress,
        client: &Client,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let policy = &self.policy.throttle;
        if !policy.enabled {
            return Ok(());
        }
        let name = SignInName::EmailKey(email.key().to_owned());
        let address = Hit::address(&self.keys, policy, client.ip);
        let by_name = Hit::account(&self.keys, policy, Some(&name));
        self.count(vec![address, by_name], None, origin).await
    }

    /// The lane of a device that has signed in to this account before.
    fn known_device(&self, request: &SignInRequest, account: Option<UserId>) -> Option<Hit> {
        let device = request.device.as_ref()?;
        Hit::device(&self.keys, &self.policy.throttle, device, account?)
    }

    /// Counts an attempt in these lanes, in all of them or in none.
    ///
    /// # Errors
    /// [`AuthError::Throttled`].
    pub(super) async fn count(
        &self,
        hits: Vec<Hit>,
        account: Option<UserId>,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let now = self.ports.clock.now();
        match self.ports.store.count_attempt(hits, now).await? {
            CountOutcome::Counted => Ok(()),
            CountOutcome::Wait(wait) => {
                self.throttled(account, &wait, origin).await?;
                Err(AuthError::Throttled {
                    retry_after: Duration::try_from(wait.time).unwrap_or(Duration::ZERO),
                })
            }
        }
    }
}
