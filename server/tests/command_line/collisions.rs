//! What has a name that the stack needs, on the command line: named, offered, taken over.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::harness::{Place, Running};

const GROUP: &str = r#"{"logGroupName":"/slipway/cruddur/backend"}"#;

/// A sandbox of its own, and a place that points at it and holds the seed stack.
fn start() -> (Running, Place) {
    let mut place = Place::new();
    place.write("slipway.toml", topology::stack::seed::seed());
    let command = place.command(&["sandbox", "--listen", "127.0.0.1:0", "--speed", "1000"]);
    let sandbox = Running::start(command, 3);
    place.export(&sandbox.said);
    (sandbox, place)
}

/// Makes a log group as any other tool would.
fn make_a_log_group(sandbox: &Running) {
    let line = sandbox.said.iter().find_map(|line| line.split_once("AWS_ENDPOINT_URL=http://"));
    let address = line.expect("an address").1.split(' ').next().expect("a word");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=none";
    write!(
        stream,
        "POST / HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         X-Amz-Target: Logs_20140328.CreateLogGroup\r\nAuthorization: {credential}\r\n\r\n{GROUP}",
        GROUP.len()
    )
    .expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[test]
fn what_is_in_the_way_is_named_with_the_command_that_takes_it_over_and_then_the_deploy_goes_on() {
    let (sandbox, place) = start();
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
    let (_sandbox, place) = start();
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
