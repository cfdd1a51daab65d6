//! Buttons that say why they cannot be pressed, instead of hiding.

use leptos::prelude::*;

/// How much a button asks for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Primary,
    Plain,
    Danger,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "sl-button sl-button-primary",
            Self::Plain => "sl-button",
            Self::Danger => "sl-button sl-button-danger",
        }
    }
}

/// A button; while `refusal` says why not, it does nothing and tells that reason.
///
/// It stays in the tab order then, so that a keyboard and a screen reader come by the reason too.
#[component]
pub fn ActionButton(
    label: &'static str,
    weight: Weight,
    #[prop(into)] refusal: Signal<Option<String>>,
    press: impl Fn() + 'static,
) -> impl IntoView {
    let refused = move || refusal.with(Option::is_some);
    view! {
        <button
            type="button"
            class=weight.class()
            aria-disabled=move || refused().then_some("true")
            title=move || refusal.get()
            on:click=move |_| {
                if refusal.with_untracked(Option::is_none) {
                    press();
                }
            }
        >
            {label}
        </button>
    }
}
