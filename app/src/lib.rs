//! The panel: pages, components and server functions.
//!
//! It decides nothing about AWS: what may be done when, what things cost, where they stand on the canvas and
//! what events say in words are all [`topology`]'s. It draws, asks the engine, and listens.
//!
//! | module | noun |
//! | --- | --- |
//! | [`assets`] | names of the browser's files, and the tags that load them |
//! | [`api`] | server functions; [`api::SignedIn`] is what the server's middleware provides |
//! | [`error`] | what can go wrong, as a person reads it |
//! | `live` | the one store that events keep up to date |
//! | `desk` | what every part of a stack's page shares: view, draft, flow |
//! | `pages`, `components` | a page fetches; a component receives |

pub mod api;
pub mod assets;
mod components;
mod console;
mod desk;
mod draft;
pub mod error;
mod eta;
mod face;
mod flow;
mod live;
mod money;
mod pages;
mod templates;
mod text;
pub mod time;

use assets::{AssetNames, AssetTags};
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

use components::chrome::Header;
use components::toast::{ToastRack, Toasts};
use live::Live;
use pages::{NotFound, SignInPage, StackPage, StacksPage};

/// The whole HTML document around the panel.
#[must_use]
pub fn shell(names: AssetNames) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <AssetTags names />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The panel's root component. Pages are drawn whole on the server before they are sent.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Live::provide();
    let toasts = Toasts::provide();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Slipway".to_owned() } else { format!("{title} · Slipway") }
        } />
        <Router>
            <a class="sl-skip" href="#main">
                "Skip to content"
            </a>
            <Header />
            <main id="main" class="sl-main" tabindex="-1">
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=StacksPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/stacks/:name/:tab?") view=StackPage ssr=SsrMode::Async />
                </FlatRoutes>
            </main>
            <ToastRack toasts />
        </Router>
    }
}

/// Makes the server-rendered page interactive; the page's start script calls it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    hydrate_body(App);
}
