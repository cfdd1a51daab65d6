//! A reverse proxy on loopback that makes each call take longer by a set time, and counts.
//!
//! One thread a connection: there are a few dozen, and each mostly sleeps. Towards the AWS stand-in each call
//! has a connection of its own, as moto closes it after each answer anyway.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::calls::{Call, Calls};
use super::message::Message;

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    delay: Duration,
    started: Instant,
    calls: Mutex<Calls>,
    stopped: AtomicBool,
}

impl Proxy {
    /// Starts it at a free port, in front of `upstream`.
    pub fn start(upstream: SocketAddr, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listen for the proxy")?;
        let address = listener.local_addr().context("ask where the proxy listens")?;
        let shared = Arc::new(Shared {
            upstream,
            delay,
            started: Instant::now(),
            calls: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { address, shared })
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls since the start or since the last time they were taken.
    pub fn take_calls(&self) -> Calls {
        std::mem::take(&mut *self.shared.calls())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes it from waiting for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// Counts `request` if it is an AWS call. The clock is read under the lock, so that times ascend.
    fn count(&self, request: &Message) -> bool {
        let mut calls = self.calls();
        let call = Call::of(request, self.started.elapsed());
        let is_counted = call.is_some();
        call.into_iter().for_each(|call| calls.started(call));
        is_counted
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.stopped.load(Ordering::Relaxed) {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        // A client that goes away in the middle concerns nobody else.
        thread::spawn(move || drop(serve(&client, &shared)));
    }
}

/// Serves a client until it or an answer ends the connection.
fn serve(client: &TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client);
    let mut writer = client;
    while let Some(request) = Message::read_request(&mut reader, &mut writer)? {
        let is_counted = shared.count(&request);
        thread::sleep(shared.delay);
        let response = forward(&request, shared.upstream)
            .unwrap_or_else(|error| Message::response("502 Bad Gateway", &error.to_string()));
        if is_counted {
            shared.calls().ended();
        }
        let ends = request.is_last();
        response.write(&mut writer, if ends { "close" } else { "keep-alive" })?;
        if ends {
            break;
        }
    }
    Ok(())
}

fn forward(request: &Message, upstream: SocketAddr) -> io::Result<Message> {
    let mut server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    request.write(&mut server, "close")?;
    Message::read_response(&mut BufReader::new(server), request.method())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const CALL: &[u8] = b"POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=K/20261123/us-east-1/ecs/aws4_request\r\n\
        X-Amz-Target: Ecs.ListClusters\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";

    /// Answers each request with its own body, in chunks.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
        let address = listener.local_addr().expect("bound");
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("connects");
                let request = Message::read_request(&mut BufReader::new(&client), &mut io::sink());
                let body = request.expect("good").expect("whole").body;
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                let size = format!("{:x}\r\n", body.len());
                let answer = [head, size.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
                (&client).write_all(&answer).expect("answers");
            }
        });
        address
    }

    fn call(connection: &TcpStream, reader: &mut BufReader<&TcpStream>) -> Vec<u8> {
        let mut writer = connection;
        writer.write_all(CALL).expect("writes");
        Message::read_response(reader, "POST").expect("answers").body
    }

    #[test]
    fn calls_of_kept_and_of_concurrent_connections_pass_and_are_counted() {
        let proxy = Proxy::start(echo(), Duration::ZERO).expect("starts");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let connection = TcpStream::connect(proxy.address).expect("connects");
                    let mut reader = BufReader::new(&connection);
                    for _ in 0..5 {
                        assert_eq!(call(&connection, &mut reader), b"{}");
                    }
                });
            }
        });
        let calls = proxy.take_calls();
        assert_eq!(calls.count(), 20);
        assert!((1..=4).contains(&calls.peak_in_flight));
        assert_eq!(proxy.take_calls().count(), 0);
    }

    #[test]
    fn an_aws_that_is_gone_is_told_as_a_bad_gateway() {
        let gone =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("bound");
        let proxy = Proxy::start(gone, Duration::ZERO).expect("starts");
        let mut connection = TcpStream::connect(proxy.address).expect("connects");
        connection.write_all(CALL).expect("writes");
        let response = Message::read_response(&mut BufReader::new(&connection), "POST").expect("answers");
        assert_eq!(response.first_line, "HTTP/1.1 502 Bad Gateway");
    }
}
