//! The panel's own icons: strokes on a grid of 16, in the colour of the text around them.
//!
//! An icon never stands alone for a meaning: a word stands beside it, or a label around it.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    Slipway,
    Check,
    Ring,
    Turning,
    Clock,
    Hand,
    Cross,
    Warning,
    Moon,
    Dash,
    Skip,
    Plus,
    Minus,
    Fit,
    Close,
    Copy,
    Outward,
    Update,
    Swap,
    Note,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Self::Slipway => "M2 5.5 14 2M2.5 9.5l8-2.3 3 1.6-1.6 2.4-7.2 2zM2 14h12",
            Self::Check => "M3 8.5 6.5 12 13 4.5",
            Self::Ring => "M8 2.75a5.25 5.25 0 1 0 0 10.5 5.25 5.25 0 0 0 0-10.5z",
            Self::Turning => "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
            Self::Clock => "M8 2.75a5.25 5.25 0 1 0 0 10.5 5.25 5.25 0 0 0 0-10.5zM8 5v3.2l2.2 1.4",
            Self::Hand => {
                "M5 8.2V4.1a1 1 0 0 1 2 0V7m0-.5V3a1 1 0 0 1 2 0v3.5M9 7V4a1 1 0 0 1 2 0v5.2c0 2.6-1.4 4.3-3.6 4.3-1.6 0-2.6-.8-3.4-2.3L2.8 8.7a.9.9 0 0 1 1.5-1l.7.9"
            }
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Warning => "M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.2v.1",
            Self::Moon => "M12.8 9.8A5.3 5.3 0 0 1 6.2 3.2a5.3 5.3 0 1 0 6.6 6.6z",
            Self::Dash => "M4 8h8",
            Self::Skip => "M3.5 4 8 8l-4.5 4M8.5 4 13 8l-4.5 4",
            Self::Plus => "M8 3.5v9M3.5 8h9",
            Self::Minus => "M3.5 8h9",
            Self::Fit => "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Copy => "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
            Self::Outward => "M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9.5v4h-9v-9h4",
            Self::Update => {
                "M3 8.5a5 5 0 0 0 9.3 1.8M13 7.5a5 5 0 0 0-9.3-1.8M12.8 13v-2.7h-2.7M3.2 3v2.7h2.7"
            }
            Self::Swap => "M2.5 5.5h10l-3-3M13.5 10.5h-10l3 3",
            Self::Note => "M8 2.75a5.25 5.25 0 1 0 0 10.5 5.25 5.25 0 0 0 0-10.5zM8 7.5V11M8 5.2v.1",
        }
    }
}

#[component]
pub fn Icon(#[prop(into)] glyph: Signal<Glyph>) -> impl IntoView {
    let class = move || match glyph.get() {
        Glyph::Turning => "sl-icon sl-icon-turning",
        _ => "sl-icon",
    };
    view! {
        <svg class=class viewBox="0 0 16 16" width="16" height="16" fill="none" aria-hidden="true">
            <path
                d=move || glyph.get().path()
                stroke="currentColor"
                stroke-width="1.5"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
        </svg>
    }
}
