//! Scripts in Python that hold what the program writes against other programs.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::process::{Command, Output};

use super::{Outcome, say};

/// The exit code of a script that says that a module is missing.
const MODULE_MISSING: i32 = 77;

/// Runs a script by the Python that the environment variable `variable` names, else by `python3`. Where Python or a
/// module is missing it says that `what` is skipped, and gives nothing, unless the variable is set: who names a Python
/// wants it used.
pub fn script(
    variable: &str,
    what: &str,
    add: impl FnOnce(&mut Command),
) -> Outcome<Option<Output>> {
    let named = named(variable);
    let python = named.as_deref().unwrap_or(OsStr::new("python3"));
    let mut command = Command::new(python);
    command.arg("-B");
    add(&mut command);
    let missing = match command.output() {
        Ok(output) if output.status.code() == Some(MODULE_MISSING) => words_of(&output),
        Ok(output) => return Ok(Some(output)),
        Err(error) if error.kind() == ErrorKind::NotFound => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let message = format!("{}: {}", python.display(), missing.trim());
    assert!(named.is_none(), "{variable}: {message}");
    say(&format!("skipped: {what}: {message}"))?;
    Ok(None)
}

#[expect(clippy::disallowed_methods, reason = "a test may ask which Python to use")]
fn named(variable: &str) -> Option<OsString> {
    std::env::var_os(variable)
}

/// How a script ended, and what it said.
pub fn words_of(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}{err}", output.status)
}
