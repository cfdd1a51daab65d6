//! The process is killed at many moments of a deploy, a change, a park and a tear down. Started again, the panel
//! finishes what was begun, by itself, and AWS is as after a run that nobody disturbed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Place, Running};

/// Lives of a stack; in each one, every operation is killed once: a hundred kills.
const LIVES: u32 = 25;
/// Lives side by side.
const ABREAST: usize = 2;
const SPEED: &str = "2000";

const FIRST: &str = r#"
name   = "survivor"
region = "us-east-1"
domain = "survivor.example.com"

[services.web]
host   = "@"
image  = "web:1"
port   = 3000
cpu    = 256
memory = 512
count  = 1
health = { path = "/" }

[services.api]
host   = "api"
image  = "api:1"
port   = 4567
cpu    = 256
memory = 512
count  = 1
health = { path = "/health" }
"#;

/// A stack on an AWS of its own.
struct Life {
    place: Place,
    _sandbox: Running,
}

/// What a life comes through, in order, and how its operations are called from the command line.
const OPERATIONS: [(&str, &[&str]); 4] = [
    ("deploy", &["deploy", "-f", "first.toml", "--data-dir", "data"]),
    ("change", &["deploy", "-f", "second.toml", "--data-dir", "data"]),
    ("park", &["park", "survivor", "--level", "sleep", "--data-dir", "data"]),
    ("tear down", &["destroy", "survivor", "--yes", "--delete-zone", "--data-dir", "data"]),
];

impl Life {
    fn begin() -> Self {
        let mut place = Place::new();
        place.write("first.toml", FIRST);
        place.write("second.toml", &FIRST.replace("web:1", "web:2").replace("memory = 512", "memory = 1024"));
        let sandbox = place.command(&["sandbox", "--listen", "127.0.0.1:0", "--speed", SPEED]);
        let sandbox = Running::start(sandbox, 3);
        place.export(&sandbox.said);
        Self { place, _sandbox: sandbox }
    }

    /// What is on AWS: each part with its state, whoever asks.
    fn parts(&self) -> Vec<String> {
        let status = self.place.run(&["status", "survivor", "--json", "--data-dir", "nowhere"]).json();
        let nodes = status["nodes"].as_array().cloned().unwrap_or_default();
        let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
        nodes.iter().map(|node| format!("{}: {}", text(node, "id"), text(node, "state"))).collect()
    }

    /// How the last operation stands: its id, and whether it has ended.
    fn last(&self) -> Option<(String, bool)> {
        let status = self.place.run(&["status", "survivor", "--json", "--data-dir", "data"]).json();
        let operation = &status["operation"];
        Some((operation["id"].as_str()?.to_owned(), !operation["ended_at"].is_null()))
    }

    /// Kills the operation after `moment`. Returns whether there was something to be taken up.
    fn kill(&self, arguments: &[&str], moment: Duration) -> bool {
        let mut command = self.place.command(arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        // No condition: the moment is what is tested.
        std::thread::sleep(moment);
        child.kill().expect("it is killed");
        !child.wait().expect("it has ended").success()
    }

    /// Starts the panel, and waits until nothing runs any more.
    fn recover(&self) {
        let serve = self.place.command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
        let _panel = Running::start(serve, 2);
        let begun = Instant::now();
        while self.last().is_some_and(|(_, ended)| !ended) {
            assert!(begun.elapsed() < Duration::from_secs(60), "it did not finish: {:?}", self.last());
        }
    }
}

/// How long each operation takes undisturbed, and what is on AWS after it.
fn undisturbed() -> Vec<(Duration, Vec<String>)> {
    let life = Life::begin();
    let run = |arguments: &[&str]| {
        let begun = Instant::now();
        life.place.run(arguments).assert_status(0);
        (begun.elapsed(), life.parts())
    };
    OPERATIONS.iter().map(|(_, arguments)| run(arguments)).collect()
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    let expected = undisturbed();
    assert!(expected[0].1.len() > 20, "{:?}", expected[0].1);
    let lives: Vec<u32> = (0..LIVES).collect();
    let chunks = lives.chunks(lives.len().div_ceil(ABREAST));
    let expected = &expected;
    let cut: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = chunks
            .map(|lives| scope.spawn(move || lives.iter().map(|life| live(*life, expected)).sum::<u32>()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it holds")).sum()
    });
    // Some were killed before they began, or had ended: no matter, if they are few.
    assert!(cut >= LIVES * 2, "only {cut} operations were cut off");
}

/// One life; how many of its operations were cut off in the middle.
fn live(number: u32, expected: &[(Duration, Vec<String>)]) -> u32 {
    let life = Life::begin();
    let mut cut = 0;
    for (index, ((name, arguments), (takes, parts))) in OPERATIONS.iter().zip(expected).enumerate() {
        // Spread over the whole length, and each operation of a life at another part of it.
        let step = (number * 7 + u32::try_from(index).expect("small") * 11) % LIVES;
        let moment = takes.mul_f64(f64::from(step + 1) / f64::from(LIVES + 1));
        let before = life.last();
        if life.kill(arguments, moment) {
            life.recover();
            if life.last() == before {
                // It was killed before it began.
                life.place.run(arguments).assert_status(0);
            } else {
                cut += 1;
            }
        }
        assert_eq!(&life.parts(), parts, "life {number}, {name} killed after {moment:?}");
    }
    cut
}
