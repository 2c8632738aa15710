//! The job of `fixtures/job.toml`, into another book.

use std::path::Path;
use std::sync::Arc;

use monthend::base::calendar::Month;
use monthend::base::path_names::PathNames;
use monthend::base::scope::Scope;
use monthend::book::{Book, Expectations, Holder};
use monthend::catalog;
use monthend::run::request::{
    Correction, Corrections, DroppedEvents, Inputs, Log, Machine, OpeningChoice, Process, Purpose,
    RECENT_HOURS, Request,
};
use rust_decimal::Decimal;

use crate::common::{Outcome, root};

/// April by genesis, or a later month from the book.
pub fn job(month: &str, book: &Path) -> Outcome<Request> {
    let opening = match month {
        "2026-04" => OpeningChoice::Genesis,
        _ => OpeningChoice::Book,
    };
    let month = Month::parse(month).ok_or("no month")?;
    Ok(Request {
        purpose: Purpose::Publish,
        month,
        book: Some(Book::at(book)),
        names: PathNames::from(Path::new(""), root(), []),
        catalog: catalog::load("fixtures/catalogs".as_ref(), month)?,
        inputs: Inputs {
            usage: Log { given: vec![format!("fixtures/usage/{month}*").into()], ..Log::default() },
            changes: Log { given: vec!["fixtures/changes".into()], ..Log::default() },
            adjustments: Log::default(),
            dropped: DroppedEvents::default(),
            event_ids: true,
            max_reject_share: Decimal::new(5, 2),
            recent_hours: RECENT_HOURS,
            passed_over: Vec::new(),
        },
        payment_term: None,
        opening,
        rollup: None,
        puts_together: false,
        repeated_changes: Arc::default(),
        stale_ok: false,
        scope: Scope::All,
        expect: Expectations::default(),
        correction: Correction::default(),
        based_on: None,
        corrections: Corrections::default(),
        plan: None,
        expected: None,
        process: Process {
            machine: Machine {
                threads: 1,
                memory: 1 << 20,
                memory_of_accounts: 1 << 20,
                scratch: book.to_owned(),
            },
            holder: Holder { host: "fixtures".to_owned(), pid: 1, since: String::new() },
            began: month.end(),
            stopwatch: stopwatch(),
            findings_exit_code: 3,
        },
    })
}

#[expect(clippy::disallowed_methods, reason = "a test stands where the job starts the stopwatch")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
