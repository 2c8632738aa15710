//! Rows read and classified, one by one: what every row goes through that is out of the ordinary,
//! and what the usual ones must come to as well (see [`super::columnar`]).

use super::boundaries::{Boundaries, Span};
use super::findings::ExceptionCause;
use super::usage_row::{Place, UsageRow};
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::ids::UuidText;
pub(super) use crate::input::logs::usage_columns::{ACCOUNT, AT, CREDITS, EVENT};
use crate::input::logs::{Batch, CellFault, CreditsColumn, IdColumn, InstantColumn, LogSchema};

/// Where a row's usage goes.
pub(super) enum Target {
    /// To a segment.
    Segment(usize),
    /// To an exception.
    Exception(ExceptionCause),
    /// Nowhere: it lies before S, and in no trial that matters.
    Nowhere,
}

impl Target {
    /// Where a row goes, whose account `account` numbers, if it is known.
    #[inline]
    pub fn of(row: &UsageRow<'_>, boundaries: &Boundaries<'_>) -> Self {
        let account = boundaries.accounts.find(row.account);
        let segment = account.and_then(|account| boundaries.locate(account, row.at));
        match (segment, row.span, account) {
            (Some(segment), _, _) => Target::Segment(segment),
            (None, Span::Within, Some(_)) => Target::Exception(ExceptionCause::BeforeSignup),
            (None, Span::Within, None) => Target::Exception(ExceptionCause::UnknownAccount),
            (None, _, _) => Target::Nowhere,
        }
    }
}

/// What a row turned out to be.
pub(super) enum Classified<'a> {
    /// Of the run's concern; with what rounding added to its credits, if it was rounded.
    Billable { row: UsageRow<'a>, rounded_by: Option<i128> },
    /// Left out by request, by the number of its entry.
    Dropped { row: UsageRow<'a>, number: usize, rounded_by: Option<i128> },
    /// Of an account that is not billed.
    OtherAccount(UsageRow<'a>),
    /// Of another month.
    OtherMonth { at: Instant },
    /// Not readable; the first fault counts.
    Unreadable { at_row: usize, column: usize, fault: CellFault, credits: Credits },
}

/// Visits rows of a batch: those of the run's span in full, whosever they are, the others by
/// instant only.
pub(super) fn visit(
    batch: &Batch,
    table: &LogSchema,
    boundaries: &Boundaries<'_>,
    which: impl Iterator<Item = usize>,
    mut visit: impl FnMut(Classified<'_>),
) {
    let columns = Columns {
        batch,
        instants: batch.instants(AT),
        credits: batch.credits(CREDITS),
        accounts: IdColumn::of(&batch.columns[ACCOUNT]),
        events: (table.columns.len() > EVENT).then(|| IdColumn::of(&batch.columns[EVENT])),
    };
    let mut buffers = [[0; 36]; 2];
    for at_row in which {
        visit(columns.classify(at_row, boundaries, &mut buffers));
    }
}

/// The columns of a batch.
struct Columns<'a> {
    batch: &'a Batch,
    instants: InstantColumn<'a>,
    credits: CreditsColumn<'a>,
    accounts: IdColumn<'a>,
    events: Option<IdColumn<'a>>,
}

impl Columns<'_> {
    /// Classifies a row; `buffers` hold its ids where they are UUIDs.
    fn classify<'r>(
        &'r self,
        at_row: usize,
        boundaries: &Boundaries<'_>,
        buffers: &'r mut [UuidText; 2],
    ) -> Classified<'r> {
        let reading = self.credits.get(at_row);
        let credits = reading.map_or(Credits::ZERO, |reading| reading.credits);
        let unreadable = |column, fault| Classified::Unreadable { at_row, column, fault, credits };
        let at = match self.instants.get(at_row) {
            Ok(at) => at,
            Err(fault) => return unreadable(AT, fault),
        };
        let span = boundaries.span(at);
        if span == Span::Outside {
            return Classified::OtherMonth { at };
        }
        let [account_buffer, event_buffer] = buffers;
        let account = match self.accounts.get(at_row, account_buffer) {
            Ok(account) => account,
            Err(fault) => return unreadable(ACCOUNT, fault),
        };
        let event = match self.events.as_ref().map(|ids| ids.get(at_row, event_buffer)) {
            Some(Ok(event)) => event,
            Some(Err(fault)) => return unreadable(EVENT, fault),
            None => "",
        };
        let rounded_by = match reading {
            Ok(reading) => reading.rounded_by,
            Err(fault) => return unreadable(CREDITS, fault),
        };
        let place = Place { source: self.batch.source, row: self.batch.rows.number(at_row) };
        let row = UsageRow { span, event, at, account, credits, place };
        if !boundaries.selection.scope.includes(account) {
            return Classified::OtherAccount(row);
        }
        match boundaries.selection.drops.find(event, account) {
            Some(number) => Classified::Dropped { row, number, rounded_by },
            None => Classified::Billable { row, rounded_by },
        }
    }
}
