//! What stands around every page: the head with where the panel's AWS is, and the foot.

use leptos::prelude::*;
use topology::view::Surroundings;

use super::icons::{Glyph, Icon};
use crate::api;
use crate::live::{Connection, Live};

#[component]
pub fn Header() -> impl IntoView {
    let surroundings = Resource::new_blocking(|| (), |()| api::surroundings());
    view! {
        <header class="sl-head">
            <a class="sl-head-name" href="/">
                <Icon glyph=Glyph::Slipway />
                "Slipway"
            </a>
            <Suspense>
                {move || Suspend::new(async move {
                    // Whoever is not signed in is told so by the page.
                    surroundings.await.ok().map(|surroundings| view! { <Where surroundings /> })
                })}
            </Suspense>
            <Hearing />
        </header>
    }
}

#[component]
fn Where(surroundings: Surroundings) -> impl IntoView {
    let Surroundings { account, region, sandbox_speed } = surroundings;
    let sandbox = sandbox_speed.map(|speed| {
        view! {
            <span class="sl-tag" title="The embedded AWS: nothing here costs money">
                {format!("Sandbox, {speed}× speed")}
            </span>
        }
    });
    view! {
        <p class="sl-head-where">
            {sandbox} <span>{region.to_string()}</span> <span class="sl-mono" title="AWS account">
                {account}
            </span>
        </p>
    }
}

/// Whether events arrive; quiet while all is well.
#[component]
fn Hearing() -> impl IntoView {
    let connection = Live::get().connection();
    let class = move || match connection.get() {
        Connection::Starting => "sl-hearing",
        Connection::Open => "sl-hearing sl-hearing-open",
        Connection::Lost => "sl-hearing sl-hearing-lost",
    };
    let word = move || match connection.get() {
        Connection::Starting => "",
        Connection::Open => "Live",
        Connection::Lost => "Reconnecting…",
    };
    view! {
        <span class=class role="status">
            {word}
        </span>
    }
}

#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="sl-foot">
            <span>"Slipway " {env!("CARGO_PKG_VERSION")}</span>
            <span>"AWS is the state; this panel only looks and acts."</span>
        </footer>
    }
}
