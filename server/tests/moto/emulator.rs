//! moto in a process of its own.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

const ANNOUNCES: &str = "Running on http://";

pub struct Moto {
    child: Child,
    pub endpoint: String,
}

impl Moto {
    /// Starts it at a free port, and waits until it says which.
    pub fn start() -> Self {
        let mut child = Command::new(tool("SLIPWAY_MOTO_SERVER"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto_server starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let endpoint = endpoint(&mut said);
        // It goes on telling each request, and would stop where nobody reads.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, endpoint }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that the variable `name` names.
pub fn tool(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "`{name}` is not set. Run this test with `cargo xtask test --only rust`, or make a virtual environment from \
             crates/xtask/requirements.txt and set SLIPWAY_PYTHON and SLIPWAY_MOTO_SERVER to its programs"
        )
    })
}

fn endpoint(said: &mut impl std::io::BufRead) -> String {
    let mut all = String::new();
    for line in said.lines() {
        let line = line.expect("text");
        if let Some((_, address)) = line.split_once(ANNOUNCES) {
            return format!("http://{}", address.trim());
        }
        all.push_str(&line);
        all.push('\n');
    }
    panic!("moto ended before it said where it is:\n{all}");
}
