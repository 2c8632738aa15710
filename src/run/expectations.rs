//! Whether a month is what is expected of it, before it is published: it is over, its log is not
//! empty (L4), and what else the job says of a sound month.

use std::path::Path;

use super::draft::Draft;
use super::expected_figures::{Before, out_of_bounds};
use super::request::{Purpose, Request};
use super::status::Status;
use crate::base::calendar::{Instant, Month, TimeSpan};
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::billing::rollup::UsageControl;
use crate::book::{Accepted, Book, Unmet};

/// The month is over.
const MONTH_OVER: &str = "month-over";
/// There is usage of the month.
const LOG_NOT_EMPTY: &str = "log-not-empty";
/// Its last event lies near its end.
const COMPLETE_UNTIL: &str = "complete_until";

/// What a month lacks of what is expected.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// What is not met, where nobody accepted that: the month is not published.
    pub unmet: Vec<Unmet>,
    /// What is not met, where someone did.
    pub accepted: Option<Accepted>,
}

/// Stops a run at its very beginning that would be refused at its end, since the month is not over.
/// One that is published already may come to the same, and is left alone then.
///
/// # Errors
/// [`crate::base::error::Kind::Expectation`]: the month is not over.
pub(super) fn check_is_over(request: &Request) -> Result<()> {
    let refuses = request.purpose == Purpose::Publish && request.correction.accept.is_none();
    let unmet = month_over(request.month, request.process.began).filter(|_| refuses);
    let is_published = |book: &Book| Ok(book.current(request.month)?.is_some());
    match unmet {
        Some(unmet) if !request.book.as_ref().map_or(Ok(false), is_published)? => {
            Err(refusal(request.month, &[unmet]))
        }
        _ => Ok(()),
    }
}

/// Judges a draft whose tables lie in `folder`, given those that differ from the revision before. A month
/// that is published already with the same result was judged then; and what was accepted of the revision
/// before, and is as it was, is accepted of this one.
///
/// # Errors
/// [`crate::base::error::Kind::Expectation`]: it is not what is expected, and was to be published.
pub(super) fn judge(
    draft: &Draft<'_>,
    folder: &Path,
    status: &Status,
    changed: &[&str],
) -> Result<Verdict> {
    let Draft { request, before, .. } = draft;
    if matches!(status, Status::Unchanged { .. }) {
        return Ok(Verdict::default());
    }
    let accepted_before = before.as_ref().and_then(|before| before.manifest.accepted.as_ref());
    if before.is_some() && changed.is_empty() {
        return Ok(Verdict { accepted: accepted_before.cloned(), ..Verdict::default() });
    }
    let unmet = unmet(draft, folder)?;
    let accepted_before = accepted_before.filter(|accepted| accepted.covers(&unmet));
    let text = request.correction.accept.as_ref();
    match text.or(accepted_before.map(|accepted| &accepted.text)) {
        _ if unmet.is_empty() => Ok(Verdict::default()),
        Some(text) => {
            let accepted = Accepted { text: text.clone(), findings: unmet };
            Ok(Verdict { accepted: Some(accepted), ..Verdict::default() })
        }
        None if request.purpose == Purpose::Publish => Err(refusal(request.month, &unmet)),
        None => Ok(Verdict { unmet, accepted: None }),
    }
}

/// That a month is not published, and all that it lacks.
pub(super) fn refusal(month: Month, unmet: &[Unmet]) -> Error {
    let fault = |unmet: &Unmet| {
        Error::new(code(&unmet.expectation), unmet.fault()).expected(&unmet.expected)
    };
    Error::new(
        Code::NOT_AS_EXPECTED,
        format!("{month} is not what is expected; nothing was published"),
    )
    .with_faults(unmet.iter().map(fault).collect())
    .hint(
        "see whether all files of the month are there, and no other month's; --accept TEXT \
             publishes all the same, and the manifest keeps the text and these findings",
    )
}

/// What an expectation that is not met can be looked up by.
fn code(expectation: &str) -> Code {
    match expectation.split('.').next() {
        Some(MONTH_OVER) => Code::MONTH_NOT_OVER,
        Some(LOG_NOT_EMPTY) => Code::LOG_EMPTY,
        Some(COMPLETE_UNTIL) => Code::LOG_INCOMPLETE,
        Some("events") => Code::EVENTS_UNEXPECTED,
        Some("total") => Code::TOTAL_UNEXPECTED,
        Some("accounts") => Code::ACCOUNTS_UNEXPECTED,
        _ => Code::NOT_AS_EXPECTED,
    }
}

/// All that is not met.
fn unmet(draft: &Draft<'_>, folder: &Path) -> Result<Vec<Unmet>> {
    let Draft { request, facts, .. } = draft;
    let Request { month, expect, .. } = request;
    let before = Before::of(request)?;
    let mut found = Vec::from_iter(month_over(*month, request.process.began));
    // Of a log that is read for some accounts only, nothing is known in all.
    if request.scope.is_all() {
        found.extend(log_not_empty(*month, &facts.usage, before.as_ref())?);
        let last = facts.usage.last_used;
        found.extend(expect.complete_until.and_then(|span| complete_until(*month, last, span)));
    }
    found.extend(out_of_bounds(expect, folder, request.catalog.catalog.currency, before)?);
    Ok(found)
}

fn month_over(month: Month, now: Instant) -> Option<Unmet> {
    (now < month.end()).then(|| Unmet {
        expectation: MONTH_OVER.to_owned(),
        figure: Some(format!("{month} ends at {}", month.end())),
        expected: "a month that is over (L4)".to_owned(),
        compared_with: None,
    })
}

fn log_not_empty(
    month: Month,
    usage: &UsageControl,
    before: Option<&Before>,
) -> Result<Option<Unmet>> {
    if usage.used.rows + usage.duplicates.rows + usage.excepted.rows > 0 {
        return Ok(None);
    }
    let others = usage.rows_outside();
    let mut reasons = Vec::new();
    if others > 0 {
        reasons.push(format!("the logs hold {} of other months", counted(others, "row")));
    }
    let before = before.map(|before| Ok((before.name(), before.figures()?.events))).transpose()?;
    let before = before.filter(|(_, events)| *events > 0);
    if let Some((name, events)) = &before {
        reasons.push(format!("{name} has {}", counted(*events, "event")));
    }
    Ok((!reasons.is_empty()).then(|| Unmet {
        expectation: LOG_NOT_EMPTY.to_owned(),
        figure: Some(format!("there is no usage of {month}")),
        expected: format!("some, since {} (L4)", reasons.join(", and ")),
        compared_with: before.map(|(name, _)| name),
    }))
}

fn complete_until(month: Month, last: Option<Instant>, span: TimeSpan) -> Option<Unmet> {
    let from = month.end().plus_micros(-span.micros());
    (last.is_none_or(|last| last < from)).then(|| Unmet {
        expectation: COMPLETE_UNTIL.to_owned(),
        figure: Some(match last {
            Some(last) => format!("the last event is of {last}"),
            None => "there is no event".to_owned(),
        }),
        expected: format!("an event of {from} or later, within {span} before the month's end"),
        compared_with: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::rollup::Count;

    fn may() -> Month {
        Month::parse("2026-05").unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn a_month_is_over_from_its_end_on() {
        assert!(month_over(may(), at("2026-05-31T23:59:59.999999Z")).is_some());
        assert!(month_over(may(), at("2026-05-01T00:00:00Z")).is_some());
        assert_eq!(month_over(may(), at("2026-06-01T00:00:00Z")), None);
    }

    #[test]
    fn the_last_event_lies_within_the_span() {
        let within = |last: &str| complete_until(may(), Some(at(last)), "6h".parse().unwrap());
        assert_eq!(within("2026-05-31T18:00:00Z"), None);
        assert!(within("2026-05-31T17:59:59.999999Z").is_some());
        let none = complete_until(may(), None, "31d".parse().unwrap()).unwrap();
        assert_eq!(none.figure.as_deref(), Some("there is no event"));
    }

    #[test]
    fn a_log_is_empty_where_others_have_rows() {
        let row = Count { rows: 1, credits: 0 };
        let empty = |usage: UsageControl| log_not_empty(may(), &usage, None).unwrap().is_some();
        let others =
            || UsageControl { outside: [(may().next(), 1)].into(), ..UsageControl::default() };
        assert!(!empty(UsageControl::default()), "nothing is known of other months");
        assert!(empty(others()));
        assert!(!empty(UsageControl { used: row, ..others() }));
        assert!(!empty(UsageControl { duplicates: row, ..others() }));
        assert!(!empty(UsageControl { excepted: row, ..others() }));
        assert!(empty(UsageControl { rejected: row, ..others() }), "of no known month");
    }
}
