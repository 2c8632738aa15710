//! What other programs write: `tests/writers/write_logs.py` writes one month's logs with pandas, pyarrow, Polars and
//! DuckDB, in every type that a column may have, and `tests/spark/write_logs.py` as Spark does. All come to the same
//! tables, to the byte, or are refused with words that help.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use monthend_tests::{Outcome, monthend, result, root, run, tables};
use serde_json::Value;

use crate::python;

/// Logs in one of the forms.
struct Form {
    name: String,
    /// Whether it is of the month of whole credits.
    whole: bool,
    usage: PathBuf,
    changes: PathBuf,
    options: Vec<String>,
    /// Words of the error with which it must be refused.
    refused: Option<String>,
}

impl Form {
    fn of(line: &str, folder: &Path) -> Outcome<Self> {
        let told: Value = serde_json::from_str(line)?;
        let text = |key: &str| told[key].as_str().ok_or_else(|| format!("no {key} in {line}"));
        let options = told["options"].as_array().ok_or("no options")?.iter();
        Ok(Form {
            name: text("form")?.to_owned(),
            whole: told["whole"] == true,
            usage: folder.join(text("usage")?),
            changes: folder.join(text("changes")?),
            options: options.filter_map(Value::as_str).map(str::to_owned).collect(),
            refused: told["refused"].as_str().map(str::to_owned),
        })
    }

    /// Bills the month of the logs.
    fn run(&self, book: &Path, code: i32) -> Outcome<Output> {
        let mut command =
            monthend(["run", "--month", "2026-04", "--opening", "genesis", "--quiet"]);
        command.args(["--catalog", "fixtures/catalogs", "--usage"]).arg(&self.usage);
        command.arg("--changes").arg(&self.changes).arg("--book").arg(book);
        run(command.args(&self.options), code).map_err(|e| format!("{}: {e}", self.name).into())
    }

    fn check_refusal(&self, words: &str) -> Outcome {
        let book = tempfile::tempdir()?;
        let refused = self.run(book.path(), 1)?;
        let (name, said) = (&self.name, String::from_utf8_lossy(&refused.stderr));
        assert!(said.contains(words), "{name} is refused without `{words}`: {said}");
        assert!(!book.path().join("2026-04").exists(), "{name} is published all the same");
        Ok(())
    }

    /// The tables that the logs come to. There is a conflict among the rows: the exit code is 3.
    fn tables(&self) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
        let book = tempfile::tempdir()?;
        self.run(book.path(), 3)?;
        if self.name.contains(" ids") || self.name.contains(" accounts") {
            self.check_dispute(book.path())?;
        }
        tables(&book.path().join("2026-04/r001"))
    }

    /// Rows of some accounts alone are read otherwise, and come to the same.
    fn check_dispute(&self, book: &Path) -> Outcome {
        let mut dispute = monthend(["rerun", "--month", "2026-04", "--dry-run", "--json"]);
        dispute.args(["--accounts", "101,104", "--reason", "again", "--book"]).arg(book);
        let told = result(&dispute.output()?).map_err(|e| format!("{}: {e}", self.name))?;
        assert_eq!(told["status"], "unchanged", "{}: {told}", self.name);
        Ok(())
    }
}

/// Logs in every form that a script writes.
fn forms(variable: &str, script: &str, folder: &Path) -> Outcome<Vec<Form>> {
    let written = python::script(variable, |command| {
        command.args(["-W", "ignore"]).arg(root().join(script)).arg(folder);
    })?;
    assert!(written.status.success(), "{}", python::words_of(&written));
    let text = String::from_utf8(written.stdout)?;
    text.lines().map(|line| Form::of(line, folder)).collect()
}

/// The forms of a month come to what its first one comes to.
fn check<'a>(forms: impl IntoIterator<Item = &'a Form>) -> Outcome {
    let mut forms = forms.into_iter();
    let first = forms.next().ok_or("no forms")?.tables()?;
    for form in forms {
        if let Some(words) = &form.refused {
            form.check_refusal(words)?;
            continue;
        }
        let of_form = form.tables()?;
        let differs = |name: &&PathBuf| first.get(*name) != of_form.get(*name);
        let other: Vec<&PathBuf> = first.keys().filter(differs).collect();
        assert!(other.is_empty(), "{} comes to other tables: {other:?}", form.name);
    }
    Ok(())
}

pub fn every_writers_logs_come_to_the_same_tables() -> Outcome {
    let folder = tempfile::tempdir()?;
    let forms = forms("MONTHEND_PYTHON", "tests/writers/write_logs.py", folder.path())?;
    check(forms.iter().filter(|form| !form.whole))?;
    check(forms.iter().filter(|form| form.whole))
}

pub fn logs_by_spark_come_to_the_same_tables() -> Outcome {
    let folder = tempfile::tempdir()?;
    let forms = forms("MONTHEND_SPARK_PYTHON", "tests/spark/write_logs.py", folder.path())?;
    check(&forms)
}
