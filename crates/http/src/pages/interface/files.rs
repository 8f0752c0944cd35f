//! The files of the interface, each with what it is and how it may be compressed.
//!
//! **The rule**: compression is the build's work, not the server's: a file `x` may stand beside `x.br` and `x.gz`, and whoever accepts
//! one of these gets it. Each form has an entity tag of its own (RFC 9110 §8.8.3).

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use super::InterfaceFile;

/// The document, which is no file like the others.
const DOCUMENT: &str = "index.html";
/// Best first: the end of the name, and what it is called on the wire.
const ENCODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// By their paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Files(HashMap<String, File>);

#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) media_type: &'static str,
    version: String,
    bytes: Bytes,
    /// In the order of [`ENCODINGS`].
    compressed: Vec<(&'static str, Bytes)>,
}

/// The document, and everything else that browsers can be told the type of.
pub(super) fn sorted(files: Vec<InterfaceFile>) -> (Option<Bytes>, Files) {
    let mut by_path: HashMap<String, Bytes> = files.into_iter().map(|file| (file.path, file.bytes)).collect();
    let document = by_path.remove(DOCUMENT);
    let known = by_path.iter().filter_map(|(path, bytes)| {
        let file = File {
            media_type: media_type(path)?,
            version: crate::pages::settings::version(bytes),
            bytes: bytes.clone(),
            compressed: ENCODINGS
                .iter()
                .filter_map(|(end, name)| Some((*name, by_path.get(&format!("{path}{end}"))?.clone())))
                .collect(),
        };
        Some((path.clone(), file))
    });
    let files = Files(known.collect());
    (document, files)
}

impl Files {
    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}

impl File {
    /// The best form that is accepted: bytes, entity tag, and encoding if it has one.
    pub(super) fn encoded_for(&self, headers: &HeaderMap) -> (Bytes, String, Option<&'static str>) {
        let best = self
            .compressed
            .iter()
            .find(|(encoding, _)| accepts(headers, encoding));
        match best {
            Some((encoding, bytes)) => (
                bytes.clone(),
                format!("\"{}-{encoding}\"", self.version),
                Some(encoding),
            ),
            None => (self.bytes.clone(), format!("\"{}\"", self.version), None),
        }
    }
}

/// RFC 9110 §12.5.3, as far as browsers use it: named, and not with weight 0.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            name.trim().eq_ignore_ascii_case(encoding)
                && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
        })
}

fn media_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "webp" => Some("image/webp"),
        "json" => Some("application/json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn file(path: &str, text: &'static str) -> InterfaceFile {
        InterfaceFile {
            path: path.to_owned(),
            bytes: Bytes::from_static(text.as_bytes()),
        }
    }

    #[test]
    fn whoever_accepts_a_compressed_form_gets_the_best() {
        let (document, files) = sorted(vec![
            file("index.html", "<html>"),
            file("assets/a.js", "plain"),
            file("assets/a.js.br", "brotli"),
            file("assets/a.js.gz", "gzip"),
            file("assets/b.css", "b"),
            file("notes.txt", "nobody's"),
        ]);
        assert_eq!(document.as_deref(), Some(&b"<html>"[..]));
        assert!(files.get("notes.txt").is_none() && files.get("assets/a.js.br").is_none());
        let script = files.get("assets/a.js").unwrap();
        for (accepted, body, encoding) in [
            ("gzip, deflate, br, zstd", "brotli", Some("br")),
            ("gzip", "gzip", Some("gzip")),
            ("br;q=0, gzip;q=0.5", "gzip", Some("gzip")),
            ("BR", "brotli", Some("br")),
            ("br;q=x", "plain", None),
            ("identity", "plain", None),
            ("", "plain", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            let (bytes, tag, used) = script.encoded_for(&headers);
            assert_eq!((&bytes[..], used), (body.as_bytes(), encoding), "{accepted}");
            assert_eq!(tag.contains('-'), used.is_some(), "{accepted}");
        }
        assert_eq!(
            files
                .get("assets/b.css")
                .unwrap()
                .encoded_for(&HeaderMap::new())
                .2,
            None
        );
    }
}
