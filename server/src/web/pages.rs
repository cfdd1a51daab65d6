//! Pages and server functions, by Leptos. What stands on them is the app's business.

use std::sync::OnceLock;

use app::api::{Ahead, SignedIn};
use app::{App, shell};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use leptos::context::{provide_context, use_context};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, ResponseOptions, generate_route_list_with_exclusions,
};

use super::headers;
use crate::panel::Panel;

/// The app's own routes, its server functions, and the page for addresses that lead nowhere.
pub fn routes(panel: &Panel) -> Router<Panel> {
    // Answered by `sign_in`, which draws the page itself.
    let elsewhere = vec!["/sign-in".to_owned()];
    // Once: while Leptos makes the list, it holds back everything in this process that a page fetches.
    static PAGES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    let pages = PAGES.get_or_init(|| generate_route_list_with_exclusions(App, Some(elsewhere))).clone();
    let assets = panel.assets.clone();
    let context = page_context(panel, StatusCode::OK);
    Router::new()
        .leptos_routes_with_context(panel, pages, context, move || shell(assets.names()))
        .route_layer(from_fn_with_state(panel.clone(), fetch_ahead))
        .route("/api/{*function}", post(server_function))
        .fallback(not_found)
}

/// Notes in the request what its page will show, for whoever may see it.
async fn fetch_ahead(State(panel): State<Panel>, mut request: Request, next: Next) -> Response {
    if request.extensions().get::<SignedIn>().is_some()
        && let Some(ahead) = Ahead::of(&panel.engine, request.uri().path()).await
    {
        request.extensions_mut().insert(ahead);
    }
    next.run(request).await
}

/// Draws the page that stands at the request's address, under another status.
pub async fn page(panel: &Panel, status: StatusCode, request: Request) -> Response {
    let assets = panel.assets.clone();
    let context = page_context(panel, status);
    leptos_axum::render_app_async_with_context(context, move || shell(assets.names()))(request).await
}

async fn not_found(State(panel): State<Panel>, request: Request) -> Response {
    page(&panel, StatusCode::NOT_FOUND, request).await
}

async fn server_function(State(panel): State<Panel>, request: Request) -> Response {
    let engine = panel.engine.clone();
    let context = move || provide_authority(&engine);
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

fn page_context(panel: &Panel, status: StatusCode) -> impl Fn() + Clone + Send + Sync + 'static {
    let engine = panel.engine.clone();
    move || {
        provide_authority(&engine);
        let ahead = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Ahead>().cloned());
        if let Some(ahead) = ahead {
            provide_context(ahead);
        }
        headers::say_page_policy();
        if let Some(response) = use_context::<ResponseOptions>().filter(|_| status != StatusCode::OK) {
            response.set_status(status);
        }
    }
}

/// The engine for all, and the word that the guard has let this request in, when it has.
fn provide_authority(engine: &engine::Engine) {
    provide_context(engine.clone());
    let signed_in = use_context::<Parts>().and_then(|parts| parts.extensions.get::<SignedIn>().copied());
    if let Some(signed_in) = signed_in {
        provide_context(signed_in);
    }
}
