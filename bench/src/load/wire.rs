//! HTTP/1.1 over one kept connection: a request is bytes, an answer is its status, its head and its body.
//!
//! **The caveat**: it reads what the servers measured here write, answers with `Content-Length`, and nothing else.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, as long as no other is asked for.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// Status line and headers.
    pub head: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// The system's.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(8 * 1024),
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The connection broke, or what came is no answer with a length.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, length) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = head_end(&self.buffer) {
                let length = content_length(text(&self.buffer[..end])?)?;
                break (end, length);
            }
        };
        while self.buffer.len() < head + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let (head, body) = self.buffer.split_at(head);
        let (head, body) = (text(head)?, text(body)?);
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        Ok(Answer {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body,
        })
    }
}

impl Answer<'_> {
    /// The values of a header; `name` in lower case, as these servers write it.
    pub fn headers<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        let lines = self.head.lines();
        lines.filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The text of the first field of this name in a JSON body; tokens and ids need no unescaping.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut rest = self.body;
        loop {
            rest = rest.split_once('"')?.1;
            if let Some(value) = rest.strip_prefix(name)
                && let Some(value) = value.strip_prefix("\":\"")
            {
                return value.split('"').next();
            }
        }
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|start| start + 4)
}

fn content_length(head: &str) -> io::Result<usize> {
    if head.get(9..12) == Some("204") {
        return Ok(0);
    }
    let mut lines = head.lines();
    lines
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "an answer without a length"))
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
