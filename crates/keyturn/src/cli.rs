//! The command line.

mod administration;
mod dev;
mod transfer;
mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::administration::{
    AuditCommand, AuditListArgs, MetadataArgs, PermissionArgs, RenameArgs, UserChangeCommand,
};
pub(crate) use self::dev::{DevCommand, SeedArgs};
pub(crate) use self::transfer::{ExportArgs, ImportArgs, TransferFormat};
pub(crate) use self::user::UserCommand;

/// A self-hosted session authority: signs people in, keeps them signed in, signs them out everywhere.
#[derive(Debug, Parser)]
#[command(
    name = "keyturn",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the configuration comes from. Later ones win: defaults, file, environment, these flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct SettingsArgs {
    /// Configuration file; without it `keyturn.toml` in this folder, if there is one.
    #[arg(long, short, global = true, env = "KEYTURN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the database and the secrets.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// One setting, for example `--set session.idle_timeout=30m`; may be given several times.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve. On an empty data folder it makes secrets and database first.
    Serve(ServeArgs),
    /// Bring the database to this version's schema, and make it if there is none.
    Migrate,
    /// Accounts. Works beside a running server, which feels a change within a second.
    #[command(subcommand)]
    User(UserCommand),
    /// Sessions. Works beside a running server.
    #[command(subcommand)]
    Session(SessionCommand),
    /// The audit log. Works beside a running server.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Tell what happened to a session, or in a request, in words. Works beside a running server.
    Explain {
        /// The id of a session, or of a request: `instance` of a problem, `X-Request-Id` of an answer.
        id: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Print what each reason for which sessions end means, and what people can do.
    Reasons {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Record time-outs that nobody noticed, and remove what is older than `retention` says. Servers do so by themselves every hour.
    Sweep {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Print what each problem code of the HTTP interface means, and what a client does about it.
    Problems {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Mail.
    #[command(subcommand)]
    Mail(MailCommand),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the OpenAPI document of the HTTP interface.
    Openapi,
    /// Look this installation over and say what to do; exit with 1 where something is wrong. Changes nothing.
    Doctor(DoctorArgs),
    /// The master secret in the data folder.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// The keys of access and refresh tokens. Works beside running servers, which feel a change within seconds.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Services: programs of yours that ask about tokens, or start sessions. Works beside running servers, which feel a change at once.
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Copy the database into a new file, beside a running server.
    ///
    /// The copy is checked and readable by its owner alone. The master secret is not in it: keep that elsewhere, since whoever
    /// has both can mint tokens.
    Backup {
        /// The file to make.
        file: PathBuf,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Put a copy in the database's place. The server must not run.
    ///
    /// A copy is an older truth: sessions that people have ended since, and refresh tokens that were used or stolen since, would
    /// live again. Hence every session ends, with reason `admin`, unless you keep them; and whoever follows the database's changes
    /// begins anew.
    Restore(RestoreArgs),
    /// Exit with 0 where a server is ready and with 1 where it is not: for containers.
    Healthcheck(HealthcheckArgs),
    /// For developing and measuring Keyturn itself.
    #[command(subcommand, hide = true)]
    Dev(DevCommand),
    /// Print the completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man {
        /// Write a page for each command into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// What can be done about mail.
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Send a letter to this address, as it is configured, and say what became of it.
    Test {
        /// To whom.
        address: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Make a new master secret and keep the present one as the previous: sessions go on. Restart the server after it.
    Rotate {
        /// Even while sessions of the previous secret can live; they end.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Make the configured secret the one of the database, whatever it was: for a shared database whose secret is lost.
    ///
    /// Whoever is signed in under the lost one signs in again.
    Adopt,
    /// Remove the previous secret, once no session of it can live any more. Restart the server after it.
    Retire {
        /// Even while sessions of it can live; they end.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List every key and what it does now.
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Make a key and publish it; it is used after `jwt.publish_period`. What the one before it has made stays good.
    Rotate {
        /// `access` (tokens of applications) or `refresh` (sessions that begin from then on).
        #[arg(default_value = "access")]
        purpose: String,
        /// Use it at once, as after a theft. Others know it only seconds or minutes later, and refuse its tokens until then.
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Take a key out of use and forget it, once nothing that it has made can live any more.
    Retire {
        /// Its id, from `keyturn key list`. One that begins with a hyphen comes last, after `--`.
        kid: String,
        /// Even while something of it can live, as after a theft; it is no longer good.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Add a service and print its secret, which is shown this once.
    Add {
        /// Its name, which is its client id: a-z, 0-9, `-`, `_` and `.`.
        name: String,
        /// What it may do: `introspect`, `session:start`, `changes:sessions` or `changes:accounts`; may be given several times.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// List the services and what each may do.
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Remove a service: its secret is refused from the next request on.
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Also ask the server at the address that people use, through the proxy: `https://id.example.org`.
    #[arg(long)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The copy.
    pub(crate) file: PathBuf,
    /// Replace the database that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Leave sessions as they were: sign-outs since the copy are undone.
    #[arg(long)]
    pub(crate) keep_sessions: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// Address of the server; without it the one of `http.listen` on this machine.
    #[arg(long)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on, in place of `http.listen`; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// For tests: time stands still until `POST /test/clock` on the ops listener moves it. Loopback only.
    #[arg(long)]
    pub(crate) virtual_clock: bool,
    /// Show what Keyturn does: a person with tasks and two sessions, in a store that is forgotten when it stops, and a clock that can be moved.
    /// Loopback only.
    #[arg(long, conflicts_with = "virtual_clock")]
    pub(crate) demo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// Read the password from standard input (first line) instead of asking for it.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List sessions, newest first.
    List {
        /// Only those of this account: email, username or id.
        #[arg(long)]
        user: Option<String>,
        /// Ended ones too.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// End one session, or all of an account (reason `admin`).
    End {
        /// The session's id.
        #[arg(required_unless_present = "user", conflicts_with = "user")]
        id: Option<String>,
        /// All sessions of this account: email, username or id.
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the configuration and say what is wrong with it.
    Check,
    /// Print the configuration in force as TOML, secrets hidden.
    Print {
        /// Only what differs from the defaults.
        #[arg(long)]
        changed: bool,
    },
    /// Print every setting with its type, its default and what it does.
    Reference {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Print a commented file to begin with, the presets `strict`, `web` and `mobile` in it.
    Default,
    /// Print every text of the pages as a section of the configuration, to be changed or translated.
    Texts,
}
