//! A modal dialog: the browser's own, which keeps the focus inside and closes on Escape.

use leptos::html;
use leptos::prelude::*;

use super::icons::{Glyph, Icon};

/// Shown while `open`; `close` is called when somebody wants out.
#[component]
pub fn Dialog(
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] title: Signal<String>,
    close: impl Fn() + Copy + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // It fails only where the element has left the page meanwhile.
            (true, false) => _ = dialog.show_modal(),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            node_ref=node
            class="sl-dialog"
            aria-label=move || title.get()
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                close();
            }
        >
            <Show when=move || open.get()>
                <header class="sl-dialog-head">
                    <h2>{move || title.get()}</h2>
                    <button
                        type="button"
                        class="sl-button sl-button-quiet sl-button-icon"
                        aria-label="Close"
                        on:click=move |_| close()
                    >
                        <Icon glyph=Glyph::Close />
                    </button>
                </header>
                {children()}
            </Show>
        </dialog>
    }
}
