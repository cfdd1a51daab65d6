//! Slipway, measured through its command line.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::stack::{self, Version};
use super::world::{Measured, Operation, World};

/// All operations on a stack of `count` services, in a fresh `folder`. That each did its work is looked at.
pub fn measure(world: &World, binary: &Path, count: usize, folder: &Path) -> Result<Vec<Measured>> {
    let command = |words: &[&str]| {
        let mut command = Command::new(binary);
        command.args(words).args(["--json", "--data-dir", "panel"]).current_dir(folder);
        command
    };
    let write = |version| {
        fs::write(folder.join("slipway.toml"), stack::file(count, version)).context("write the stack file")
    };
    let deploy = ["deploy", "-f", "slipway.toml", "--wait", "none"];
    let mut all = Vec::new();
    for operation in Operation::ALL {
        let measured = match operation {
            Operation::Deploy | Operation::OneChange => {
                let first = operation == Operation::Deploy;
                write(if first { Version::First } else { Version::OneTagChanged })?;
                let (measured, output) = world.measure(operation, &mut command(&deploy), &[0])?;
                let told = result(&output)?;
                is_done(&told)?;
                agree(&told, &measured);
                measured
            }
            Operation::NoOpPlan => {
                let plan = &mut command(&["plan", "-f", "slipway.toml"]);
                let (measured, output) = world.measure(operation, plan, &[0])?;
                let planned = result(&output)?;
                if planned["changes"] != Value::Array(Vec::new()) {
                    bail!("the plan after a deploy has changes: {}", planned["changes"]);
                }
                agree(&planned, &measured);
                measured
            }
            Operation::TearDown => {
                let destroy = &mut command(&["destroy", stack::NAME, "--yes"]);
                let (measured, output) = world.measure(operation, destroy, &[0])?;
                let told = result(&output)?;
                is_done(&told)?;
                if told["receipt"]["left"] != Value::Array(Vec::new()) {
                    bail!("the tear down left something: {}", told["receipt"]["left"]);
                }
                agree(&told, &measured);
                measured
            }
        };
        all.push(measured);
    }
    Ok(all)
}

/// The JSON document on the last line.
fn result(output: &Output) -> Result<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().context("the command printed nothing")?;
    serde_json::from_str(last).with_context(|| format!("read `{last}`"))
}

/// What Slipway says of its calls should be what passed. Calls that its SDK repeats by itself pass unseen.
fn agree(told: &Value, measured: &Measured) {
    let passed = measured.calls.count();
    if told["calls"] != passed {
        println!("  Slipway tells of {} calls, and {passed} have passed", told["calls"]);
    }
}

fn is_done(result: &Value) -> Result<()> {
    if result["status"] != "done" || result["operation"].is_null() {
        bail!("the operation did nothing or failed: {result}");
    }
    Ok(())
}
