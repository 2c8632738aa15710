//! Transcripts of bad input, `tests/errors/<name>.txt`, held against what the program says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::{commands, wants_update};
use crate::{Outcome, code, monthend, root, schemas, tree, words};

/// Checks a golden that a test of its own compares; `FOLDER` stands for a folder of that test.
pub fn check_special(name: &str, folder: &Path) -> Outcome {
    let folder = folder.to_str().ok_or("the temporary folder's name is not UTF-8")?;
    let path = root().join(format!("tests/errors/{name}.txt"));
    let fault = check(&path, &[("FOLDER", folder)])?;
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
    Ok(())
}

/// The name of a golden.
pub fn name_of(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Runs a golden's commands with `names` put in for what they stand for; what differs, if anything.
pub fn check(path: &Path, names: &[(&str, &str)]) -> Outcome<Option<String>> {
    let golden = fs::read_to_string(path)?;
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    let book_name = book.to_str().ok_or("the temporary folder's name is not UTF-8")?;
    let mut names = names.to_vec();
    names.push(("BOOK", book_name));
    let commands = commands(&golden)?;
    let mut said = String::new();
    for command in &commands {
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(command);
        said.push_str(&transcript(&arguments(command)?, &names, &book)?);
    }
    if said == golden {
        return Ok(None);
    }
    if wants_update() {
        fs::write(path, said)?;
        return Ok(None);
    }
    let name = name_of(path);
    Ok(Some(format!("tests/errors/{name}.txt is\n{golden}\nbut the program says\n{said}")))
}

/// The arguments of a command; quotes keep what a shell would expand.
fn arguments(command: &str) -> Outcome<Vec<String>> {
    let line = command.replace("\\\n", " ");
    let words = line.strip_prefix("$ monthend").ok_or("no command")?.split_whitespace();
    Ok(words.map(|word| word.trim_matches('\'').to_owned()).collect())
}

/// Runs a command: all that it says, and its exit code.
fn transcript(arguments: &[String], names: &[(&str, &str)], book: &Path) -> Outcome<String> {
    let put_in =
        |text: &str| names.iter().fold(text.to_owned(), |text, (name, is)| text.replace(name, is));
    let take_out =
        |text: &str| names.iter().fold(text.to_owned(), |text, (name, is)| text.replace(is, name));
    let arguments: Vec<String> = arguments.iter().map(|argument| put_in(argument)).collect();
    let before = tree(book)?;
    let output = monthend(arguments.iter().map(String::as_str)).output()?;
    let code = code(&output)?;
    let mut said: String = words(&output).lines().map(|line| settled(&take_out(line))).collect();
    writeln!(said, "exit code {code}")?;
    let after = tree(book)?;
    let is_new = |path: &PathBuf| !before.contains_key(path) && !path.starts_with(".lock");
    let new: Vec<&PathBuf> = after.keys().filter(|path| is_new(path)).collect();
    assert!(
        matches!(code, 0 | 3) || new.is_empty(),
        "{arguments:?} failed, but left {new:?}\n{said}"
    );
    for rejects in new.into_iter().filter(|path| path.ends_with("rejects.csv")) {
        let text = fs::read_to_string(book.join(rejects))?;
        if text.lines().count() > 1 {
            write!(said, "\nBOOK/{}:\n{text}", rejects.display())?;
        }
    }
    if !output.stdout.is_empty() {
        let text = String::from_utf8(output.stdout)?;
        schemas::of_printed(&text)?;
        write!(said, "\nstandard output:\n{}", take_out(&text))?;
    }
    Ok(said)
}

/// A line without what the clock puts into it.
fn settled(line: &str) -> String {
    match line.split_once("  WARN ") {
        _ if line.starts_with("  time  ") => "  time        …\n".to_owned(),
        Some((_, warning)) => format!("WARN {warning}\n"),
        None => format!("{line}\n"),
    }
}
