//! Servers as processes, on a core of their own where the machine has two: the product's binary, and this one for the limits.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// The core of whatever is measured; the driver has the next.
const MEASURED_CORE: &str = "0";
/// The driver's.
const DRIVING_CORE: &str = "1";

/// A process that told where it listens.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
}

/// The product's settings under load: metrics, as everybody has them, no limit on attempts, and connections that may wait while another round is measured.
const SETTINGS: [&str; 5] = [
    "ops.listen=127.0.0.1:0",
    "http.trusted_proxies=127.0.0.1",
    "throttle.enabled=false",
    "http.header_timeout=1h",
    "http.idle_timeout=1h",
];

/// What a server has used of its core. Unlike a rate it hardly depends on what else the machine does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Processor time.
    pub time: Duration,
    /// Switches from one thread to another.
    pub switches: u64,
}

impl Spent {
    /// What the threads of a process have used so far.
    pub fn by(process: &Child) -> Self {
        let mut spent = Self::default();
        let threads = fs::read_dir(format!("/proc/{}/task", process.id())).expect("a process");
        for thread in threads.flatten() {
            let read = |file: &str| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
            let nanoseconds = read("schedstat")
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            spent.time += Duration::from_nanos(nanoseconds.unwrap_or_default());
            let status = read("status");
            let switches = status
                .lines()
                .filter_map(|line| line.split_once("ctxt_switches:")?.1.trim().parse::<u64>().ok());
            spent.switches += switches.sum::<u64>();
        }
        spent
    }
}

impl Server {
    /// Starts the product on a data folder, on a free port, and waits until it says where it listens.
    pub fn keyturn(binary: &Path, data_dir: &Path, settings: &[&str]) -> Self {
        let mut command = pinned(MEASURED_CORE, binary.as_os_str());
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir);
        for setting in SETTINGS.iter().chain(settings) {
            command.args(["--set", setting]);
        }
        command.env("KEYTURN_LOG", "warn").current_dir(data_dir);
        Self::start(command)
    }

    /// Starts this program's server of hellos.
    pub fn hello() -> Self {
        let mut command = pinned(MEASURED_CORE, this_program().as_os_str());
        command.arg("hello");
        Self::start(command)
    }

    /// The first line that it writes ends with its address.
    fn start(mut command: Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the server starts");
        let stdout = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next().expect("a greeting").expect("text");
        let address = line.rsplit(' ').next().expect("a word").trim_end_matches(')');
        let server = Self {
            address: address.parse().expect("an address at the end of the first line"),
            child,
        };
        // What else it says is read, so that it never waits for a reader.
        thread::spawn(move || lines.for_each(drop));
        server
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Memory that it keeps resident, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse().ok()).expect("VmRSS in kB")
    }

    /// What its threads have used so far.
    pub fn spent(&self) -> Spent {
        Spent::by(&self.child)
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.expect("kill runs").success());
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "the server ended with {status}");
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

/// Fills a new folder with so many sessions. Gives refresh tokens of some of them, spread evenly.
pub fn seed(binary: &Path, data_dir: &Path, sessions: usize, tokens: usize) -> Vec<String> {
    let mut command = Command::new(binary);
    command.args(["dev", "seed", "--sessions", &sessions.to_string()]);
    command.args(["--tokens", &tokens.to_string()]);
    let output = command
        .arg("--data-dir")
        .arg(data_dir)
        .current_dir(data_dir)
        .stderr(Stdio::inherit())
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "seeded");
    let text = String::from_utf8(output.stdout).expect("tokens");
    text.lines().take(tokens).map(str::to_owned).collect()
}

/// Begins to take these accounts over into the store of this folder, on the measured core. The file is CSV; `-` is the child's standard input.
pub fn import(binary: &Path, data_dir: &Path, file: &Path) -> Child {
    let mut command = pinned(MEASURED_CORE, binary.as_os_str());
    command.args(["user", "import", "--format", "csv"]).arg(file);
    let command = command.arg("--data-dir").arg(data_dir).current_dir(data_dir);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    child.expect("the binary runs")
}

/// Makes an account in this state, with a password that nobody knows.
pub fn create_account(binary: &Path, data_dir: &Path, email: &str, state: &str) {
    let mut command = Command::new(binary);
    command.args([
        "user",
        "create",
        "--email",
        email,
        "--state",
        state,
        "--no-password",
    ]);
    let command = command.arg("--data-dir").arg(data_dir).current_dir(data_dir);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(status.expect("the binary runs").success(), "{email} was made");
}

/// Runs this program on the measured core, for a limit that it prints as a number.
pub fn limit(args: &[&str]) -> f64 {
    let mut command = pinned(MEASURED_CORE, this_program().as_os_str());
    let output = command
        .arg("limit")
        .args(args)
        .output()
        .expect("this program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().expect("a number")
}

/// Puts the driver itself on the other core.
pub fn pin_driver() {
    if is_pinned() {
        let pid = std::process::id().to_string();
        let pinned = Command::new("taskset")
            .args(["-apc", DRIVING_CORE, &pid])
            .output();
        assert!(pinned.expect("taskset runs").status.success());
    }
}

/// Whether server and driver have a core each: asked first before the driver is pinned, and remembered.
pub fn is_pinned() -> bool {
    static PINNED: OnceLock<bool> = OnceLock::new();
    *PINNED.get_or_init(|| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let taskset = Command::new("taskset").arg("--version").output().is_ok();
        taskset && cores > 1
    })
}

fn pinned(core: &str, program: &OsStr) -> Command {
    if !is_pinned() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("this program has a file")
}
