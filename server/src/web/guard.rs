//! Who may come in: whoever has a session. Pages send others to the sign-in page; everything else says 401.

use app::api::SignedIn;
use app::error::PanelError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::server_fn::error::FromServerFnError as _;

use super::sign_in;
use crate::panel::Panel;

/// Notes in the request who is signed in; turns away who is not, except from what everybody may see.
pub async fn guard(State(panel): State<Panel>, mut request: Request, next: Next) -> Response {
    match is_signed_in(&panel, request.headers()).await {
        Ok(true) => {
            request.extensions_mut().insert(SignedIn);
            next.run(request).await
        }
        Ok(false) if is_for_everybody(request.uri().path()) => next.run(request).await,
        Ok(false) => turn_away(request.uri().path()),
        Err(error) => {
            tracing::error!("a session could not be looked up: {}", engine::chain(&error));
            let text = "Slipway's own database did not answer; its log says more.\n";
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

async fn is_signed_in(panel: &Panel, headers: &HeaderMap) -> Result<bool, engine::JournalError> {
    match sign_in::cookie(headers, panel.address) {
        Some(cookie) => panel.sessions.is_valid(cookie).await,
        None => Ok(false),
    }
}

fn is_for_everybody(path: &str) -> bool {
    matches!(path, "/sign-in" | "/healthz") || path.starts_with("/pkg/")
}

fn turn_away(path: &str) -> Response {
    if path.starts_with("/api/") {
        let body = PanelError::NotSignedIn.ser();
        let headers = [(header::CONTENT_TYPE, "application/json")];
        (StatusCode::UNAUTHORIZED, headers, body).into_response()
    } else if path == "/events" {
        (StatusCode::UNAUTHORIZED, "Sign in first.\n").into_response()
    } else {
        Redirect::to("/sign-in").into_response()
    }
}
