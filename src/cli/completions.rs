//! Completions for shells, made from what can be typed.

use clap::{CommandFactory, ValueHint};
use clap_complete::{Shell, generate};

use super::args::Cli;

/// A shell's completions, as a script for it.
pub(super) fn script(shell: Shell) -> String {
    let mut command = folders_are_folders(Cli::command());
    let mut script = Vec::new();
    generate(shell, &mut command, "monthend", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Where a folder is asked for, no file is proposed.
fn folders_are_folders(command: clap::Command) -> clap::Command {
    let takes_folder = |arg: &clap::Arg| {
        arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "DIR"))
    };
    command
        .mut_args(|arg| if takes_folder(&arg) { arg.value_hint(ValueHint::DirPath) } else { arg })
        .mut_subcommands(folders_are_folders)
}
