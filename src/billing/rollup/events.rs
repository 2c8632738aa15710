//! Single events, and what became of each: for whoever must tell where an account's usage went.
//! Rows are classified as in the pass over the whole log, by the same code.

use std::collections::{BTreeMap, BTreeSet};

use super::billed_before::BilledBefore;
use super::boundaries::{Boundaries, Span};
use super::duplicates::{Resolution, resolve};
use super::row_by_row::{self, Classified, Target};
pub use super::usage_row::Place;
use super::usage_row::UsageRow;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::ids::{AccountId, EventId};
use crate::base::rejects::Reject;
use crate::base::scope::Scope;
use crate::input::logs::{self, Batch, LogSchema, Scan, Source};

/// Which rows are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// Those of this account; row groups that exclude it are not read.
    Account(&'a AccountId),
    /// Those with these event ids, whosever they are.
    Ids(&'a BTreeSet<EventId>),
}

/// The usage log's files and what is asked of them.
pub struct EventQuery<'a> {
    /// The opened files.
    pub sources: &'a [Source],
    /// Their columns; without `event_id`, no duplicates are looked for.
    pub table: &'a LogSchema,
    /// Where the segments begin, and which events are left out.
    pub boundaries: &'a Boundaries<'a>,
    /// What the month before keeps.
    pub billed_before: BilledBefore<'a>,
    /// Which rows are looked for.
    pub wanted: Wanted<'a>,
}

/// A row of the usage log that lies in the month, or in genesis before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Its id; empty where the log has none.
    pub id: EventId,
    /// Where it stands.
    pub place: Place,
    /// Whose usage it is.
    pub account: AccountId,
    /// Its credits.
    pub credits: Credits,
    /// What became of it.
    pub outcome: EventOutcome,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventOutcome {
    /// It counts in the segment of this number.
    Used(usize),
    /// It lies before S, and in no trial that matters.
    Nowhere,
    /// It cannot be billed (T4), or was billed in the month before (L1).
    Exception(ExceptionKind),
    /// The same event again; the row here is the one that counts.
    Duplicate(Place),
    /// The same id with other content; the row here came first, and counts.
    Conflict(Place),
    /// It was left out, with this reason.
    Dropped(String),
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// The rows, in the order in which they draw (C1): by instant, then by id.
    pub events: Vec<Event>,
    /// Rows of the account that cannot be read; none where ids are looked for.
    pub rejects: Vec<Reject>,
}

/// Finds events.
///
/// # Errors
/// A file cannot be read to its end.
pub fn find(query: &EventQuery<'_>) -> Result<Events> {
    let scope = match query.wanted {
        Wanted::Account(account) => Scope::of_account(account),
        Wanted::Ids(_) => Scope::All,
    };
    let is_skipped = |span: &_| query.boundaries.is_other_month(span);
    let whole = Scan::whole(query.sources, query.table);
    let scan = Scan { is_skipped: &is_skipped, scope: &scope, ..whole };
    let mut found = Events::default();
    for part in logs::collect(&scan, &|batch| Ok(vec![query.read(&batch)]))? {
        found.events.extend(part.events);
        found.rejects.extend(part.rejects);
    }
    query.resolve(&mut found.events)?;
    found.events.sort_by(|a, b| (a.at, &a.id, a.place).cmp(&(b.at, &b.id, b.place)));
    found.rejects.sort();
    Ok(found)
}

impl EventQuery<'_> {
    /// The rows of a batch, as if none came twice.
    fn read(&self, batch: &Batch) -> Events {
        let mut read = Events::default();
        let rows = 0..batch.len;
        row_by_row::visit(
            batch,
            self.table,
            self.boundaries,
            rows,
            |classified| match classified {
                Classified::Billable { row, .. } if self.wants(&row) => {
                    read.events.push(Event::of(&row, self.outcome(&row)));
                }
                Classified::Dropped { row, number, .. } if self.wants(&row) => {
                    let reason = self.boundaries.selection.drops.reason(number).to_owned();
                    read.events.push(Event::of(&row, EventOutcome::Dropped(reason)));
                }
                Classified::Unreadable { at_row, column, fault, .. } => {
                    if let Wanted::Account(_) = self.wanted {
                        let fault = batch.fault(self.table, column, at_row, fault.to_string());
                        read.rejects.push(fault.into_reject(self.sources));
                    }
                }
                Classified::Billable { .. }
                | Classified::Dropped { .. }
                | Classified::OtherAccount(_)
                | Classified::OtherMonth { .. } => {}
            },
        );
        read
    }

    fn wants(&self, row: &UsageRow<'_>) -> bool {
        match self.wanted {
            Wanted::Account(_) => true, // the scan hands out no others
            Wanted::Ids(ids) => ids.contains(row.event),
        }
    }

    fn outcome(&self, row: &UsageRow<'_>) -> EventOutcome {
        match Target::of(row, self.boundaries) {
            Target::Segment(segment) => EventOutcome::Used(segment),
            Target::Exception(cause) => EventOutcome::Exception(cause.kind()),
            Target::Nowhere => EventOutcome::Nowhere,
        }
    }

    /// Finds duplicates and conflicts among the events, and those that were billed before.
    fn resolve(&self, events: &mut [Event]) -> Result<()> {
        let compared = |event: &&Event| {
            !event.id.is_empty() && !matches!(event.outcome, EventOutcome::Dropped(_))
        };
        let row = |event| Event::row(event, self.boundaries.span(event.at));
        let mut rows: Vec<UsageRow<'_>> = events.iter().filter(compared).map(row).collect();
        let ids = rows.iter().map(|row| row.event).collect();
        let billed_before = self.billed_before.among(&ids)?;
        rows.extend(billed_before.iter().map(|id| UsageRow::mark(id)));
        let mut outcomes: BTreeMap<Place, EventOutcome> = BTreeMap::new();
        resolve(&mut rows, |row, resolution, stands| {
            let outcome = match resolution {
                Resolution::Stands => return Ok(()),
                Resolution::Duplicate => EventOutcome::Duplicate(stands.place),
                Resolution::BilledBefore => EventOutcome::Exception(ExceptionKind::BilledBefore),
                Resolution::Conflicting => EventOutcome::Conflict(stands.place),
            };
            outcomes.insert(row.place, outcome);
            Ok(())
        })?;
        for event in events {
            if let Some(outcome) = outcomes.remove(&event.place) {
                event.outcome = outcome;
            }
        }
        Ok(())
    }
}

impl Event {
    fn of(row: &UsageRow<'_>, outcome: EventOutcome) -> Self {
        let UsageRow { event, at, account, credits, place, .. } = *row;
        Event { at, id: event.into(), place, account: account.into(), credits, outcome }
    }

    fn row(&self, span: Span) -> UsageRow<'_> {
        let Event { at, credits, place, .. } = *self;
        UsageRow { span, event: &self.id, at, account: &self.account, credits, place }
    }
}
