//! To be written.

use anyhow::Result;

use crate::workspace::Workspace;

#[derive(clap::Args)]
pub struct Arguments {
    /// Only the check of this name
    #[arg(long)]
    only: Option<String>,
}

pub fn test(_workspace: &Workspace, _arguments: &Arguments) -> Result<()> {
    Ok(())
}
