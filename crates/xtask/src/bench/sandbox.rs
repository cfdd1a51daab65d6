//! A deploy until all is healthy, on the embedded AWS, held against its critical path.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use topology::observation::Observation;
use topology::operation::Event;
use topology::plan::{Change, PlanId, Wanted, make};
use topology::stack::{Region, StackName, file};

use super::path::{Run, Step};
use super::stack::{self, Version};
use super::world;
use crate::shell;

/// The sandbox's times are divided by this; the machine's own are not. Slow enough that they hide nothing.
const SPEED: &str = "5";

/// The seed stack.
const SERVICES: usize = 2;

/// A deploy on the sandbox.
pub struct Deployed {
    pub makespan: u64,
    pub path: Vec<Step>,
}

impl Deployed {
    pub fn measure(binary: &Path, folder: &Path) -> Result<Self> {
        let text = stack::file(SERVICES, Version::First);
        fs::write(folder.join("slipway.toml"), &text).context("write the stack file")?;
        let sandbox = Sandbox::start(binary)?;
        let mut deploy = Command::new(binary);
        deploy.args(["deploy", "-f", "slipway.toml", "--wait", "healthy", "--json", "--data-dir", "panel"]);
        deploy.current_dir(folder);
        let events = shell::capture(world::speak_to(&mut deploy, &sandbox.endpoint))?;
        let run = Run::read(&read(&events)?)?;
        Ok(Self { makespan: run.makespan(), path: run.critical_path(&changes(&text)?) })
    }

    /// Milliseconds of the path; with the calls, or only what AWS takes by itself.
    pub fn critical(&self) -> (u64, u64) {
        let waits: u64 = self.path.iter().map(|step| step.settling).sum();
        (waits + self.path.iter().map(|step| step.making).sum::<u64>(), waits)
    }

    /// The makespan as a multiple of what AWS takes by itself: the stricter of the two.
    pub fn ratio(&self) -> f64 {
        self.makespan as f64 / self.critical().1 as f64
    }
}

/// The plan's order: of the first deploy to an account that has nothing.
fn changes(text: &str) -> Result<Vec<Change>> {
    let Ok(stack) = file::read(text) else { bail!("the bench's stack file is refused") };
    let nothing = Observation {
        stack: StackName::new(stack::NAME),
        account: String::new(),
        region: Region::new("us-east-1"),
        at: 0,
        after: topology::operation::EventId(0),
        calls: 0,
        found: Default::default(),
        note: None,
        foreign: Default::default(),
    };
    let wanted = Wanted::Deployed { stack: &stack, file: text };
    Ok(make(PlanId("bench".into()), &wanted, &nothing).changes)
}

/// The events; the last line is the result.
fn read(lines: &str) -> Result<Vec<Event>> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.pop();
    lines
        .into_iter()
        .map(|line| serde_json::from_str(line).with_context(|| format!("read `{line}`")))
        .collect()
}

/// The embedded AWS in a process of its own; gone when dropped.
struct Sandbox {
    child: Child,
    endpoint: String,
}

impl Sandbox {
    fn start(binary: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--speed", SPEED])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start the sandbox")?;
        let said = child.stdout.take().expect("stdout is piped");
        let mut sandbox = Self { child, endpoint: String::new() };
        for line in BufReader::new(said).lines() {
            let line = line.context("read what the sandbox says")?;
            if let Some(endpoint) = line.strip_prefix("export AWS_ENDPOINT_URL=") {
                sandbox.endpoint = endpoint.to_owned();
            }
            // The last of its three lines; it says nothing more.
            if line.starts_with("export AWS_REGION=") && !sandbox.endpoint.is_empty() {
                return Ok(sandbox);
            }
        }
        bail!("the sandbox ended before it said where it is")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a table says of the measuring.
pub fn about() -> String {
    format!("The seed stack on the sandbox at speed {SPEED}, `--wait healthy`")
}
