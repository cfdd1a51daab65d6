//! The page for whoever is not signed in.

use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn SignInPage() -> impl IntoView {
    view! {
        <Title text="Sign in" />
        <section class="sl-lone">
            <h1>"Sign in with the one-time link"</h1>
            <p>"When Slipway starts, it prints a link like this one. Open it in this browser."</p>
            <pre class="sl-block" tabindex="0">"Sign in: http://127.0.0.1:3000/sign-in?token=…"</pre>
            <p>
                "Each link works once, within fifteen minutes. If yours was used or lost, " <code>"slipway sign-in"</code>
                " on the server prints a new one."
            </p>
            <p>
                <a href="/" rel="external">
                    "I have signed in"
                </a>
            </p>
        </section>
    }
}
