//! Payments held against the documents in force.
//!
//! `payments` reads the provider's export, `lookup` what the book has; `matching` brings the two
//! together, account by account (`account`), and finds the `breaks`; `totals` counts everything,
//! and checks that nothing was lost.

mod account;
mod breaks;
mod cells;
mod details;
mod items;
mod kinds;
mod lookup;
mod matching;
mod payments;
mod report;
mod request;
mod summary;
mod tables;
mod totals;

use std::path::PathBuf;

use payments::Reading;
use report::{Report, Written};
use totals::Totals;

use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Currency, Money, parse_amount};
use crate::tables::ReportTarget;

pub use breaks::{Break, BreakCode};
pub use items::{BookLookup, Document, MatchInput, Matched, PaymentOutcome, Settlement};
pub use kinds::Kinds;
pub use matching::reconcile;
pub use payments::Payment;
pub use request::Request;
pub use totals::check;

/// Matches the payments with the documents in force; the exit code is 4 where something does not
/// agree.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] for a wrong option, [`crate::base::error::Kind::Input`] for payments
/// that cannot be read, [`crate::base::error::Kind::Book`] for a month that is not there or a folder
/// that cannot be written.
pub fn run(request: &Request) -> Result<Answer> {
    let revision = request.book.current(request.month)?.ok_or_else(|| {
        Error::new(Code::NOT_PUBLISHED, format!("{} is not published", request.month))
            .in_file(request.book.folder())
            .expected("a month of the book")
            .hint("bill the month first, or correct --month or --book")
    })?;
    let currency = revision.catalog()?.currency;
    let tolerance = tolerance(request.tolerance.as_deref(), currency)?;
    let reading = Reading {
        map: &request.map,
        csv: request.csv,
        minor_units: request.minor_units,
        kinds: &request.kinds,
        currency,
    };
    let export = payments::read(&request.payments, &reading)?;
    let documents = lookup::documents(&revision)?;
    let lookup =
        lookup::look_up(&request.book, request.month, &revision, &documents, &export.payments)?;
    let input = MatchInput {
        documents: &documents,
        payments: &export.payments,
        lookup: &lookup,
        currency,
        tolerance,
    };
    let matched = reconcile(&input);
    check(&input, &matched)?;
    let month = request.month.to_string();
    let notes = [
        ("monthend.month", month.as_str()),
        ("monthend.revision", revision.name.as_str()),
        ("monthend.currency", currency.code()),
    ];
    let write = |folder: &PathBuf| {
        let target = ReportTarget { folder, currency, notes: &notes };
        let outputs = tables::write(&target, &input, &matched)?;
        let rows =
            outputs.iter().filter_map(|o| Some((o.file.strip_suffix(".csv")?.to_owned(), o.rows)));
        Ok(Written { folder: folder.display().to_string(), rows: rows.collect() })
    };
    let tables = request.out.as_ref().map(write).transpose()?;
    let report = Report {
        month: request.month,
        revision: &revision.name,
        export: &export,
        input: &input,
        matched: &matched,
        totals: &Totals::of(&input, &matched),
        tables: tables.as_ref(),
    };
    Ok(Answer {
        text: summary::summary(&report)?,
        result: report.to_json(),
        exit_code: report.exit_code(),
        findings: report.findings(),
    })
}

/// The tolerance; none unless asked for.
fn tolerance(text: Option<&str>, currency: Currency) -> Result<Money> {
    let Some(text) = text else { return Ok(Money::ZERO) };
    parse_amount(text, currency).map_err(|fault| {
        Error::new(Code::OPTION_VALUE, format!("--tolerance {text} {fault}"))
            .expected(format!("an amount in {}, such as 0.05", currency.code()))
    })
}
