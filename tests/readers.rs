//! What other programs make of a revision: `tests/readers/check_tables.py` opens its tables with pyarrow, DuckDB and
//! pandas, and holds what they see against the contract.
//!
//! The Python is that of `MONTHEND_PYTHON`, else `python3`. Where Python or a module is missing, the test says so and
//! passes, unless `MONTHEND_PYTHON` is set: who names a Python wants it used.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Output};

/// The exit code of the script that says that a module is missing.
const MODULE_MISSING: i32 = 77;

#[test]
fn other_readers_see_the_contract_in_every_table() -> Result<(), Box<dyn Error>> {
    let book = tempfile::tempdir()?;
    let run = publish_april(book.path())?;
    assert!(matches!(run.status.code(), Some(0 | 3)), "{}", words_of(&run));

    let named = python_named();
    let python = named.as_deref().unwrap_or(OsStr::new("python3"));
    let check = Command::new(python)
        .arg("-B")
        .arg(root().join("tests/readers/check_tables.py"))
        .arg(book.path().join("2026-04/r001"))
        .args(["--month", "2026-04", "--revision", "r001"])
        .args(["--version", env!("CARGO_PKG_VERSION")])
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
    writeln!(std::io::stderr(), "skipped: other readers: {message}")?;
    Ok(())
}

/// April of the fixtures, as the first revision of a new book.
fn publish_april(book: &Path) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_monthend"))
        .args(["run", "--month", "2026-04", "--opening", "genesis"])
        .args(["--catalog", "fixtures/catalogs"])
        .args(["--changes", "fixtures/changes"])
        .args(["--usage", "fixtures/usage"])
        .args(["--max-reject-share", "0.05", "--book"])
        .arg(book)
        .current_dir(root())
        .output()
}

#[expect(clippy::disallowed_methods, reason = "a test may ask which Python to use")]
fn python_named() -> Option<OsString> {
    std::env::var_os("MONTHEND_PYTHON")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn words_of(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}\n{out}{err}", output.status)
}
