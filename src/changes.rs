//! The change log: read whole, since it is of the size of the accounts, and freed of
//! duplicates over all its months.

use std::cmp::Ordering;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::calendar::Instant;
use crate::error::Result;
use crate::exceptions::{ChangeExceptions, ExceptionKind};
use crate::logs::{self, Batch, IdColumn, InstantColumn, Piece, Reject, Scan, Source, Table, word};

/// What a change asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Switch overage off.
    OverageOff,
    /// Switch overage on (O2).
    OverageOn,
    /// Change to a plan.
    Plan,
    /// Sign up, on a plan if one is named (T3).
    Signup,
}

impl Ask {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "overage_off" => Some(Ask::OverageOff),
            "overage_on" => Some(Ask::OverageOn),
            "plan" => Some(Ask::Plan),
            "signup" => Some(Ask::Signup),
            _ => None,
        }
    }
}

/// A row of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The change's id.
    pub id: Box<str>,
    /// Whose change it is.
    pub account: Box<str>,
    /// When it was asked for.
    pub at: Instant,
    /// What is asked for.
    pub ask: Ask,
    /// The plan named; the catalogue may lack it.
    pub plan: Option<Box<str>>,
}

impl Change {
    /// The order in which an account's changes are applied (T2).
    fn replay_order(&self, other: &Self) -> Ordering {
        (&self.account, self.at, &self.id).cmp(&(&other.account, other.at, &other.id))
    }

    /// Same ids together; of those the first stands.
    fn precedence(&self, other: &Self) -> Ordering {
        let key = |c: &Self| (c.at, c.ask);
        (&self.id, self.at, &self.account)
            .cmp(&(&other.id, other.at, &other.account))
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.plan.cmp(&other.plan))
    }
}

/// The change log, as read.
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// One change for each id, in the order (`account_id`, `at`, `change_id`).
    pub changes: Vec<Change>,
    /// Rows that could not be read.
    pub rejects: Vec<Reject>,
    /// Conflicting duplicates.
    pub exceptions: ChangeExceptions,
    /// Rows read, the rejected ones included.
    pub rows_read: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows set aside as conflicting duplicates.
    pub conflicting: u64,
}

/// Reads a change log.
///
/// # Errors
/// A file cannot be read to its end.
pub fn read(sources: &[Source], table: &Table) -> Result<ChangeLog> {
    let found = Mutex::new((Vec::new(), Vec::new()));
    let scan = Scan::whole(sources, table);
    logs::scan(&scan, &|piece| {
        let Piece::Batch(batch) = piece else {
            return Ok(());
        };
        let (changes, rejects) = read_batch(batch, table, sources);
        let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
        found.0.extend(changes);
        found.1.extend(rejects);
        Ok(())
    })?;
    let (changes, rejects) = found.into_inner().unwrap_or_else(|e| e.into_inner());
    let rows_read = (changes.len() + rejects.len()) as u64;
    let mut log = deduplicated(changes);
    log.rows_read = rows_read;
    log.rejects = rejects;
    log.changes.par_sort_unstable_by(Change::replay_order);
    Ok(log)
}

fn deduplicated(mut changes: Vec<Change>) -> ChangeLog {
    changes.par_sort_unstable_by(Change::precedence);
    let mut log = ChangeLog::default();
    let mut first_of_id: Option<usize> = None;
    let mut previous: Option<Change> = None;
    for change in changes {
        let stands = first_of_id.map(|at| &log.changes[at]).filter(|first| first.id == change.id);
        if previous.as_ref() == Some(&change) || stands == Some(&change) {
            log.duplicates += 1;
            continue;
        }
        if stands.is_some() {
            let kind = ExceptionKind::ConflictingDuplicate;
            log.exceptions.add(&change.account, kind, "changes", (change.at, &change.id));
            log.conflicting += 1;
            previous = Some(change);
            continue;
        }
        previous = None;
        first_of_id = Some(log.changes.len());
        log.changes.push(change);
    }
    log
}

fn read_batch(mut batch: Batch, table: &Table, sources: &[Source]) -> (Vec<Change>, Vec<Reject>) {
    let mut rejects: Vec<Reject> = batch.take_faults().map(|f| f.place(sources)).collect();
    let mut changes = Vec::with_capacity(batch.len);
    for at in 0..batch.len {
        match read_row(&batch, at) {
            Ok(change) => changes.push(change),
            Err((column, reason)) => {
                rejects.push(batch.reject(table, column, at, reason).place(sources));
            }
        }
    }
    (changes, rejects)
}

/// A change, or the column at fault and why.
fn read_row(batch: &Batch, row: usize) -> std::result::Result<Change, (usize, String)> {
    const ACCOUNT: usize = 0;
    const AT: usize = 1;
    const ID: usize = 2;
    const ASK: usize = 3;
    const PLAN: usize = 4;
    let id = |column: usize| {
        let mut buffer = [0; 36];
        let ids = IdColumn::of(&batch.columns[column]);
        let id = ids.get(row, &mut buffer).map_err(|f| (column, f.to_string()))?;
        Ok::<Box<str>, (usize, String)>(id.into())
    };
    let account = id(ACCOUNT)?;
    let at = InstantColumn::of(&batch.columns[AT]).get(row).map_err(|f| (AT, f.to_string()))?;
    let change_id = id(ID)?;
    let ask = Ask::parse(word(&batch.columns[ASK], row)).ok_or_else(|| {
        (ASK, "is no change; expected signup, plan, overage_on or overage_off".to_owned())
    })?;
    let plan = Some(word(&batch.columns[PLAN], row)).filter(|plan| !plan.is_empty());
    match (ask, plan) {
        (Ask::Plan, None) => {
            Err((PLAN, "is empty; expected the plan's id for a change of plan".to_owned()))
        }
        (Ask::OverageOn | Ask::OverageOff, Some(_)) => {
            Err((PLAN, "is given for an overage switch; expected it empty".to_owned()))
        }
        (_, Some(plan)) if logs::check_id(plan).is_err() => {
            Err((PLAN, "is not an id; expected a plan's id".to_owned()))
        }
        (_, plan) => Ok(Change { id: change_id, account, at, ask, plan: plan.map(Into::into) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, minute: u32, plan: &str) -> Change {
        let at = Instant::parse(&format!("2026-04-01T00:{minute:02}:00Z")).unwrap();
        Change { id: id.into(), account: "ann".into(), at, ask: Ask::Plan, plan: Some(plan.into()) }
    }

    #[test]
    fn the_first_of_an_id_stands_and_the_rest_is_counted() {
        let log = deduplicated(vec![
            change("b", 1, "pro"),
            change("a", 5, "pro"),
            change("a", 3, "power"),
            change("a", 5, "pro"),
            change("b", 1, "pro"),
            change("a", 3, "power"),
        ]);
        let kept: Vec<_> = log.changes.iter().map(|c| (&*c.id, c.plan.as_deref())).collect();
        assert_eq!(kept, [("a", Some("power")), ("b", Some("pro"))]);
        assert_eq!((log.duplicates, log.conflicting), (3, 1));
    }
}
