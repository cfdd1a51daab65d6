//! What stands above every page: where the panel's AWS is, whether events arrive, and the way out.

use leptos::prelude::*;
use topology::view::Surroundings;

use super::icons::{Glyph, Icon};
use crate::api;
use crate::api::json::Json;
use crate::live::{Connection, Live};

#[component]
pub fn Header() -> impl IntoView {
    let surroundings = Resource::<_, Json>::new_with_options(|| (), |()| api::surroundings(), true);
    view! {
        <header class="sl-head">
            <a class="sl-head-name" href="/" title=concat!("Slipway ", env!("CARGO_PKG_VERSION"))>
                <Icon glyph=Glyph::Slipway />
                "Slipway"
            </a>
            <Suspense>
                {move || Suspend::new(async move {
                    // Whoever is not signed in is told so by the page.
                    surroundings
                        .await
                        .ok()
                        .map(|surroundings| {
                            view! {
                                <Where surroundings />
                                <Hearing />
                                <SignOut />
                            }
                        })
                })}
            </Suspense>
        </header>
    }
}

#[component]
fn Where(surroundings: Surroundings) -> impl IntoView {
    let Surroundings { account, region, sandbox_speed, .. } = surroundings;
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

/// A plain form: it works before the page is interactive, and the answer leaves the page anyway.
#[component]
fn SignOut() -> impl IntoView {
    view! {
        <form class="sl-head-out" method="post" action="/sign-out">
            <button type="submit" class="sl-button sl-button-quiet sl-button-small">
                "Sign out"
            </button>
        </form>
    }
}
