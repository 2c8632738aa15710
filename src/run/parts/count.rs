//! In how many parts a month is billed here: as many as its accounts need, given the memory.

use crate::base::error::Result;
use crate::base::part::Part;
use crate::book::Role;
use crate::input::logs::{self, Source};
use crate::run::inputs::{files, schema};
use crate::run::opening::rows_of_state;
use crate::run::request::Request;

/// Memory that an account takes that comes with the opening state, in bytes: measured, with its segments, sums and
/// what is made of it at once.
const OF_STATE: u64 = 500;
/// Memory that a change takes, and the account that it may make.
const OF_CHANGE: u64 = 500;
/// Of fewer accounts a part would save nothing: a run takes more than they do.
const LEAST_ACCOUNTS: u64 = 2_048;
/// Bytes of a row of text, if it is short.
const OF_ROW: u64 = 40;

/// In how many parts a month is billed. One that has a revision already is billed whole, since what
/// follows that is made beside it. Where the number cannot be told, the run will tell why.
pub fn how_many(request: &Request) -> Result<u32> {
    let is_first = match &request.book {
        Some(book) => book.current(request.month)?.is_none(),
        None => true,
    };
    if !is_first || !request.scope.is_all() {
        return Ok(1);
    }
    let changes = changes(request).unwrap_or(0);
    let accounts = rows_of_state(request).unwrap_or(0);
    let bytes = accounts.saturating_mul(OF_STATE).saturating_add(changes.saturating_mul(OF_CHANGE));
    let memory = request.process.machine.memory_of_accounts.max(1);
    if bytes <= memory {
        return Ok(1);
    }
    // A part's accounts share the memory with its events, and with what any run takes.
    let parts = bytes.saturating_mul(3).div_ceil(memory.saturating_mul(2));
    let parts = parts.min((accounts + changes) / LEAST_ACCOUNTS);
    Ok(u32::try_from(parts).unwrap_or(Part::MOST).clamp(1, Part::MOST))
}

/// The rows of the change log, more or less.
fn changes(request: &Request) -> Result<u64> {
    let log = &request.inputs.changes;
    let found = files(&log.recorded, &log.given, Role::Changes, &request.names)?;
    let sources = logs::open(found.files, &schema(request, Role::Changes)?)?;
    let rows = |source: &Source| source.rows().unwrap_or_else(|| source.bytes() / OF_ROW);
    Ok(sources.iter().map(rows).sum())
}
