//! A stack file on a moto of its own, the binary that works on it, and boto3 that looks at what came of it.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::emulator::{Emulator, tool};

const FILE: &str = "slipway.toml";
/// Where the Python scripts are.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/moto");

/// Whether a tear down has kept the hosted zone.
#[derive(Clone, Copy)]
pub enum Zone {
    Kept,
    Deleted,
}

pub struct Place {
    emulator: Emulator,
    folder: TempDir,
}

impl Place {
    pub fn new(file: &str) -> Self {
        Self::on(Emulator::moto(), file)
    }

    pub fn on(emulator: Emulator, file: &str) -> Self {
        let place = Self { emulator, folder: tempfile::tempdir().expect("there is room") };
        place.write(file);
        place
    }

    pub fn endpoint(&self) -> &str {
        &self.emulator.endpoint
    }

    /// Writes the stack down as Terraform files, and says where.
    pub fn export(&self, stack: &str, to: &str) -> PathBuf {
        let output = self.output(&["export", stack, "--format", "terraform", "--out", to]);
        assert!(output.status.success(), "`slipway export`:\n{}", told(&output));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("AWS is not as the stack file says"), "{said}");
        self.folder.path().join(to)
    }

    /// Another stack file from now on.
    pub fn write(&self, file: &str) {
        std::fs::write(self.folder.path().join(FILE), file).expect("it is written");
    }

    /// What the command says last, as JSON; it must have succeeded.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.output(arguments);
        assert!(output.status.success(), "`slipway {}`:\n{}", arguments.join(" "), told(&output));
        let stdout = String::from_utf8_lossy(&output.stdout);
        let last = stdout.lines().last().unwrap_or_else(|| panic!("no answer:\n{}", told(&output)));
        let answer: Value = serde_json::from_str(last).expect("JSON");
        // Seen where the test runs with `--nocapture`: the figures that it holds down.
        eprintln!("{}: {} calls, {} ms", arguments.join(" "), answer["calls"], answer["elapsed_ms"]);
        answer
    }

    /// Deploys without waiting: no task ever runs on moto, and no image is there.
    pub fn deploy(&self) -> Value {
        let deployed = self.run(&["deploy", "--wait", "none", "--json"]);
        assert_eq!(deployed["status"], "done", "{deployed}");
        deployed
    }

    /// The stack's file has nothing to change on AWS, and finding that out takes at most so many calls.
    pub fn plans_nothing(&self, most_calls: u64) {
        let plan = self.run(&["plan", "--exit-code", "--json"]);
        assert_eq!(plan["changes"], Value::Array(Vec::new()));
        assert!(plan["calls"].as_u64().expect("a number") <= most_calls, "{plan}");
    }

    /// Every part, read in full, is as the stack file says.
    pub fn plans_nothing_in_full(&self) {
        assert_eq!(self.ids_in_full(), Vec::<String>::new());
    }

    /// What a plan would change, once every part was read in full.
    pub fn ids_in_full(&self) -> Vec<String> {
        let plan = self.run(&["plan", "--deep", "--json"]);
        let changes = plan["changes"].as_array().expect("a list");
        changes.iter().filter_map(|change| change["id"].as_str().map(str::to_owned)).collect()
    }

    /// Deploys what a look at every part in full has found.
    pub fn deploy_in_full(&self) -> Value {
        let deployed = self.run(&["deploy", "--deep", "--wait", "none", "--json"]);
        assert_eq!(deployed["status"], "done", "{deployed}");
        deployed
    }

    /// A plan that cannot run as it stands.
    pub fn plans_with_errors(&self) -> Value {
        let output = self.output(&["plan", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Makes what has the name of `part` the stack's own.
    pub fn take_over(&self, part: &str) {
        let output = self.output(&["adopt", "--part", part]);
        assert!(output.status.success(), "`slipway adopt --part {part}`:\n{}", told(&output));
    }

    pub fn tear_down(&self, stack: &str, zone: Zone) -> Value {
        let arguments = ["destroy", stack, "--yes", "--json"];
        let destroyed = match zone {
            Zone::Kept => self.run(&arguments),
            Zone::Deleted => self.run(&[&arguments[..], &["--delete-zone"]].concat()),
        };
        assert_eq!(destroyed["receipt"]["left"], Value::Array(Vec::new()));
        self.is_gone(zone);
        destroyed
    }

    /// boto3 finds what the stack file asks for at `level`, and no more.
    pub fn is_there(&self, level: &str) {
        self.python("agreement.py", &["there", &self.emulator.endpoint, FILE, level]);
    }

    /// boto3 finds nothing any more.
    pub fn is_gone(&self, zone: Zone) {
        let zone = match zone {
            Zone::Kept => "kept",
            Zone::Deleted => "deleted",
        };
        self.python("agreement.py", &["gone", &self.emulator.endpoint, FILE, zone]);
    }

    /// Runs a script that makes something without Slipway.
    pub fn make_by_hand(&self, script: &str) {
        self.python(script, &[&self.emulator.endpoint]);
    }

    fn python(&self, script: &str, arguments: &[&str]) {
        let mut python = Command::new(tool("SLIPWAY_PYTHON"));
        python.arg(format!("{SCRIPTS}/{script}")).args(arguments).current_dir(self.folder.path());
        let output = python.output().expect("Python runs");
        assert!(output.status.success(), "`{script}` disagrees:\n{}", told(&output));
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.args(arguments).args(["--data-dir", "data"]).current_dir(self.folder.path()).env_clear();
        command.env("AWS_ENDPOINT_URL", &self.emulator.endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x");
        command.env("HOME", self.folder.path()).output().expect("the binary runs")
    }
}

pub fn told(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
