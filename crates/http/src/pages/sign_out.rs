//! `/signout`: ends the session that the cookies name, takes them back, and says so on the sign-in page.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use keyturn_core::credential::CsrfBinding;
use keyturn_core::model::EndReason;
use keyturn_core::service::SignOutRequest;
use serde::Deserialize;

use super::SIGN_OUT;
use super::arrival::{Arrival, destination, see_other, sign_in_address};
use super::form::PageForm;
use crate::cookies::SetCookies;
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::error::Problem;

pub(super) fn router() -> Router<Edge> {
    Router::new().route(SIGN_OUT, post(submit))
}

/// `return_to`: where a person wants to go as somebody else.
#[derive(Deserialize)]
struct Fields {
    return_to: Option<String>,
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    form: PageForm<Fields>,
) -> Result<Response, Problem> {
    form.check(&edge, &arrival)?;
    let return_to = destination(&edge, form.fields.return_to.as_deref());
    let request = SignOutRequest {
        refresh_token: arrival.cookies.refresh_token(),
        access_token: arrival.cookies.access.clone(),
        origin: arrival.origin.clone(),
    };
    edge.carry_through(|authority| async move { authority.sign_out(request).await })
        .await?;
    Ok(signed_out(&edge, EndReason::SignedOut, return_to.as_deref()))
}

/// Clears the token cookies, gives the CSRF token that the next sign-in needs, and leads to the sign-in, and from there on.
pub(super) fn signed_out(edge: &Edge, reason: EndReason, return_to: Option<&str>) -> Response {
    let mut cookies = SetCookies::default();
    edge.cookie_maker().clear_tokens(&mut cookies);
    let _header_for_scripts = CsrfReply::fresh(edge, CsrfBinding::Unbound).attach(edge, &mut cookies);
    (
        cookies,
        see_other(&sign_in_address(edge, Some(reason), return_to)),
    )
        .into_response()
}
