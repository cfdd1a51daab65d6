//! Terraform takes over what was deployed: it imports everything, and changes nothing. And it works on the sandbox by
//! itself.
//!
//! Ignored unless asked for, because Terraform may not be installed: `cargo xtask test --only terraform` asks. Where
//! its provider comes from is said by `TF_CLI_CONFIG_FILE`, as ever with Terraform.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use topology::stack::seed::seed;

use crate::agreement::{Place, told};
use crate::emulator::Emulator;

/// What the exported files need, by the provider's names.
const SERVICES: [&str; 10] = [
    "acm",
    "applicationautoscaling",
    "cloudwatchlogs",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "iam",
    "route53",
    "sts",
];

/// What `terraform plan` counts.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    import: u64,
    add: u64,
    change: u64,
    remove: u64,
}

#[test]
#[ignore = "needs Terraform: `cargo xtask test --only terraform`"]
fn the_seed_stack_is_taken_over_as_it_is() {
    let place = Place::new(seed());
    place.deploy();
    let folder = Folder::new(&place, "cruddur", "awake");
    folder.imports_everything();
    folder.has_nothing_to_do_once_imported();
}

#[test]
#[ignore = "needs Terraform: `cargo xtask test --only terraform`"]
fn a_stack_in_a_vpc_of_its_own_is_taken_over_as_it_is_at_every_level() {
    let place = Place::new(HARBOUR);
    place.deploy();
    let awake = Folder::new(&place, "harbour", "awake");
    awake.imports_everything();
    awake.has_nothing_to_do_once_imported();
    for level in ["doze", "sleep", "off"] {
        place.run(&["park", "harbour", "--level", level, "--json"]);
        Folder::new(&place, "harbour", level).imports_everything();
    }
}

/// On the sandbox: moto does not tell the tags of scalable targets, and the provider reads none without them.
#[test]
#[ignore = "needs Terraform: `cargo xtask test --only terraform`"]
fn the_schedule_is_taken_over_when_asked_for() {
    let place = Place::on(Emulator::sandbox(), &format!("{HARBOUR}{SCHEDULE}"));
    place.deploy();
    let folder = Folder::new(&place, "harbour", "awake");
    folder.imports_everything();
    let import = folder.import_blocks();
    // Two actions for each of two services.
    let counts = folder.plan(&["-var", "manage_schedule=true"]);
    assert_eq!(counts, Counts { import, add: 4, change: 0, remove: 0 });
}

/// The seed stack as somebody would write it for Terraform; the same that `cargo xtask bench` measures.
#[test]
#[ignore = "needs Terraform: `cargo xtask test --only terraform`"]
fn the_seed_stack_in_plain_terraform_applies_to_the_sandbox_plans_clean_and_is_destroyed() {
    let sandbox = Emulator::sandbox();
    let place = tempfile::tempdir().expect("there is room for a folder");
    let folder = Folder { path: place.path().to_owned() };
    let write = |name: &str, text: &str| fs::write(folder.path.join(name), text).expect("it is written");
    write("main.tf", include_str!("../../../crates/xtask/src/bench/stack.tf"));
    let service = |host: &str, priority: u8, repository: &str, port: u16, path: &str| {
        serde_json::json!({
            "host": host, "priority": priority, "repository": repository, "tag": "latest", "port": port, "path": path,
            "command": [], "environment": [],
        })
    };
    let variables = serde_json::json!({
        "name": "cruddur",
        "domain": "cruddur-dw.com",
        "endpoint": sandbox.endpoint,
        "base_repositories": ["cruddur-python"],
        "services": {
            "frontend": service("cruddur-dw.com", 0, "frontend-react-js", 3000, "/"),
            "backend": service("api.cruddur-dw.com", 1, "backend-flask", 4567, "/api/health-check"),
        },
    });
    write("terraform.tfvars.json", &variables.to_string());
    folder.terraform(&["init", "-input=false"]);
    folder.terraform(&["apply", "-input=false", "-auto-approve"]);
    assert_eq!(folder.plan(&[]), Counts { import: 0, add: 0, change: 0, remove: 0 });
    folder.terraform(&["destroy", "-input=false", "-auto-approve"]);
    let left = folder.terraform(&["show", "-json"]);
    let left: Value = serde_json::from_slice(&left.stdout).expect("JSON");
    assert!(left["values"].is_null(), "{left}");
}

/// What was exported, and Terraform in it.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(place: &Place, stack: &str, name: &str) -> Self {
        let folder = Self { path: place.export(stack, name) };
        folder.terraform(&["fmt", "-check", "-diff"]);
        let endpoints = folder.path.join("endpoints_override.tf");
        fs::write(endpoints, endpoints_override(place.endpoint())).expect("it is written");
        folder.terraform(&["init", "-input=false"]);
        folder
    }

    fn imports_everything(&self) {
        let import = self.import_blocks();
        assert!(import > 0);
        assert_eq!(self.plan(&[]), Counts { import, add: 0, change: 0, remove: 0 });
    }

    fn has_nothing_to_do_once_imported(&self) {
        self.terraform(&["apply", "-input=false", "-auto-approve"]);
        assert_eq!(self.plan(&[]), Counts { import: 0, add: 0, change: 0, remove: 0 });
    }

    fn import_blocks(&self) -> u64 {
        let imports = fs::read_to_string(self.path.join("imports.tf")).expect("it is there");
        let blocks = imports.lines().filter(|line| *line == "import {").count();
        blocks.try_into().expect("not that many")
    }

    fn plan(&self, arguments: &[&str]) -> Counts {
        let output = self.terraform(&[&["plan", "-input=false", "-json"], arguments].concat());
        let stdout = String::from_utf8_lossy(&output.stdout);
        let mut messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let summary = messages.rfind(|message| message["type"] == "change_summary");
        let changes = summary.unwrap_or_else(|| panic!("no summary:\n{}", told(&output)))["changes"].clone();
        let count = |name: &str| changes[name].as_u64().unwrap_or_default();
        let counts = Counts {
            import: count("import"),
            add: count("add"),
            change: count("change"),
            remove: count("remove"),
        };
        eprintln!("{}: {counts:?}", self.path.display());
        if counts.change > 0 {
            // Says what differs, where the assertion only says that something does.
            let arguments = [&["plan", "-input=false", "-no-color"], arguments].concat();
            eprintln!("{}", told(&self.terraform(&arguments)));
        }
        counts
    }

    /// Runs it; it must succeed.
    fn terraform(&self, arguments: &[&str]) -> Output {
        let output = terraform(&self.path).args(arguments).output().expect("Terraform runs");
        assert!(output.status.success(), "`terraform {}`:\n{}", arguments.join(" "), told(&output));
        output
    }
}

fn terraform(folder: &Path) -> Command {
    let mut command = Command::new("terraform");
    command.current_dir(folder).env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
    command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x");
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    command
}

fn endpoints_override(endpoint: &str) -> String {
    let mut text = "provider \"aws\" {\n  endpoints {\n".to_owned();
    for service in SERVICES {
        writeln!(text, "    {service} = \"{endpoint}\"").expect("a text takes everything");
    }
    text + "  }\n}\n"
}

/// With what has to be escaped, and names that differ in signs alone.
const HARBOUR: &str = r#"
name = "harbour"
region = "us-east-1"
domain = "harbour.example"
network = { mode = "dedicated", cidr = "10.42.0.0/16" }

[images]
base = ["harbour/base-image", "harbour-base/image"]

[services.web-front]
host = "www"
image = "public.ecr.aws/nginx/nginx:1.27"
port = 8080
cpu = 256
memory = 512
count = 2
health = { path = "/" }
env = { GREETING = "say \"${HOME}\" and %{if} <b>\nnext\\line $${x}", EMPTY = "", "A.B" = "ünï" }

[services.api]
host = "api"
image = "harbour/api:1"
port = 9090
cpu = 512
memory = 1024
count = 1
health = { path = "/health", command = ["CMD-SHELL", "curl -fs \"localhost:9090/${WHERE}\" || exit 1"] }

[services.api.secrets]
KEY = "secretsmanager:harbour/key"
PART = "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf:password::"
DATABASE_URL = "ssm:/harbour/DATABASE_URL"
"#;

const SCHEDULE: &str = r#"
[uptime]
schedule = { timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }
"#;
