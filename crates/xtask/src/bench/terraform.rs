//! Terraform with its AWS provider, measured on the same stack (`stack.tf`).
//!
//! It is not installed for this: where there is none, it is left out.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::stack::{self, Version};
use super::world::{Measured, Operation, World};
use crate::setup::terraform as setup;
use crate::shell;
use crate::workspace::Workspace;

const PROGRAM: &str = "terraform";
const STACK: &str = include_str!("stack.tf");

/// A program and its version.
pub struct Terraform {
    installed: setup::Terraform,
    pub version: String,
}

impl Terraform {
    pub fn find(workspace: &Workspace) -> Result<Option<Self>> {
        let Some(installed) = setup::Terraform::find(workspace)? else { return Ok(None) };
        let version = shell::capture(Command::new(PROGRAM).arg("version"))?;
        let version = version.lines().next().unwrap_or_default().trim_start_matches("Terraform ").to_owned();
        Ok(Some(Self { installed, version }))
    }

    /// All operations on a stack of `count` services, in a fresh `folder`.
    pub fn measure(&self, world: &World, count: usize, folder: &Path) -> Result<Vec<Measured>> {
        fs::write(folder.join("main.tf"), STACK).context("write `main.tf`")?;
        let write = |version| {
            let variables = stack::variables(count, version, &world.endpoint()).to_string();
            fs::write(folder.join("terraform.tfvars.json"), variables).context("write the variables")
        };
        write(Version::First)?;
        shell::run_quietly(self.command(folder, &["init"]).arg("-no-color"))?;
        let mut all = Vec::new();
        for operation in Operation::ALL {
            if operation == Operation::OneChange {
                write(Version::OneTagChanged)?;
            }
            // 2: the plan has changes.
            let (words, good): (&[&str], &[i32]) = match operation {
                Operation::Deploy | Operation::OneChange => (&["apply", "-auto-approve"], &[0]),
                Operation::NoOpPlan => (&["plan", "-detailed-exitcode"], &[0, 2]),
                Operation::TearDown => (&["destroy", "-auto-approve"], &[0]),
            };
            let mut command = self.command(folder, words);
            let (measured, output) = world.measure(operation, command.arg("-no-color"), good)?;
            if output.status.code() == Some(2) {
                println!("  Terraform's plan after its own apply is not clean: moto forgets something");
            }
            all.push(measured);
        }
        Ok(all)
    }

    fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.installed.configure(&mut command);
        // It would ask its makers for news, in the middle of what is measured.
        command.args(words).arg("-input=false").current_dir(folder).env("CHECKPOINT_DISABLE", "1");
        command
    }
}
