//! `cargo xtask dev`: the panel on the sandbox, built again, restarted and reloaded at each change.
//!
//! Changes are found by looking twice a second at the sources' times; a watcher of the system's own
//! would be one dependency more to notice the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};

use crate::build::{self, Profile};
use crate::run;
use crate::shell;
use crate::workspace::Workspace;

const PAUSE: Duration = Duration::from_millis(500);

/// Everything that the panel is built from.
const SOURCES: [&str; 5] = ["app", "server", "crates", "style", "Cargo.toml"];

/// When each source file last changed.
type Sources = BTreeMap<PathBuf, SystemTime>;

/// Builds and starts the panel, again at each change, until Ctrl-C ends both.
pub fn dev(workspace: &Workspace) -> Result<()> {
    let mut panel: Option<Child> = None;
    loop {
        let sources = look_at_sources(workspace.root());
        let before = binary_time(workspace);
        match build::build(workspace, Profile::Debug) {
            // A changed style sheet needs no restart: the server reads the site at each request.
            Ok(_) if panel.is_some() && binary_time(workspace) == before => {}
            Ok(binary) => {
                stop(panel.take());
                let mut command = run::command(workspace, binary);
                panel = Some(command.env("SLIPWAY_DEV", "1").spawn().context("start the panel")?);
            }
            // The panel of before goes on while the mistake is mended.
            Err(error) => shell::report(&error),
        }
        println!("Watching for changes.");
        while look_at_sources(workspace.root()) == sources {
            thread::sleep(PAUSE);
        }
    }
}

/// Ends it and waits, so that the address is free for the next one. A panel survives being killed.
fn stop(panel: Option<Child>) {
    if let Some(mut panel) = panel {
        let _ = panel.kill();
        let _ = panel.wait();
    }
}

fn binary_time(workspace: &Workspace) -> Option<SystemTime> {
    fs::metadata(workspace.binary(Profile::Debug)).and_then(|about| about.modified()).ok()
}

fn look_at_sources(root: &Path) -> Sources {
    let mut found = Sources::new();
    SOURCES.iter().for_each(|source| look_at(&root.join(source), &mut found));
    found
}

/// What can't be read, such as a file that an editor has just renamed, is seen at the next look.
fn look_at(path: &Path, found: &mut Sources) {
    if let Ok(entries) = fs::read_dir(path) {
        entries.flatten().for_each(|entry| look_at(&entry.path(), found));
    } else if let Ok(changed) = fs::metadata(path).and_then(|about| about.modified()) {
        found.insert(path.to_owned(), changed);
    }
}
