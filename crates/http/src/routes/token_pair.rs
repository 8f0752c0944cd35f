//! `POST /login`, `/generateTokens`, `/refresh`, `/logout` (R4): the token-pair API, for clients that were written against it.
//!
//! **The rule**: both tokens travel in bodies and nowhere else; a cookie means nothing here, and none is set. A refresh token that we
//! know and refuse is 403, one that is no one's 401. Everything else is as on the native routes: rotation, reuse, reasons.
//!
//! **The caveat**: a browser is refused before its body is read, unless the configuration says otherwise; a script that is injected
//! into its page could copy the refresh token then.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use keyturn_core::credential::RefreshToken;
use keyturn_core::model::Delivery;
use keyturn_core::service::{AuthError, RefreshRequest, SignInRequest, SignOutRequest, parse_sign_in_name};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::{AttemptHeader, PassiveHeader};
use super::problems::{Body, Common, Counted, Judged, Unsafe};
use super::renewal::refreshed;
use crate::cookies::RequestCookies;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{
    AccessCredential, Asker, ClientOf, IdempotencyKey, JsonOrForm, OptionalJsonOrForm, OriginOf, Passive,
};
use crate::shapes::{LoginBody, LogoutBody, NextPairBody, NextTokenPair, TokenPair};
use crate::time_limit::HashingTime;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(generate_tokens))
        .routes(routes!(refresh))
        .routes(routes!(logout))
}

/// Log in
///
/// JSON or a form. Where `token_pair.enabled` is set, below `token_pair.prefix`; likewise the next three.
#[utoipa::path(
    post,
    path = "/login",
    operation_id = "login",
    tag = "token pair",
    request_body(content(
        (LoginBody = "application/json"),
        (LoginBody = "application/x-www-form-urlencoded"),
    )),
    responses((status = 200, description = "Logged in", body = TokenPair), Common, Judged, Unsafe, Body, Counted),
    security(())
)]
async fn login(
    State(edge): State<Edge>,
    _: PairClient,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    hashing: HashingTime,
    JsonOrForm(body): JsonOrForm<LoginBody>,
) -> Result<Json<TokenPair>, Problem> {
    hashing.allow();
    let request = SignInRequest {
        name: parse_sign_in_name(&body.username),
        password: body.password,
        delivery: Delivery::Body,
        remember: false,
        client,
        origin,
        replaces: None,
        device: None,
    };
    let signing_in = edge.carry_through(|authority| async move { authority.sign_in(request).await });
    TokenPair::new(&signing_in.await?)
        .map(Json)
        .ok_or_else(without_token)
}

/// The next pair
///
/// The refresh token that is given is good no longer; using it again ends the session.
#[utoipa::path(
    post,
    path = "/generateTokens",
    operation_id = "generateTokens",
    tag = "token pair",
    request_body(content(
        (NextPairBody = "application/json"),
        (NextPairBody = "application/x-www-form-urlencoded"),
    )),
    params(AttemptHeader, PassiveHeader),
    responses((status = 200, description = "The next pair", body = NextTokenPair), Common, Judged, Unsafe, Body),
    security(())
)]
async fn generate_tokens(
    State(edge): State<Edge>,
    _: PairClient,
    key: IdempotencyKey,
    Passive(hint): Passive,
    OriginOf(origin): OriginOf,
    JsonOrForm(body): JsonOrForm<NextPairBody>,
) -> Result<Json<NextTokenPair>, Problem> {
    let request = RefreshRequest {
        token: RefreshToken::parse(&body.refresh_token)
            .map_err(|_| Problem::new(ProblemCode::TokenUnknown))?,
        device: None,
        attempt: key.judge()?,
        hint,
        origin,
    };
    let issued = refreshed(&edge, request, false).await?;
    NextTokenPair::new(&issued).map(Json).ok_or_else(without_token)
}

/// The next pair, by its other name
///
/// As `/generateTokens`.
#[utoipa::path(
    post,
    path = "/refresh",
    operation_id = "refreshPair",
    tag = "token pair",
    request_body(content(
        (NextPairBody = "application/json"),
        (NextPairBody = "application/x-www-form-urlencoded"),
    )),
    params(AttemptHeader, PassiveHeader),
    responses((status = 200, description = "The next pair", body = NextTokenPair), Common, Judged, Unsafe, Body),
    security(())
)]
async fn refresh(
    state: State<Edge>,
    client: PairClient,
    key: IdempotencyKey,
    passive: Passive,
    origin: OriginOf,
    body: JsonOrForm<NextPairBody>,
) -> Result<Json<NextTokenPair>, Problem> {
    generate_tokens(state, client, key, passive, origin, body).await
}

/// Log out
///
/// Works with the refresh token, or with an access token that expired less than its lifetime ago.
#[utoipa::path(
    post,
    path = "/logout",
    operation_id = "logout",
    tag = "token pair",
    request_body(content(
        (LogoutBody = "application/json"),
        (LogoutBody = "application/x-www-form-urlencoded"),
    )),
    responses((status = 204, description = "Whatever the tokens named is over"), Common, Unsafe, Body),
    security((), ("bearer" = []), ("oauth2" = []))
)]
async fn logout(
    State(edge): State<Edge>,
    _: PairClient,
    OriginOf(origin): OriginOf,
    headers: HeaderMap,
    OptionalJsonOrForm(body): OptionalJsonOrForm<LogoutBody>,
) -> Result<StatusCode, Problem> {
    let refresh_token = body.refresh_token.as_deref().map(RefreshToken::parse);
    let request = SignOutRequest {
        refresh_token: refresh_token.and_then(Result::ok),
        access_token: AccessCredential::of(&headers, &RequestCookies::default()).into_token(),
        origin,
    };
    edge.carry_through(|authority| async move { authority.sign_out(request).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A client that may have a refresh token in a body.
struct PairClient;

impl FromRequestParts<Edge> for PairClient {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let is_browser = Asker::of(&parts.headers, &edge.config.origins) == Asker::Browser;
        if is_browser && !edge.config.token_pair.browsers {
            return Err(Problem::new(ProblemCode::UseCookieDelivery).with_detail("Use /auth/signin."));
        }
        Ok(Self)
    }
}

/// A session whose tokens are in cookies is only refreshed without its device cookie here, which is reuse: it is never answered.
fn without_token() -> Problem {
    AuthError::internal("a token pair lacks its refresh token").into()
}
