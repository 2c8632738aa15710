//! Payments held against the documents in force, told: `totals` counts everything, `details` says what is wrong.

mod details;
mod report;
mod summary;
mod tables;
mod totals;

use std::path::PathBuf;

use report::{Report, Written};
use totals::Totals;

use crate::base::answer::Answer;
use crate::base::calendar::{Month, MonthRange};
use crate::base::error::{Code, Error, Result};
use crate::book::{Book, Revision};
use crate::desk::payments::{Asked, Reconciled};
use crate::tables::ReportTarget;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The months whose documents are matched together.
    pub months: MonthRange,
    /// What they are matched with.
    pub asked: Asked,
    /// Where matches and breaks are written.
    pub out: Option<PathBuf>,
}

/// Matches the payments with the documents in force; the exit code is 4 where something does not
/// agree.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] for a wrong option, [`crate::base::error::Kind::Input`] for payments
/// that cannot be read, [`crate::base::error::Kind::Book`] for a month that is not there or a folder
/// that cannot be written.
pub fn run(request: &Request) -> Result<Answer> {
    let revisions = revisions(&request.book, request.months)?;
    let reconciled = Reconciled::of(&request.book, revisions, &request.asked)?;
    let totals = Totals::of(&reconciled);
    let tables =
        request.out.as_ref().map(|folder| write(folder, request, &reconciled)).transpose()?;
    let report = Report {
        months: request.months,
        reconciled: &reconciled,
        totals: &totals,
        tables: tables.as_ref(),
    };
    Ok(Answer {
        text: summary::summary(&report)?,
        result: report.to_json(),
        exit_code: report.exit_code(),
        findings: report.findings(),
    })
}

/// The revisions in force of all months.
fn revisions(book: &Book, months: MonthRange) -> Result<Vec<Revision>> {
    let revision = |month: Month| {
        book.current(month)?.ok_or_else(|| {
            Error::new(Code::NOT_PUBLISHED, format!("{month} is not published"))
                .in_file(book.folder())
                .expected("a month of the book")
                .hint("bill the month first, or correct --month, --from, --through or --book")
        })
    };
    months.all().map(revision).collect()
}

fn write(folder: &PathBuf, request: &Request, reconciled: &Reconciled) -> Result<Written> {
    let currency = reconciled.input.currency;
    let (first, last) = (request.months.first(), request.months.last());
    let month = match request.months.only() {
        Some(month) => month.to_string(),
        None => format!("{first}{}{last}", MonthRange::BETWEEN),
    };
    let revisions: Vec<&str> =
        reconciled.revisions.iter().map(|revision| revision.name.as_str()).collect();
    let revisions = revisions.join(" ");
    let notes = [
        ("monthend.month", month.as_str()),
        ("monthend.revision", revisions.as_str()),
        ("monthend.currency", currency.code()),
    ];
    let outputs = tables::write(&ReportTarget { folder, currency, notes: &notes }, reconciled)?;
    let rows =
        outputs.iter().filter_map(|o| Some((o.file.strip_suffix(".csv")?.to_owned(), o.rows)));
    Ok(Written { folder: folder.display().to_string(), rows: rows.collect() })
}
