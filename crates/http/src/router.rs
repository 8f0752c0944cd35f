//! The router, and the description of what it serves: both from the same list of routes.

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use keyturn_core::service::Authority;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme,
};
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::config::EdgeConfig;
use crate::cookies::ACCESS_COOKIE;
use crate::cors;
use crate::csrf::{TokenWall, X_CSRF_TOKEN};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::pages;
use crate::passage::passage;
use crate::routes::{self, TOKEN};
use crate::shapes::OAuthErrorBody;
use crate::token_pair::TokenPairSettings;

/// Serves this authority.
///
/// The client's address is taken from `ConnectInfo<SocketAddr>`, so serve it with connect info. Merge your own routes with
/// it: it has a fallback, which answers 404 as a problem.
pub fn router(authority: Arc<Authority>, config: EdgeConfig) -> Router {
    let edge = Edge {
        authority,
        config: Arc::new(config),
    };
    let (walled, _) = routes::auth().merge(routes::admin()).split_for_parts();
    let (for_clients, _) = routes::for_clients().split_for_parts();
    let (token_pair, _) = token_pair(&edge.config.token_pair).split_for_parts();
    let (meta, _) = routes::meta().split_for_parts();
    let walled = walled.layer(TokenWall(edge.clone()));
    let application = edge.config.application.as_ref();
    let application = application.map_or_else(Router::new, |application| application.walled(&edge));
    Router::new()
        .merge(walled)
        .merge(for_clients)
        .merge(token_pair)
        .merge(meta)
        .merge(application)
        .merge(pages::router(&edge.config.pages))
        .merge(routes::docs())
        .fallback(|| ready(Problem::new(ProblemCode::NotFound)))
        .method_not_allowed_fallback(|| ready(Problem::new(ProblemCode::MethodNotAllowed)))
        // Together: each layer of its own would be another box for every request.
        .layer((
            cors::layer(&edge.config),
            from_fn_with_state(edge.clone(), passage),
        ))
        .with_state(edge)
}

/// Below its prefix, or nowhere.
fn token_pair(settings: &TokenPairSettings) -> OpenApiRouter<Edge> {
    match settings.prefix.as_str() {
        _ if !settings.enabled => OpenApiRouter::new(),
        "" => routes::token_pair(),
        prefix => OpenApiRouter::new().nest(prefix, routes::token_pair()),
    }
}

/// The probes alone (`/livez`, `/readyz`, `/healthz`), for a listener of operators. Its requests are not counted.
pub fn probes(authority: Arc<Authority>, config: EdgeConfig) -> Router {
    let edge = Edge {
        authority,
        config: Arc::new(config.unmeasured()),
    };
    let (probes, _) = routes::probes().split_for_parts();
    probes
        .fallback(|| ready(Problem::new(ProblemCode::NotFound)))
        .layer(from_fn_with_state(edge.clone(), passage))
        .with_state(edge)
}

/// What [`router`] serves with the default settings, described.
pub fn openapi() -> OpenApi {
    openapi_with(None)
}

/// The same, and what an application serves beside it.
pub fn openapi_with(application: Option<OpenApi>) -> OpenApi {
    let settings = TokenPairSettings {
        enabled: true,
        ..TokenPairSettings::default()
    };
    described(&settings, application)
}

/// What [`router`] serves, described: the token-pair API where it is, if it is there; the application, if there is one. Where both have a schema
/// of one name, ours stands.
pub(crate) fn described(settings: &TokenPairSettings, application: Option<OpenApi>) -> OpenApi {
    let described = OpenApiRouter::with_openapi(frame())
        .merge(routes::auth())
        .merge(routes::admin())
        .merge(routes::for_clients())
        .merge(token_pair(settings))
        .merge(routes::meta());
    let mut described = described.into_openapi();
    let log_out = described
        .paths
        .paths
        .get_mut(&format!("{}/logout", settings.prefix.as_str()))
        .and_then(|path| path.post.as_mut())
        .and_then(|post| post.request_body.as_mut());
    if let Some(RefOr::T(body)) = log_out {
        // Which the macro says of JSON alone, as a body that may be `null`.
        body.required = Some(Required::False);
    }
    if let Some(application) = application {
        described.merge(application);
    }
    described
}

fn frame() -> OpenApi {
    let mut info = Info::new("Keyturn", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Sign-in and sessions for the application you already have. Errors are RFC 9457 problems with a stable `code`."
            .to_owned(),
    );
    let mut components = utoipa::openapi::Components::new();
    // The routes name it in their answers alone, which are not searched for schemas.
    components
        .schemas
        .insert(OAuthErrorBody::name().into_owned(), OAuthErrorBody::schema());
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of `body` and `hybrid` delivery"))
        .build();
    let service = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("Name and secret of a service, from `keyturn service add`"))
        .build();
    let cookie = ApiKeyValue::with_description(ACCESS_COOKIE, "The access token of `cookie` delivery");
    let csrf = ApiKeyValue::with_description(
        X_CSRF_TOKEN.as_str(),
        "From `/auth/csrf`: for every unsafe request with cookies, and for a browser's sign-in and sign-up",
    );
    let password = Flow::Password(Password::new(TOKEN, Scopes::new()));
    let oauth2 = OAuth2::with_description([password], "Sign in here, and the button does the rest");
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("service", SecurityScheme::Http(service));
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(oauth2));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build()
}
