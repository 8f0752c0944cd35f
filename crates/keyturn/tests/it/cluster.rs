//! A PostgreSQL cluster of a test's own, which can be crashed and started again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::patience::patiently;

/// The project's script that makes one.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/with-postgres");

/// A cluster, gone when this is dropped.
pub(crate) struct Cluster {
    /// The script, which waits for the end of its input.
    script: Child,
    url: String,
    server: Server,
}

/// The running server, and what it takes to start it again.
struct Server {
    pid: Pid,
    command: Vec<String>,
    owner: (u32, u32),
    /// Where it was started by this process.
    child: Option<Child>,
}

impl Cluster {
    /// Starts one.
    pub(crate) fn start() -> Self {
        let mut script = Command::new(SCRIPT)
            .args(["sh", "-c", "echo \"$KEYTURN_TEST_POSTGRES\"; exec cat"])
            .env_remove("KEYTURN_TEST_POSTGRES")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let stdout = script.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        let server = Server::below(&script);
        Self {
            script,
            url: url.trim_end().to_owned(),
            server,
        }
    }

    /// The URL of a superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server as a crash would: what it was doing is undone or redone at the next start.
    pub(crate) fn crash(&mut self) {
        kill_process(self.server.pid, Signal::QUIT).unwrap();
        match &mut self.server.child {
            Some(child) => {
                child.wait().unwrap();
            }
            None => {
                let pid = self.server.pid;
                assert!(patiently().any(|()| !is_running(pid)), "it goes on");
            }
        }
    }

    /// Starts it again after a crash, and waits until it listens. It may still be busy with recovery.
    pub(crate) fn start_again(&mut self) {
        let address = self.url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0;
        loop {
            let mut child = self.server.spawn();
            // Processes of the old server may still hold its memory: then the new one ends at once.
            while child.try_wait().unwrap().is_none() {
                if TcpStream::connect(address).is_ok() {
                    self.server.pid = Pid::from_child(&child);
                    self.server.child = Some(child);
                    return;
                }
                thread::yield_now();
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(child) = &mut self.server.child {
            let _gone_already = kill_process(self.server.pid, Signal::INT);
            let _reaped = child.wait();
        }
        drop(self.script.stdin.take());
        let _reaped = self.script.wait();
    }
}

impl Server {
    /// The server that the script has started.
    fn below(script: &Child) -> Self {
        let children = format!("/proc/{0}/task/{0}/children", script.id());
        let children = fs::read_to_string(children).unwrap();
        let is_server = |pid: &&str| {
            let command = fs::read_to_string(format!("/proc/{pid}/comm"));
            command.is_ok_and(|command| command.trim_end() == "postgres")
        };
        let pid = children.split_whitespace().find(is_server).expect("a server");
        let process = PathBuf::from(format!("/proc/{pid}"));
        let command = fs::read_to_string(process.join("cmdline")).unwrap();
        let owner = fs::metadata(&process).unwrap();
        Self {
            pid: Pid::from_raw(pid.parse().unwrap()).unwrap(),
            command: command.split_terminator('\0').map(str::to_owned).collect(),
            owner: (owner.uid(), owner.gid()),
            child: None,
        }
    }

    /// The same command as the same user.
    fn spawn(&self) -> Child {
        let (uid, gid) = self.owner;
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid",
                &uid.to_string(),
                "--regid",
                &gid.to_string(),
                "--clear-groups",
            ]);
            command.args(&self.command);
            command
        } else {
            let mut command = Command::new(&self.command[0]);
            command.args(&self.command[1..]);
            command
        };
        let silent = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        silent.current_dir("/").spawn().unwrap()
    }
}

fn is_running(pid: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    state.is_ok_and(|state| !state.contains(") Z "))
}
