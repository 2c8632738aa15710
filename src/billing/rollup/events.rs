//! Single events, and what became of each: for whoever must tell where an account's usage went.
//! Rows are classified as in the pass over the whole log, by the same code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::duplicates::{Suspect, Verdict, resolve};
use super::row_by_row::{self, Found, Target};
use super::{Boundaries, Span};
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::rejects::Reject;
use crate::base::scope::Scope;
use crate::input::logs::{self, Batch, Scan, Scanned, Source, Table};

/// Which rows are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Sought<'a> {
    /// Those of these accounts; row groups that exclude them are not read.
    Accounts(&'a BTreeSet<String>),
    /// Those with these event ids, whosever they are.
    Ids(&'a BTreeSet<String>),
}

/// The usage log's files and what is asked of them.
pub struct Question<'a> {
    /// The opened files.
    pub sources: &'a [Source],
    /// Their columns; without `event_id`, no duplicates are looked for.
    pub table: &'a Table,
    /// Where the segments begin, and which events are left out.
    pub boundaries: &'a Boundaries<'a>,
    /// Which rows are looked for.
    pub sought: Sought<'a>,
}

/// File and row: the file as an index into the sources, the row from 1.
pub type Place = (usize, u64);

/// A row of the usage log that lies in the month, or in genesis before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Its id; empty where the log has none.
    pub id: String,
    /// Where it stands.
    pub place: Place,
    /// Whose usage it is.
    pub account: String,
    /// Its credits.
    pub credits: Credits,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It counts in the segment of this number.
    Used(usize),
    /// It lies before S, and in no trial that matters.
    Nowhere,
    /// It cannot be billed (T4).
    SetAside(ExceptionKind),
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
    /// Rows of these accounts that cannot be read; none where ids are sought.
    pub rejects: Vec<Reject>,
}

/// Finds events.
///
/// # Errors
/// A file cannot be read to its end.
pub fn find(question: &Question<'_>) -> Result<Events> {
    let found = Mutex::new(Events::default());
    let is_skipped = |span: &_| question.boundaries.is_other_month(span);
    let scope = match question.sought {
        Sought::Accounts(accounts) => Scope::from(Some(accounts)),
        Sought::Ids(_) => Scope::All,
    };
    let whole = Scan::whole(question.sources, question.table);
    let scan = Scan { is_skipped: &is_skipped, scope: &scope, ..whole };
    logs::scan(&scan, &|piece| {
        if let Scanned::Batch(batch) = piece {
            let part = question.read(&batch);
            let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
            found.events.extend(part.events);
            found.rejects.extend(part.rejects);
        }
        Ok(())
    })?;
    let mut found = found.into_inner().unwrap_or_else(|e| e.into_inner());
    question.resolve(&mut found.events);
    found.events.sort_by(|a, b| (a.at, &a.id, a.place).cmp(&(b.at, &b.id, b.place)));
    found.rejects.sort();
    Ok(found)
}

impl Question<'_> {
    /// The rows of a batch, as if none came twice.
    fn read(&self, batch: &Batch) -> Events {
        let mut read = Events::default();
        row_by_row::rows(batch, self.table, self.boundaries, 0..batch.len, |at_row, found| {
            let place = (batch.source, batch.rows.number(at_row));
            match found {
                Found::Row { row, .. } if self.seeks(&row) => {
                    read.events.extend(event(&row, place, self.fate(&row)));
                }
                Found::LeftOut { row, number, .. } if self.seeks(&row) => {
                    let drops = self.boundaries.selection.drops;
                    let reason = drops.map_or("", |drops| drops.reason(number)).to_owned();
                    read.events.extend(event(&row, place, Fate::Dropped(reason)));
                }
                Found::Fault { column, reason, .. } if self.of_accounts() => {
                    let reject = batch.fault(self.table, column, at_row, reason.to_string());
                    read.rejects.push(reject.into_reject(self.sources));
                }
                Found::Row { .. }
                | Found::LeftOut { .. }
                | Found::Other(_)
                | Found::Outside { .. }
                | Found::Fault { .. } => {}
            }
        });
        read
    }

    fn of_accounts(&self) -> bool {
        matches!(self.sought, Sought::Accounts(_))
    }

    fn seeks(&self, row: &row_by_row::Row<'_>) -> bool {
        match self.sought {
            Sought::Accounts(_) => true, // the scan hands out no others
            Sought::Ids(ids) => ids.contains(row.event),
        }
    }

    fn fate(&self, row: &row_by_row::Row<'_>) -> Fate {
        let account = self.boundaries.accounts.find(row.account);
        match row_by_row::target(row, account, self.boundaries) {
            Target::Segment(segment) => Fate::Used(segment),
            Target::SetAside(why) => Fate::SetAside(why.kind()),
            Target::Nowhere => Fate::Nowhere,
        }
    }

    /// Finds duplicates and conflicts among the events.
    fn resolve(&self, events: &mut [Event]) {
        let start = self.boundaries.month.start();
        let span = |event: &Event| if event.at < start { Span::Before } else { Span::Within };
        let stays =
            |event: &&Event| !event.id.is_empty() && !matches!(event.fate, Fate::Dropped(_));
        let mut suspects: Vec<Suspect<'_>> =
            events.iter().filter(stays).map(|event| suspect_of(event, span(event))).collect();
        let mut fates: BTreeMap<Place, Fate> = BTreeMap::new();
        resolve(&mut suspects, |row, verdict, stands| {
            let fate = match verdict {
                Verdict::Stands => return,
                Verdict::Duplicate => Fate::Duplicate(stands.place),
                Verdict::Conflicting => Fate::Conflict(stands.place),
            };
            fates.insert(row.place, fate);
        });
        for event in events {
            if let Some(fate) = fates.remove(&event.place) {
                event.fate = fate;
            }
        }
    }
}

fn suspect_of(event: &Event, span: Span) -> Suspect<'_> {
    Suspect {
        span,
        event: &event.id,
        at: event.at,
        account: &event.account,
        credits: event.credits.micros().into(),
        place: event.place,
    }
}

fn event(row: &row_by_row::Row<'_>, place: Place, fate: Fate) -> Option<Event> {
    Some(Event {
        at: row.at,
        id: row.event.to_owned(),
        place,
        account: row.account.to_owned(),
        credits: Credits::from_micros(row.credits).ok()?,
        fate,
    })
}
