//! The web interface is built into `ui/dist` after this crate may have been compiled: what is embedded follows the folder.

fn main() {
    println!("cargo::rerun-if-changed=ui");
}
