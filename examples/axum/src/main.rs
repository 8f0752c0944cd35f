//! Notes: a small service as its users would write it, with Keyturn in front of its people.
//!
//! Tokens are verified with Keyturn's public keys, and who signed out is refused within a second, since the service follows
//! `/auth/changes`. While it can't follow, it asks Keyturn about each token; if that fails too, it answers 503.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use keyturn_verifier::{
    Feed, HttpJwks, Introspection, JwksPolicy, Session, SessionContext, SessionLayer, Verifier,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What the environment says.
struct Settings {
    /// Where Keyturn is, which is also the issuer of its tokens.
    keyturn: String,
    /// What `keyturn service add notes …` has printed.
    secret: String,
    listen: String,
}

impl Settings {
    fn read() -> Result<Self, Box<dyn Error>> {
        let or = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        Ok(Self {
            keyturn: or("NOTES_KEYTURN", "http://localhost:8080"),
            secret: std::env::var("NOTES_SECRET").map_err(|_| "set NOTES_SECRET, as the README says")?,
            listen: or("NOTES_LISTEN", "127.0.0.1:3000"),
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read()?;
    let app = app(verifier(&settings)?);
    let listener = TcpListener::bind(&settings.listen).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

fn verifier(settings: &Settings) -> Result<Verifier, Box<dyn Error>> {
    let at = |path: &str| format!("{}{path}", settings.keyturn);
    let asking = Introspection::new(&at("/auth/introspect"), "notes", &settings.secret)?;
    let feed = Feed::builder(&at("/auth/changes"), &settings.secret)?
        .ask(Arc::new(asking))
        .start()?;
    let keys = HttpJwks::new(&at("/.well-known/jwks.json"))?;
    Ok(Verifier::builder(&settings.keyturn)
        .jwks(keys, JwksPolicy::default())
        .liveness(feed)
        .build())
}

/// A person's notes, by the id that their tokens carry.
type Notes = Arc<Mutex<HashMap<String, Vec<Note>>>>;

#[derive(Clone, Serialize, Deserialize)]
struct Note {
    text: String,
}

fn app(verifier: Verifier) -> Router {
    Router::new()
        .route("/", get(greet))
        .route("/notes", get(list).post(add))
        .layer(SessionLayer::new(verifier))
        .with_state(Notes::default())
}

/// For anybody.
async fn greet(context: SessionContext) -> String {
    match context.user_id() {
        Some(user_id) => format!("Hello, {}!\n", context.email().unwrap_or(user_id)),
        None => "Hello, stranger!\n".to_owned(),
    }
}

/// `Session` as an argument: who is not signed in is answered 401 before this is called.
async fn list(session: Session, State(notes): State<Notes>) -> Json<Vec<Note>> {
    let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    Json(notes.get(&session.user_id).cloned().unwrap_or_default())
}

async fn add(session: Session, State(notes): State<Notes>, Json(note): Json<Note>) -> StatusCode {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.entry(session.user_id).or_default().push(note);
    StatusCode::CREATED
}
