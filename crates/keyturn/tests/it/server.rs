//! The real binary as a process: started on a free port, stopped, killed, started again on the same folder.
//!
//! It logs at `trace`, its most talkative, to a file beside the data folder that later starts append to. A server that a test
//! leaves behind is killed when it is dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a server may take until it greets, on a machine that is busy with other tests.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const GREETING_LINES: usize = 8;
/// The most talkative there is.
const LOG_LEVEL: &str = "trace";

/// Flags of a server that is asked more often from one address than strangers may, by tests that are about something else.
pub(crate) const UNTHROTTLED: [&str; 2] = ["--set", "throttle.enabled=false"];

/// A running server.
pub(crate) struct Server {
    child: Child,
    data_dir: PathBuf,
    greeting: Vec<String>,
    more: Receiver<String>,
    url: String,
    ops: Option<String>,
}

impl Server {
    /// Starts a server and waits until it has greeted. `flags` are further ones of `serve`.
    pub(crate) fn start(data_dir: &Path, flags: &[&str]) -> Self {
        Self::start_told(data_dir, flags, &[])
    }

    /// The same with further variables of its environment.
    pub(crate) fn start_told(data_dir: &Path, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = spawn_told(data_dir, flags, environment);
        let stdout = child.stdout.take().unwrap();
        let lines = lines_of(stdout);
        let greeting: Vec<String> = (0..GREETING_LINES)
            .map_while(|_| lines.recv_timeout(STARTS_WITHIN).ok())
            .collect();
        if greeting.len() < GREETING_LINES {
            let _gone_already = child.kill();
            let status = child.wait().unwrap();
            panic!("the server did not start ({status}):\n{}", logs(data_dir));
        }
        Self {
            child,
            data_dir: data_dir.to_owned(),
            url: between(&greeting[0], " serves ", " (listening")
                .unwrap()
                .to_owned(),
            ops: between(&greeting[4], "Operators:  ", "/metrics").map(str::to_owned),
            greeting,
            more: lines,
        }
    }

    /// Starts a server whose time stands still until [`Server::ops`] moves it.
    pub(crate) fn start_with_virtual_clock(data_dir: &Path) -> Self {
        Self::start_with_virtual_clock_and(data_dir, &[])
    }

    /// The same with further flags.
    pub(crate) fn start_with_virtual_clock_and(data_dir: &Path, flags: &[&str]) -> Self {
        Self::start(
            data_dir,
            &[&["--virtual-clock"], &UNTHROTTLED[..], flags].concat(),
        )
    }

    /// Where it serves, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, whatever it calls itself.
    pub(crate) fn listens_at(&self) -> String {
        let address = between(&self.greeting[0], "(listening on ", ")");
        format!("http://{}", address.expect("an address in the greeting"))
    }

    /// Where operators ask, and where a virtual clock is moved.
    pub(crate) fn ops(&self) -> &str {
        self.ops.as_deref().expect("a server with an ops listener")
    }

    /// The lines that it greeted with.
    pub(crate) fn greeting(&self) -> &[String] {
        &self.greeting
    }

    /// Runs a command of the same binary on the same folder.
    pub(crate) fn command(&self, args: &[&str], input: &str) -> Said {
        command(&self.data_dir, args, input)
    }

    /// Everything that it has logged so far, starts before this one included.
    pub(crate) fn logs(&self) -> String {
        logs(&self.data_dir)
    }

    /// Asks it to read its configuration again.
    pub(crate) fn hang_up(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }

    /// Ends it as a power cut would: no handler runs, nothing is flushed.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(9),
            "killed, and not ended before: {}",
            self.logs()
        );
    }

    /// Asks it to stop, expects it to do so in good order, and answers what it said since the greeting.
    pub(crate) fn stop(self) -> String {
        self.ask_to_stop();
        self.stopped()
    }

    /// Asks it to stop, and does not wait.
    pub(crate) fn ask_to_stop(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for the end that it was asked for, which must be one in good order, and answers what it said since the greeting.
    pub(crate) fn stopped(mut self) -> String {
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.logs());
        self.more.iter().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _gone_already = self.child.kill();
            let _reaped = self.child.wait();
        }
    }
}

/// Starts a server without waiting for its greeting.
pub(crate) fn spawn(data_dir: &Path, flags: &[&str]) -> Child {
    spawn_told(data_dir, flags, &[])
}

fn spawn_told(data_dir: &Path, flags: &[&str], environment: &[(&str, &str)]) -> Child {
    binary(data_dir)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--set",
            "ops.listen=127.0.0.1:0",
        ])
        .args(flags)
        .env("KEYTURN_LOG", LOG_LEVEL)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(
            File::options()
                .create(true)
                .append(true)
                .open(log_file(data_dir))
                .unwrap(),
        )
        .spawn()
        .unwrap()
}

/// What a command wrote.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Its output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs a command on a data folder, beside a server or without one. It must succeed.
pub(crate) fn command(data_dir: &Path, args: &[&str], input: &str) -> Said {
    let mut child = binary(data_dir)
        .args(args)
        .env("KEYTURN_LOG", LOG_LEVEL)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone before the input is written.
    let _not_read = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let said = Said {
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    };
    assert!(
        status.success(),
        "keyturn {args:?}: {}{}",
        said.stdout,
        said.stderr
    );
    said
}

/// Everything that servers on this folder have logged.
pub(crate) fn logs(data_dir: &Path) -> String {
    fs::read_to_string(log_file(data_dir)).unwrap()
}

/// The binary on a folder, with nothing of this process' settings, in a folder without a configuration file.
fn binary(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn"));
    let settings = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KEYTURN_"));
    for (name, _) in settings {
        command.env_remove(name);
    }
    command
        .current_dir(data_dir.parent().unwrap())
        .arg("--data-dir")
        .arg(data_dir);
    command
}

/// Beside the data folder, where nothing but the server's own files may be.
fn log_file(data_dir: &Path) -> PathBuf {
    data_dir.with_extension("log")
}

fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // A test that has ended listens no more.
            let _nobody_listens = sender.send(line);
        }
    });
    lines
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
