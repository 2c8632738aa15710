//! Goldens that are transcripts: commands, and below each what it wrote and its exit code.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::golden::{commands, wants_update};
use crate::{Outcome, code, monthend, schemas, words};

/// Runs a golden's commands on the book at `book`, which they call `BOOK`; what differs, if anything.
///
/// # Errors
/// The golden cannot be read or written, or a command cannot be run.
pub fn check(path: &Path, book: &Path) -> Outcome<Option<String>> {
    let golden = fs::read_to_string(path)?;
    let mut said = String::new();
    for command in commands(&golden)? {
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(&command);
        said.push_str(&transcript(&arguments(&command)?, book)?);
    }
    if said == golden {
        return Ok(None);
    }
    if wants_update() {
        fs::write(path, said)?;
        return Ok(None);
    }
    Ok(Some(format!("{} is\n{golden}\nbut the program says\n{said}", path.display())))
}

/// The arguments of a command; what stands between quotes is one.
fn arguments(command: &str) -> Outcome<Vec<String>> {
    let line = command.replace("\\\n", " ");
    let rest = line.strip_prefix("$ monthend").ok_or("no command")?;
    let mut arguments = Vec::new();
    for (at, part) in rest.split('\'').enumerate() {
        match at % 2 {
            0 => arguments.extend(part.split_whitespace().map(str::to_owned)),
            _ => arguments.push(part.to_owned()),
        }
    }
    Ok(arguments)
}

/// Runs a command: what it wrote to standard output and to standard error, and its exit code.
fn transcript(arguments: &[String], book: &Path) -> Outcome<String> {
    let book = book.to_str().ok_or("the book's name is not UTF-8")?;
    let arguments: Vec<String> = arguments.iter().map(|word| word.replace("BOOK", book)).collect();
    let output = monthend(arguments.iter().map(String::as_str)).output()?;
    let told = String::from_utf8(output.stdout.clone())?;
    schemas::of_printed(&told)?;
    let told = match serde_json::from_str::<Value>(&told) {
        Ok(mut json) => {
            settle(&mut json);
            format!("{json:#}\n")
        }
        Err(_) => told,
    };
    let said = format!("{told}{}exit code {}\n", words(&output), code(&output)?);
    Ok(said.replace(book, "BOOK"))
}

/// Takes out digests of Parquet files, which the program's version goes into.
fn settle(json: &mut Value) {
    for digest in ["sha256", "recent_ids_sha256"] {
        let digest = json.pointer_mut(&format!("/opening/from/{digest}"));
        digest.into_iter().for_each(|digest| *digest = "…".into());
    }
}
