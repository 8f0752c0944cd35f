//! The facts of the machine that a figure means nothing without.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::load::server::is_pinned;

/// Facts, each with its name. Ask before the driver is pinned.
pub fn facts(binary: &Path) -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let split = if is_pinned() {
        "server on one core, load on another"
    } else {
        "server and load share them"
    };
    let mut version = Command::new(binary);
    version.arg("--version");
    vec![
        ("date", output(Command::new("date").args(["-u", "+%F %H:%M UTC"]))),
        ("processor", processor()),
        ("cores", format!("{cores}; {split}")),
        ("kernel", output(Command::new("uname").arg("-sr"))),
        ("disk", disk()),
        ("load at the start", load()),
        (
            "binary",
            format!("{}, profile `{}`", output(&mut version), profile(binary)),
        ),
        ("compiler", output(Command::new("rustc").arg("--version"))),
        ("SQLite", rusqlite::version().to_owned()),
    ]
}

/// The folder that cargo puts a binary into has its profile's name.
fn profile(binary: &Path) -> String {
    let folder = binary.parent().and_then(Path::file_name);
    folder.map_or_else(
        || "unknown".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn output(command: &mut Command) -> String {
    let text = command.output().map(|output| output.stdout);
    text.map_or_else(
        |_| "unknown".to_owned(),
        |text| String::from_utf8_lossy(&text).trim().to_owned(),
    )
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    name.map_or("unknown", |(_, name)| name).to_owned()
}

/// The file system that the temporary folder lies on, and whether its device says that it turns.
fn disk() -> String {
    let folder = std::env::temp_dir();
    let mut df = Command::new("df");
    let table = output(df.args(["--output=source,fstype"]).arg(&folder));
    let row = table.lines().last().unwrap_or_default();
    let mut words = row.split_whitespace();
    let (source, kind) = (
        words.next().unwrap_or("unknown"),
        words.next().unwrap_or("unknown"),
    );
    let device = source
        .trim_start_matches("/dev/")
        .trim_end_matches(char::is_numeric);
    let rotational = fs::read_to_string(format!("/sys/block/{device}/queue/rotational"));
    let type_ = match rotational.as_deref().map(str::trim) {
        Ok("0") => "not rotating",
        Ok("1") => "says that it rotates",
        _ => "of unknown type",
    };
    format!("{kind} on {source}, {type_}")
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let one = text.split(' ').next().unwrap_or("unknown");
    format!("{one} processes on average over the last minute")
}
