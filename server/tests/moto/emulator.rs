//! moto in a process of its own; or the sandbox, for what moto does not know.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

pub struct Emulator {
    child: Child,
    pub endpoint: String,
}

impl Emulator {
    /// Starts moto at a free port, and waits until it says which.
    pub fn moto() -> Self {
        let mut child = Command::new(tool("SLIPWAY_MOTO_SERVER"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto_server starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let endpoint = endpoint(&mut said, "Running on ");
        // It goes on telling each request, and would stop where nobody reads.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, endpoint }
    }

    /// The same with the sandbox.
    pub fn sandbox() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_slipway"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--speed", "1000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped"));
        let endpoint = endpoint(&mut said, "AWS_ENDPOINT_URL=");
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, endpoint }
    }
}

impl Drop for Emulator {
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

/// The address that follows `announcement`.
fn endpoint(said: &mut impl std::io::BufRead, announcement: &str) -> String {
    let mut all = String::new();
    for line in said.lines() {
        let line = line.expect("text");
        if let Some((_, address)) = line.split_once(announcement) {
            return address.trim().to_owned();
        }
        all.push_str(&line);
        all.push('\n');
    }
    panic!("it ended before it said where it is:\n{all}");
}
