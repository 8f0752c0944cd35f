//! `keyturn completions` and `keyturn man`: what shells and `man` want to know, from the command line's own description.
//!
//! Both are rendered into memory first: their libraries panic where the reader closes the pipe.

use std::fs;
use std::io::{self, Write};
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

/// Prints the manual page with every command in it, or writes one page for each command into a folder.
pub(super) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        let command = Cli::command();
        render(&command, &mut page).map_err(|error| Failure::Fault(error.to_string()))?;
        return print(page);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| Failure::Unavailable(format!("{}: {error}", folder.display())))?;
    output::print(&format!("manual pages are in {}", folder.display()))
}

/// The command's page, then a section for each of its commands, theirs within them.
fn render(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    for part in command.get_subcommands() {
        render_section(part, command.get_name(), page)?;
    }
    Ok(())
}

fn render_section(command: &clap::Command, before: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{before} {}", command.get_name());
    writeln!(page, ".SH {}", name.to_uppercase())?;
    let man = clap_mangen::Man::new(command.clone().bin_name(name.clone()));
    let mut sections = Vec::new();
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    let sections = String::from_utf8_lossy(&sections).replace(".SH ", ".SS ");
    page.write_all(sections.as_bytes())?;
    for part in command.get_subcommands() {
        render_section(part, &name, page)?;
    }
    Ok(())
}

fn print(rendered: Vec<u8>) -> Result<(), Failure> {
    let text = String::from_utf8(rendered).map_err(|error| Failure::Fault(error.to_string()))?;
    output::print(text.trim_end())
}
