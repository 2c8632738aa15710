//! PyPI's `focus-validator`, where a Python has it.
//!
//! The Python is that of `MONTHEND_FOCUS_PYTHON`, else `python3`. Where Python or the module is missing, the test says
//! so and passes, unless the variable is set: who names a Python wants it used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::common::{Outcome, python, root};

/// What the validator says of a file.
#[derive(Debug, Deserialize)]
pub struct Verdict {
    /// How many rules it keeps to.
    pub passed: usize,
    /// Those that it breaks, each with what is said.
    pub failed: BTreeMap<String, String>,
}

/// What the validator says of each file, in their order; `None` where there is no validator.
pub fn verdicts(files: &[PathBuf]) -> Outcome<Option<Vec<Verdict>>> {
    let run = python::script("MONTHEND_FOCUS_PYTHON", "focus-validator", |command| {
        command.arg(root().join("tests/focus/validate.py")).args(files);
    })?;
    let Some(run) = run else { return Ok(None) };
    assert!(run.status.success(), "{}", python::words_of(&run));
    let mut told: BTreeMap<PathBuf, Verdict> = serde_json::from_slice(&run.stdout)?;
    Ok(files.iter().map(|file| told.remove(file)).collect())
}

/// The rules of the list of false alarms.
pub fn false_alarms() -> Outcome<BTreeSet<String>> {
    let file = Path::new("tests/focus/false-alarms.txt");
    let text = std::fs::read_to_string(root().join(file))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            Some((rule, reason)) if !reason.trim().is_empty() => Ok(rule.to_owned()),
            _ => Err(format!("{}: `{line}` has no reason", file.display()).into()),
        })
        .collect()
}
