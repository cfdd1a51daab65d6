//! Exit statuses and messages, before AWS is asked anything.

use crate::harness::Place;

#[test]
fn wrong_usage_is_2() {
    let place = Place::new();
    for arguments in [
        vec!["no-such-command"],
        vec!["deploy", "--wait", "forever"],
        vec!["park", "cruddur", "--level", "awake"],
        vec!["status"],
        vec!["serve", "--listen", "nowhere"],
        vec!["serve", "--speed", "3"],
    ] {
        place.run(&arguments).assert_status(2);
    }
}

#[test]
fn help_names_every_command() {
    let help = Place::new().run(&["--help"]);
    help.assert_status(0);
    for command in [
        "serve", "check", "plan", "deploy", "status", "park", "wake", "destroy", "cost", "export", "policy",
        "sandbox",
    ] {
        assert!(help.stdout.contains(&format!("  {command} ")), "{command}: {}", help.stdout);
    }
}

#[test]
fn without_credentials_it_says_what_to_do() {
    let place = Place::new();
    for arguments in [vec!["status", "cruddur"], vec!["serve", "--listen", "127.0.0.1:0"]] {
        let mut command = place.command(&arguments);
        let ended = command.env("AWS_REGION", "us-east-1").output().expect("runs");
        let stderr = String::from_utf8(ended.stderr).expect("text");
        assert_eq!(ended.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("AWS_PROFILE") && stderr.contains("serve --sandbox"), "{stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("backtrace"), "{stderr}");
    }
}

#[test]
fn without_a_region_our_own_message_is_all_that_is_said() {
    let place = Place::new();
    let mut command = place.command(&["status", "cruddur"]);
    let command = command.env("AWS_ACCESS_KEY_ID", "anyone").env("AWS_SECRET_ACCESS_KEY", "anyone");
    let ended = command.output().expect("runs");
    let stderr = String::from_utf8(ended.stderr).expect("text");
    assert!(stderr.contains("no region is set: set `AWS_REGION`"), "{stderr}");
    assert!(!stderr.contains("WARN") && !stderr.contains("aws_config"), "{stderr}");
}

#[test]
fn a_failure_is_json_where_json_is_asked_for() {
    let mut place = Place::new();
    place.export(&["export AWS_REGION=us-east-1".to_owned()]);
    let ended = place.run(&["status", "cruddur", "--json"]);
    ended.assert_status(1);
    assert_eq!(ended.json()["status"], "failed");
}

#[test]
fn a_damaged_database_is_set_aside_and_said_so() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("data")).expect("made");
    place.write("data/slipway.db", "this is a sentence and was never a database");
    let ended = place.run(&["sign-in", "--data-dir", "data"]);
    assert!(ended.stderr.contains("slipway.db.damaged-1"), "{}", ended.stderr);
    assert!(ended.stderr.contains("what is on AWS is found again"), "{}", ended.stderr);
    assert!(place.path().join("data/slipway.db.damaged-1").exists());
}

#[test]
fn the_policies_are_those_that_were_read_and_agreed() {
    let place = Place::new();
    for purpose in ["provision", "take-over", "operate", "read-only"] {
        let policy = place.run(&["policy", "--for", purpose]);
        policy.assert_status(0);
        insta::assert_snapshot!(format!("policy_{purpose}"), policy.stdout);
    }
}
