//! What a page's form sends: its fields, and the CSRF token beside them.
//!
//! **The rule**: the token in the hidden field is judged as the JSON routes' header is, by the same function, against the cookie and
//! bound to the same session. Until it is found good, nothing is done.

use axum::extract::{FromRequest, Request};
use keyturn_core::password::Password;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::arrival::Arrival;
use crate::csrf;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::StrictForm;

/// A form with these fields, which may be taken out once the token is found good.
pub(super) struct PageForm<T> {
    pub(super) fields: T,
    token: Option<String>,
}

/// A form that is a button alone.
#[derive(Deserialize)]
pub(super) struct Button {}

#[derive(Deserialize)]
struct Guarded<T> {
    csrf: Option<String>,
    #[serde(flatten)]
    fields: T,
}

impl<T> PageForm<T> {
    /// Refuses what another site, or a page that is too old, has sent.
    ///
    /// # Errors
    /// [`ProblemCode::CsrfInvalid`].
    pub(super) fn check(&self, edge: &Edge, arrival: &Arrival) -> Result<(), Problem> {
        let token = self.token.as_deref();
        if token.is_some_and(|token| csrf::is_echoed(edge, &arrival.cookies, token)) {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::CsrfInvalid))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for PageForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let StrictForm(Guarded { csrf, fields }) = StrictForm::from_request(request, state).await?;
        Ok(Self { fields, token: csrf })
    }
}

/// What stands in a field, without blanks around it; `None` where nothing does.
pub(super) fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A password as it was typed; an empty one where the field did not come.
pub(super) fn typed(password: Option<Password>) -> Password {
    password.unwrap_or_else(|| Password::new(String::new()))
}

/// A password, if one was typed.
pub(super) fn given(password: Option<Password>) -> Option<Password> {
    password.filter(|password| !password.expose().is_empty())
}
