//! `keyturn user …`.

use clap::Subcommand;

use super::{ExportArgs, ImportArgs, OutputArgs, PasswordArgs, UserChangeCommand};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create an account. Asks for the password.
    Create {
        /// Email, unique.
        #[arg(long, required_unless_present = "username")]
        email: Option<String>,
        /// Second sign-in name, unique.
        #[arg(long)]
        username: Option<String>,
        /// Name to show.
        #[arg(long)]
        name: Option<String>,
        /// Give the permission `admin`.
        #[arg(long)]
        admin: bool,
        /// A permission; may be given several times.
        #[arg(long = "permission", value_name = "NAME")]
        permissions: Vec<String>,
        /// State to begin in: pending, active, inactive or suspended.
        #[arg(long, default_value = "active")]
        state: String,
        /// Ask for no password: the account has one that nobody knows, until one is set.
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// List accounts, newest first.
    List {
        /// Only those in this state.
        #[arg(long)]
        state: Option<String>,
        /// Only those where this is part of the id, the email, the username or the name.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show one account.
    Show {
        /// Email, username or id.
        who: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Change an account's state; where the new one is not active, its sessions end at once.
    SetState {
        /// Email, username or id.
        who: String,
        /// active, inactive or suspended.
        state: String,
        /// Why, for the audit log.
        #[arg(long, default_value = "no reason given")]
        reason: String,
        /// Even if nobody is left to administer.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
    #[command(flatten)]
    Change(UserChangeCommand),
    /// Delete an account with everything that names the person; its sessions end (`account_deleted`).
    Delete {
        /// Email, username or id.
        who: String,
        /// There is no way back.
        #[arg(long)]
        yes: bool,
        /// Even if nobody is left to administer.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Write everything that is kept about an account, as JSON: for a person who asks for it.
    ExportData {
        /// Email, username or id.
        who: String,
    },
    /// Take accounts over from another application, with their ids and password hashes. Works beside a running server.
    ///
    /// Accounts that are here already are left as they are: after a failure, run it again.
    Import(ImportArgs),
    /// Write all accounts out, in a form that `import` reads.
    Export(ExportArgs),
    /// Mail the owner a link to set a new password. Sessions stay until it is used.
    SendReset {
        /// Email, username or id.
        who: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Set a password; all sessions of the account end.
    SetPassword {
        /// Email, username or id.
        who: String,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
}
