//! The web interface inside the binary: what `npm run build` in `web/ui` has left in `ui/dist`.
//!
//! **The rule**: a debug build reads the folder at start, so that a new interface needs no new binary; a release build carries it. Where
//! nothing was built there is no interface, and the plain pages do the work.

use std::borrow::Cow;

use keyturn_http::InterfaceFile;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "ui/"]
struct Ui;

/// The folder of the build within it.
const BUILT: &str = "dist/";

/// Every file of the build; none where there was none.
pub(crate) fn files() -> Vec<InterfaceFile> {
    let built = Ui::iter().filter_map(|path| {
        let below = path.strip_prefix(BUILT)?.to_owned();
        let bytes = match Ui::get(&path)?.data {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some(InterfaceFile { path: below, bytes })
    });
    built.collect()
}
