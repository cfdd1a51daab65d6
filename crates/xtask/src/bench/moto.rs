//! moto in a process of its own: an AWS that answers at once and remembers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

const ANNOUNCES: &str = "Running on http://";

/// Every service that the measured stack has parts in.
const SERVICES: [&str; 10] = [
    "acm",
    "application-autoscaling",
    "ec2",
    "ecr",
    "ecs",
    "elasticloadbalancing",
    "iam",
    "logs",
    "route53",
    "sts",
];

pub struct Moto {
    child: Child,
    pub address: SocketAddr,
}

impl Moto {
    /// Starts it at a free port, and wakes every service: moto loads each at its first call, which takes longer
    /// than all that is measured.
    pub fn start(program: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("start `moto_server`")?;
        let mut said = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let address = address(&mut said);
        let mut moto = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        moto.address = address?;
        // It goes on telling each request, and would stop where nobody reads.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        SERVICES.into_iter().try_for_each(|service| moto.wake(service))?;
        Ok(moto)
    }

    /// Any call will do, also one that is refused.
    fn wake(&self, service: &str) -> Result<()> {
        let mut connection = TcpStream::connect(self.address).context("connect to moto")?;
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=bench/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n",
            self.address
        );
        connection.write_all(request.as_bytes()).context("call moto")?;
        connection.read_to_end(&mut Vec::new()).context("hear moto's answer")?;
        Ok(())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(said: &mut BufReader<impl std::io::Read>) -> Result<SocketAddr> {
    let mut all = String::new();
    for line in said.lines() {
        let line = line.context("read what moto says")?;
        if let Some((_, address)) = line.split_once(ANNOUNCES) {
            return address.trim().parse().context("read moto's address");
        }
        all.push_str(&line);
        all.push('\n');
    }
    bail!("moto ended before it said where it is:\n{all}")
}
