//! The names of the browser's files, and the tags that load them.
//!
//! Every file's name holds a hash of its content, so a page asks [`AssetNames`] what `slipway.css`
//! is called today. Nothing is read from disk here: the server says the names, once a page.

use std::collections::BTreeMap;

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What each file of the browser's half is called today: `slipway.css` → `slipway-1f3a….css`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetNames {
    #[serde(flatten)]
    names: BTreeMap<String, String>,
}

impl AssetNames {
    /// The address of a file by its plain name, such as `slipway.css`; `None` when it was not built.
    #[must_use]
    pub fn url(&self, plain_name: &str) -> Option<String> {
        self.names.get(plain_name).map(|name| format!("/pkg/{name}"))
    }

    /// Adds a file that is not built but made by the server.
    #[must_use]
    pub fn with(mut self, plain_name: &str, name: &str) -> Self {
        self.names.insert(plain_name.to_owned(), name.to_owned());
        self
    }
}

/// The tags for the page's head: style sheet, fonts that every page needs, script and WASM.
///
/// Without built files the page is still whole: server-rendered, not interactive. Once it is
/// interactive, the root element carries `data-hydrated`, for the tests to wait for.
#[component]
pub fn AssetTags(names: AssetNames) -> impl IntoView {
    let nonce = use_nonce();
    let style = names.url("slipway.css").map(|href| view! { <link rel="stylesheet" href=href /> });
    let icon =
        names.url("favicon.svg").map(|href| view! { <link rel="icon" type="image/svg+xml" href=href /> });
    let font = names.url("inter.woff2").map(|href| {
        view! { <link rel="preload" r#as="font" type="font/woff2" href=href crossorigin="anonymous" /> }
    });
    let start = names.url("slipway.js").zip(names.url("slipway.wasm")).map(|(script, wasm)| {
        let start = format!(
            "import init, {{ hydrate }} from {script:?};\n\
             await init({{ module_or_path: {wasm:?} }});\nhydrate();\n\
             document.documentElement.dataset.hydrated = '';"
        );
        view! {
            <link rel="modulepreload" href=script />
            <link rel="preload" r#as="fetch" type="application/wasm" href=wasm crossorigin="anonymous" />
            <script type="module" nonce=nonce>
                {start}
            </script>
        }
    });
    let reload = names.url("reload.js").map(|src| view! { <script type="module" src=src></script> });
    view! {
        {style}
        {icon}
        {font}
        {start}
        {reload}
    }
}
