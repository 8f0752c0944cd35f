//! Lines for people: time, level, target, message, fields, and the request's id at the end.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::names_request;

/// As `tracing` writes them, with `request.id`.
pub(super) struct TextLines(Format<Full>);

impl TextLines {
    pub(super) fn new(colour: bool) -> Self {
        Self(Format::default().with_ansi(colour))
    }
}

impl<S, N> FormatEvent<S, N> for TextLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = keyturn_http::request_id().filter(|_| !names_request(event)) else {
            return self.0.format_event(ctx, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(ctx, Writer::new(&mut line), event)?;
        writeln!(writer, "{} request.id=\"{id}\"", line.trim_end_matches('\n'))
    }
}
