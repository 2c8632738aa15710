//! Rows read and classified, one by one: what every row goes through that is out of the ordinary,
//! and what the usual ones must come to as well (see [`super::columnar`]).

use super::exceptions::Why;
use super::{Boundaries, Span};
use crate::base::calendar::Instant;
use crate::input::logs::{Batch, CreditsColumn, IdColumn, InstantColumn, Table};

/// Positions of the usage log's columns in a batch (see [`Table::usage`]).
pub(super) const ACCOUNT: usize = 0;
pub(super) const AT: usize = 1;
pub(super) const CREDITS: usize = 2;
pub(super) const EVENT: usize = 3;

/// A row of the run's concern, read.
pub(super) struct Row<'a> {
    pub span: Span,
    pub account: &'a str,
    /// Empty where the log has no event ids.
    pub event: &'a str,
    pub at: Instant,
    /// Micro-credits.
    pub credits: i128,
}

/// Where a row's usage goes.
pub(super) enum Target {
    /// To a segment.
    Segment(usize),
    /// To an exception.
    SetAside(Why),
    /// Nowhere: it lies before S, and in no trial that matters.
    Nowhere,
}

/// Classifies a row of the account that `account` numbers, if it is known.
#[inline]
pub(super) fn target(row: &Row<'_>, account: Option<u32>, boundaries: &Boundaries<'_>) -> Target {
    let segment = account.and_then(|account| boundaries.locate(account, row.at));
    match (segment, row.span, account) {
        (Some(segment), _, _) => Target::Segment(segment),
        (None, Span::Within, Some(_)) => Target::SetAside(Why::BeforeSignup),
        (None, Span::Within, None) => Target::SetAside(Why::UnknownAccount),
        (None, _, _) => Target::Nowhere,
    }
}

/// Visits rows of a batch: those of the run's span in full, whosever they are, the others by
/// instant only.
///
/// A row at fault is named by its column and the reason; the first fault counts.
pub(super) fn rows(
    batch: &Batch,
    table: &Table,
    boundaries: &Boundaries<'_>,
    which: impl Iterator<Item = usize>,
    mut visit: impl FnMut(usize, Found<'_>),
) {
    let instants = InstantColumn::of(&batch.columns[AT]);
    let credits = CreditsColumn::of(&batch.columns[CREDITS]);
    let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
    let events = (table.columns.len() > EVENT).then(|| IdColumn::of(&batch.columns[EVENT]));
    let bounds = (boundaries.month.start(), boundaries.month.end());
    let (mut account_buffer, mut event_buffer) = ([0; 36], [0; 36]);
    for at_row in which {
        let at = match instants.get(at_row) {
            Ok(at) => at,
            Err(fault) => {
                let credits = credits.get(at_row).map_or(0, micros);
                visit(at_row, Found::Fault { column: AT, reason: &fault, credits });
                continue;
            }
        };
        let span = boundaries.span(at, bounds);
        let reading = credits.get(at_row);
        let micro = reading.map_or(0, micros);
        if span == Span::Outside {
            visit(at_row, Found::Outside { at, credits: micro });
            continue;
        }
        let account = match accounts.get(at_row, &mut account_buffer) {
            Ok(account) => account,
            Err(fault) => {
                visit(at_row, Found::Fault { column: ACCOUNT, reason: &fault, credits: micro });
                continue;
            }
        };
        let event = match events.as_ref().map(|ids| ids.get(at_row, &mut event_buffer)) {
            Some(Err(fault)) => {
                visit(at_row, Found::Fault { column: EVENT, reason: &fault, credits: micro });
                continue;
            }
            Some(Ok(event)) => event,
            None => "",
        };
        let moved = match reading {
            Ok(reading) => reading.rounded_by,
            Err(fault) => {
                visit(at_row, Found::Fault { column: CREDITS, reason: &fault, credits: 0 });
                continue;
            }
        };
        let row = Row { span, account, event, at, credits: micro };
        if boundaries.selection.is_other(account) {
            visit(at_row, Found::Other(row));
            continue;
        }
        visit(
            at_row,
            match boundaries.selection.dropped(event) {
                Some(number) => Found::LeftOut { row, number, moved },
                None => Found::Row { row, moved },
            },
        );
    }
}

/// What a row turned out to be.
pub(super) enum Found<'a> {
    /// Of the run's concern.
    Row { row: Row<'a>, moved: Option<i128> },
    /// Left out by request, by the number of its entry.
    LeftOut { row: Row<'a>, number: usize, moved: Option<i128> },
    /// Of an account that is not billed.
    Other(Row<'a>),
    /// Of another month.
    Outside { at: Instant, credits: i128 },
    /// Not readable.
    Fault { column: usize, reason: &'a dyn std::fmt::Display, credits: i128 },
}

fn micros(reading: crate::base::credits::ParsedCredits) -> i128 {
    i128::from(reading.credits.micros())
}
