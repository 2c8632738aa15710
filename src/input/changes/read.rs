//! The change log's files read.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use arrow_array::ArrayRef;

use super::log::ChangeLog;
use super::order::ordered;
use super::store::{Change, ChangeKind, Chunk, Store};
use crate::base::error::Result;
use crate::base::ids::{UuidText, check_id};
use crate::base::rejects::{Reject, RejectCollector};
use crate::base::scope::Scope;
use crate::input::logs::{
    self, Batch, CellError, IdColumn, InstantColumn, LogSchema, Scan, Scanned, Source, word,
};

/// Reads a change log whole, and keeps the changes of the accounts in `scope`: those of others are
/// needed to find duplicates, and are then only counted. Rows that cannot be read go to `rejects`, if
/// anyone asks for them.
///
/// # Errors
/// A file cannot be read to its end.
pub fn read(
    sources: &[Source],
    schema: &LogSchema,
    scope: &Scope,
    rejects: Option<&RejectCollector>,
) -> Result<ChangeLog> {
    let found = Mutex::new(Found { chunks: Vec::new(), rejected: 0, kept: Ok(()) });
    let take = |batch: Batch| {
        let (changes, mut unreadable) = read_batch(batch, schema, sources);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.chunks.push(changes);
        found.rejected += unreadable.len() as u64;
        if let Some(Err(error)) = rejects.map(|rejects| rejects.add(&mut unreadable)) {
            found.kept = Err(error);
        }
    };
    // A file may come in a few large parts, or in one: whoever reads it leaves what was read to
    // others, as long as they keep up.
    let (left, most) = (AtomicUsize::new(0), 2 * rayon::current_num_threads());
    let scan = Scan::whole(sources, schema);
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
    let Found { chunks, rejected, kept } =
        found.into_inner().unwrap_or_else(PoisonError::into_inner);
    kept?;
    let of_1970 = chunks.iter().map(|chunk| chunk.of_1970).sum();
    let mut log = ordered(Store(chunks), scope);
    log.of_1970 = of_1970;
    log.rows_read += rejected;
    log.rejected = rejected;
    Ok(log)
}

/// What all threads have read.
struct Found {
    chunks: Vec<Chunk>,
    rejected: u64,
    /// Whether all rejects could be kept.
    kept: Result<()>,
}

fn read_batch(mut batch: Batch, schema: &LogSchema, sources: &[Source]) -> (Chunk, Vec<Reject>) {
    let mut rejects: Vec<Reject> =
        std::mem::take(&mut batch.faults).into_iter().map(|f| f.into_reject(sources)).collect();
    let mut changes = Chunk::with_capacity(batch.len);
    let columns = Columns::of(&batch, schema);
    for at in 0..batch.len {
        let (mut account, mut id) = ([0; 36], [0; 36]);
        match columns.row(at, &mut account, &mut id) {
            Ok(change) => changes.push(change),
            Err(error) => {
                rejects.push(batch.cell_fault(schema, at, error).into_reject(sources));
            }
        }
    }
    changes.shrink();
    (changes, rejects)
}

/// What is wrong with a row besides its ids and its instant.
pub fn row_fault(batch: &Batch, schema: &LogSchema, row: usize) -> Option<CellError> {
    Columns::of(batch, schema).kind_and_plan(row).err()
}

/// The columns of a batch.
struct Columns<'a> {
    account: IdColumn<'a>,
    at: InstantColumn<'a>,
    id: IdColumn<'a>,
    kind: &'a ArrayRef,
    plan: &'a ArrayRef,
    schema: &'a LogSchema,
}

impl<'a> Columns<'a> {
    const ACCOUNT: usize = 0;
    const AT: usize = 1;
    const ID: usize = 2;
    const KIND: usize = 3;
    const PLAN: usize = 4;

    fn of(batch: &'a Batch, schema: &'a LogSchema) -> Self {
        let columns = &batch.columns;
        Columns {
            account: IdColumn::of(&columns[Self::ACCOUNT]),
            at: batch.instants(Self::AT),
            id: IdColumn::of(&columns[Self::ID]),
            kind: &columns[Self::KIND],
            plan: &columns[Self::PLAN],
            schema,
        }
    }

    /// A row's change; the buffers hold its ids where they are UUIDs.
    fn row<'b>(
        &'b self,
        row: usize,
        account: &'b mut UuidText,
        id: &'b mut UuidText,
    ) -> std::result::Result<Change<'b>, CellError> {
        let account =
            self.account.get(row, account).map_err(|f| CellError::new(Self::ACCOUNT, f))?;
        let at = self.at.get(row).map_err(|f| CellError::new(Self::AT, f))?;
        let id = self.id.get(row, id).map_err(|f| CellError::new(Self::ID, f))?;
        let (kind, plan) = self.kind_and_plan(row)?;
        Ok(Change { id, account, at, kind, plan })
    }

    /// What the word in a column means.
    fn meaning(&self, place: usize, column: &'a ArrayRef, row: usize) -> &'a str {
        self.schema.columns[place].meaning(word(column, row))
    }

    /// What a row asks for, and the plan that it names.
    fn kind_and_plan(
        &self,
        row: usize,
    ) -> std::result::Result<(ChangeKind, Option<&str>), CellError> {
        let kind =
            ChangeKind::parse(self.meaning(Self::KIND, self.kind, row)).ok_or_else(|| {
                let reason = "is no change; expected signup, plan, overage_on or overage_off";
                CellError::new(Self::KIND, reason)
            })?;
        let plan = Some(self.meaning(Self::PLAN, self.plan, row)).filter(|plan| !plan.is_empty());
        let fault = match (kind, plan) {
            (ChangeKind::Plan, None) => "is empty; expected the plan's id for a change of plan",
            (ChangeKind::OverageOn | ChangeKind::OverageOff, Some(_)) => {
                "is given for an overage switch; expected it empty"
            }
            (_, Some(plan)) if check_id(plan).is_err() => "is not an id; expected a plan's id",
            (_, plan) => return Ok((kind, plan)),
        };
        Err(CellError::new(Self::PLAN, fault))
    }
}
