//! Server-sent events, as far as Keyturn sends them (HTML, "Server-sent events", §9.2.6).
//!
//! **The rule**: whoever answers can't make this grow: an event that is longer than any of Keyturn's is refused, not gathered.
//!
//! **The caveat**: written here since the parsers that are about keep whatever comes; a lone CR does not end a line, and Keyturn sends none. `retry` is
//! passed over: what is known grows old while one waits, so the first try is at once.

use std::collections::VecDeque;

/// Longer than any event of Keyturn's.
const MAX_BYTES: usize = 16 * 1024;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// What kind: `message` where it is not said.
    pub(super) name: String,
    pub(super) data: String,
    /// The position that it leads to, where it says one.
    pub(super) id: Option<String>,
}

/// An event that is too long, or no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what came is no stream of events")]
pub(super) struct Unreadable;

/// Takes a stream apart as it comes.
#[derive(Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    whole: VecDeque<Event>,
}

impl Parser {
    /// More of the stream; the events that it completes are for [`Parser::next`].
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if self.line.len() + self.event.data.len() > MAX_BYTES {
                return Err(Unreadable);
            }
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(std::str::from_utf8(&line).map_err(|_| Unreadable)?);
            }
        }
        Ok(())
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.whole.pop_front()
    }

    fn take(&mut self, line: &str) {
        let line = line.trim_end_matches('\n').trim_end_matches('\r');
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) {
            self.whole.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pieces: &[&[u8]]) -> Result<Vec<(String, String, Option<String>)>, Unreadable> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        for piece in pieces {
            parser.push(piece)?;
            events.extend(std::iter::from_fn(|| parser.next()));
        }
        let taken = events.into_iter().map(|event| (event.name, event.data, event.id));
        Ok(taken.collect())
    }

    #[test]
    fn events_are_read_however_they_arrive() {
        let event = |name: &str, data: &str, id: Option<&str>| {
            (name.to_owned(), data.to_owned(), id.map(str::to_owned))
        };
        let cases: &[(&str, &str, Vec<_>)] = &[
            (
                "one",
                "event: ready\ndata: {}\nid: a:1\n\n",
                vec![event("ready", "{}", Some("a:1"))],
            ),
            (
                "lines that end in CRLF",
                "event: x\r\ndata: 1\r\n\r\n",
                vec![event("x", "1", None)],
            ),
            (
                "without a blank",
                "event:x\ndata:1\n\n",
                vec![event("x", "1", None)],
            ),
            (
                "several lines of data",
                "data: 1\ndata: 2\n\n",
                vec![event("", "1\n2", None)],
            ),
            (
                "comments and what is not known",
                ": hello\nnoise: 1\ndata: 1\n\n",
                vec![event("", "1", None)],
            ),
            ("without data", "event: x\nid: a:1\n\n", vec![]),
            ("cut off", "data: 1\n", vec![]),
            (
                "two",
                "data: 1\n\ndata: 2\n\n",
                vec![event("", "1", None), event("", "2", None)],
            ),
        ];
        for (name, text, expected) in cases {
            assert_eq!(&parsed(&[text.as_bytes()]).unwrap(), expected, "{name}");
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(&parsed(&bytes).unwrap(), expected, "{name}, byte by byte");
        }
    }

    #[test]
    fn what_does_not_end_is_not_gathered() {
        let long = vec![b'a'; MAX_BYTES + 1];
        assert_eq!(parsed(&[b"data: ", &long]), Err(Unreadable));
        let line = [b"data: ".as_slice(), &[b'a'; 1000], b"\n"].concat();
        assert_eq!(parsed(&[line.as_slice(); 20]), Err(Unreadable));
        assert_eq!(parsed(&[b"data: \xff\n\n"]), Err(Unreadable));
        let many = b"data: 1\n\n".repeat(MAX_BYTES);
        assert_eq!(parsed(&[&many]).unwrap().len(), MAX_BYTES);
    }
}
