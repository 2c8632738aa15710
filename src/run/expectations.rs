//! Whether a month is what is expected of it, before it is published: it is over, its log is not
//! empty (L4), and what else the job says of a sound month: how late its last event is, and bounds of its figures
//! (events, total, accounts), by themselves and against the month before.

use std::path::Path;

use rust_decimal::Decimal;

use super::draft::Draft;
use super::request::{Purpose, Request};
use super::status::Status;
use crate::base::calendar::{Instant, Month, TimeSpan};
use crate::base::digits::{counted, digits_with_thousands, quantity_of};
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::billing::rollup::UsageControl;
use crate::book::{
    Accepted, ArchiveRecord, Book, Bounds, ComparedMonth, Expectations, Revision, Unmet,
};
use crate::tables::{batches, view};

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
    let message = format!("{month} is not what is expected; nothing was published");
    Error::new(Code::NOT_AS_EXPECTED, message).with_faults(unmet.iter().map(fault).collect()).hint(
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

view! {
    /// What is summed of a statement.
    struct Billed of Statements.statements { events, total_amount }
}

/// What is counted of a month's statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub events: u64,
    accounts: u64,
    /// Minor units.
    total: i128,
}

/// One of them.
type OneFigure = fn(&Figures) -> i128;

impl Figures {
    fn of(revision: &Path) -> Result<Self> {
        let mut figures = Figures::default();
        for batch in batches(revision, Billed::TABLE, Billed::COLUMNS, &Scope::All)? {
            for row in Billed::rows(&batch?)? {
                figures.accounts += 1;
                figures.events += row.events;
                figures.total += i128::from(row.total_amount);
            }
        }
        Ok(figures)
    }
}

/// The month before, as it is in force.
pub(super) struct Before {
    month: Month,
    revision: Revision,
    /// What is recorded of it, if it is archived.
    archived: Option<ArchiveRecord>,
}

impl Before {
    /// None where the book has none.
    pub fn of(request: &Request) -> Result<Option<Self>> {
        let Some(book) = &request.book else { return Ok(None) };
        let month = request.month.previous();
        let Some(revision) = book.current(month)? else { return Ok(None) };
        Ok(Some(Before { month, revision, archived: book.archived(month)? }))
    }

    pub fn name(&self) -> ComparedMonth {
        ComparedMonth { month: self.month, revision: self.revision.name.clone() }
    }

    pub fn figures(&self) -> Result<Figures> {
        match &self.archived {
            None => Figures::of(self.revision.tables()?),
            Some(ArchiveRecord { events, totals, .. }) => Ok(Figures {
                events: *events,
                accounts: totals.accounts,
                total: totals.total_amount.minor,
            }),
        }
    }
}

/// A figure of the month, and what is expected of it.
struct Measure<'a> {
    /// The job file's key.
    key: &'static str,
    bounds: &'a Bounds,
    now: Decimal,
    /// In the month before, where that is in the book.
    before: Option<(Decimal, &'a ComparedMonth)>,
    unit: Unit,
}

/// What a figure is of.
enum Unit {
    /// Things that are counted, by their name in the singular.
    Count(&'static str),
    Money(Currency),
}

impl Unit {
    fn decimals(&self) -> u32 {
        match self {
            Unit::Count(_) => 0,
            Unit::Money(currency) => currency.decimals().into(),
        }
    }
}

/// The figures that lie outside of their bounds.
pub(super) fn out_of_bounds(
    expect: &Expectations,
    folder: &Path,
    currency: Currency,
    before: Option<Before>,
) -> Result<Vec<Unmet>> {
    let Expectations { events, total, accounts, .. } = expect;
    let all = [events, total, accounts];
    if all.iter().all(|bounds| bounds.is_open()) {
        return Ok(Vec::new());
    }
    let compared = before.filter(|_| all.iter().any(|bounds| bounds.change.is_some()));
    let compared = compared.map(|before| {
        let same_currency = before.revision.manifest.catalogue.currency() == Some(currency);
        Ok((before.figures()?, before.name(), same_currency))
    });
    let compared = compared.transpose()?;
    let is_comparable = compared.as_ref().is_none_or(|(.., same_currency)| *same_currency);
    let now = Figures::of(folder)?;
    let measures: [(_, _, _, OneFigure); 3] = [
        ("events", events, Unit::Count("event"), |figures| figures.events.into()),
        ("total", total, Unit::Money(currency), |figures| figures.total),
        ("accounts", accounts, Unit::Count("account"), |figures| figures.accounts.into()),
    ];
    let mut found = Vec::new();
    for (key, bounds, unit, of) in measures {
        let figure = |figures: &Figures| {
            Decimal::try_from_i128_with_scale(of(figures), unit.decimals()).map_err(|_| too_large())
        };
        let before = compared.as_ref().map(|(figures, name, _)| Ok((figure(figures)?, name)));
        let (before, now) = (before.transpose()?, figure(&now)?);
        let before = before.filter(|_| is_comparable || matches!(unit, Unit::Count(_)));
        Measure { key, bounds, now, before, unit }.judge(&mut found)?;
    }
    Ok(found)
}

impl Measure<'_> {
    fn judge(&self, found: &mut Vec<Unmet>) -> Result<()> {
        let Bounds { min, max, change } = *self.bounds;
        if let Some(min) = min.filter(|min| self.now < *min) {
            found.push(self.unmet("min", format!("at least {}", self.told(min)), None));
        }
        if let Some(max) = max.filter(|max| self.now > *max) {
            found.push(self.unmet("max", format!("at most {}", self.told(max)), None));
        }
        let Some(change) = change else { return Ok(()) };
        let Some((before, month)) = self.before else {
            tracing::info!(
                "expect.{}.change is not judged: the book has no month before in the same currency",
                self.key
            );
            return Ok(());
        };
        let by = before.abs().checked_mul(change).ok_or_else(too_large)?;
        let least = before.checked_sub(by).ok_or_else(too_large)?;
        let most = before.checked_add(by).ok_or_else(too_large)?;
        if !(least..=most).contains(&self.now) {
            let expected = format!(
                "{} to {}: at most {change} more or less than the {} of {month}",
                self.number(least),
                self.told(most),
                self.number(before)
            );
            found.push(self.unmet("change", expected, Some(month.clone())));
        }
        Ok(())
    }

    fn unmet(&self, bound: &str, expected: String, compared_with: Option<ComparedMonth>) -> Unmet {
        Unmet {
            expectation: format!("{}.{bound}", self.key),
            figure: Some(self.told(self.now)),
            expected,
            compared_with,
        }
    }

    /// A figure for people, with its unit.
    fn told(&self, figure: Decimal) -> String {
        let number = self.number(figure);
        match self.unit {
            Unit::Count(what) => quantity_of(number, what),
            Unit::Money(currency) => format!("{number} {}", currency.code()),
        }
    }

    /// A figure for people; of an amount, all decimals of its currency.
    fn number(&self, figure: Decimal) -> String {
        let mut figure = figure.normalize();
        figure.rescale(figure.scale().max(self.unit.decimals()));
        digits_with_thousands(&figure.to_string())
    }
}

fn too_large() -> Error {
    let message = "a figure of the month is too large to be compared with what is expected";
    Error::new(Code::FIGURE_TOO_LARGE, message).expected("figures of at most 28 digits")
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

    /// The findings of a figure.
    fn found(bounds: Bounds, now: &str, before: Option<&str>) -> Vec<String> {
        let number = |text: &str| Decimal::from_str_exact(text).unwrap();
        let april = ComparedMonth { month: may().previous(), revision: "r001".to_owned() };
        let measure = Measure {
            key: "total",
            bounds: &bounds,
            now: number(now),
            before: before.map(|figure| (number(figure), &april)),
            unit: Unit::Money(Currency::parse("USD").unwrap()),
        };
        let mut found = Vec::new();
        measure.judge(&mut found).unwrap();
        found.iter().map(Unmet::in_words).collect()
    }

    #[test]
    fn a_change_is_judged_exactly() {
        let change = |share: &str| Bounds {
            change: Some(Decimal::from_str_exact(share).unwrap()),
            ..Bounds::default()
        };
        assert!(found(change("0.3"), "130.00", Some("100.00")).is_empty());
        assert!(found(change("0.3"), "70.00", Some("100.00")).is_empty());
        assert_eq!(
            found(change("0.3"), "1300.01", Some("1000.00")),
            ["total.change: 1,300.01 USD; expected: 700.00 to 1,300.00 USD: at most 0.3 more or \
              less than the 1,000.00 of 2026-04 r001"]
        );
        assert_eq!(found(change("0.3"), "69.99", Some("100.00")).len(), 1);
        // A third of a cent counts, too.
        assert_eq!(found(change("0.333333"), "0.04", Some("0.03")).len(), 1);
        assert!(found(change("0.333334"), "0.04", Some("0.03")).is_empty());
        assert_eq!(found(change("0"), "0.01", Some("0.00")).len(), 1);
        assert!(found(change("0"), "0.00", Some("0.00")).is_empty());
        assert_eq!(found(change("0.5"), "1.00", Some("-1.00")).len(), 1);
        assert!(found(change("0"), "5.00", None).is_empty(), "there is no month before");
    }

    #[test]
    fn bounds_are_part_of_what_is_allowed() {
        let bounds = Bounds { min: Some(2.into()), max: Some(3.into()), change: None };
        assert!(found(bounds, "2.00", None).is_empty() && found(bounds, "3.00", None).is_empty());
        assert_eq!(
            found(bounds, "1.99", None),
            ["total.min: 1.99 USD; expected: at least 2.00 USD"]
        );
        assert_eq!(
            found(bounds, "3.01", None),
            ["total.max: 3.01 USD; expected: at most 3.00 USD"]
        );
    }
}
