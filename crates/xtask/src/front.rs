//! The browser's half: WASM, its JavaScript, the style sheet and fonts, under names that hold a hash.

mod code;
mod site;
mod stamp;
mod style;

use anyhow::Result;

use crate::build::Profile;
use crate::setup::node::NodePackages;
use crate::setup::wasm::WasmCompiler;
use crate::shell;
use crate::workspace::Workspace;

use site::Site;

/// A file of the site before it gets its hashed name.
#[derive(Debug)]
struct PlainFile {
    name: String,
    content: Vec<u8>,
}

/// Builds the site into [`Workspace::site`]; what is up to date is left as it is.
pub fn build(
    workspace: &Workspace,
    profile: Profile,
    compiler: &WasmCompiler,
    packages: &NodePackages,
) -> Result<()> {
    let wasm = shell::step("build the browser's half", || code::compile(workspace, profile, compiler))?;
    let _lock = workspace.lock("front")?;
    let code = code::bind(workspace, profile, packages, &wasm)?;
    let mut site = Site::default();
    let static_files = style::static_files(workspace, packages)?;
    for file in code.into_iter().chain(static_files) {
        site.add(file);
    }
    // Last, because it names the others.
    site.add(style::sheet(workspace, profile, &site)?);
    site.write(&workspace.site(profile), profile)
}
