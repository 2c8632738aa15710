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
use std::fs;
use std::path::PathBuf;

use crate::common::error_goldens::{check, check_special, name_of};
use crate::common::{Outcome, root};

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
fn a_folder_with_a_link_to_nowhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("usage"))?;
    std::os::unix::fs::symlink("nowhere.csv", folder.path().join("usage/april.csv"))?;
    check_special("folder-with-dangling-link", folder.path())
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
