//! Lines to copy: ids, name servers, commands.

use leptos::prelude::*;

use super::icons::{Glyph, Icon};

/// One block of text with a button that puts it on the clipboard.
#[component]
pub fn CopyLines(#[prop(into)] lines: Vec<String>, #[prop(into)] what: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = lines.join("\n");
    let copy = {
        let text = text.clone();
        move |_| {
            // A browser that refuses leaves the text there to be selected by hand.
            _ = window().navigator().clipboard().write_text(&text);
            copied.set(true);
            set_timeout(move || _ = copied.try_set(false), std::time::Duration::from_secs(2));
        }
    };
    view! {
        <div class="sl-copy">
            <pre class="sl-copy-text" tabindex="0">{text}</pre>
            <button
                type="button"
                class="sl-button sl-button-quiet sl-button-icon"
                aria-label=format!("Copy {what}")
                on:click=copy
            >
                <Icon glyph=Signal::derive(move || if copied.get() { Glyph::Check } else { Glyph::Copy }) />
            </button>
            <span class="sl-hidden" role="status">
                {move || copied.get().then_some("Copied")}
            </span>
        </div>
    }
}
