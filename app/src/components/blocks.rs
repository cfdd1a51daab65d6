//! Small blocks that every page uses: errors, empty places, waiting.

use leptos::prelude::*;

use super::icons::{Glyph, Icon};
use crate::error::PanelError;

/// An error where it belongs: what is wrong, and what to do.
#[component]
pub fn ErrorBlock(error: PanelError) -> impl IntoView {
    view! {
        <div class="sl-note sl-note-error" role="alert">
            <Icon glyph=Glyph::Warning />
            <div>
                <strong>{error.title()}</strong>
                <p>{error.hint()}</p>
            </div>
        </div>
    }
}

/// A whole page that is only an error.
#[component]
pub fn ErrorPage(error: PanelError) -> impl IntoView {
    let signed_out = error == PanelError::NotSignedIn;
    view! {
        <section class="sl-lone">
            <h1>{error.title()}</h1>
            <p>{error.hint()}</p>
            <p>
                {if signed_out {
                    view! { <a href="/sign-in">"How to sign in"</a> }.into_any()
                } else {
                    view! { <a href="/">"All stacks"</a> }.into_any()
                }}
            </p>
        </section>
    }
}

/// Holds a page's place while it is fetched.
#[component]
pub fn Waiting(what: &'static str) -> impl IntoView {
    view! {
        <p class="sl-waiting" role="status">
            <Icon glyph=Glyph::Turning />
            {what}
        </p>
    }
}

/// A place where nothing is yet; `children` say what can be done.
#[component]
pub fn Empty(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="sl-empty">
            <strong>{title}</strong>
            {children()}
        </div>
    }
}
