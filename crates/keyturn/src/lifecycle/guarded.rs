//! A connection that is given up when it stalls.
//!
//! **The rule**: nothing moves either way for the idle time-out, or the client takes nothing of an answer for the write time-out:
//! the connection fails. Until it has said what protocol it speaks, the time for a request's head applies to all of that
//! (hyper's own limit begins only after).
//!
//! **The caveat**: a client that moves a byte now and then is not stopped here, but by the limits on heads and bodies.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Limits;

/// The length of HTTP/2's preface (RFC 9113 §3.4): after so many bytes the protocol is known.
const PREFACE: u64 = 24;

/// A stream with limits.
pub(super) struct Guarded<S> {
    stream: S,
    limits: Limits,
    accepted: Instant,
    moved: Instant,
    received: u64,
    sent: bool,
    stalled_since: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Guarded<S> {
    /// Its time begins now.
    pub(super) fn new(stream: S, limits: Limits) -> Self {
        let now = Instant::now();
        Self {
            stream,
            limits,
            accepted: now,
            moved: now,
            received: 0,
            sent: false,
            stalled_since: None,
            alarm: Box::pin(sleep_until(now + limits.header_timeout)),
        }
    }

    /// When it is to be given up, as things stand.
    fn deadline(&self) -> Instant {
        if let Some(since) = self.stalled_since {
            since + self.limits.write_timeout
        } else if self.received < PREFACE && !self.sent {
            self.accepted + self.limits.header_timeout
        } else {
            self.moved + self.limits.idle_timeout
        }
    }

    /// Nothing moved: an error once the deadline has passed, else wakes the task then.
    fn wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            let deadline = self.deadline();
            // The alarm may be early, and is moved when it rings; it must never be late.
            if deadline < self.alarm.deadline() {
                self.alarm.as_mut().reset(deadline);
            }
            ready!(self.alarm.as_mut().poll(cx));
            if deadline <= self.alarm.deadline() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(deadline);
        }
    }

    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.moved = Instant::now();
            self.sent = true;
            self.stalled_since = None;
            return written;
        }
        self.stalled_since.get_or_insert_with(Instant::now);
        self.wait(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if read.is_pending() {
            return this.wait(cx);
        }
        this.received += u64::try_from(buf.filled().len() - before).unwrap_or(PREFACE);
        this.moved = Instant::now();
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.wrote(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
