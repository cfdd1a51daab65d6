//! The panel: pages, components and server functions. Provisional: one page that counts.

pub mod assets;

use assets::{AssetNames, AssetTags};
use leptos::prelude::*;

/// The whole HTML document around the panel.
#[must_use]
pub fn shell(names: AssetNames) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Slipway"</title>
                <AssetTags names />
            </head>
            <body>
                <Panel />
            </body>
        </html>
    }
}

/// The panel's root component.
#[component]
pub fn Panel() -> impl IntoView {
    let (count, set_count) = signal(0);
    view! {
        <main>
            <h1>"Slipway"</h1>
            <button on:click=move |_| set_count.update(|count| *count += 1)>"Counted " {count}</button>
        </main>
    }
}

/// Makes the server-rendered page interactive; the page's start script calls it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(Panel);
}
