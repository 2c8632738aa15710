//! What the commands take that are made from all others: completions and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

pub(super) const COMPLETIONS_EXAMPLES: &str = concat!(
    "\
Examples:
  bash, for one user:
    monthend completions bash >~/.local/share/bash-completion/completions/monthend

  zsh, in a folder of its `fpath`:
    monthend completions zsh >~/.zfunc/_monthend

  fish:
    monthend completions fish >~/.config/fish/completions/monthend.fish

",
    exit_codes!()
);

pub(super) const MAN_EXAMPLES: &str = concat!(
    "\
Examples:
  monthend man ~/.local/share/man/man1
  man monthend-run

",
    exit_codes!()
);

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// What `man` takes.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder for the pages; made if it is not there, and pages of these names in it are
    /// written anew
    pub dir: PathBuf,
}
