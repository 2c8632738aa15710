//! Values as they are typed, checked one by one, and months of a book among them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Months, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::base::calendar::{Month, MonthRange, PaymentTerm};
use crate::base::error::{Code, Error, Kind, Result};
use crate::base::ids::check_id;
use crate::base::nearest::nearest;
use crate::base::storage;
use crate::book::{Book, Relocation};
use crate::input::changes::ChangeKind;
use crate::input::logs::{Mapping, Words};
use crate::run::request::RECENT_HOURS;

/// An option that neither the command line nor the job file has.
pub(super) fn missing(option: &str, what: &str) -> Error {
    Error::new(Code::OPTION_MISSING, format!("--{option} is missing"))
        .expected(format!("--{option} on the command line or `{option}` in the job file: {what}"))
}

pub(super) fn missing_book() -> Error {
    missing("book", "the folder that months are published in")
}

pub(super) fn missing_month() -> Error {
    missing("month", "such as 2026-04, or `previous`")
}

pub(super) fn missing_catalog() -> Error {
    missing("catalog", "a TOML file or a folder of them")
}

/// A month by its name.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is none; so with all of these.
pub fn month(text: &str) -> Result<Month> {
    month_or("", text)
}

/// A month by its name, where a word may be said as well, such as ", or `previous`".
fn month_or(word: &str, text: &str) -> Result<Month> {
    let month = Month::parse(text).ok_or_else(|| {
        Error::new(Code::MONTH_NAME, format!("--month {text} is no month"))
            .expected(format!("a month such as 2026-04{word}"))
    })?;
    if month.can_be_billed() {
        return Ok(month);
    }
    Err(Error::new(Code::MONTH_NAME, format!("--month {text} cannot be billed"))
        .expected("a month of the years 0001 to 9998"))
}

/// A month by its name, or `previous` for the one before today's.
pub(super) fn month_or_previous(text: Option<&str>, now: DateTime<Utc>) -> Result<Month> {
    match text.ok_or_else(missing_month)? {
        "previous" => Ok(Month::of_date(now.date_naive()).previous()),
        text => month_or(", or `previous`", text),
    }
}

/// The folder of a job file.
pub(super) fn folder_of(job_file: &Path) -> PathBuf {
    job_file.parent().unwrap_or(Path::new("")).to_owned()
}

/// A folder that is written to, which lies on this machine.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is an address in object storage.
pub(super) fn on_this_machine(option: &str, folder: PathBuf) -> Result<PathBuf> {
    match storage::is_address(&folder) {
        false => Ok(folder),
        true => Err(Error::new(
            Code::OPTION_VALUE,
            format!("{option} is an address in object storage, where books alone are written"),
        )
        .with_value(folder.display().to_string())
        .expected("a folder of this machine")
        .hint("write to a folder, and copy that to the storage when the run has ended")),
    }
}

/// The folder of a book, or of an archive: on this machine, or in object storage.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is a web server's address, where nothing can be written.
pub fn book_folder(option: &str, folder: PathBuf) -> Result<PathBuf> {
    match storage::is_of_web(&folder) {
        false => Ok(folder),
        true => Err(Error::new(Code::OPTION_VALUE, "a web server holds no book")
            .with_value(folder.display().to_string())
            .expected(format!(
                "{option} with a folder, or an address such as s3://bucket/book, gs://… or az://…"
            ))),
    }
}

/// Where recorded paths went, by pairs `OLD=NEW`.
pub(super) fn moved(pairs: &[String]) -> Result<Vec<Relocation>> {
    let relocation = |pair: &String| {
        let (old, new) = pair.split_once('=').ok_or_else(|| {
            Error::new(Code::OPTION_VALUE, format!("--moved {pair} names no two paths"))
                .expected("OLD=NEW, such as --moved logs=/archive/logs")
        })?;
        Ok(Relocation { old: old.into(), new: new.into() })
    };
    pairs.iter().map(relocation).collect()
}

/// Names of a log's columns, by pairs `OURS=THEIRS`.
pub fn mapping(pairs: &[String], option: &str) -> Result<Mapping> {
    let mapped = |pair: &String| {
        let (ours, theirs) = pair.split_once('=').ok_or_else(|| {
            Error::new(Code::COLUMN_MAP, format!("{option} {pair} maps nothing"))
                .expected(format!("pairs such as {option} at=timestamp"))
        })?;
        Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
    };
    pairs.iter().map(mapped).collect()
}

/// What words of a log mean, by pairs `THEIRS=OURS`: `option` says them.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where one is no pair.
pub fn meanings(pairs: &[String], option: &str) -> Result<Mapping> {
    let meaning = |pair: &String| {
        // Ours has no such sign; theirs may have it.
        let (theirs, ours) = pair.rsplit_once('=').ok_or_else(|| {
            Error::new(Code::COLUMN_MAP, format!("{option} {pair} says of no word what it means"))
                .expected(format!("pairs such as {option} 'theirs=ours'"))
        })?;
        Ok((theirs.trim().to_owned(), ours.trim().to_owned()))
    };
    pairs.iter().map(meaning).collect()
}

/// Words of the change log, with what they mean, checked.
pub(super) fn words(change_values: Mapping, plan_values: Mapping) -> Result<Words> {
    for (theirs, ours) in &change_values {
        if ChangeKind::parse(ours).is_none() {
            let known = ChangeKind::ALL.map(ChangeKind::name);
            let message = format!("{CHANGE_VALUES}: `{ours}`, for `{theirs}`, is no change");
            let fault = Error::new(Code::COLUMN_MAP, message)
                .expected(format!("one of {}", known.join(", ")));
            return Err(match nearest(ours, known) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault,
            });
        }
    }
    for (theirs, ours) in plan_values.iter().filter(|(_, ours)| !ours.is_empty()) {
        if check_id(ours).is_err() {
            let message = format!("{PLAN_VALUES}: `{ours}`, for `{theirs}`, is no plan's id");
            return Err(Error::new(Code::COLUMN_MAP, message)
                .expected("an id of the catalogue, or nothing"));
        }
    }
    Ok(Words { change_values, plan_values })
}

/// The options that say what words of the change log mean.
const CHANGE_VALUES: &str = "--change-values";
const PLAN_VALUES: &str = "--plan-values";

/// One line of text, as `option` says it, if it does.
pub(super) fn line(option: &str, text: Option<&str>, what_for: &str) -> Result<Option<String>> {
    let text = text.map(str::trim);
    if text.is_some_and(|text| text.is_empty() || text.contains(char::is_control)) {
        let message = format!("{option} is empty or holds control characters");
        return Err(Error::new(Code::OPTION_VALUE, message)
            .expected(format!("one line of text, {what_for}")));
    }
    Ok(text.map(str::to_owned))
}

/// A day, as `option` says it.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is none.
pub fn date(option: &str, text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
        Error::new(Code::OPTION_VALUE, format!("{option} {text} is no date"))
            .expected("a date such as 2026-06-15")
    })
}

/// The largest share of rows that may be unreadable.
pub(super) fn reject_share(text: &str) -> Result<Decimal> {
    let share = Decimal::from_str_exact(text).ok();
    share.filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share)).ok_or_else(|| {
        Error::new(Code::OPTION_VALUE, format!("--max-reject-share {text} is no share"))
            .expected("a number from 0 to 1, such as 0.001 for one row in a thousand")
    })
}

/// More hours than any month has are a slip.
const MOST_RECENT_HOURS: u32 = 31 * 24;

/// Of how many hours before the month's end ids are kept for the next month (L1).
pub(super) fn recent_hours(said: Option<u32>) -> Result<u32> {
    let hours = said.unwrap_or(RECENT_HOURS);
    if hours > MOST_RECENT_HOURS {
        let message = format!("--recent-hours {hours} is longer than a month");
        return Err(Error::new(Code::OPTION_VALUE, message)
            .expected(format!("0 to {MOST_RECENT_HOURS}; {RECENT_HOURS} unless it is said")));
    }
    Ok(hours)
}

/// How many days after its issue a document is to be paid, if that is said.
pub(super) fn payment_term(said: Option<u32>) -> Result<Option<PaymentTerm>> {
    let term = |days| {
        PaymentTerm::of_days(days).ok_or_else(|| {
            let message = format!("--payment-term-days {days} is longer than a year");
            Error::new(Code::OPTION_VALUE, message)
                .expected(format!("0 to {} days", PaymentTerm::LONGEST))
        })
    };
    said.map(term).transpose()
}

/// The digest of a result that was approved.
pub(super) fn approved(text: &str) -> Result<String> {
    let digest = text.trim().to_lowercase();
    let is_digest = digest.len() == DIGEST && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        return Ok(digest);
    }
    Err(Error::new(Code::OPTION_VALUE, format!("--only-if {text} is no digest of a result"))
        .expected(format!("the {DIGEST} hex digits that the same command said with --dry-run")))
}

/// Hex digits of a digest.
const DIGEST: usize = 64;

/// The exit code where there are findings, unless another is said.
const FINDINGS: u8 = 3;
/// The greatest exit code that a shell does not give a meaning of its own.
const LAST_EXIT_CODE: u8 = 125;

/// The exit code where there are findings.
pub(super) fn findings_exit_code(said: Option<u8>) -> Result<u8> {
    let code = said.unwrap_or(FINDINGS);
    if Kind::is_told_by(code) || code > LAST_EXIT_CODE {
        let message = format!("--findings-exit-code {code} means something else");
        return Err(Error::new(Code::OPTION_VALUE, message).expected(format!(
            "0, 3, or 5 to {LAST_EXIT_CODE}, but for 75: others tell failures"
        )));
    }
    Ok(code)
}

/// The day on which documents are issued: at most a year ahead of today.
pub(super) fn issued_on(text: &str, now: DateTime<Utc>) -> Result<NaiveDate> {
    let day = date("--issued-on", text)?;
    let last = now.date_naive().checked_add_months(Months::new(12));
    match last {
        Some(last) if day > last => Err(Error::new(
            Code::OPTION_VALUE,
            format!("--issued-on {day} is more than a year ahead"),
        )
        .expected(format!("a date up to {last}"))),
        _ => Ok(day),
    }
}

/// The last month that the book has.
pub const LATEST: &str = "latest";

/// A month of a book: by its name, or `latest` for the last one that is published.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is no month, or the book has none.
pub fn published_month(text: &str, book: &Book) -> Result<Month> {
    match text {
        LATEST => book.months()?.pop().ok_or_else(|| {
            Error::new(Code::MONTH_NOT_IN_BOOK, "--month latest: no month is published")
                .in_file(book.folder())
                .hint("check --book; the first monthend run publishes one")
        }),
        text => month_or(", or `latest`", text),
    }
}

/// Months of a book: one, or `FIRST..LAST`.
///
/// # Errors
/// As [`published_month`], and where the last month comes before the first.
pub fn published_months(text: &str, book: &Book) -> Result<MonthRange> {
    let (first, last) = text.split_once(MonthRange::BETWEEN).unwrap_or((text, text));
    let (first, last) = (published_month(first, book)?, published_month(last, book)?);
    MonthRange::of(first, last).ok_or_else(|| {
        Error::new(Code::MONTH_RANGE, format!("--month {text}: {last} comes before {first}"))
            .expected("the first month, two points, and the last one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_issued_at_most_a_year_ahead() {
        let now = "2026-11-29T04:00:00Z".parse().unwrap();
        assert!(issued_on("2027-11-29", now).is_ok());
        assert!(issued_on("2020-01-01", now).is_ok());
        for wrong in ["2027-11-30", "9999-12-31", "29 November 2026", "2026-02-30"] {
            assert_eq!(issued_on(wrong, now).unwrap_err().kind().exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn the_latest_month_is_the_books() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::at(folder.path());
        let none = published_month("latest", &book).unwrap_err();
        assert_eq!(none.kind().exit_code(), 2, "{none}");
        for name in ["2026-04", "2025-12", ".staging", "openings"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let told = |text| published_months(text, &book).map(|months| months.to_string());
        assert_eq!(told("latest").unwrap(), "2026-04");
        assert_eq!(told("2025-11").unwrap(), "2025-11");
        assert_eq!(told("2026-01..latest").unwrap(), "2026-01 to 2026-04");
        for wrong in ["2026-05..latest", "2026-04..", "..", "last", "2026-04..2026-13"] {
            assert_eq!(told(wrong).unwrap_err().kind().exit_code(), 2, "{wrong}");
        }
    }
}
