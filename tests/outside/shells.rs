//! What is made for other programs, given to them: completions to bash, fish and zsh, manual pages to mandoc.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use monthend_tests::commands::options_in_help;
use monthend_tests::{Outcome, monthend};
use tempfile::TempDir;

use crate::cannot_run;

/// What a program prints; what is not there leaves the test out.
pub fn printed(program: &str, add: impl FnOnce(&mut Command)) -> Outcome<String> {
    let mut command = Command::new(program);
    add(&mut command);
    let output = match command.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return cannot_run(format!("{program}: {error}"));
        }
        output => output?,
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?}: {}\n{said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// A shell's completions in a file.
fn script(shell: &str) -> Outcome<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("completions");
    fs::write(&path, monthend(["completions", shell]).output()?.stdout)?;
    Ok((folder, path))
}

/// Holds what a shell proposes against the help: for each command its options, and first that `ru` goes on as `run`.
fn compare(proposed: &str) -> Outcome {
    let mut lines = proposed.lines().map(|line| line.split_whitespace().collect::<BTreeSet<_>>());
    assert_eq!(lines.next(), Some(BTreeSet::from(["run"])), "{proposed}");
    for (words, options) in options_in_help()? {
        // Short ones are not proposed behind two dashes.
        let expected = options.iter().map(String::as_str).filter(|name| name.starts_with("--"));
        assert_eq!(lines.next(), Some(expected.collect()), "{words:?}");
    }
    assert_eq!(lines.next(), None);
    Ok(())
}

pub fn bash_completes_every_command_and_option() -> Outcome {
    let (_folder, path) = script("bash")?;
    printed("bash", |bash| {
        bash.arg("-n").arg(&path);
    })?;
    // As bash calls the function on TAB: with the words, and the number of the one that is typed.
    let mut typed = String::from(
        "source \"$1\"\ntab() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n\
         _monthend monthend \"${@: -1}\" \"${@: -2:1}\"; echo \"${COMPREPLY[*]}\"; }\ntab monthend ru\n",
    );
    for words in options_in_help()?.keys() {
        writeln!(typed, "tab {} --", words.join(" "))?;
    }
    let proposed = printed("bash", |bash| {
        bash.args(["--norc", "-c", &typed, "bash"]).arg(&path);
    })?;
    compare(&proposed)
}

pub fn fish_completes_every_command_and_option() -> Outcome {
    let (folder, path) = script("fish")?;
    let fish = |arguments: &[&str]| {
        printed("fish", |fish| {
            fish.args(arguments)
                .arg(&path)
                .env("HOME", folder.path())
                .env_remove("XDG_CONFIG_HOME");
        })
    };
    fish(&["--no-execute"])?;
    let mut typed = String::from(
        "source $argv[1]\nfunction tab; echo (complete -C \"$argv[1]\" | string split -f 1 \\t); end\n\
         tab 'monthend ru'\n",
    );
    for words in options_in_help()?.keys() {
        writeln!(typed, "tab '{} --'", words.join(" "))?;
    }
    compare(&fish(&["--no-config", "-c", &typed])?)
}

pub fn zsh_reads_its_completions() -> Outcome {
    let (_folder, path) = script("zsh")?;
    printed("zsh", |zsh| {
        zsh.args(["-f", "-n"]).arg(&path);
    })?;
    // A completion that zsh finds by itself says in its first line what it is for.
    assert!(fs::read_to_string(&path)?.starts_with("#compdef monthend\n"));
    Ok(())
}

pub fn mandoc_finds_nothing_to_warn_of_in_the_manual_pages() -> Outcome {
    let folder = tempfile::tempdir()?;
    assert!(monthend(["man"]).arg(folder.path()).output()?.status.success());
    let mut faults = Vec::new();
    for page in fs::read_dir(folder.path())? {
        let page = page?.path();
        let output =
            Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).arg(&page).output();
        let output = match output {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return cannot_run(format!("mandoc: {error}"));
            }
            output => String::from_utf8(output?.stdout)?,
        };
        // The date of a page is that of a release.
        let of_development = "cannot parse date, using it verbatim: TH development";
        let found = output.lines().filter(|line| !line.ends_with(of_development));
        faults.extend(found.map(str::to_owned));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}
