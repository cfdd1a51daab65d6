//! Toasts: what went wrong with an action that has no form of its own to say it in.

use leptos::prelude::*;

use super::icons::{Glyph, Icon};
use crate::error::PanelError;

#[derive(Debug, Clone, PartialEq)]
struct Toast {
    number: u32,
    title: String,
    hint: String,
}

/// App-wide; cheap to copy.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    pub fn provide() -> Self {
        let toasts = Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    pub fn get() -> Self {
        expect_context()
    }

    pub fn failed(self, error: &PanelError) {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        let toast = Toast { number, title: error.title(), hint: error.hint() };
        self.shown.update(|shown| {
            // The same trouble twice is still one trouble.
            shown.retain(|other| other.title != toast.title);
            shown.push(toast);
        });
    }

    fn dismiss(self, number: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.number != number));
    }
}

#[component]
pub fn ToastRack(toasts: Toasts) -> impl IntoView {
    let line = move |toast: Toast| {
        let number = toast.number;
        view! {
            <div class="sl-toast">
                <Icon glyph=Glyph::Warning />
                <div class="sl-toast-text">
                    <strong>{toast.title}</strong>
                    <span>{toast.hint}</span>
                </div>
                <button
                    type="button"
                    class="sl-button sl-button-quiet sl-button-icon"
                    aria-label="Dismiss"
                    on:click=move |_| toasts.dismiss(number)
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
        }
    };
    view! {
        <div class="sl-toasts" role="alert">
            <For each=move || toasts.shown.get() key=|toast| toast.number children=line />
        </div>
    }
}
