//! Scripts in Python that hold what the program writes against other programs.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::process::{Command, Output};

use monthend_tests::Outcome;

use crate::cannot_run;

/// The exit code of a script that says that a module is missing.
const MODULE_MISSING: i32 = 77;

/// Runs a script by the Python that the environment variable `variable` names, else by `python3`. Where Python or a
/// module is missing, the test cannot run, unless the variable is set: who names a Python wants it used.
pub fn script(variable: &str, add: impl FnOnce(&mut Command)) -> Outcome<Output> {
    let named = named(variable);
    let python = named.as_deref().unwrap_or(OsStr::new("python3"));
    let mut command = Command::new(python);
    command.arg("-B");
    add(&mut command);
    let missing = match command.output() {
        Ok(output) if output.status.code() == Some(MODULE_MISSING) => last_line(&output),
        Ok(output) => return Ok(output),
        Err(error) if error.kind() == ErrorKind::NotFound => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let message = format!("{}: {}", python.display(), missing);
    assert!(named.is_none(), "{variable}: {message}");
    cannot_run(message)
}

/// The Python that an environment variable names.
#[expect(clippy::disallowed_methods, reason = "a test may ask which Python to use")]
pub fn named(variable: &str) -> Option<OsString> {
    std::env::var_os(variable)
}

/// The last line that a script wrote to standard error: what is missing.
fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().next_back().unwrap_or("a module is missing").to_owned()
}

/// How a script ended, and what it said.
pub fn words_of(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}{err}", output.status)
}
