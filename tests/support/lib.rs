//! What the test programs share: the command, a folder to run in, and listings of folders.

pub mod answers;
pub mod bucket;
pub mod commands;
pub mod error_goldens;
pub mod explained_sums;
pub mod focus_story;
pub mod generator;
pub mod golden;
pub mod invoice_story;
pub mod odd_story;
pub mod schemas;
pub mod transcript;
pub mod whole;
pub mod year_story;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::SystemTime;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

/// What a helper comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The repository, which all runs have for their working folder: so paths in messages are the same everywhere.
#[expect(clippy::expect_used, reason = "where this package lies is known as it is built")]
pub fn root() -> &'static Path {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    folder.expect("this package lies in a folder of a folder of the repository")
}

/// Where the program is.
pub fn program() -> PathBuf {
    cargo_bin("monthend")
}

/// The program, with arguments.
pub fn monthend<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program());
    // A job file of whoever runs the tests is none of theirs.
    command.current_dir(root()).env_remove("MONTHEND_JOB").args(args);
    command
}

/// Standard error as text.
pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A text whose lines were broken to fit a terminal, as one line.
pub fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The exit code, if the run ended by itself; else an error with what it said.
pub fn code(output: &Output) -> Outcome<i32> {
    let ended = output.status.code();
    Ok(ended.ok_or_else(|| format!("{}\n{}", output.status, words(output)))?)
}

/// The one JSON object on standard output, which holds nothing else, and is as a schema has it.
pub fn result(output: &Output) -> Outcome<Value> {
    let text = String::from_utf8(output.stdout.clone())?;
    let line = text.strip_suffix('\n').unwrap_or_default();
    assert!(!line.contains('\n'), "more than one line on stdout: {text}");
    let value: Value =
        serde_json::from_str(line).map_err(|e| format!("{e}: `{text}`\n{}", words(output)))?;
    assert!(value.is_object(), "no object: {text}");
    schemas::of_result(&value)?;
    Ok(value)
}

/// What a file or folder is: all that a run that writes nothing must leave as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes of a file, of a link the path that it leads to; `None` for a folder.
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
            } else if about.is_symlink() {
                bytes = Some(fs::read_link(&path)?.to_string_lossy().into_owned().into_bytes());
            } else {
                bytes = Some(fs::read(&path)?);
            }
            let changed = about.modified()?;
            found.insert(path.strip_prefix(folder)?.to_owned(), Entry { bytes, changed });
        }
    }
    Ok(found)
}

/// Copies a folder with all that is in it into another, which is made; links stay links.
pub fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&from, &to)?;
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&from)?, to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Checks that a folder is as it was, to the byte and to the time of the last change.
pub fn unchanged(before: &Tree, folder: &Path) -> Outcome {
    let after = tree(folder)?;
    let paths = before.keys().chain(after.keys());
    let other: BTreeSet<_> = paths.filter(|&path| before.get(path) != after.get(path)).collect();
    assert!(other.is_empty(), "{} is not as it was: {other:?}", folder.display());
    Ok(())
}

/// What the runs of `fixtures/` have in common.
pub const FIXTURES: [&str; 6] = [
    "--catalog",
    "fixtures/catalogs",
    "--changes",
    "fixtures/changes",
    "--max-reject-share",
    "0.05",
];

/// April of the fixtures, from nothing; `command` is `run` or `check`.
pub fn april(command: &str, book: &Path) -> Command {
    let mut april = monthend([command, "--month", "2026-04", "--opening", "genesis"]);
    april.args(FIXTURES).args(["--usage", "fixtures/usage/2026-04*"]).arg("--book").arg(book);
    april
}

/// May of the fixtures, with April's closing state; `command` is `run` or `check`.
pub fn may(command: &str, book: &Path) -> Command {
    let mut may = monthend([command, "--month", "2026-05"]);
    may.args(FIXTURES).args(["--usage", "fixtures/usage/2026-05*"]).arg("--book").arg(book);
    may
}

/// July of the year of `fixtures/year`, from nothing: grants go on out of it, as they do out of none of the others.
pub fn july(book: &Path) -> Command {
    let mut july = monthend(["run", "--job", "fixtures/year/job.toml", "--month", "2026-07"]);
    july.args(["--opening", "genesis", "--book"]).arg(book);
    july
}

/// A log of usage of `overage-rounding` in April that came late: one event, which another number makes another one.
pub fn late_log(folder: &Path, number: usize) -> Outcome<PathBuf> {
    let log = folder.join(format!("late-{number}.csv"));
    let row = format!("late-{number},overage-rounding,2026-04-09T12:00:00Z,{}\n", 7 + number);
    fs::write(&log, format!("event_id,account_id,at,credits\n{row}"))?;
    Ok(log)
}

/// Runs a command that must come to `expected`.
pub fn run(command: &mut Command, expected: i32) -> Outcome<Output> {
    let output = command.output()?;
    let told = || String::from_utf8_lossy(&output.stdout);
    assert_eq!(code(&output)?, expected, "{command:?}\n{}\n{}", words(&output), told());
    Ok(output)
}

/// The files of a revision whose bytes depend on nothing but the inputs' rows: all but `run.json`, the manifest and
/// what is kept of the inputs.
pub fn tables(revision: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let files = tree(revision)?.into_iter().filter_map(|(path, entry)| Some((path, entry.bytes?)));
    let tables: BTreeMap<_, _> = files
        .filter(|(path, _)| !path.ends_with("run.json") && !path.ends_with("manifest.json"))
        .filter(|(path, _)| !path.starts_with("inputs"))
        .collect();
    assert_eq!(tables.len(), 21, "{} holds other files: {:?}", revision.display(), tables.keys());
    schemas::fits("manifest", &json(&revision.join("manifest.json"))?)?;
    schemas::fits("run", &json(&revision.join("run.json"))?)?;
    Ok(tables)
}

/// The names of the files that differ between two revisions.
pub fn differing(one: &Path, other: &Path) -> Outcome<Vec<PathBuf>> {
    let (one, mut other) = (tables(one)?, tables(other)?);
    let differs = |(path, bytes)| (other.remove(&path) != Some(bytes)).then_some(path);
    Ok(one.into_iter().filter_map(differs).collect())
}

/// A JSON file.
pub fn json(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
