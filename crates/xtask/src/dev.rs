//! To be written.

use anyhow::Result;

use crate::workspace::Workspace;

pub fn dev(_workspace: &Workspace) -> Result<()> {
    Ok(())
}
