//! Commands that need a stack file and nothing else.

use crate::harness::Place;

/// Two wrong fields and one that nobody knows.
const BAD: &str = r#"
name = "cruddur"
region = "us-east-1"
domain = "cruddur-dw.com"

[services.backend]
host = "api"
image = "backend-flask:latest"
port = 0
cpu = 300
memroy = 512
"#;

fn with(text: &str) -> Place {
    let place = Place::new();
    place.write("slipway.toml", text);
    place
}

fn seed() -> Place {
    with(topology::stack::seed::seed())
}

#[test]
fn a_good_file_is_0() {
    let checked = seed().run(&["check", "-f", "slipway.toml"]);
    checked.assert_status(0);
    assert!(checked.stdout.contains("cruddur"), "{}", checked.stdout);
}

#[test]
fn a_bad_file_is_2_with_every_problem_on_its_line() {
    let place = with(BAD);
    for command in ["check", "plan", "deploy", "cost"] {
        let ended = place.run(&[command, "-f", "slipway.toml"]);
        ended.assert_status(2);
        for place in ["slipway.toml:9: services.backend.port: ", "slipway.toml:10: services.backend.cpu: "] {
            assert!(ended.stderr.contains(place), "{command}: {}", ended.stderr);
        }
        assert!(ended.stderr.contains("memroy"), "{command}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{command}: {}", ended.stdout);
    }
}

#[test]
fn problems_are_json_where_json_is_asked_for() {
    let ended = with(BAD).run(&["check", "--json"]);
    ended.assert_status(2);
    let document = ended.json();
    assert_eq!(document["status"], "wrong");
    let problems = document["problems"].as_array().expect("a list");
    assert!(problems.iter().any(|problem| problem["line"] == 9 && problem["file"] == "slipway.toml"));
}

#[test]
fn a_file_that_is_not_there_is_2() {
    let ended = Place::new().run(&["check", "-f", "no-such-file.toml"]);
    ended.assert_status(2);
    assert!(ended.stderr.contains("no-such-file.toml"), "{}", ended.stderr);
}

#[test]
fn cost_has_a_table_a_level() {
    let place = seed();
    let cost = place.run(&["cost"]);
    cost.assert_status(0);
    for level in ["awake: $", "doze: $", "sleep: $0.50 a month", "off: $0.50 a month"] {
        assert!(cost.stdout.contains(level), "{level}: {}", cost.stdout);
    }
    let json = place.run(&["cost", "--json"]).json();
    assert_eq!(json["levels"].as_array().map(Vec::len), Some(4));
}
