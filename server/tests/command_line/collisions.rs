//! What has a name that the stack needs, on the command line: named, offered, taken over.

use crate::harness::{Running, on_a_sandbox};

const GROUP: &str = r#"{"logGroupName":"/slipway/cruddur/backend"}"#;

/// Makes a log group as any other tool would.
fn make_a_log_group(sandbox: &Running) {
    let json = ("Content-Type", "application/x-amz-json-1.1");
    sandbox.post("logs", &[json, ("X-Amz-Target", "Logs_20140328.CreateLogGroup")], GROUP);
}

#[test]
fn what_is_in_the_way_is_named_with_the_command_that_takes_it_over_and_then_the_deploy_goes_on() {
    let (sandbox, place) = on_a_sandbox();
    make_a_log_group(&sandbox);
    let plan = place.run(&["plan"]);
    plan.assert_status(1);
    let command = "slipway adopt -f slipway.toml --part log-group/backend";
    assert!(plan.stdout.contains(command), "{}", plan.stdout);
    let told = place.run(&["plan", "--json"]).json();
    assert_eq!(told["notes"][0]["offer"], "log-group/backend", "{told}");

    let adopted = place.run(&["adopt", "-f", "slipway.toml", "--part", "log-group/backend"]);
    adopted.assert_status(0);
    assert!(
        adopted.stderr.contains("`log-group/backend` belongs to the stack `cruddur`"),
        "{}",
        adopted.stderr
    );
    place.run(&["deploy"]).assert_status(0);
    place.run(&["plan", "--exit-code"]).assert_status(0);
}

#[test]
fn a_part_that_nobody_has_is_not_taken_over_and_says_where_to_look() {
    let (_sandbox, place) = on_a_sandbox();
    for part in ["log-group/backend", "log-group/nobody"] {
        let refused = place.run(&["adopt", "--part", part]);
        refused.assert_status(1);
        assert!(refused.stderr.contains(&format!("has `{part}`")), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("hint: `slipway plan` names what stands in the way"),
            "{}",
            refused.stderr
        );
    }
    for wrong in [&["adopt"][..], &["adopt", "cruddur", "--part", "cluster"], &["adopt", "--part", "boat"]] {
        place.run(wrong).assert_status(2);
    }
}
