//! The web interface is built into `ui/dist`, the page of the demo into `ui/demo`, after this crate may have been compiled: what is embedded follows the folder.

fn main() {
    println!("cargo::rerun-if-changed=ui");
}
