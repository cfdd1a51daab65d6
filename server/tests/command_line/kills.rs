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

/// What a life comes through, in order: what it is, the file that holds then, and how it is asked for.
const OPERATIONS: [(&str, &str, &[&str]); 4] = [
    ("deploy", "first.toml", &["deploy", "-f", "first.toml", "--data-dir", "data"]),
    ("change", "second.toml", &["deploy", "-f", "second.toml", "--data-dir", "data"]),
    ("park", "second.toml", &["park", "survivor", "--level", "sleep", "--data-dir", "data"]),
    ("tear down", "second.toml", &["destroy", "survivor", "--yes", "--delete-zone", "--data-dir", "data"]),
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

    /// What is on AWS, whoever asks: what a deploy of `file` would do to each part, and how many it would keep.
    /// Where nothing is left it would make them all; a part that is there, or twice, is one line or one kept more.
    fn parts(&self, file: &str) -> Vec<String> {
        let plan = self.place.run(&["plan", "-f", file, "--json", "--data-dir", "nowhere"]).json();
        let changes = plan["changes"].as_array().unwrap_or_else(|| panic!("{plan}"));
        let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
        let line = |change| {
            format!("{}: {}, {}", text(change, "id"), text(change, "action"), text(change, "reason"))
        };
        let kept = format!("kept: {}", plan["kept"]);
        changes.iter().map(line).chain([kept]).collect()
    }

    /// How the last operation stands: its id, and its outcome once it has ended.
    fn last(&self) -> Option<(String, Value)> {
        let ask = || self.place.run(&["status", "survivor", "--json", "--data-dir", "data"]).json();
        // A look fails where a tear down takes something away in the middle of it; the next one tells.
        let was_disturbed =
            |status: &Value| status["hint"].as_str().is_some_and(|hint| hint.contains("meanwhile"));
        let mut status = ask();
        while was_disturbed(&status) {
            status = ask();
        }
        let operation = &status["operation"];
        Some((operation["id"].as_str()?.to_owned(), operation["outcome"].clone()))
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
        while let Some((id, outcome)) = self.last()
            && outcome != "done"
        {
            assert!(outcome.is_null(), "{id} ended as {outcome}");
            assert!(begun.elapsed() < Duration::from_secs(60), "{id} did not finish");
        }
    }
}

/// How long each operation takes undisturbed, and what is on AWS after it.
fn undisturbed() -> Vec<(Duration, Vec<String>)> {
    let life = Life::begin();
    let run = |file: &str, arguments: &[&str]| {
        let begun = Instant::now();
        life.place.run(arguments).assert_status(0);
        (begun.elapsed(), life.parts(file))
    };
    OPERATIONS.iter().map(|(_, file, arguments)| run(file, arguments)).collect()
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    let expected = undisturbed();
    assert_eq!(expected[0].1.len(), 1, "a deployed stack needs nothing: {:?}", expected[0].1);
    assert!(expected[3].1.len() > 20, "a stack that is gone needs everything: {:?}", expected[3].1);
    let lives: Vec<u32> = (0..LIVES).collect();
    let chunks = lives.chunks(lives.len().div_ceil(ABREAST));
    let expected = &expected;
    let cut: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = chunks
            .map(|lives| scope.spawn(move || lives.iter().map(|life| live(*life, expected)).sum::<u32>()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it holds")).sum()
    });
    eprintln!(
        "{cut} of {} operations were cut off in the middle; the others before their beginning",
        LIVES * 4
    );
    assert!(cut >= LIVES * 2, "only {cut} operations were cut off");
}

/// One life; how many of its operations were cut off in the middle.
fn live(number: u32, expected: &[(Duration, Vec<String>)]) -> u32 {
    let life = Life::begin();
    let mut cut = 0;
    for (index, ((name, file, arguments), (takes, parts))) in OPERATIONS.iter().zip(expected).enumerate() {
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
        assert_eq!(&life.parts(file), parts, "life {number}, {name} killed after {moment:?}");
        // Its draft stays when it is gone from AWS: so `status` knows it to the end.
        if index == 0 {
            life.place.run(&["adopt", "survivor", "--data-dir", "data"]).assert_status(0);
        }
    }
    cut
}
