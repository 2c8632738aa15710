//! What other programs write: `tests/writers/write_logs.py` writes one month's logs with pandas, pyarrow, Polars and
//! DuckDB, in every type that a column may have. All come to the same tables, to the byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
        })
    }

    /// The tables that the logs come to. There is a conflict among the rows: the exit code is 3.
    fn tables(&self) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
        let book = tempfile::tempdir()?;
        let mut command =
            monthend(["run", "--month", "2026-04", "--opening", "genesis", "--quiet"]);
        command.args(["--catalog", "fixtures/catalogs", "--usage"]).arg(&self.usage);
        command.arg("--changes").arg(&self.changes).arg("--book").arg(book.path());
        run(command.args(&self.options), 3).map_err(|e| format!("{}: {e}", self.name))?;
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

pub fn every_writers_logs_come_to_the_same_tables() -> Outcome {
    let folder = tempfile::tempdir()?;
    let written = python::script("MONTHEND_PYTHON", |command| {
        command.args(["-W", "ignore"]).arg(root().join("tests/writers/write_logs.py"));
        command.arg(folder.path());
    })?;
    assert!(written.status.success(), "{}", python::words_of(&written));
    let text = String::from_utf8(written.stdout)?;
    let forms: Vec<Form> =
        text.lines().map(|line| Form::of(line, folder.path())).collect::<Outcome<_>>()?;
    for whole in [false, true] {
        let mut forms = forms.iter().filter(|form| form.whole == whole);
        let first = forms.next().ok_or("no forms")?.tables()?;
        for form in forms {
            let of_form = form.tables()?;
            let differs = |name: &&PathBuf| first.get(*name) != of_form.get(*name);
            let other: Vec<&PathBuf> = first.keys().filter(differs).collect();
            assert!(other.is_empty(), "{} comes to other tables: {other:?}", form.name);
        }
    }
    Ok(())
}
