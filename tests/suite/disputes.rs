//! A dispute reads what it needs: an input of the recorded size and time of change is taken for the recorded one, and
//! of a log whose ids are apart only the account's own rows are looked at.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::common::{Outcome, json, monthend, root, run};

struct Month {
    sandbox: tempfile::TempDir,
}

impl Month {
    /// Two accounts over their cap, the second with an event that bears the id of the first's where `shared` says so.
    fn publish(shared: bool) -> Outcome<Self> {
        let month = Month { sandbox: tempfile::tempdir()? };
        let changes = "change_id,account_id,at,change,plan\n\
                       c1,ann,2026-01-10T00:00:00Z,signup,pro\n\
                       c2,bob,2026-01-10T00:00:00Z,signup,pro\n\
                       c3,cy,2026-01-10T00:00:00Z,signup,pro\n";
        fs::write(month.path("changes.csv"), changes)?;
        let id = if shared { "e1" } else { "e2" };
        let usage = format!(
            "event_id,account_id,at,credits\n\
             e1,ann,2026-04-02T00:00:00Z,100\n\
             {id},bob,2026-04-03T00:00:00Z,100\n\
             e3,cy,2026-04-04T00:00:00Z,100\n"
        );
        fs::write(month.path("usage.csv"), usage)?;
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.arg("--catalog").arg(root().join("fixtures/catalogs"));
        command.arg("--changes").arg(month.path("changes.csv"));
        command.arg("--usage").arg(month.path("usage.csv")).arg("--book").arg(month.path("book"));
        run(&mut command, if shared { 3 } else { 0 })?;
        Ok(month)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    /// Replaces text of the usage log by other text of the same length.
    fn edit(&self, from: &str, to: &str) -> Outcome {
        assert_eq!(from.len(), to.len());
        let path = self.path("usage.csv");
        fs::write(&path, fs::read_to_string(&path)?.replace(from, to))?;
        Ok(())
    }

    /// What a dispute of these accounts says.
    fn dispute(&self, accounts: &str, code: i32) -> Outcome<String> {
        let mut command = monthend(["rerun", "--month", "2026-04", "--reason", "disputed"]);
        command.args(["--accounts", accounts, "--book"]).arg(self.path("book"));
        Ok(String::from_utf8(run(&mut command, code)?.stderr)?)
    }

    fn manifest(&self) -> Outcome<serde_json::Value> {
        let month = self.path("book/2026-04");
        let current = fs::read_to_string(month.join("CURRENT"))?;
        json(&month.join(current.trim_end()).join("manifest.json"))
    }
}

fn modified(path: &Path) -> Outcome<std::time::SystemTime> {
    Ok(fs::metadata(path)?.modified()?)
}

#[test]
fn an_input_is_known_by_its_size_and_time_of_change_or_else_by_its_digest() -> Outcome {
    let month = Month::publish(false)?;
    let (usage, before) = (month.path("usage.csv"), month.manifest()?);
    let time = modified(&usage)?;
    // Touched, but the same: its digest says so.
    File::options()
        .write(true)
        .open(&usage)?
        .set_modified(time + std::time::Duration::from_secs(1))?;
    month.dispute("ann", 0)?;
    assert_eq!(month.manifest()?, before);
    // Changed: its digest says so.
    month.edit("04-04", "04-05")?;
    let said = month.dispute("ann", 1)?;
    assert!(said.contains("has changed since the month was billed"), "{said}");
    // Changed, and made to look as it was: a dispute sees it all the same.
    File::options().write(true).open(&usage)?.set_modified(time)?;
    let said = month.dispute("ann", 1)?;
    assert!(said.contains("has changed since the month was billed"), "{said}");
    let book = month.path("book");
    let said =
        run(monthend(["status", "--as-of", "2026-05-01", "--inputs", "--book"]).arg(&book), 3)?
            .stdout;
    assert!(String::from_utf8(said)?.contains("usage.csv"));
    run(monthend(["rerun", "--month", "2026-04", "--reason", "x", "--book"]).arg(&book), 1)?;
    Ok(())
}

#[test]
fn accounts_that_share_an_id_are_noted_and_seen_in_a_dispute_of_either() -> Outcome {
    let month = Month::publish(true)?;
    assert_eq!(month.manifest()?["accounts_sharing_ids"], serde_json::json!(["ann", "bob"]));
    // Bob's event gave way to Ann's: a dispute of his bills it no more than the month did.
    for account in ["ann", "bob", "cy"] {
        let said = month.dispute(account, 3)?;
        assert!(said.contains("nothing to change"), "{account}: {said}");
    }
    assert_eq!(Month::publish(false)?.manifest()?["accounts_sharing_ids"], serde_json::json!([]));
    Ok(())
}
