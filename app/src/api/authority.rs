//! Who may call a server function. Knows nothing of cookies: the server's middleware has read them.

use engine::Engine;
use leptos::prelude::*;

use crate::error::PanelError;

/// The server provides this in the context of every request whose session is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn;

/// The engine, for those who may use it.
pub(super) fn authority() -> Result<Engine, PanelError> {
    use_context::<SignedIn>().ok_or(PanelError::NotSignedIn)?;
    Ok(expect_context::<Engine>())
}
