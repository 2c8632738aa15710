//! The ids that another billing system billed in its last hours, from a file (L1).

use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::base::ids::{AccountId, EventId};
use crate::input::logs::{
    self, Batch, ColumnKind, IdColumn, LogFile, LogSchema, RowFault, Scan, Source,
};
use crate::tables::{BatchBuilder, RecentIdCells};

/// An id that was billed before; in the order of the table `recent_ids`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecentId {
    account: AccountId,
    at: Instant,
    event: EventId,
}

impl RecentId {
    /// Adds its row to a batch of the table.
    ///
    /// # Errors
    /// The batch's texts are longer than it holds.
    pub fn push(&self, to: &mut BatchBuilder) -> Result<()> {
        let RecentId { account, at, event } = self;
        RecentIdCells { event_id: event, account_id: account, at: *at }.push(to)
    }
}

const EVENT: usize = 0;
const ACCOUNT: usize = 1;
const AT: usize = 2;

/// Reads the ids of what was billed before `month`. Of an id that is there several times, as retries
/// are in a log, the first is taken.
///
/// # Errors
/// Every fault stops: a cell that cannot be read, an instant of the month or after it.
pub fn read(file: LogFile, month: Month) -> Result<Vec<RecentId>> {
    let schema = LogSchema::unmapped(
        "list of recent ids",
        &[
            ("event_id", ColumnKind::EventId),
            ("account_id", ColumnKind::Id),
            ("at", ColumnKind::Instant),
        ],
    );
    let sources = logs::open(vec![file], &schema)?;
    let read = |batch| read_batch(batch, month, &schema, &sources);
    let mut ids = logs::collect(&Scan::whole(&sources, &schema), &read)?;
    ids.sort_by(|a, b| (&a.event, a.at, &a.account).cmp(&(&b.event, b.at, &b.account)));
    ids.dedup_by(|later, first| later.event == first.event);
    ids.sort();
    Ok(ids)
}

fn read_batch(
    mut batch: Batch,
    month: Month,
    schema: &LogSchema,
    sources: &[Source],
) -> Result<Vec<RecentId>> {
    let failed = |fault: RowFault| {
        fault.into_reject(sources).into_error().hint(
            "list the events that were billed before the month, each with its id, account and instant",
        )
    };
    if let Some(fault) = batch.faults.drain(..).next() {
        return Err(failed(fault));
    }
    let [events, accounts] = [EVENT, ACCOUNT].map(|column| IdColumn::of(&batch.columns[column]));
    let instants = batch.instants(AT);
    let mut buffers = [[0; 36]; 2];
    let mut ids = Vec::with_capacity(batch.len);
    for row in 0..batch.len {
        let fault = |column: usize, why: String| failed(batch.fault(schema, column, row, why));
        let [of_event, of_account] = &mut buffers;
        let event = events.get(row, of_event).map_err(|f| fault(EVENT, f.to_string()))?;
        let account = accounts.get(row, of_account).map_err(|f| fault(ACCOUNT, f.to_string()))?;
        let at = instants.get(row).map_err(|f| fault(AT, f.to_string()))?;
        if at >= month.start() {
            let why = format!("is not before {month}; expected instants before {}", month.start());
            return Err(fault(AT, why));
        }
        ids.push(RecentId { account: account.into(), at, event: event.into() });
    }
    Ok(ids)
}
