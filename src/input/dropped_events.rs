//! Events to leave out of a month, each with its reason (`rerun --drop-events`).

use std::collections::BTreeMap;

use crate::base::error::{Error, Result};
use crate::base::ids::EventId;
use crate::input::logs::{self, Batch, IdColumn, LogSchema, RowFault, Scan, Source, word};

/// Event ids and why they are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DroppedEvents {
    ids: Vec<EventId>,
    reasons: Vec<Box<str>>,
}

impl DroppedEvents {
    /// Events and reasons.
    pub fn of(reasons: BTreeMap<EventId, String>) -> Self {
        let (ids, reasons) = reasons.into_iter().map(|(id, reason)| (id, reason.into())).unzip();
        DroppedEvents { ids, reasons }
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How many events are left out.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The number of an event that is left out.
    pub fn find(&self, event: &str) -> Option<usize> {
        self.ids.binary_search_by(|id| id.as_str().cmp(event)).ok()
    }

    /// The id of an event that [`DroppedEvents::find`] numbers.
    pub fn id(&self, number: usize) -> &str {
        &self.ids[number]
    }

    /// Why an event that [`DroppedEvents::find`] numbers is left out.
    pub fn reason(&self, number: usize) -> &str {
        &self.reasons[number]
    }
}

/// Reads lists of events. The same event may be listed again with the same reason.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be read, a row has no event id or no reason, or an
/// event is listed with two reasons.
pub fn read(sources: &[Source]) -> Result<DroppedEvents> {
    let schema = LogSchema::dropped_events();
    let mut rows = logs::collect(&Scan::whole(sources, &schema), &|batch| {
        read_batch(batch, &schema, sources)
    })?;
    rows.sort();
    let mut reasons = BTreeMap::new();
    for Listed { event, file, row, reason } in rows {
        let first = reasons.entry(event.clone()).or_insert_with(|| reason.clone());
        if *first != reason {
            return Err(Error::input(format!("gives another reason for event `{event}`"))
                .in_file(&sources[file].file.name)
                .at_row(row)
                .in_column("reason")
                .with_value(reason)
                .expected(format!("the reason given elsewhere: {first}"))
                .hint("list each event once"));
        }
    }
    Ok(DroppedEvents::of(reasons))
}

/// A row of a list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    event: EventId,
    file: usize,
    row: u64,
    reason: String,
}

fn read_batch(mut batch: Batch, schema: &LogSchema, sources: &[Source]) -> Result<Vec<Listed>> {
    const EVENT: usize = 0;
    const REASON: usize = 1;
    let failed = |fault: RowFault| {
        let error = fault.into_reject(sources).into_error();
        error.hint("correct the list; every event needs its id and a reason")
    };
    if let Some(fault) = batch.faults.drain(..).next() {
        return Err(failed(fault));
    }
    let mut buffer = [0; 36];
    let mut rows = Vec::with_capacity(batch.len);
    for at in 0..batch.len {
        let fault = |column: usize, why: String| failed(batch.fault(schema, column, at, why));
        let ids = IdColumn::of(&batch.columns[EVENT]);
        let event = ids.get(at, &mut buffer).map_err(|f| fault(EVENT, f.to_string()))?.into();
        let reason = word(&batch.columns[REASON], at).trim().to_owned();
        if reason.is_empty() || reason.contains(char::is_control) {
            return Err(fault(REASON, "is no reason; expected a line of text".to_owned()));
        }
        rows.push(Listed { event, file: batch.source, row: batch.rows.number(at), reason });
    }
    Ok(rows)
}
