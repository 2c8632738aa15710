//! The job of `fixtures/job.toml`, into another book.

use std::path::Path;

use monthend::base::calendar::Month;
use monthend::book::{Book, Holder};
use monthend::catalog;
use monthend::input::logs::Mapping;
use monthend::job::{Again, Correction, Job, Machine, OpeningChoice, Purpose};
use rust_decimal::Decimal;

use super::Outcome;

/// April by genesis, or a later month from the book.
pub fn job(month: &str, book: &Path) -> Outcome<Job> {
    let opening = match month {
        "2026-04" => OpeningChoice::Genesis,
        _ => OpeningChoice::Book,
    };
    let month = Month::parse(month).ok_or("no month")?;
    Ok(Job {
        purpose: Purpose::Publish,
        month,
        catalog: catalog::load("fixtures/catalogs".as_ref(), month)?,
        changes: vec!["fixtures/changes".into()],
        usage: vec![format!("fixtures/usage/{month}*").into()],
        book: Some(Book::at(book)),
        opening,
        stale_ok: false,
        correction: Correction::default(),
        again: Again::default(),
        map_usage: Mapping::new(),
        map_changes: Mapping::new(),
        event_ids: true,
        max_reject_share: Decimal::new(5, 2),
        machine: Machine { threads: 1, memory: 1 << 20, scratch: book.to_owned() },
        holder: Holder { host: "fixtures".to_owned(), pid: 1, since: String::new() },
        stopwatch: stopwatch(),
    })
}

#[expect(clippy::disallowed_methods, reason = "a test stands where job.rs starts the stopwatch")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
