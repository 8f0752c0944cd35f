//! `keyturn dev seed`: fills an empty embedded store with accounts and live sessions, to measure it at that size.
//!
//! **The rule**: a folder that has accounts is left alone unless told. Nobody knows a password of the accounts; who is given
//! refresh tokens with `--tokens` is signed in.
//!
//! **The caveat**: sessions lie in the order of their accounts, which people's do not.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptId, Keys, Nonce, RefreshToken};
use keyturn_core::model::{
    AccountState, AuditEvent, AuditKind, Client, Delivery, EmailAddress, Head, NewUser, Origin, Session,
    SessionId, UserId,
};
use keyturn_core::password::{self, HashSettings, PasswordHash};
use keyturn_core::ports::{Clock, Entropy};
use keyturn_store::{Bulk, BulkError};

use super::output;
use crate::adapters::clock::SystemClock;
use crate::adapters::entropy::SystemEntropy;
use crate::cli::SeedArgs;
use crate::config::{Config, StoreUrl};
use crate::failure::Failure;
use crate::secrets;
use crate::wire::store;

/// Sessions in one transaction, and in memory, about.
const AT_ONCE: u64 = 10_000;
/// How often it says how far it is.
const STEPS: u64 = 20;
/// Over how long a time the sign-ins are spread, the last one now.
const SPREAD: SignedDuration = SignedDuration::from_mins(15);

pub(super) fn run(config: &Config, args: &SeedArgs) -> Result<(), Failure> {
    if config.store.url != StoreUrl::Sqlite {
        return Err(Failure::Refused("this fills the embedded store alone".to_owned()));
    }
    secrets::prepare_data_dir(config)?;
    let seed = Seed::new(config, args)?;
    let mut bulk = Bulk::open(&store::embedded_path(config)).map_err(not_added)?;
    if !args.add && !bulk.is_empty().map_err(not_added)? {
        return Err(Failure::Refused(format!(
            "{} has accounts: name an empty folder with --data-dir, or say --add",
            config.data_dir.display()
        )));
    }
    let (mut accounts, mut waiting, mut told) = (Vec::new(), 0, 0);
    for first in (0..args.sessions).step_by(seed.per_account) {
        let (account, sessions) = seed.account(first)?;
        let end = first + count(sessions.len());
        for (number, session) in (first..end).zip(&sessions) {
            if seed.is_handed_out(number) {
                output::print(&seed.token(session)?)?;
            }
        }
        waiting += count(sessions.len());
        accounts.push((account, sessions));
        if waiting >= AT_ONCE || end == args.sessions {
            bulk.add(&accounts, seed.now).map_err(not_added)?;
            (accounts, waiting) = (Vec::new(), 0);
            if end * STEPS / args.sessions > told {
                told = end * STEPS / args.sessions;
                eprintln!("{end} of {} sessions", args.sessions);
            }
        }
    }
    Ok(())
}

/// What all accounts and sessions have in common.
struct Seed<'a> {
    config: &'a Config,
    keys: Keys,
    decoy: PasswordHash,
    now: Timestamp,
    sessions: u64,
    per_account: usize,
    /// Of so many sessions the token of one is handed out; 0: of none.
    each: u64,
}

impl<'a> Seed<'a> {
    fn new(config: &'a Config, args: &SeedArgs) -> Result<Self, Failure> {
        let mut salt = password::Salt::default();
        SystemEntropy.fill(&mut salt);
        let decoy = password::decoy(HashSettings::default(), salt);
        let accounts = args.accounts.unwrap_or(args.sessions.div_ceil(10)).max(1);
        Ok(Self {
            config,
            keys: secrets::keys(config, &SystemEntropy)?,
            decoy: decoy.map_err(|error| Failure::Fault(error.to_string()))?,
            now: SystemClock.now(),
            sessions: args.sessions,
            per_account: usize::try_from(args.sessions.div_ceil(accounts))
                .unwrap_or(usize::MAX)
                .max(1),
            each: args.sessions.checked_div(args.tokens).unwrap_or(0),
        })
    }

    /// An account with its sessions, of which this is the first.
    fn account(&self, first: u64) -> Result<(NewUser, Vec<Session>), Failure> {
        let id = UserId::generate(self.started_at(first), &SystemEntropy);
        let email = EmailAddress::parse(&format!("{id}@seed.invalid"));
        let account = NewUser {
            id,
            subject: id.to_string(),
            email: Some(email.map_err(|error| Failure::Fault(error.to_string()))?),
            username: None,
            name: None,
            password_hash: PasswordHash::from_stored(self.decoy.as_str().to_owned()),
            state: AccountState::Active,
            permissions: Vec::new(),
            metadata: serde_json::json!({}),
            audit: AuditEvent {
                at: self.now,
                kind: AuditKind::UserCreated,
                user_id: Some(id),
                session_id: None,
                detail: AccountState::Active.to_string(),
                origin: Origin::COMMAND_LINE,
            },
        };
        let sessions = (first..self.sessions).take(self.per_account);
        Ok((account, sessions.map(|number| self.session(id, number)).collect()))
    }

    fn session(&self, user_id: UserId, number: u64) -> Session {
        let at = self.started_at(number);
        let settings = &self.config.session;
        Session {
            id: SessionId::generate(at, &SystemEntropy),
            user_id,
            epoch: 0,
            nonce: Nonce::generate(&SystemEntropy),
            refresh_key_id: self.keys.current_refresh_key(),
            head: Head {
                generation: 0,
                handed_at: at,
            },
            seen_generation: 0,
            attempt_id: AttemptId::generate(&SystemEntropy),
            attempt_hash: None,
            device_hash: None,
            delivery: Delivery::Body,
            started_at: at,
            last_activity_at: self.now,
            idle_timeout: settings.idle_timeout.0,
            ends_at: at
                .saturating_add(settings.absolute_timeout.0)
                .unwrap_or(Timestamp::MAX),
            ended: None,
            client: Client::default(),
        }
    }

    fn started_at(&self, number: u64) -> Timestamp {
        let micros =
            SPREAD.as_micros() * i128::from(self.sessions - number) / i128::from(self.sessions.max(1));
        let before = SignedDuration::from_micros(i64::try_from(micros).unwrap_or(0));
        self.now.saturating_sub(before).unwrap_or(self.now)
    }

    /// Spread evenly over all of them.
    fn is_handed_out(&self, number: u64) -> bool {
        number.checked_rem(self.each) == Some(0)
    }

    fn token(&self, session: &Session) -> Result<String, Failure> {
        RefreshToken::mint(&self.keys, session.refresh_key_id, session.id, 0, &session.nonce)
            .map(|token| token.reveal())
            .ok_or_else(|| Failure::Fault("the key of a new session is not known".to_owned()))
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn not_added(error: BulkError) -> Failure {
    Failure::Unavailable(error.to_string())
}
