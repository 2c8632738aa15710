//! The peers of the comparison bill as we do: `benches/compare/check_peers.py` runs their programs on April of the
//! fixtures and on a few random months, and holds every table against ours.
//!
//! The Python is that of `MONTHEND_PYTHON`, else `python3`. Without DuckDB the test says so and passes, unless
//! `MONTHEND_PYTHON` is set. Polars takes part where it is installed.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Output};

/// The exit code of the script that says that a module is missing.
const MODULE_MISSING: i32 = 77;

#[test]
fn peers_bill_as_we_do() -> Result<(), Box<dyn Error>> {
    let named = python_named();
    let python = named.as_deref().unwrap_or(OsStr::new("python3"));
    let check = Command::new(python)
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare/check_peers.py"))
        .args(["--binary", env!("CARGO_BIN_EXE_monthend"), "--fixtures", "--seeds", "0..2"])
        .output();
    let missing = match check {
        Ok(check) if check.status.code() == Some(MODULE_MISSING) => words_of(&check),
        Ok(check) => {
            assert!(check.status.success(), "{}", words_of(&check));
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::NotFound => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let message = format!("{}: {}", python.display(), missing.trim());
    assert!(named.is_none(), "MONTHEND_PYTHON: {message}");
    // Past the harness, which would keep the words of a test that passes to itself.
    writeln!(std::io::stderr(), "skipped: the peers of the comparison: {message}")?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a test may ask which Python to use")]
fn python_named() -> Option<OsString> {
    std::env::var_os("MONTHEND_PYTHON")
}

fn words_of(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}{err}", output.status)
}
