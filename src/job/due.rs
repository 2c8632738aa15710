//! The months that a run bills where more than one is asked for: all that are due, in order.

use chrono::{DateTime, Utc};

use super::environment::Beginning;
use super::job_file::JobFile;
use super::job_file::Layers;
use super::settings::{CorrectionSettings, Settings};
use super::values::missing_book;
use crate::base::calendar::{Instant, Month, MonthRange};
use crate::base::error::{Code, Error, Result};
use crate::book::{Book, RunRecord};

/// The months that a run bills, one after the other.
#[derive(Debug, Clone)]
pub struct DueMonths {
    /// Those that are not published yet, in order.
    pub months: Vec<Month>,
    /// The last one that was asked for.
    pub through: Month,
    /// The book.
    pub book: Book,
    /// The last month that is published, if there is one.
    pub last: Option<Month>,
    /// Published months that count for the result: those of a range whose beginning was said. Else
    /// those of an attempt that went no further, or the last one, where nothing is due.
    pub standing: Vec<Month>,
}

/// The months that are due, where a range was asked for: `--month A..B`, or `--through B` with the
/// first one or without, or the job file's. `None` where a single month was asked for. What was
/// typed of both options goes before what the job file says of either.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is no range, or it is not known where it begins;
/// [`crate::base::error::Kind::Book`] where the book cannot be read.
pub fn due_months(typed: &Settings, job_file: &JobFile) -> Result<Option<DueMonths>> {
    let said = Layers::read(typed, job_file.path())?;
    let was_typed = typed.month.is_some() || typed.through.is_some();
    let settings = if was_typed { typed } else { &said.file };
    let key = if settings.through.is_some() { "through" } else { "month" };
    let blame = |error: Error| said.blame(error, was_typed, key);
    let Some((from, through)) = range(settings, Beginning::now().at).map_err(blame)? else {
        return Ok(None);
    };
    let folder = said.book(None)?.ok_or_else(missing_book)?;
    let book = Book::at(&folder);
    let published = book.months()?;
    let first = match (from, published.last()) {
        (Some(from), _) => from,
        (None, Some(last)) => last.next(),
        (None, None) => book.imports()?.first().copied().ok_or_else(|| no_first(through))?,
    };
    let due = MonthRange::of(first, through).into_iter().flat_map(MonthRange::all);
    let months: Vec<Month> = due.filter(|month| !published.contains(month)).collect();
    let mut asked = published.iter().copied().filter(|month| *month <= through);
    let standing = match (from, months.first()) {
        (Some(from), _) => asked.filter(|month| from <= *month).collect(),
        (None, None) => asked.next_back().into_iter().collect(),
        (None, Some(due)) => {
            let begun = asked.rev().take_while(|month| was_billed_after(&book, *month, *due));
            let mut begun: Vec<Month> = begun.collect();
            begun.reverse();
            begun
        }
    };
    Ok(Some(DueMonths { months, through, book, last: published.last().copied(), standing }))
}

/// Whether a published month was billed when the one that is due was over, and so was due with it: by
/// an attempt that was to bill both. Where it does not tell when, it was not.
fn was_billed_after(book: &Book, month: Month, due: Month) -> bool {
    let revision = book.current(month).ok().flatten();
    let run = revision.and_then(|revision| RunRecord::read(revision.folder()).ok());
    run.and_then(|run| Instant::parse(&run.started_at).ok()).is_some_and(|at| due.end() <= at)
}

/// The first month of a range, if it was said, and the last; `None` where it is no range.
fn range(settings: &Settings, now: DateTime<Utc>) -> Result<Option<(Option<Month>, Month)>> {
    let (from, through) = match (settings.month.as_deref(), settings.through.as_deref()) {
        (Some(month), through) => match (month.split_once(MonthRange::BETWEEN), through) {
            (Some((from, through)), None) => (Some(from), through),
            (Some(_), Some(through)) => {
                let message = format!("--month {month} and --through {through} both say the last");
                return Err(Error::new(Code::MONTH_RANGE, message).expected("one of the two"));
            }
            (None, Some(through)) => (Some(month), through),
            (None, None) => return Ok(None),
        },
        (None, Some(through)) => (None, through),
        (None, None) => return Ok(None),
    };
    let from = from.map(|from| month("--month", from, now)).transpose()?;
    let through = month("--through", through, now)?;
    match from {
        Some(from) if from > through => {
            Err(Error::new(Code::MONTH_RANGE, format!("{from} to {through} ends before it begins"))
                .expected("the earlier month first: --month 2026-04..2026-06"))
        }
        _ => Ok(Some((from, through))),
    }
}

fn month(option: &str, text: &str, now: DateTime<Utc>) -> Result<Month> {
    if text == "previous" {
        return Ok(Month::of_date(now.date_naive()).previous());
    }
    Month::parse(text).filter(|month| month.can_be_billed()).ok_or_else(|| {
        Error::new(Code::MONTH_NAME, format!("{option}: `{text}` is no month that can be billed"))
            .expected("a month such as 2026-04, or `previous`")
    })
}

fn no_first(through: Month) -> Error {
    let message = "no month is in the book yet: which one is due first cannot be told";
    Error::new(Code::FIRST_MONTH_UNKNOWN, message).hint(format!(
        "say it, and what it begins with: --month FIRST..{through} --opening genesis; or import a \
         state: monthend state import"
    ))
}

impl DueMonths {
    /// Makes sure that nothing is asked of them which can only be asked of one month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: it is.
    pub fn check(&self, correction: &CorrectionSettings, is_dry_run: bool) -> Result<()> {
        let CorrectionSettings { reason, accept, issued_on, cascade, differences, only_if, out: _ } =
            correction;
        let of_one = [
            ("--reason", reason.is_some()),
            ("--accept", accept.is_some()),
            ("--issued-on", issued_on.is_some()),
            ("--cascade", *cascade),
            ("--differences", differences.is_some()),
            ("--only-if", only_if.is_some()),
        ];
        if let Some((option, _)) = of_one.iter().find(|(_, is_said)| *is_said) {
            let message = format!("{option} is said of one month, and not of a range");
            return Err(
                Error::new(Code::OPTIONS_TOGETHER, message).hint("name the month: --month 2026-04")
            );
        }
        match self.months.as_slice() {
            [first, .., last] if is_dry_run => {
                let message = format!(
                    "--dry-run: {first} to {last} are due, and only the first can be foretold, since \
                     each begins with how the one before it closes"
                );
                Err(Error::new(Code::OPTIONS_TOGETHER, message)
                    .hint(format!("--month {first} --dry-run")))
            }
            _ => Ok(()),
        }
    }

    /// What was typed, of one of the months. An opening that was said is the first one's: the others
    /// begin with how the one before them closes.
    pub fn settings_of(&self, month: Month, typed: &Settings) -> Settings {
        let is_first = self.months.first() == Some(&month);
        let opening = if is_first { typed.opening.clone() } else { Some("book".to_owned()) };
        let month = Some(month.to_string());
        Settings { month, through: None, opening, ..typed.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(
        month: Option<&str>,
        through: Option<&str>,
    ) -> Result<Option<(Option<Month>, Month)>> {
        let [month, through] = [month, through].map(|text| text.map(str::to_owned));
        range(&Settings { month, through, ..Settings::default() }, now())
    }

    fn now() -> DateTime<Utc> {
        "2026-08-03T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_range_has_an_end_and_may_have_a_beginning() {
        let month = |text| Month::parse(text).unwrap();
        let (april, july) = (month("2026-04"), month("2026-07"));
        for (from, through, range) in [
            (None, Some("previous"), Some((None, july))),
            (Some("2026-04..2026-07"), None, Some((Some(april), july))),
            (Some("2026-04..previous"), None, Some((Some(april), july))),
            (Some("2026-04"), Some("2026-07"), Some((Some(april), july))),
            (Some("previous"), Some("previous"), Some((Some(july), july))),
            (Some("2026-04"), None, None),
            (Some("previous"), None, None),
            (None, None, None),
        ] {
            assert_eq!(parsed(from, through).unwrap(), range, "{from:?} {through:?}");
        }
        for (from, through) in [
            (Some("2026-07..2026-04"), None),
            (Some("2026-04..2026-07"), Some("2026-07")),
            (Some("2026-04.."), None),
            (Some("..2026-04"), None),
            (None, Some("next")),
            (None, Some("2026-13")),
            (None, Some("9999-12")),
        ] {
            assert!(parsed(from, through).is_err(), "{from:?} {through:?}");
        }
    }
}
