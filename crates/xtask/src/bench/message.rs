//! One HTTP/1.1 message, read whole: a head and the bytes of a body.
//!
//! As much of HTTP as the SDKs and moto speak to each other: lengths, chunks, and bodies that end with the
//! connection. No upgrades, no trailers that mean anything.

use std::io::{self, BufRead, Write};

/// A message, with its body out of chunks.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// `POST / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub first_line: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What concerns one connection and not the message; and the length, which is told anew.
const OF_THE_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "transfer-encoding", "content-length", "expect"];

impl Message {
    /// Reads a request; `None` where the connection ended instead. A client that asks first whether it may
    /// send its body is told to by `answer`.
    pub fn read_request(from: &mut impl BufRead, answer: &mut impl Write) -> io::Result<Option<Self>> {
        let Some(mut message) = Self::read_head(from)? else { return Ok(None) };
        if message.header("expect").is_some() {
            answer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        message.body = match message.length()? {
            Length::Chunks => read_chunks(from)?,
            Length::Bytes(length) => read_bytes(from, length)?,
            Length::Untold => Vec::new(),
        };
        Ok(Some(message))
    }

    /// Reads the response to a request of `method`.
    pub fn read_response(from: &mut impl BufRead, method: &str) -> io::Result<Self> {
        let mut message = Self::read_head(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if method == "HEAD" || message.has_no_body() {
            return Ok(message);
        }
        message.body = match message.length()? {
            Length::Chunks => read_chunks(from)?,
            Length::Bytes(length) => read_bytes(from, length)?,
            Length::Untold => {
                let mut body = Vec::new();
                from.read_to_end(&mut body)?;
                body
            }
        };
        Ok(message)
    }

    /// A response of our own, in plain text.
    pub fn response(status: &str, text: &str) -> Self {
        Self {
            first_line: format!("HTTP/1.1 {status}"),
            headers: vec![("content-type".into(), "text/plain".into())],
            body: text.into(),
        }
    }

    /// Writes it in one piece, with its length told.
    pub fn write(&self, to: &mut impl Write, connection: &str) -> io::Result<()> {
        let mut bytes = format!("{}\r\n", self.first_line).into_bytes();
        for (name, value) in &self.headers {
            if !OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
                bytes.extend(format!("{name}: {value}\r\n").into_bytes());
            }
        }
        // A response to HEAD tells the length of a body that is not sent.
        let length = match self.header("content-length") {
            Some(length) if self.body.is_empty() => length.to_owned(),
            _ => self.body.len().to_string(),
        };
        if !self.has_no_body() {
            bytes.extend(format!("content-length: {length}\r\n").into_bytes());
        }
        bytes.extend(format!("connection: {connection}\r\n\r\n").into_bytes());
        bytes.extend(&self.body);
        to.write_all(&bytes)?;
        to.flush()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Of a request.
    pub fn method(&self) -> &str {
        self.first_line.split(' ').next().unwrap_or_default()
    }

    /// Of a request, without what follows a `?`.
    pub fn path(&self) -> &str {
        let target = self.first_line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    /// Whether the sender wants to send nothing more on this connection.
    pub fn is_last(&self) -> bool {
        self.first_line.ends_with("HTTP/1.0")
            || self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    fn has_no_body(&self) -> bool {
        let status = self.first_line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
        status.is_some_and(|status| status.starts_with('1') || status == "204" || status == "304")
    }

    fn length(&self) -> io::Result<Length> {
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Ok(Length::Chunks);
        }
        let length = self.header("content-length").map(|length| length.trim().parse::<usize>());
        Ok(length.transpose().map_err(io::Error::other)?.map_or(Length::Untold, Length::Bytes))
    }

    fn read_head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first_line) = read_line(from)? else { return Ok(None) };
        let mut headers = Vec::new();
        loop {
            let line = read_line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line.is_empty() {
                return Ok(Some(Self { first_line, headers, body: Vec::new() }));
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
}

/// How a message tells where its body ends.
enum Length {
    Chunks,
    Bytes(usize),
    Untold,
}

fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line);
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn read_bytes(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        if size == 0 {
            break;
        }
        body.extend(read_bytes(from, size)?);
        read_line(from)?;
    }
    // Trailers, up to the empty line.
    while read_line(from)?.is_some_and(|line| !line.is_empty()) {}
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(mut bytes: &[u8]) -> Vec<Message> {
        let mut all = Vec::new();
        while let Some(message) = Message::read_request(&mut bytes, &mut io::sink()).expect("good") {
            all.push(message);
        }
        all
    }

    #[test]
    fn two_requests_on_one_connection_are_told_apart() {
        let all = requests(
            b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /x?y HTTP/1.1\r\nConnection: close\r\n\r\n",
        );
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].body.as_slice(), all[0].is_last()), (b"abc".as_slice(), false));
        assert_eq!((all[1].method(), all[1].path(), all[1].is_last()), ("GET", "/x", true));
    }

    #[test]
    fn chunks_are_put_together_and_sent_on_with_their_length() {
        let mut bytes: &[u8] =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\nrest";
        let message = Message::read_response(&mut bytes, "GET").expect("good");
        assert_eq!(bytes, b"rest");
        let mut written = Vec::new();
        message.write(&mut written, "keep-alive").expect("written");
        let written = String::from_utf8(written).expect("text");
        assert_eq!(written, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\nabcde");
    }

    #[test]
    fn a_response_of_untold_length_ends_with_the_connection() {
        let mut bytes: &[u8] = b"HTTP/1.0 200 OK\r\n\r\nall of it";
        assert_eq!(Message::read_response(&mut bytes, "GET").expect("good").body, b"all of it");
    }

    #[test]
    fn a_response_to_head_keeps_the_length_it_tells() {
        let mut bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
        let message = Message::read_response(&mut bytes, "HEAD").expect("good");
        let mut written = Vec::new();
        message.write(&mut written, "close").expect("written");
        assert!(String::from_utf8_lossy(&written).contains("content-length: 7"));
    }
}
