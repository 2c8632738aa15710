//! PyPI's `focus-validator`, where a Python has it.
//!
//! The Python is that of `MONTHEND_FOCUS_PYTHON`, else `python3`. Where Python or the module is missing, the test says
//! so and passes, unless the variable is set: who names a Python wants it used.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::common::{Outcome, root, say};

/// The exit code of the script that says that the module is missing.
const MODULE_MISSING: i32 = 77;

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
    let named = python_named();
    let python = named.as_deref().unwrap_or(OsStr::new("python3"));
    let script = root().join("tests/focus/validate.py");
    let missing = match Command::new(python).arg("-B").arg(script).args(files).output() {
        Ok(output) if output.status.code() == Some(MODULE_MISSING) => {
            String::from_utf8_lossy(&output.stderr).into_owned()
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}\n{said}", output.status);
            let mut told: BTreeMap<PathBuf, Verdict> = serde_json::from_slice(&output.stdout)?;
            return Ok(files.iter().map(|file| told.remove(file)).collect());
        }
        Err(error) if error.kind() == ErrorKind::NotFound => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let message = format!("{}: {}", python.display(), missing.trim());
    assert!(named.is_none(), "MONTHEND_FOCUS_PYTHON: {message}");
    say(&format!("skipped: focus-validator: {message}"))?;
    Ok(None)
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

#[expect(clippy::disallowed_methods, reason = "a test may ask which Python to use")]
fn python_named() -> Option<OsString> {
    std::env::var_os("MONTHEND_FOCUS_PYTHON")
}
