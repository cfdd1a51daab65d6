//! The long-lived parts of a running panel.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use engine::{Engine, Journal};
use leptos::config::LeptosOptions;
use store::Sessions;
use tokio_util::sync::CancellationToken;

use crate::assets::Assets;

/// Everything that a request may need. Cheap to clone; all clones are the same panel.
#[derive(Clone)]
pub struct Panel {
    /// Looks at AWS, plans, and acts.
    pub engine: Engine,
    /// The engine's journal, which live events are read from.
    pub journal: Arc<dyn Journal>,
    /// Who may come in.
    pub sessions: Sessions,
    /// The browser's files.
    pub assets: Assets,
    /// Where the panel listens; decides which `Host` is believed, and what its cookie is called.
    pub address: SocketAddr,
    /// Cancelled when the panel is about to stop: streams that never end by themselves end then.
    pub stopping: CancellationToken,
    /// What Leptos wants to know; none of it is read by us.
    pub leptos: LeptosOptions,
}

impl Panel {
    pub fn new(
        engine: Engine,
        journal: Arc<dyn Journal>,
        sessions: Sessions,
        address: SocketAddr,
        stopping: CancellationToken,
    ) -> Self {
        let leptos = LeptosOptions::builder().output_name("slipway").site_addr(address).build();
        Self { engine, journal, sessions, assets: Assets::find(), address, stopping, leptos }
    }
}

impl FromRef<Panel> for LeptosOptions {
    fn from_ref(panel: &Panel) -> Self {
        panel.leptos.clone()
    }
}
