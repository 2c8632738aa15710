//! Every kind of bad input, and what the program says to it: `tests/errors/<name>.txt`.
//!
//! A golden is a transcript. Lines from `$ monthend` on are a command (a `\` at the end goes on with the next line);
//! below stand what it wrote to standard error, then its exit code, then `rejects.csv` if it published one with rows,
//! and what it wrote to standard output, if anything. Several commands run one after the other on the same book. All
//! run from the repository's root; `BOOK` is a folder that is not there yet.
//!
//! To add one, write the command and its golden: `UPDATE_GOLDENS=1 cargo test --test suite errors::` fills in what the
//! program says, in every golden. Read what has changed before you commit it, as a stranger would: does it name the
//! file, the row, the column and the value, what was expected, and what to do?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::golden::{commands, wants_update};
use crate::common::{Outcome, code, monthend, root, say, tree, words};

/// One test for every family: the goldens whose names begin with it.
macro_rules! families {
    ($($test:ident: $family:literal),* $(,)?) => {
        const FAMILIES: &[&str] = &[$($family),*];
        $(#[test] fn $test() -> Outcome { check_family($family) })*
    };
}

families! {
    book: "book-",
    catalogue: "catalog-",
    changes: "changes-",
    job_file: "job-",
    options: "options-",
    rows: "row-",
    opening_state: "state-",
    status: "status-",
    usage: "usage-",
}

#[test]
fn every_golden_belongs_to_a_family() -> Outcome {
    for path in goldens("")? {
        let name = name_of(&path);
        let of_family = FAMILIES.iter().any(|family| name.starts_with(family));
        assert!(of_family || SPECIAL.contains(&name), "{name} is never run");
    }
    Ok(())
}

#[test]
fn every_faulty_fixture_has_a_golden() -> Outcome {
    let texts: Vec<String> =
        goldens("")?.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    for folder in
        ["fixtures/bad", "fixtures/bad/catalogs", "fixtures/bad/jobs", "tests/errors/inputs"]
    {
        for entry in fs::read_dir(root().join(folder))? {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let faulty = entry.file_type()?.is_file() && !path.contains("/good-");
            if !faulty || path.ends_with("README.md") || path.ends_with(".py") {
                continue;
            }
            let used = texts.iter().any(|text| text.contains(&path));
            assert!(used, "{path} is in no golden");
        }
    }
    Ok(())
}

/// Goldens that tests of their own compare: what they need cannot be checked in. `FOLDER` is a temporary one.
const SPECIAL: [&str; 2] = ["folder-unreadable", "folder-with-dangling-link"];

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read() -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir()?;
    let closed = folder.path().join("usage");
    fs::create_dir(&closed)?;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
    if fs::read_dir(&closed).is_ok() {
        return say("skipped: a folder that may not be read: this user may read every folder");
    }
    check_special("folder-unreadable", folder.path())
}

#[cfg(unix)]
#[test]
fn a_folder_with_a_link_to_nowhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("usage"))?;
    std::os::unix::fs::symlink("nowhere.csv", folder.path().join("usage/april.csv"))?;
    check_special("folder-with-dangling-link", folder.path())
}

fn check_special(name: &str, folder: &Path) -> Outcome {
    let folder = folder.to_str().ok_or("the temporary folder's name is not UTF-8")?;
    let path = root().join(format!("tests/errors/{name}.txt"));
    let fault = check(&path, &[("FOLDER", folder)])?;
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
    Ok(())
}

fn name_of(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The goldens whose names begin with `prefix`, in order.
fn goldens(prefix: &str) -> Outcome<Vec<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/errors"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "txt") && name_of(&path).starts_with(prefix) {
            found.insert(path);
        }
    }
    Ok(found.into_iter().collect())
}

fn check_family(family: &str) -> Outcome {
    let paths = goldens(family)?;
    assert!(!paths.is_empty(), "there are no goldens {family}*.txt");
    let mut faults = Vec::new();
    for path in &paths {
        faults.extend(check(path, &[])?);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

/// Runs a golden's commands with `names` put in for what they stand for; what differs, if anything.
fn check(path: &Path, names: &[(&str, &str)]) -> Outcome<Option<String>> {
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
