//! What is kept about a person, as one JSON document that is written piece by piece.

use std::fmt::Write;
use std::net::IpAddr;

use jiff::Timestamp;
use keyturn_core::lifetime::AccessPolicy;
use keyturn_core::model::{AuditActor, AuditEvent, AuditKind, SessionId, User};
use keyturn_core::service::{AuthError, Export, ExportItem};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AccountBody, SessionBody};

/// The document, for the API's description.
#[derive(ToSchema)]
#[schema(as = AccountExport)]
#[expect(dead_code, reason = "describes what is written piece by piece")]
pub(crate) struct ExportBody {
    exported_at: Timestamp,
    account: ExportedAccount,
    /// Newest first, ended ones too.
    sessions: Vec<SessionBody>,
    /// Oldest first.
    events: Vec<ExportedEvent>,
}

/// The account, with what administrators have noted.
#[derive(Serialize, ToSchema)]
struct ExportedAccount {
    #[serde(flatten)]
    account: AccountBody,
    #[schema(value_type = Object)]
    metadata: serde_json::Value,
}

impl ExportedAccount {
    fn new(user: &User) -> Self {
        Self {
            account: AccountBody::new(user),
            metadata: user.metadata.clone(),
        }
    }
}

/// Something that was written down about the person.
#[derive(Serialize, ToSchema)]
struct ExportedEvent {
    at: Timestamp,
    #[schema(value_type = String)]
    kind: AuditKind,
    /// What happened, in words.
    what: String,
    /// The session it concerns.
    #[schema(value_type = Option<Uuid>, required = true)]
    session_id: Option<SessionId>,
    /// Who did it.
    #[schema(value_type = String)]
    actor: AuditActor,
    #[schema(value_type = Option<String>, required = true)]
    request_id: Option<String>,
    /// From where, unless an administrator or a service did it: that is theirs.
    #[schema(value_type = Option<String>, required = true)]
    ip_address: Option<IpAddr>,
}

impl ExportedEvent {
    fn new(event: &AuditEvent) -> Self {
        Self {
            at: event.at,
            kind: event.kind,
            what: event.kind.words(&event.detail),
            session_id: event.session_id,
            actor: event.origin.actor,
            request_id: event.origin.request_id.as_ref().map(ToString::to_string),
            ip_address: event
                .origin
                .ip
                .filter(|_| event.origin.actor == AuditActor::Person),
        }
    }
}

/// Which list is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Account,
    Sessions,
    Events,
    Over,
}

/// An export as the text of one JSON document.
pub struct ExportText {
    export: Export,
    current: SessionId,
    now: Timestamp,
    access: AccessPolicy,
    section: Section,
    is_first: bool,
}

impl ExportText {
    /// Of this export. `current` is the session that asks for it, `now` the time of the document.
    pub fn new(export: Export, current: Option<SessionId>, now: Timestamp, access: AccessPolicy) -> Self {
        Self {
            export,
            current: current.unwrap_or(SessionId(Uuid::nil())),
            now,
            access,
            section: Section::Account,
            is_first: true,
        }
    }

    /// The next piece of the text; `None` after the last.
    ///
    /// # Errors
    /// [`AuthError::Store`]: the rest can't be read, and the document stays without its end.
    pub async fn next(&mut self) -> Result<Option<String>, AuthError> {
        if self.section == Section::Over {
            return Ok(None);
        }
        let mut text = String::new();
        match self.export.next().await? {
            Some(ExportItem::Account(user)) => {
                let at = json(&self.now)?;
                let account = json(&ExportedAccount::new(&user))?;
                let written = write!(text, r#"{{"exported_at":{at},"account":{account},"sessions":["#);
                written.map_err(AuthError::internal)?;
                self.section = Section::Sessions;
            }
            Some(ExportItem::Session(family)) => {
                let session = SessionBody::new(&family, self.current, self.now, &self.access);
                self.write_item(&mut text, &json(&session)?);
            }
            Some(ExportItem::Event(event)) => {
                self.end_sessions(&mut text);
                self.write_item(&mut text, &json(&ExportedEvent::new(&event))?);
            }
            None => {
                self.end_sessions(&mut text);
                text.push_str("]}\n");
                self.section = Section::Over;
            }
        }
        Ok(Some(text))
    }

    fn end_sessions(&mut self, text: &mut String) {
        if self.section == Section::Sessions {
            text.push_str(r#"],"events":["#);
            self.section = Section::Events;
            self.is_first = true;
        }
    }

    fn write_item(&mut self, text: &mut String, item: &str) {
        if !self.is_first {
            text.push(',');
        }
        text.push_str(item);
        self.is_first = false;
    }
}

fn json(value: &impl Serialize) -> Result<String, AuthError> {
    serde_json::to_string(value).map_err(AuthError::internal)
}
