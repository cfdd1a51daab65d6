//! The page for an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    answer_not_found();
    view! {
        <Title text="Not found" />
        <section class="sl-lone">
            <h1>"There is nothing at this address."</h1>
            <p>"It may have been mistyped, or the stack behind it may be gone."</p>
            <p>
                <a href="/">"All stacks"</a>
            </p>
        </section>
    }
}

/// The server's answer says so in its status too.
pub fn answer_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
}
