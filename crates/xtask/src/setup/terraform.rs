//! Terraform, where it is installed, and where it gets its AWS provider from. Nothing is installed here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;
use crate::workspace::Workspace;

/// The variable by which Terraform is told of its settings.
const CONFIG_FILE: &str = "TF_CLI_CONFIG_FILE";
/// The variable that names a folder of providers, laid out as `terraform providers mirror` does.
const MIRROR: &str = "SLIPWAY_TERRAFORM_MIRROR";
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// A Terraform that can be run.
#[derive(Debug)]
pub struct Terraform {
    /// Settings that name a mirror on this machine; `None`: Terraform's own.
    config: Option<PathBuf>,
}

impl Terraform {
    /// `None` where Terraform is not installed.
    pub fn find(workspace: &Workspace) -> Result<Option<Self>> {
        if shell::find_program("terraform").is_none() {
            return Ok(None);
        }
        let is_configured = env::var_os(CONFIG_FILE).is_some_and(|path| Path::new(&path).is_file());
        let mirror = if is_configured { None } else { mirror() };
        let config = mirror.map(|mirror| write_config(workspace, &mirror)).transpose()?;
        Ok(Some(Self { config }))
    }

    /// Tells `command` where Terraform finds its provider.
    pub fn configure(&self, command: &mut Command) {
        if let Some(config) = &self.config {
            command.env(CONFIG_FILE, config);
        }
    }
}

/// The folder that the environment names, one of those in which Terraform itself looks, or one of add-on software, if it
/// holds the provider.
fn mirror() -> Option<PathBuf> {
    let named = env::var_os(MIRROR).map(PathBuf::from);
    let home = env::home_dir().unwrap_or_default();
    let data_home = env::var_os("XDG_DATA_HOME").map_or_else(|| home.join(".local/share"), PathBuf::from);
    let data_dirs = env::var("XDG_DATA_DIRS").unwrap_or_else(|_| "/usr/local/share:/usr/share".into());
    let shared = env::split_paths(&data_dirs).map(|folder| folder.join("terraform/plugins"));
    let own = [
        home.join(".terraform.d/plugins"),
        data_home.join("terraform/plugins"),
        home.join("Library/Application Support/io.terraform/plugins"),
    ];
    let added = fs::read_dir("/opt").into_iter().flatten().flatten().map(|entry| entry.path());
    named.into_iter().chain(own).chain(shared).chain(added).find(|folder| folder.join(PROVIDER).is_dir())
}

fn write_config(workspace: &Workspace, mirror: &Path) -> Result<PathBuf> {
    let text = config(mirror);
    let folder = workspace.tool("terraform", &[text.as_bytes()]);
    fs::create_dir_all(&folder).context("make the folder of Terraform's settings")?;
    let file = folder.join("terraform.rc");
    fs::write(&file, text).context("write Terraform's settings")?;
    Ok(file)
}

/// Other providers may still come from the registry.
fn config(mirror: &Path) -> String {
    let mirror = mirror.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "provider_installation {{\n  \
           filesystem_mirror {{\n    path    = \"{mirror}\"\n    include = [\"{PROVIDER}\"]\n  }}\n  \
           direct {{\n    exclude = [\"{PROVIDER}\"]\n  }}\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_comes_from_the_mirror_alone() {
        let text = config(Path::new("/plug \"ins\""));
        let expected = r#"provider_installation {
  filesystem_mirror {
    path    = "/plug \"ins\""
    include = ["registry.terraform.io/hashicorp/aws"]
  }
  direct {
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }
}
"#;
        assert_eq!(text, expected);
    }
}
