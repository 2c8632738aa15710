//! Payments held against the documents in force.
//!
//! `payments` reads the provider's export, `known` what the book has; [`matching`] brings the two
//! together, account by account (`account`), and finds the [`breaks`]; `totals` counts everything,
//! and checks that nothing was lost.

mod account;
pub mod breaks;
mod cells;
pub mod kinds;
mod known;
pub mod matching;
pub mod payments;
mod report;
mod tables;
pub mod totals;

use std::path::PathBuf;

use kinds::Kinds;
use matching::Question;
use payments::Reading;
use report::Facts;
use totals::Totals;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::money::{Currency, parse_amount};
use crate::book::{Book, Manifest};
use crate::catalog::Catalog;
use crate::input::logs::Mapping;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// Where the payments are.
    pub payments: Vec<PathBuf>,
    /// Names of their columns.
    pub map: Mapping,
    /// Which of their rows are payments and refunds.
    pub kinds: Kinds,
    /// Whether amounts are in the currency's minor unit.
    pub minor_units: bool,
    /// Differences up to this amount are no breaks.
    pub tolerance: Option<String>,
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
    let revision = request.book.current(request.month)?.ok_or_else(|| {
        Error::book(format!("{} is not published", request.month))
            .in_file(request.book.folder())
            .expected("a month of the book")
            .hint("bill the month first, or correct --month or --book")
    })?;
    let manifest = revision.folder.join(Manifest::FILE).display().to_string();
    let currency = Catalog::from_json(&revision.manifest.catalogue, &manifest)?.currency;
    let tolerance = tolerance(request.tolerance.as_deref(), currency)?;
    let reading = Reading {
        map: &request.map,
        minor_units: request.minor_units,
        kinds: &request.kinds,
        currency,
    };
    let export = payments::read(&request.payments, &reading)?;
    let documents = known::documents(&revision)?;
    let known =
        known::look_up(&request.book, request.month, &revision, &documents, &export.payments)?;
    let what = Question {
        documents: &documents,
        payments: &export.payments,
        known: &known,
        currency,
        tolerance,
    };
    let matched = matching::reconcile(&what);
    totals::check(&what, &matched)?;
    let totals = Totals::of(&what, &matched);

    let month = request.month.to_string();
    let notes = [
        ("monthend.month", month.as_str()),
        ("monthend.revision", revision.name.as_str()),
        ("monthend.currency", currency.code()),
    ];
    let mut facts = Facts {
        month: month.clone(),
        revision: revision.name.clone(),
        files: export.files,
        rows: export.rows,
        duplicate_rows: export.duplicate_rows,
        tables: None,
    };
    if let Some(folder) = &request.out {
        let outputs = tables::write(folder, &what, &matched, &notes)?;
        let rows =
            outputs.iter().filter_map(|o| Some((o.file.strip_suffix(".csv")?.to_owned(), o.rows)));
        facts.tables = Some((folder.display().to_string(), rows.collect()));
    }
    Ok(Answer {
        text: report::summary(&facts, &what, &matched, &totals),
        result: report::to_json(&facts, &what, &totals),
        exit_code: report::exit_code(&totals),
    })
}

/// The tolerance in minor units; none unless asked for.
fn tolerance(text: Option<&str>, currency: Currency) -> Result<i128> {
    let Some(text) = text else { return Ok(0) };
    let amount = parse_amount(text, currency).map_err(|fault| {
        Error::usage(format!("--tolerance {text} {fault}"))
            .expected(format!("an amount in {}, such as 0.05", currency.code()))
    })?;
    Ok(i128::from(amount.minor()))
}
