//! The binary in a folder of its own, without the surrounding AWS settings.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub struct Place {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("there is room for a folder"), environment: Vec::new() }
    }

    /// Also sets what `export` lines say.
    pub fn export(&mut self, lines: &[String]) {
        for line in lines {
            let pairs = line.strip_prefix("export ").expect("an export line").split(' ');
            let pairs = pairs.filter_map(|pair| pair.split_once('='));
            self.environment.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("writes");
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ended {
            status: output.status.code().expect("not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            // Where no credentials are, nobody shall go and ask the machine for them.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Ended {
    /// The one JSON document, or the last of several.
    pub fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no answer; {}", self.stderr));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    pub fn assert_status(&self, status: i32) {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
    }
}

/// A sandbox of its own, and a place that points at it and holds the seed stack.
pub fn on_a_sandbox() -> (Running, Place) {
    let mut place = Place::new();
    place.write("slipway.toml", topology::stack::seed::seed());
    let command = place.command(&["sandbox", "--listen", "127.0.0.1:0", "--speed", "1000"]);
    let sandbox = Running::start(command, 3);
    place.export(&sandbox.said);
    (sandbox, place)
}

/// A process that is ended with the test.
pub struct Running {
    child: Child,
    pub said: Vec<String>,
}

impl Running {
    /// Starts it, and waits for so many lines on stdout.
    pub fn start(mut command: Command, lines: usize) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let stdout = child.stdout.take().expect("piped");
        let said = BufReader::new(stdout).lines().take(lines).map(|line| line.expect("text")).collect();
        Self { child, said }
    }

    /// Posts to a service of the sandbox that this is, as any other tool would, and sees it accepted.
    pub fn post(&self, service: &str, headers: &[(&str, &str)], body: &str) {
        let address = self.said[0].split_once("http://").expect("the first line names it").1;
        let scope = format!("test/20260101/us-east-1/{service}/aws4_request");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let mut line = TcpStream::connect(address).expect("it listens");
        write!(
            line,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\
             Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none\r\n\r\n{body}",
            body.len()
        )
        .expect("it takes the request");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself, with success, soon.
    pub fn ends_well(&mut self) -> bool {
        for _ in 0..100 {
            if let Some(status) = self.child.try_wait().expect("its own child") {
                return status.success();
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
