//! Style that a reader counts on, held by tests: what a file opens with, how long it may be, and who may know whom
//! (`architecture`). One part of it: `cargo test --test tidy architecture::`.
//!
//! A failure says what to do about it. Where the rule itself is what should change, change it here, in the same commit,
//! and in `docs/ARCHITECTURE.md`.

mod architecture;
mod graph;
mod modules;
mod sizes;
mod tokens;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tokens::is_of_word;

/// What a test comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The folders of all Rust files.
const ALL: [&str; 4] = ["src", "tests", "examples", "benches"];

/// Lines of code of a file, lines of a function, and characters of a line.
const LINES: usize = 400;
const LINES_OF_FUNCTION: usize = 70;
const CHARACTERS: usize = 120;

/// The one function that reads a float, and the one that makes one, with their files.
const DOORS: [(&str, &str); 2] = [
    ("src/base/credits.rs", "fn from_double("),
    ("src/desk/report/built_in/workbook/cells.rs", "fn to_double("),
];

/// A Rust file of the repository.
struct Source {
    /// Its path, such as `src/rules/fees.rs`.
    path: String,
    text: String,
}

impl Source {
    /// The lines with their numbers, comments left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let without_comment = |line| match str::split_once(line, "//") {
            Some((code, _)) if code.is_empty() || code.ends_with(' ') => code,
            _ => line,
        };
        (1..).zip(self.text.lines().map(without_comment))
    }

    /// The lines on which any of `words` stands as a word of its own.
    fn lines_with<'a>(&'a self, words: &'a [&'a str]) -> impl Iterator<Item = (usize, &'a str)> {
        self.code().flat_map(move |(number, line)| {
            words.iter().filter(move |word| has_word(line, word)).map(move |word| (number, *word))
        })
    }
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let goes_on = word.ends_with(is_of_word) && after.starts_with(is_of_word);
        !before.ends_with(is_of_word) && !goes_on
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below the folders, in order.
fn sources(folders: &[&str]) -> Outcome<Vec<Source>> {
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path)?;
                let path = path.strip_prefix(root())?.display().to_string();
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 5, "only {} Rust files in {folders:?}", sources.len());
    Ok(sources)
}

fn assert_none(faults: &[String], advice: &str) {
    assert!(faults.is_empty(), "{}\n{advice}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is() -> Outcome {
    let mut faults = Vec::new();
    for Source { path, text } in sources(&ALL)? {
        let says = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        if says.is_none_or(|says| says.trim().is_empty()) {
            faults.push(format!("{path} does not open with `//!`"));
        }
    }
    assert_none(
        &faults,
        "Say in the first line what the file is for: `//! Duplicates, found exactly.`",
    );
    Ok(())
}

#[test]
fn nothing_is_too_long() -> Outcome {
    let mut faults = Vec::new();
    for Source { path, text } in sources(&ALL)? {
        let sizes = sizes::measure(&text);
        if sizes.code > LINES {
            faults.push(format!(
                "{path} has {} lines of code, more than {LINES}: split it by what its parts are for",
                sizes.code
            ));
        }
        for sizes::Function { name, line, length } in sizes.functions {
            if length > LINES_OF_FUNCTION && path.starts_with("src/") {
                faults.push(format!(
                    "{path}:{line}: `{name}` has {length} lines, more than {LINES_OF_FUNCTION}: give its steps names"
                ));
            }
        }
        let long = (1..).zip(text.lines()).filter(|(_, line)| line.chars().count() > CHARACTERS);
        faults.extend(
            long.map(|(number, _)| {
                format!("{path}:{number} is longer than {CHARACTERS} characters")
            }),
        );
    }
    assert_none(
        &faults,
        "Break what is too long where a reader would pause; `cargo fmt` leaves long texts alone.",
    );
    Ok(())
}

#[test]
fn nothing_is_left_lying_about() -> Outcome {
    // Put together, so that this file does not find itself.
    let notes = ["TO", "FIX", "XX"].iter().zip(["DO", "ME", "X"]).map(|(a, b)| format!("{a}{b}"));
    let notes: Vec<String> = notes.collect();
    let mut faults = Vec::new();
    for source in sources(&ALL)? {
        let path = &source.path;
        for (number, line) in (1..).zip(source.text.lines()) {
            let found = notes.iter().filter(|note| has_word(line, note));
            faults.extend(found.map(|note| format!("{path}:{number}: {note}")));
        }
        if path.starts_with("src/") {
            let words = ["dbg!", "print!", "println!"];
            faults.extend(source.lines_with(&words).map(|(n, word)| format!("{path}:{n}: {word}")));
        }
        if path.starts_with("src/") && path != "src/cli/output.rs" {
            let words = ["eprint!", "eprintln!"];
            faults.extend(source.lines_with(&words).map(|(n, word)| format!("{path}:{n}: {word}")));
        }
    }
    assert_none(
        &faults,
        "Do it or write an issue, and take the note out. Output is src/cli's: what happens on the way is told by \
         `tracing`.",
    );
    Ok(())
}

#[test]
fn floats_come_in_through_one_door_and_go_out_through_another() -> Outcome {
    let mut faults = Vec::new();
    for source in sources(&["src"])? {
        let path = &source.path;
        let mut lines: Vec<usize> =
            source.lines_with(&["f32", "f64"]).map(|(line, _)| line).collect();
        for (_, function) in DOORS.iter().filter(|(file, _)| file == path) {
            let door = source.code().find(|(_, code)| code.contains(function));
            let closed =
                || format!("{path} has no `{function}` any more: close the door here, too");
            let door = door.ok_or_else(closed)?;
            lines.retain(|line| *line != door.0);
        }
        faults.extend(lines.into_iter().map(|line| format!("{path}:{line} names a float")));
    }
    assert_none(
        &faults,
        "Credits are integers of micro-credits, amounts integers of minor units. A DOUBLE of a log comes in by its \
         digits, through Credits::from_double; a workbook's numbers go out through to_double.",
    );
    Ok(())
}

#[test]
fn every_dependency_says_what_it_is_for() -> Outcome {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let (mut faults, mut seen) = (Vec::new(), 0);
    let (mut within, mut below_comment) = (false, false);
    for (number, line) in (1..).zip(manifest.lines()) {
        if let Some(section) = line.strip_prefix('[') {
            within = section.trim_end_matches(']').ends_with("dependencies");
            below_comment = false;
        } else if line.trim().is_empty() {
            below_comment = false;
        } else if line.starts_with('#') {
            below_comment = true;
        } else if within {
            seen += 1;
            let own = line.rsplit_once(" # ").is_some_and(|(_, purpose)| purpose.len() > 3);
            if !own && !below_comment {
                faults.push(format!("Cargo.toml:{number}: {line}"));
            }
        }
    }
    assert!(seen > 20, "only {seen} dependencies found in Cargo.toml");
    assert_none(
        &faults,
        "Say at the end of the line what the package is for, or put it below the comment of a group.",
    );
    Ok(())
}

#[test]
fn words_are_found() {
    assert!(has_word("a: f64,", "f64") && !has_word("Float64Array, xf64", "f64"));
    assert!(has_word("println!(x)", "println!") && !has_word("eprintln!(x)", "println!"));
}
