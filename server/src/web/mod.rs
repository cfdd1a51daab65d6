//! The panel over HTTP.
//!
//! | module | noun |
//! | --- | --- |
//! | [`pages`] | pages and server functions, by Leptos |
//! | [`sign_in`] | one-time links, the session's cookie, signing out |
//! | [`guard`] | who may come in |
//! | [`origin`] | requests that other sites send in the owner's name |
//! | [`host`] | names under which a panel on loopback answers |
//! | [`headers`] | headers that every answer carries |
//! | [`events`] | live events |

pub mod events;
pub mod guard;
pub mod headers;
pub mod host;
pub mod origin;
pub mod pages;
pub mod sign_in;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::panel::Panel;

/// Every route. What is added last is met first: headers are on every answer, also on refusals.
pub fn router(panel: Panel) -> Router {
    pages::routes(&panel)
        .route("/events", get(events::stream))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/sign-in", get(sign_in::sign_in))
        .route("/healthz", get(async || "ok\n"))
        .merge(panel.assets.clone().router())
        .layer(from_fn_with_state(panel.clone(), guard::guard))
        .layer(from_fn(origin::check))
        .layer(from_fn_with_state(panel.clone(), host::check))
        .layer(from_fn(headers::add))
        .with_state(panel)
}
