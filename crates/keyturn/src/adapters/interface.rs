//! The web interface inside the binary: what `npm run build` in `web/ui` has left in `ui/dist`, and of the demo's page in `ui/demo`.
//!
//! **The rule**: a debug build reads the folder at start, so that a new interface needs no new binary; a release build carries it. Where
//! nothing was built there is no interface, and the plain pages do the work.

use std::borrow::Cow;

use keyturn_http::InterfaceFile;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "ui/"]
struct Ui;

/// The folder of the interface's build within it.
const BUILT: &str = "dist/";
/// The folder of the build of the demo's page, which `serve --demo` alone serves.
const DEMO: &str = "demo/";

/// Every file of the interface's build; none where there was none.
pub(crate) fn files() -> Vec<InterfaceFile> {
    below(BUILT)
}

/// Every file of the build of the demo's page; none where there was none.
pub(crate) fn demo_files() -> Vec<InterfaceFile> {
    below(DEMO)
}

fn below(folder: &str) -> Vec<InterfaceFile> {
    let built = Ui::iter().filter_map(|path| {
        let below = path.strip_prefix(folder)?.to_owned();
        let bytes = match Ui::get(&path)?.data {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some(InterfaceFile { path: below, bytes })
    });
    built.collect()
}
