//! Who is there when the curtain rises: Ann, her tasks, her phone and the laptop at her office.

use axum::http::Method;
use serde_json::{Value, json};

use super::inside::{Answer, Call, Inside};
use super::phone::Phone;
use crate::failure::Failure;

/// Shown on the screen and on the page.
pub(super) const EMAIL: &str = "ann@demo.example";
/// Shown on the screen and on the page.
pub(super) const PASSWORD: &str = "a heron that stands still";

const LAPTOP: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0";

/// Title, notes, whether it is done.
const TASKS: [(&str, &str, bool); 5] = [
    ("Water the plants", "The fern twice.", false),
    ("Call the dentist", "", false),
    ("Send the invoice for October", "With the new address.", true),
    ("Book the train to Ghent", "Window, if there is one.", false),
    ("Return the library books", "", false),
];

/// Makes the account and signs it in where Ann is.
///
/// # Errors
/// A route that does not answer as it must.
pub(super) async fn move_in(inside: &Inside, phone: &Phone) -> Result<(), Failure> {
    let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ann" });
    let signed_up = post(inside, "/auth/signup", &[("user-agent", LAPTOP.to_owned())], body).await?;
    let access_token = signed_up.must("/access_token")?;
    for (title, notes, completed) in TASKS {
        let authorization = [("authorization", format!("Bearer {access_token}"))];
        let task = json!({ "title": title, "notes": notes, "completed": completed });
        let made = post(inside, "/api/tasks", &authorization, task).await?;
        if made.status == axum::http::StatusCode::NOT_FOUND {
            // Without the task application there are none.
            break;
        }
    }
    phone.sign_in(inside).await
}

/// A program's POST.
pub(super) async fn post(
    inside: &Inside,
    path: &str,
    headers: &[(&'static str, String)],
    body: Value,
) -> Result<Answer, Failure> {
    let call = Call {
        method: Method::POST,
        path,
        headers: headers.to_vec(),
        body: Some(body),
    };
    inside.ask(call).await
}
