//! How deep a command looks before it plans.

use engine::Engine;
use topology::plan::Plan;
use topology::view::Request;

#[derive(Debug, Clone, Copy)]
pub enum Depth {
    /// What bulk calls return, and the fingerprints in tags.
    InBulk,
    /// Every part in full.
    InFull,
}

/// The option of commands that can do both.
#[derive(Debug, clap::Args)]
pub struct Deep {
    /// Read every part in full: finds what somebody changed and no bulk call tells, such as a role's policy
    #[arg(long)]
    deep: bool,
}

impl Deep {
    pub fn depth(&self) -> Depth {
        if self.deep { Depth::InFull } else { Depth::InBulk }
    }
}

impl Depth {
    pub async fn plan(self, engine: &Engine, request: &Request) -> Result<Plan, engine::Error> {
        match self {
            Depth::InBulk => engine.plan(request).await,
            Depth::InFull => engine.plan_in_full(request).await,
        }
    }
}
