//! What codes mean, in words: for the person whose session ended, for the operator, for pages and the generated documentation.
//!
//! **The rule**: every code has its words here and nowhere else; each match is exhaustive, so that a new code can't be without.

use crate::model::{
    AccountState, Agent, AuditActor, AuditKind, EndReason, LinkAnswer, Origin, ReuseKind, SensitiveAct,
    ServiceFailure, SignInFailure, SignUpFailure, StartFailure,
};

/// In the detail of a session's start, between its delivery and the service that vouched.
pub(crate) const VOUCHED_BY: &str = " by ";

impl EndReason {
    /// One sentence for the person whose session ended.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SignedOut => "You signed out.",
            Self::SignedOutElsewhere => "You signed out of this session from another device.",
            Self::Replaced => "A new sign-in in this browser took this session's place.",
            Self::Idle => "Your session ended because there was no activity for a while.",
            Self::AbsoluteEnd => "Your session reached its longest allowed life.",
            Self::TokenReuse => {
                "Your session was ended because its refresh token was used twice; somebody may have copied it."
            }
            Self::PasswordChanged => "Your password was changed.",
            Self::AccountState => "Your account is not active.",
            Self::Admin => "An administrator ended your session.",
            Self::SessionLimit => "You signed in on more devices than your account may use at once.",
            Self::AccountDeleted => "Your account was deleted.",
        }
    }

    /// What happened, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::SignedOut => "The person signed out in this session.",
            Self::SignedOutElsewhere => {
                "The person ended this session from another one, or signed out everywhere."
            }
            Self::Replaced => {
                "Somebody signed in anew in the same browser, which still had this session's refresh cookie."
            }
            Self::Idle => "Nobody was active for the idle time-out (session.idle_timeout).",
            Self::AbsoluteEnd => {
                "The longest life of a session, fixed at sign-in, was over (session.absolute_timeout)."
            }
            Self::TokenReuse => {
                "A refresh token was used by somebody who should not have had it; the whole family was ended, for the thief and for the owner."
            }
            Self::PasswordChanged => {
                "The account's password was changed or set, which ends the account's other sessions."
            }
            Self::AccountState => "The account left the state active, which ends all of its sessions.",
            Self::Admin => "An administrator ended it, or a copy of the database was restored.",
            Self::SessionLimit => {
                "The account signed in once more than session.per_account_limit allows; the oldest session made room."
            }
            Self::AccountDeleted => "The account was deleted, and its sessions with it.",
        }
    }

    /// What the person can do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::SignedOut | Self::Replaced | Self::AbsoluteEnd => "Sign in again.",
            Self::SignedOutElsewhere => {
                "Sign in again. Whoever did not do this should change their password and look through their sessions."
            }
            Self::Idle => {
                "Sign in again; choose \"Keep me signed in\" on an own device, where it is offered."
            }
            Self::TokenReuse => {
                "Sign in again, look through the own sessions and end those that are not known. On a device that others use, or that may have been copied from, change the password too."
            }
            Self::PasswordChanged => {
                "Sign in with the new password. Whoever did not change it should reset it at once."
            }
            Self::AccountState => "Ask an administrator to activate the account.",
            Self::Admin => "Sign in again, or ask the administrator why.",
            Self::SessionLimit => "Sign in again here, which ends the session that is then the oldest.",
            Self::AccountDeleted => "Nothing: the account is gone.",
        }
    }
}

impl ReuseKind {
    /// How the reuse was recognised, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NoProof => "the token came without the browser's device cookie, or with another one",
            Self::OldGeneration => "the token was older than the predecessor of the current one",
            Self::LatePredecessor => {
                "the predecessor came with the right proof, after its windows had closed"
            }
            Self::UnprovenPredecessor => {
                "the predecessor came without proof, on a session without a device cookie"
            }
        }
    }
}

impl SignInFailure {
    /// Why, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::WrongPassword => "the password was wrong",
            Self::UnknownAccount => "the name is no account's",
            Self::Pending => "the password was right, but the account is not yet activated",
            Self::Inactive => "the password was right, but the account is inactive",
            Self::Suspended => "the password was right, but the account is suspended",
        }
    }
}

impl LinkAnswer {
    /// What came of it, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Mailed => "it was mailed",
            Self::UnknownAccount => "nobody has the address",
            Self::NotEntitled => "the account's state allows none",
        }
    }
}

impl StartFailure {
    /// Why, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnknownAccount => "there is no such account",
            Self::Pending => "the account is not yet activated",
            Self::Inactive => "the account is inactive",
            Self::Suspended => "the account is suspended",
            Self::InvalidCode => "the code is nobody's, or good no longer",
        }
    }
}

impl SignUpFailure {
    /// Why, for the operator.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::EmailTaken => "another account has the email",
            Self::UsernameTaken => "another account has the username",
        }
    }
}

impl SensitiveAct {
    /// What somebody wanted to do.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ChangeUsername => "change the username",
            Self::ChangePassword => "change the password",
            Self::ChangeEmail => "change the email",
            Self::Deactivate => "deactivate the account",
            Self::Delete => "delete the account",
        }
    }
}

impl AuditActor {
    /// Who, to follow a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "by an unknown actor",
            Self::Person => "by HTTP",
            Self::CommandLine => "by the command line",
            Self::Administrator => "by an administrator",
            Self::Service => "by a service",
            Self::Sweep => "by the sweep",
        }
    }
}

impl Agent {
    /// Which one, to follow a sentence.
    fn words(&self) -> String {
        match self {
            Self::Account(id) => format!("by administrator {id}"),
            Self::Service(name) => format!("by service {name}"),
        }
    }
}

impl Origin {
    /// Who, from where and through which request, to follow a sentence.
    pub fn words(&self) -> String {
        let who = self.agent.as_ref().map(Agent::words);
        let from = self.ip.map(|ip| format!(" from {ip}"));
        let request = self.request_id.as_ref().map(|id| format!(", request {id}"));
        [
            who.as_deref().unwrap_or_else(|| self.actor.words()),
            &from.unwrap_or_default(),
            &request.unwrap_or_default(),
        ]
        .concat()
    }
}

impl AuditKind {
    /// What happened, with the event's detail in words.
    pub fn words(self, detail: &str) -> String {
        let (code, unwritten) = detail
            .split_once(" +")
            .map_or((detail, None), |(code, more)| (code, Some(more)));
        let said = match self {
            Self::UserCreated => format!("account created, {}", state(code)),
            Self::UserUpdated => format!("account changed: {detail}"),
            Self::UsersImported => format!("accounts taken over from another application, {detail}"),
            Self::UsersExported => format!("all accounts read out, {detail}"),
            Self::UserState => format!("account state changed: {detail}"),
            Self::ResetAsked => format!(
                "a link that sets a new password was asked for: {}",
                known(code, LinkAnswer::meaning)
            ),
            Self::ActivationAsked => format!(
                "a link that activates was asked for again: {}",
                known(code, LinkAnswer::meaning)
            ),
            Self::SessionRefused => format!(
                "no session was started for somebody whom a service vouched for: {}",
                known(code, StartFailure::meaning)
            ),
            Self::ResetSent => "a link that sets a new password was mailed to the owner".to_owned(),
            Self::PasswordSet => format!("password set by the {detail}"),
            Self::EmailChanged => "email address changed".to_owned(),
            Self::UserDeleted => format!("account deleted by the {detail}"),
            Self::ConfirmationFailed => format!(
                "a wrong current password was given to {}",
                known(code, SensitiveAct::meaning)
            ),
            Self::SignUpRefused => {
                format!("sign-up refused: {}", known(code, SignUpFailure::meaning))
            }
            Self::SignInFailed => {
                format!("sign-in failed: {}", known(code, SignInFailure::meaning))
            }
            Self::Throttled => format!("turned away: too many attempts in the lane of the {code}"),
            Self::SessionPrepared => format!("service {detail} was given a code that signs in"),
            Self::SessionStarted => started(code),
            Self::SessionEnded => format!("session ended ({code})"),
            Self::TokenReuse => {
                format!(
                    "session ended for token reuse: {}",
                    known(code, ReuseKind::meaning)
                )
            }
            Self::ReuseAfterEnd => {
                format!("an old refresh token came after the session had ended ({code})")
            }
            Self::RolledForward => format!("a write lost in a failover was made up for: generation {detail}"),
            Self::Restored => "a copy was put in the database's place".to_owned(),
            Self::SecretRotated => "a new master secret was made".to_owned(),
            Self::SecretRetired => "the previous master secret was removed".to_owned(),
            Self::KeyPublished => format!("a new key was made and published: {detail}"),
            Self::KeyRetired => format!("a key was taken out of use: {detail}"),
            Self::ServiceAdded => format!("service {detail} was given a secret"),
            Self::ServiceRemoved => format!("service {detail} was removed"),
            Self::ServiceRefused => format!("a service was turned away: {}", turned_away(code)),
        };
        match unwritten.filter(|_| !matches!(self, Self::UserState | Self::UserUpdated)) {
            Some(more) => format!("{said}; {more} more like it were not written before"),
            None => said,
        }
    }
}

/// A code of this kind in words; one that is not known as it stands.
fn known<C: std::str::FromStr>(code: &str, words: fn(C) -> &'static str) -> &str {
    code.parse().map_or(code, words)
}

/// How a session began: `cookie`, or `cookie by NAME` where a service vouched.
fn started(code: &str) -> String {
    match code.split_once(VOUCHED_BY) {
        Some((delivery, service)) => {
            format!("signed in, {delivery} delivery, let in by service {service}")
        }
        None => format!("signed in, {code} delivery"),
    }
}

/// Why a service was turned away: the failure, and behind it the service that was named or the scope.
fn turned_away(code: &str) -> String {
    let (failure, about) = code.split_once(' ').unwrap_or((code, ""));
    match failure.parse() {
        Ok(ServiceFailure::WrongSecret) => format!("the secret was not that of service {about}"),
        Ok(ServiceFailure::UnknownService) => "the credentials are no service's".to_owned(),
        Ok(ServiceFailure::ScopeMissing) => format!("it lacks the scope {about}"),
        Err(_) => code.to_owned(),
    }
}

fn state(code: &str) -> &str {
    match code.parse() {
        Ok(AccountState::Pending) => "not yet activated",
        Ok(AccountState::Active) => "active",
        Ok(AccountState::Inactive) => "inactive",
        Ok(AccountState::Suspended) => "suspended",
        Err(_) => code,
    }
}

/// A browser or client and its system, as far as its `User-Agent` says: "Firefox on Linux". The agent is whatever its sender made
/// up: these words describe, and prove nothing.
pub fn device(user_agent: &str) -> String {
    const CLIENTS: [(&str, &str); 21] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
        ("Wget/", "Wget"),
        ("HTTPie/", "HTTPie"),
        ("PostmanRuntime/", "Postman"),
        ("python-", "Python"),
        ("aiohttp/", "Python"),
        ("axios/", "axios"),
        ("okhttp/", "OkHttp"),
        ("Dart/", "Dart"),
        ("Go-http-client/", "Go"),
        ("undici", "Node.js"),
        ("node", "Node.js"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (find(&CLIENTS), find(&SYSTEMS)) {
        (Some(client), Some(system)) => format!("{client} on {system}"),
        (Some(client), None) => client.to_owned(),
        (None, Some(system)) => format!("a client on {system}"),
        (None, None) => "an unknown client".to_owned(),
    }
}
