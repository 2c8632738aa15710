//! `report`: its figures are those of `status`, and of the questions in `jobs/sql`, whose answers about the year of
//! `fixtures/year` are kept in `tests/sql`; what must add up does; the same book gives the same bytes.
//!
//! A program that was built without it says how to get it.

#[cfg(feature = "desk")]
mod built_in;
#[cfg(feature = "desk")]
mod workbook;

#[cfg(not(feature = "desk"))]
use crate::common::{Outcome, code, monthend, words};

#[cfg(not(feature = "desk"))]
#[test]
fn a_program_without_reports_says_how_to_get_them() -> Outcome {
    let output = monthend(["report", "--month", "2026-04", "--book", "book"]).output()?;
    assert_eq!(code(&output)?, 2);
    let said = words(&output);
    assert!(said.contains("error[ME0147]") && said.contains("--features desk"), "{said}");
    Ok(())
}
