//! A stack's life on `slipway sandbox`, and the panel as a process.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{Place, Running, on_a_sandbox};

#[test]
fn a_stack_is_planned_deployed_parked_woken_and_torn_down() {
    let (_sandbox, place) = on_a_sandbox();
    let plan = place.run(&["plan", "--json", "--exit-code"]);
    plan.assert_status(3);
    let plan = plan.json();
    let change = &plan["changes"][0];
    for key in ["id", "kind", "action", "reason"] {
        assert!(change[key].is_string(), "{key}: {change}");
    }
    assert!(plan["calls"].is_u64() && plan["elapsed_ms"].is_u64());

    let deployed = place.run(&["deploy", "--json"]);
    deployed.assert_status(0);
    let lines: Vec<Value> =
        deployed.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    assert!(lines[0]["what"]["operation-started"].is_object(), "{}", lines[0]);
    assert_eq!(deployed.json()["status"], "done");

    place.run(&["plan", "--exit-code"]).assert_status(0);
    let again = place.run(&["deploy", "--json"]);
    again.assert_status(0);
    assert_eq!(again.stdout.lines().count(), 1, "nothing to do: the result alone");

    // From here on AWS alone tells: without the file and without the database.
    let lost = place.path().join("lost");
    let elsewhere_plain =
        |arguments: &[&str]| place.run(&[arguments, &["--data-dir", lost.to_str().expect("text")]].concat());
    let elsewhere = |arguments: &[&str]| elsewhere_plain(&[arguments, &["--json"]].concat());
    let level = || elsewhere(&["status", "cruddur"]).json()["level"].clone();
    assert_eq!(level(), "awake");
    elsewhere(&["park", "cruddur"]).assert_status(0);
    assert_eq!(level(), "doze");
    elsewhere(&["wake", "cruddur"]).assert_status(0);
    assert_eq!(level(), "awake");

    let adopted = place.run(&["adopt", "cruddur", "--out", "adopted.toml", "--data-dir", "adopting"]);
    adopted.assert_status(0);
    let written = std::fs::read_to_string(place.path().join("adopted.toml")).expect("it is written");
    assert_eq!(written, topology::stack::seed::seed());
    place.run(&["plan", "--exit-code", "-f", "adopted.toml"]).assert_status(0);
    let again = place.run(&["adopt", "cruddur", "--out", "adopted.toml", "--data-dir", "adopting"]);
    again.assert_status(1);
    assert!(again.stderr.contains("Choose another name"), "{}", again.stderr);

    let unsure = place.run(&["destroy", "cruddur"]);
    unsure.assert_status(2);
    assert!(unsure.stderr.contains("--yes"), "{}", unsure.stderr);
    assert_eq!(level(), "awake");

    let destroyed = elsewhere(&["destroy", "cruddur", "--yes", "--delete-zone"]);
    destroyed.assert_status(0);
    let receipt = &destroyed.json()["receipt"];
    assert_eq!(receipt["left"], Value::Array(Vec::new()));
    assert_eq!(receipt["per_day_usd"], 0.0);
    elsewhere(&["status", "cruddur"]).assert_status(1);
}

#[test]
fn a_stack_is_exported_without_its_file_and_its_database_but_not_over_other_terraform_files() {
    let (_sandbox, place) = on_a_sandbox();
    place.run(&["deploy"]).assert_status(0);
    let export = |stack: &str, out: &str| {
        place.run(&["export", stack, "--format", "terraform", "--out", out, "--data-dir", "lost"])
    };
    let exported = export("cruddur", "new/terraform");
    exported.assert_status(0);
    assert!(exported.stdout.contains("service_backend.tf"), "{}", exported.stdout);
    assert!(exported.stderr.contains("32 to import"), "{}", exported.stderr);
    let imports =
        std::fs::read_to_string(place.path().join("new/terraform/imports.tf")).expect("it is written");
    assert_eq!(imports.matches("\nimport {").count(), 32);
    assert!(!place.path().join("lost").exists(), "what was never kept is not made");

    let again = export("cruddur", "new/terraform");
    again.assert_status(2);
    assert!(again.stderr.contains("holds Terraform files already"), "{}", again.stderr);
    export("unknown", "other").assert_status(1);
    assert!(!place.path().join("other").exists(), "a failure leaves nothing behind");
}

#[test]
fn the_sandbox_says_where_its_load_balancers_answer() {
    let place = Place::new();
    let sandbox = Running::start(place.command(&["sandbox", "--listen", "127.0.0.1:0"]), 4);
    let door = sandbox.said[3].split_once("SANDBOX_PORT_443=http://").expect("an export line").1;
    let mut stream = TcpStream::connect(door).expect("it is open");
    stream.write_all(b"GET / HTTP/1.0\r\nHost: nobody.example\r\n\r\n").expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.contains("`nobody.example` does not resolve"), "{answer}");
}

#[test]
fn the_panel_prints_where_it_is_and_stops_when_it_is_asked_to() {
    let place = Place::new();
    let arguments = ["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data-dir", "data"];
    let mut panel = Running::start(place.command(&arguments), 3);
    let root = panel.said[0].strip_prefix("Slipway is at ").expect("the first line").to_owned();
    assert!(root.starts_with("http://127.0.0.1:") && !root.ends_with(":0"), "{root}");
    assert!(panel.said[1].starts_with(&format!("Sign in: {root}/sign-in?token=")), "{}", panel.said[1]);
    assert!(
        panel.said[2].starts_with("The sandbox's load balancers: http://127.0.0.1:"),
        "{}",
        panel.said[2]
    );

    let link = place.run(&["sign-in", "--listen", &root["http://".len()..], "--data-dir", "data"]);
    assert!(link.stdout.starts_with(&format!("Sign in: {root}/sign-in?token=")), "{}", link.stdout);

    let killed = std::process::Command::new("kill").args(["-TERM", &panel.id().to_string()]).status();
    assert!(killed.expect("runs").success());
    assert!(panel.ends_well());
}

/// Posts a form to the sandbox's IAM, as the AWS CLI would.
fn iam(sandbox: &Running, fields: &[(&str, &str)]) {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    sandbox.post("iam", &[("Content-Type", "application/x-www-form-urlencoded")], &form.join("&"));
}

#[test]
fn the_policy_for_provisioning_is_enough_for_a_deploy_and_the_one_for_reading_is_told_to_lack_what() {
    for (purpose, is_enough) in [("provision", true), ("read-only", false)] {
        let (sandbox, place) = on_a_sandbox();
        let policy = place.run(&["policy", "--for", purpose]).stdout;
        iam(&sandbox, &[("Action", "CreateUser"), ("UserName", "sandbox")]);
        iam(
            &sandbox,
            &[
                ("Action", "PutUserPolicy"),
                ("UserName", "sandbox"),
                ("PolicyName", "slipway"),
                ("PolicyDocument", &policy),
            ],
        );
        let plan = place.run(&["plan", "--json"]);
        plan.assert_status(0);
        assert!(plan.stderr.contains("user/sandbox"), "{}", plan.stderr);
        // Of what is there and goes, other rights are needed, on other resources.
        place.run(&["deploy"]).assert_status(0);
        let told = place.run(&["destroy", "cruddur", "--delete-zone"]).stderr;
        assert_eq!(!told.contains("policy simulator"), is_enough, "{told}");
        let notes = plan.json()["notes"].clone();
        match is_enough {
            true => assert_eq!(notes, Value::Array(Vec::new())),
            false => assert!(notes[0]["text"].to_string().contains("`ecs:CreateService`"), "{notes}"),
        }
    }
}
