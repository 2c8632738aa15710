//! The change log: read whole, since it is of the size of the accounts, and freed of
//! duplicates over all its months.

mod order;
mod store;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arrow_array::ArrayRef;

use crate::base::calendar::Instant;
use crate::base::error::Result;
use crate::base::exceptions::ChangeExceptions;
use crate::base::ids::check_id;
use crate::base::named::vocabulary;
use crate::base::rejects::Reject;
use crate::input::logs::{
    self, Batch, IdColumn, InstantColumn, Scan, Scanned, Source, Table, word,
};
use store::{Chunk, Place, Store};

vocabulary! {
    /// What a change asks for.
    pub enum Ask {
        /// Switch overage off.
        OverageOff = "overage_off",
        /// Switch overage on (O2).
        OverageOn = "overage_on",
        /// Change to a plan.
        Plan = "plan",
        /// Sign up, on a plan if one is named (T3).
        Signup = "signup",
    }
}

/// A row of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The change's id.
    pub id: &'a str,
    /// Whose change it is.
    pub account: &'a str,
    /// When it was asked for.
    pub at: Instant,
    /// What is asked for.
    pub ask: Ask,
    /// The plan named; the catalogue may lack it.
    pub plan: Option<&'a str>,
}

impl Change<'_> {
    /// Same ids together; of those the first stands.
    fn precedence(&self, other: &Self) -> Ordering {
        let key = |c: &Self| (c.at, c.ask);
        (self.id, self.at, self.account)
            .cmp(&(other.id, other.at, other.account))
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.plan.cmp(&other.plan))
    }
}

/// Changes: one for each id, in the order (`account_id`, `at`, `change_id`).
#[derive(Debug, Default)]
pub struct Changes {
    store: Store,
    order: Vec<Place>,
}

/// The change log, as read.
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// The changes that stand.
    pub changes: Changes,
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
    /// Changes of other accounts than those asked for, duplicates left out.
    pub others: u64,
}

impl Changes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// A change, by its place in the order.
    pub fn get(&self, at: usize) -> Change<'_> {
        self.store.get(self.order[at])
    }

    /// Changes by their places in the order.
    pub fn some(&self, places: Range<usize>) -> Vec<Change<'_>> {
        let mut changes = Vec::with_capacity(places.len());
        for places in self.order[places].chunks(FETCHED) {
            black_box(self.store.fetch(places));
            changes.extend(places.iter().map(|&place| self.store.get(place)));
        }
        changes
    }

    /// The account of a change.
    pub fn account(&self, at: usize) -> &str {
        self.store.account(self.order[at])
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.order.iter().map(|&place| self.store.get(place))
    }

    /// The place of the first change that is of none of the accounts before `account`.
    pub fn first_from(&self, account: &str) -> usize {
        self.order.partition_point(|&place| self.store.account(place) < account)
    }
}

/// Changes that are fetched before the first of them is looked at.
const FETCHED: usize = 64;

/// Reads a change log.
///
/// # Errors
/// A file cannot be read to its end.
pub fn read(sources: &[Source], table: &Table) -> Result<ChangeLog> {
    read_part(sources, table, None)
}

/// Reads a change log whole, as [`read()`] does, and keeps the changes of some accounts: those of
/// others are needed to find duplicates, and are then only counted.
///
/// # Errors
/// As [`read()`].
pub fn read_of(
    sources: &[Source],
    table: &Table,
    accounts: &BTreeSet<String>,
) -> Result<ChangeLog> {
    read_part(sources, table, Some(accounts))
}

fn read_part(
    sources: &[Source],
    table: &Table,
    only: Option<&BTreeSet<String>>,
) -> Result<ChangeLog> {
    let found = Mutex::new((Vec::new(), Vec::new()));
    let take = |batch: Batch| {
        let (changes, rejects) = read_batch(batch, table, sources);
        let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
        found.0.push(changes);
        found.1.extend(rejects);
    };
    // A file may come in a few large parts, or in one: whoever reads it leaves what was read to
    // others, as long as they keep up.
    let (left, most) = (AtomicUsize::new(0), 2 * rayon::current_num_threads());
    let scan = Scan::whole(sources, table);
    rayon::in_place_scope(|others| {
        logs::scan(&scan, &|piece| {
            let Scanned::Batch(batch) = piece else {
                return Ok(());
            };
            if left.load(Relaxed) >= most {
                take(batch);
                return Ok(());
            }
            left.fetch_add(1, Relaxed);
            let (take, left) = (&take, &left);
            others.spawn(move |_| {
                take(batch);
                left.fetch_sub(1, Relaxed);
            });
            Ok(())
        })
    })?;
    let (chunks, rejects) = found.into_inner().unwrap_or_else(|e| e.into_inner());
    let mut log = order::ordered(Store(chunks), only);
    log.rows_read += rejects.len() as u64;
    log.rejects = rejects;
    Ok(log)
}

fn read_batch(mut batch: Batch, table: &Table, sources: &[Source]) -> (Chunk, Vec<Reject>) {
    let mut rejects: Vec<Reject> =
        std::mem::take(&mut batch.faults).into_iter().map(|f| f.into_reject(sources)).collect();
    let mut changes = Chunk::with_capacity(batch.len);
    let columns = Columns::of(&batch);
    for at in 0..batch.len {
        let read = columns.row(at, (&mut [0; 36], &mut [0; 36]), |change| changes.push(change));
        if let Err((column, reason)) = read {
            rejects.push(batch.fault(table, column, at, reason).into_reject(sources));
        }
    }
    changes.shrink();
    (changes, rejects)
}

/// The columns of a batch.
struct Columns<'a> {
    account: IdColumn<'a>,
    at: InstantColumn<'a>,
    id: IdColumn<'a>,
    ask: &'a ArrayRef,
    plan: &'a ArrayRef,
}

impl<'a> Columns<'a> {
    const ACCOUNT: usize = 0;
    const AT: usize = 1;
    const ID: usize = 2;
    const ASK: usize = 3;
    const PLAN: usize = 4;

    fn of(batch: &'a Batch) -> Self {
        let columns = &batch.columns;
        Columns {
            account: IdColumn::of(&columns[Self::ACCOUNT]),
            at: InstantColumn::of(&columns[Self::AT]),
            id: IdColumn::of(&columns[Self::ID]),
            ask: &columns[Self::ASK],
            plan: &columns[Self::PLAN],
        }
    }

    /// Hands a row's change on; or gives the column at fault and why.
    fn row(
        &self,
        row: usize,
        buffers: (&mut [u8; 36], &mut [u8; 36]),
        hand: impl FnOnce(Change<'_>),
    ) -> std::result::Result<(), (usize, String)> {
        let account = self.account.get(row, buffers.0);
        let account = account.map_err(|f| (Self::ACCOUNT, f.to_string()))?;
        let at = self.at.get(row).map_err(|f| (Self::AT, f.to_string()))?;
        let id = self.id.get(row, buffers.1).map_err(|f| (Self::ID, f.to_string()))?;
        let ask = Ask::parse(word(self.ask, row)).ok_or_else(|| {
            let reason = "is no change; expected signup, plan, overage_on or overage_off";
            (Self::ASK, reason.to_owned())
        })?;
        let plan = Some(word(self.plan, row)).filter(|plan| !plan.is_empty());
        let fault = match (ask, plan) {
            (Ask::Plan, None) => "is empty; expected the plan's id for a change of plan",
            (Ask::OverageOn | Ask::OverageOff, Some(_)) => {
                "is given for an overage switch; expected it empty"
            }
            (_, Some(plan)) if check_id(plan).is_err() => "is not an id; expected a plan's id",
            (_, plan) => {
                hand(Change { id, account, at, ask, plan });
                return Ok(());
            }
        };
        Err((Self::PLAN, fault.to_owned()))
    }
}
