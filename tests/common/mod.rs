//! What the tests that go through the binary share: the command, a folder to run in, and listings of folders.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::SystemTime;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

/// What a helper comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The repository, which all runs have for their working folder: so paths in messages are the same everywhere.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, with arguments.
pub fn monthend<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = cargo_bin_cmd!("monthend");
    command.current_dir(root()).args(args);
    command
}

/// Says something past the test harness, which keeps the words of a test that passes to itself.
pub fn say(text: &str) -> Outcome {
    Ok(writeln!(std::io::stderr(), "{text}")?)
}

/// Standard error as text.
pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The exit code, if the run ended by itself; else an error with what it said.
pub fn code(output: &Output) -> Outcome<i32> {
    let ended = output.status.code();
    Ok(ended.ok_or_else(|| format!("{}\n{}", output.status, words(output)))?)
}

/// The one JSON object on standard output, which holds nothing else.
pub fn result(output: &Output) -> Outcome<Value> {
    let text = String::from_utf8(output.stdout.clone())?;
    let line = text.strip_suffix('\n').unwrap_or_default();
    assert!(!line.contains('\n'), "more than one line on stdout: {text}");
    let value: Value =
        serde_json::from_str(line).map_err(|e| format!("{e}: `{text}`\n{}", words(output)))?;
    assert!(value.is_object(), "no object: {text}");
    Ok(value)
}

/// What a file or folder is: all that a run that writes nothing must leave as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes of a file; `None` for a folder.
    pub bytes: Option<Vec<u8>>,
    /// When it was last changed.
    pub changed: SystemTime,
}

/// Everything under a folder, by its path within it.
pub type Tree = BTreeMap<PathBuf, Entry>;

/// Lists a folder, with its subfolders; of one that is not there, nothing.
pub fn tree(folder: &Path) -> Outcome<Tree> {
    let mut found = Tree::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        if !next.exists() {
            continue;
        }
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            let about = fs::symlink_metadata(&path)?;
            let mut bytes = None;
            if about.is_dir() {
                open.push(path.clone());
            } else {
                bytes = Some(fs::read(&path)?);
            }
            let changed = about.modified()?;
            found.insert(path.strip_prefix(folder)?.to_owned(), Entry { bytes, changed });
        }
    }
    Ok(found)
}

/// The paths of a listing that differ between two, for messages.
pub fn differences(one: &Tree, other: &Tree) -> Vec<PathBuf> {
    let paths = one.keys().chain(other.keys().filter(|path| !one.contains_key(*path)));
    paths.filter(|path| one.get(*path) != other.get(*path)).cloned().collect()
}
