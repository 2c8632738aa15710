//! The year of `fixtures/year` in a book, and the two corrections that came up afterwards.

use std::fs;
use std::path::Path;

use crate::{Outcome, monthend, root, run, words};

/// Bills the year of a folder that is like `fixtures/year` into a book; two months have something to look at. Gives
/// what
/// is said of them, with `BOOK` in place of the book.
///
/// # Errors
/// The command fails.
pub fn bill(year: &Path, book: &Path) -> Outcome<String> {
    let mut bill =
        monthend(["run", "--month", "2025-12..2026-10", "--opening", "genesis", "--quiet"]);
    bill.arg("--job").arg(year.join("job.toml")).arg("--book").arg(book);
    Ok(words(&run(&mut bill, 3)?).replace(&book.display().to_string(), "BOOK"))
}

/// Corrects it: usage of April that came late, and a batch of June that ran twice. `scratch` is a folder for lists.
///
/// # Errors
/// A command fails.
pub fn correct(book: &Path, scratch: &Path) -> Outcome {
    let twice = scratch.join("twice.csv");
    fs::write(&twice, "event_id,reason\nbatch-2,the batch ran twice\n")?;
    let rerun = |month: &str, reason: &str| {
        let mut rerun = monthend(["rerun", "--month", month, "--reason", reason, "--quiet"]);
        rerun.arg("--book").arg(book);
        rerun
    };
    // April still has its retry to look at.
    let late = root().join("fixtures/year/late/2026-04.csv");
    run(rerun("2026-04", "a late file").arg("--add-usage").arg(late), 3)?;
    let mut june = rerun("2026-06", "ticket 2071");
    run(june.args(["--accounts", "disputed-in-june", "--drop-events"]).arg(&twice), 0)?;
    Ok(())
}
