//! The logs of `fixtures/year` are those that its `make.py` writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use monthend_tests::{Outcome, root, tree};

use crate::python;

/// The CSV files of a folder, with its subfolders.
fn logs(folder: &Path) -> Outcome<BTreeMap<PathBuf, String>> {
    let files = tree(folder)?.into_iter().filter_map(|(path, entry)| Some((path, entry.bytes?)));
    let files = files.filter(|(path, _)| path.extension().is_some_and(|ending| ending == "csv"));
    files.map(|(path, bytes)| Ok((path, String::from_utf8(bytes)?))).collect()
}

pub fn the_logs_of_the_year_are_those_that_its_table_makes() -> Outcome {
    let year = root().join("fixtures/year");
    let made = tempfile::tempdir()?;
    let make = python::script("MONTHEND_PYTHON", |command| {
        command.arg(year.join("make.py")).arg(made.path());
    })?;
    assert!(make.status.success(), "{}", python::words_of(&make));
    let made = logs(made.path())?;
    assert!(made.len() > 20, "{:?}", made.keys());
    assert_eq!(logs(&year)?, made, "python3 fixtures/year/make.py writes them anew");
    Ok(())
}
