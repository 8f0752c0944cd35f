//! The input as header lines of one name: what a server's HTTP parser lets through, in as many lines as there are line breaks.

use http::{HeaderMap, HeaderName, HeaderValue};

/// One header for each line that can be a header's value.
pub(crate) fn lines(name: &HeaderName, input: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line.trim_ascii()) {
            headers.append(name, value);
        }
    }
    headers
}
