//! `POST /auth/token` (R3.1): the token endpoint of OAuth 2.0 (RFC 6749 §4.3, §6), for clients that know nothing else: FastAPI's
//! `OAuth2PasswordBearer`, Authlib, Swagger UI's Authorize button.
//!
//! **The rule**: answers and errors are RFC 6749's. Who asks decides the delivery, as everywhere; a browser gets `hybrid`, and its
//! refresh grant takes the token from the cookie. Nobody needs a client's secret here; one that is nobody's is refused (§5.2), and a
//! service's makes no difference. Nobody has scopes: who asks for some is told that none were granted (§3.3).
//!
//! **The caveat**: form clients can't send a CSRF token, so the first wall stands alone here. The password grant is for one's own
//! applications; OAuth 2.1 has dropped it.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyturn_core::model::{Client, Delivery, Origin};
use keyturn_core::password::Password;
use keyturn_core::service::{SignInRequest, parse_sign_in_name};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::AttemptHeader;
use super::problems::OAuth;
use super::renewal::Renewal;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Asker, ClientCredentials, ClientOf, Cookies, OriginOf, StrictForm};
use crate::reply;
use crate::shapes::{TokenAnswer, TokenForm};
use crate::time_limit::HashingTime;

/// What is granted to who asks for scopes.
const NO_SCOPES: &str = "";

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(token))
}

/// Tokens for a grant (OAuth 2.0)
///
/// A password, or a refresh token, for tokens. For one's own applications; each use of a refresh token rotates it.
#[utoipa::path(
    post,
    path = "/auth/token",
    operation_id = "token",
    tag = "oauth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    params(AttemptHeader),
    responses(
        (status = 200, description = "Tokens", body = TokenAnswer, headers(("x-csrf-token" = String, description = "A browser's CSRF token from now on"))),
        OAuth,
    ),
    security(())
)]
async fn token(
    State(edge): State<Edge>,
    newcomer: Newcomer,
    renewal: Renewal,
    hashing: HashingTime,
    credentials: ClientCredentials,
    StrictForm(mut form): StrictForm<TokenForm>,
) -> Result<Response, Problem> {
    if let Some(client) = credentials.or_form(form.client_id.take(), form.client_secret.take())? {
        client.service(&edge, &newcomer.origin).await?;
    }
    let scope = form.scope.take().map(|_| NO_SCOPES);
    let answer = match Grant::of(form, renewal.has_cookie())? {
        Grant::Password { username, password } => {
            hashing.allow();
            newcomer.sign_in(&edge, &username, password, scope).await?
        }
        Grant::RefreshToken(token) => {
            let renewal = renewal.telling_scope(scope);
            renewal.carry_out(&edge, token.as_deref(), None).await?
        }
    };
    // RFC 6749 §5.1 asks for it beside `Cache-Control`.
    Ok(([(header::PRAGMA, HeaderValue::from_static("no-cache"))], answer).into_response())
}

/// What is presented.
enum Grant {
    Password {
        username: String,
        password: Password,
    },
    /// `None`: the one in the cookie.
    RefreshToken(Option<String>),
}

impl Grant {
    fn of(form: TokenForm, has_cookie: bool) -> Result<Self, Problem> {
        let lacking = |what: &str| {
            Err(Problem::new(ProblemCode::InvalidFields).with_detail(format!("{what} is missing.")))
        };
        match (form.grant_type.as_deref(), form.username, form.password) {
            (Some("password") | None, Some(username), Some(password)) => Ok(Self::Password {
                username,
                password: Password::new(password),
            }),
            (Some("password"), None, _) => lacking("username"),
            (Some("password"), _, None) => lacking("password"),
            (Some("refresh_token"), ..) if form.refresh_token.is_none() && !has_cookie => {
                lacking("refresh_token")
            }
            (Some("refresh_token"), ..) => Ok(Self::RefreshToken(form.refresh_token)),
            (Some(_), ..) => Err(Problem::new(ProblemCode::UnsupportedGrantType)
                .with_detail("Use the grant `password` or `refresh_token`.")),
            (None, ..) => lacking("grant_type"),
        }
    }
}

/// Who signs in, beside name and password.
struct Newcomer {
    asker: Asker,
    cookies: Cookies,
    client: Client,
    origin: Origin,
}

impl Newcomer {
    async fn sign_in(
        self,
        edge: &Edge,
        username: &str,
        password: Password,
        scope: Option<&'static str>,
    ) -> Result<Response, Problem> {
        let delivery = match self.asker {
            Asker::Browser => Delivery::Hybrid,
            Asker::Other => Delivery::Body,
        };
        let device = self.cookies.device.as_deref();
        let request = SignInRequest {
            name: parse_sign_in_name(username),
            password,
            delivery,
            remember: false,
            client: self.client,
            origin: self.origin,
            replaces: self.cookies.refresh_token(),
            device: device.and_then(|text| edge.authority.device_cookie(text)),
        };
        let issued = edge.carry_through(|authority| async move { authority.sign_in(request).await });
        Ok(reply::granted(edge, StatusCode::OK, &issued.await?, scope))
    }
}

impl FromRequestParts<Edge> for Newcomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let cookies = Cookies::from_request_parts(parts, edge).await?;
        let Ok(asker) = Asker::from_request_parts(parts, edge).await;
        let Ok(ClientOf(client)) = ClientOf::from_request_parts(parts, edge).await;
        let OriginOf(origin) = OriginOf::of(parts, edge);
        Ok(Self {
            asker,
            cookies,
            client,
            origin,
        })
    }
}
