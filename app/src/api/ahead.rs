//! What a page shows, fetched before the page is drawn, so that drawing waits for nothing.
//!
//! While it waits, Leptos can miss that what it waits for has come, and then the page is never sent: one in some
//! hundred pages, when several are drawn at once.

use engine::Engine;
use topology::stack::StackName;
use topology::view::{StackSummary, StackView};

use crate::error::PanelError;

/// The server provides it in the context of the page that asks for it.
#[derive(Debug, Clone)]
pub enum Ahead {
    Stacks(Result<Vec<StackSummary>, PanelError>),
    Stack(StackName, Box<Result<StackView, PanelError>>),
}

impl Ahead {
    /// For the page at `path`; `None` where it needs nothing.
    pub async fn of(engine: &Engine, path: &str) -> Option<Self> {
        if path == "/" {
            return Some(Self::Stacks(engine.stacks().await.map_err(PanelError::from)));
        }
        let name = StackName::new(path.strip_prefix("/stacks/")?.split('/').next()?);
        let view = engine.stack(&name).await.map_err(PanelError::from);
        Some(Self::Stack(name, Box::new(view)))
    }
}
