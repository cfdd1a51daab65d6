//! A visitor who speaks HTTP by hand, and so decides the `Host`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use sandbox::Doors;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often a visitor asks again, a hundredth of a second apart.
const PATIENCE: usize = 1500;

pub struct Visitor {
    pub doors: Doors,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Visitor {
    pub async fn port_80(&self, host: &str, path: &str) -> io::Result<Reply> {
        ask(self.doors.port_80, host, path).await
    }

    pub async fn port_443(&self, host: &str, path: &str) -> io::Result<Reply> {
        ask(self.doors.port_443, host, path).await
    }

    /// Asks port 443 until the answer has this status.
    pub async fn until(&self, host: &str, path: &str, status: u16) -> io::Result<Reply> {
        let mut reply = self.port_443(host, path).await?;
        for _ in 0..PATIENCE {
            if reply.status == status {
                return Ok(reply);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            reply = self.port_443(host, path).await?;
        }
        Err(io::Error::other(format!("{host}{path} does not come to {status}: {reply:?}")))
    }
}

async fn ask(door: SocketAddr, host: &str, path: &str) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(door).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no answer"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Reply { status: status.unwrap_or_default(), head: head.to_owned(), body: body.to_owned() })
}
