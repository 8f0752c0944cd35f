//! `keyturn completions` and `keyturn man`: what shells and `man` want to know, from the command line's own description.
//!
//! Both are rendered into memory first: their libraries panic where the reader closes the pipe.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::output;
use crate::cli::Cli;
use crate::failure::Failure;

/// Prints the completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keyturn", &mut script);
    print(script)
}

/// Prints the manual page, or writes one for each command into a folder.
pub(super) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| Failure::Fault(error.to_string()))?;
        return print(page);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| Failure::Unavailable(format!("{}: {error}", folder.display())))?;
    output::print(&format!("manual pages are in {}", folder.display()))
}

fn print(rendered: Vec<u8>) -> Result<(), Failure> {
    let text = String::from_utf8(rendered).map_err(|error| Failure::Fault(error.to_string()))?;
    output::print(text.trim_end())
}
