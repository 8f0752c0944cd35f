//! `/signout`: ends the session that the cookies name, takes them back, and says so on the sign-in page.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use keyturn_core::model::EndReason;
use keyturn_core::service::SignOutRequest;

use super::arrival::{Arrival, see_other};
use super::form::{Button, PageForm};
use super::{SIGN_IN, SIGN_OUT};
use crate::cookies::SetCookies;
use crate::edge::Edge;
use crate::error::Problem;

pub(super) fn router() -> Router<Edge> {
    Router::new().route(SIGN_OUT, post(submit))
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    form: PageForm<Button>,
) -> Result<Response, Problem> {
    form.check(&edge, &arrival)?;
    let request = SignOutRequest {
        refresh_token: arrival.cookies.refresh_token(),
        access_token: arrival.cookies.access.clone(),
        origin: arrival.origin.clone(),
    };
    edge.carry_through(|authority| async move { authority.sign_out(request).await })
        .await?;
    Ok(signed_out(&edge, EndReason::SignedOut))
}

/// Clears the token cookies, and leads to the sign-in.
pub(super) fn signed_out(edge: &Edge, reason: EndReason) -> Response {
    let mut cookies = SetCookies::default();
    edge.cookie_maker().clear_tokens(&mut cookies);
    let sign_in = edge.config.pages.address(SIGN_IN);
    (cookies, see_other(&format!("{sign_in}?reason={reason}"))).into_response()
}
