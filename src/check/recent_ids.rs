//! What must hold of the ids that are kept for the next month (L1): each is of usage that an account
//! was billed for in the month's last hours, once, and in no month before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::breaches::Breaches;
use super::inputs::Inputs;
use super::rows::{self, Along, batches};
use crate::base::calendar::{HOUR_MICROS, Instant};
use crate::base::error::Result;
use crate::base::ids::EventId;
use crate::base::in_order::InOrder;
use crate::base::scope::Scope;
use crate::base::sorted_runs::Record;
use crate::tables::view;

view! {
    /// An id that is kept.
    struct Kept of RecentIds.recent_ids { event_id, account_id, at }
}

view! {
    /// The id alone.
    struct KeptId of RecentIds.recent_ids { event_id }
}

view! {
    /// How many events an account was billed for.
    struct Billed of Statements.statements { account_id, events }
}

/// Checks the ids in `folder`, where the revision has the table. Those of accounts that were not billed
/// anew were checked with the revision before, from which they were carried over.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let Some(hours) = inputs.recent_hours else { return Ok(()) };
    let scope = if inputs.before.is_some() { inputs.scope } else { &Scope::All };
    let (start, end) = (inputs.month.start().micros(), inputs.month.end().micros());
    let from = (end - i64::from(hours) * HOUR_MICROS).max(start);
    let mut statements = Along::open(folder, (Billed::TABLE, Billed::COLUMNS), scope, |batch| {
        let all = rows::of(batch, Billed::rows)?;
        Ok(all.map(|row| (row.account_id.to_owned(), row.events)).collect())
    })?;
    let mut ids = Hashes::new(MOST_HELD, inputs.spill);
    // The ids of the account that came last.
    let mut of_account: Option<(String, u64)> = None;
    // What comes first in a batch is held against the last of the one before.
    let mut last: Option<(String, Instant, String)> = None;
    for batch in batches(folder, Kept::TABLE, Kept::COLUMNS, scope)? {
        let batch = batch?;
        let mut before = last.as_ref().map(|(account, at, id)| (account.as_str(), *at, &**id));
        for Kept { event_id, account_id, at } in rows::of(&batch, Kept::rows)? {
            ids.add((hash(event_id), Whose::Own))?;
            let row = (account_id, at, event_id);
            let mut expect = breaches.of(Some(account_id));
            let in_order = before.is_none_or(|before| before < row);
            expect.equal("L1", "ids kept are in order", in_order, 1);
            let is_recent = (from..end).contains(&at.micros());
            expect.equal("L1", "an id kept is of the month's last hours", is_recent, 1);
            match &mut of_account {
                Some((account, count)) if account == account_id => *count += 1,
                _ => {
                    let whole = of_account.replace((account_id.to_owned(), 1));
                    statement(whole, &mut statements, breaches)?;
                }
            }
            before = Some(row);
        }
        last = before.map(|(account, at, id)| (account.to_owned(), at, id.to_owned()));
    }
    statement(of_account, &mut statements, breaches)?;
    each_once(ids, !scope.is_all(), inputs.billed_before, folder, breaches)
}

/// An account that has ids has a statement, and no more ids than events.
fn statement(
    kept: Option<(String, u64)>,
    statements: &mut Along<u64>,
    breaches: &mut Breaches,
) -> Result<()> {
    let Some((account, count)) = kept else { return Ok(()) };
    let events = statements.of(&account)?.copied();
    let mut expect = breaches.of(Some(&account));
    let what = "a statement for the account of an id kept";
    expect.equal("L1", what, events.is_some(), 1);
    let at_most = events.map_or(count, |events| events.min(count));
    expect.equal("L1", "ids kept, and events at least", count, at_most);
    Ok(())
}

/// Whose id it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// The month's.
    Own,
    /// The month before's.
    Before,
}

/// Hashes of ids.
type Hashes = InOrder<(u64, Whose), HashOf>;

/// Hashes that are held: 64 MB.
const MOST_HELD: usize = 4 << 20;

/// Hashes as they are set down.
struct HashOf;

impl Record for HashOf {
    type Read<'a> = (u64, Whose);

    fn put((hash, whose): &(u64, Whose), to: &mut Vec<u8>) {
        to.extend_from_slice(&hash.to_le_bytes());
        to.push(u8::from(*whose == Whose::Before));
    }

    fn take(rest: &mut &[u8]) -> Option<(u64, Whose)> {
        let (hash, after) = rest.split_first_chunk()?;
        let (whose, after) = after.split_first()?;
        *rest = after;
        Some((u64::from_le_bytes(*hash), if *whose == 0 { Whose::Own } else { Whose::Before }))
    }
}

/// No id is there twice, nor among those that the month before keeps. What the hashes leave open, the
/// ids themselves decide. Where they are but of some accounts, the ids of all others are looked through
/// as well.
fn each_once(
    mut ids: Hashes,
    of_some: bool,
    before: Option<&Path>,
    folder: &Path,
    breaches: &mut Breaches,
) -> Result<()> {
    let ids_in = |folder: &Path| batches(folder, KeptId::TABLE, KeptId::COLUMNS, &Scope::All);
    if let Some(before) = before {
        for batch in ids_in(before)? {
            let batch = batch?;
            let mut all = rows::of(&batch, KeptId::rows)?;
            all.try_for_each(|id| ids.add((hash(id.event_id), Whose::Before)))?;
        }
    }
    let (mut alike, mut last) = (BTreeSet::new(), None);
    // Of those that are equal, the month's own come first.
    ids.each(|(hash, whose)| match (whose, last) {
        (Whose::Own, _) if of_some => {
            alike.insert(hash);
            last = Some(hash);
        }
        (Whose::Own | Whose::Before, Some(own)) if own == hash => drop(alike.insert(hash)),
        (Whose::Own, _) => last = Some(hash),
        (Whose::Before, _) => {}
    })?;
    if alike.is_empty() {
        return Ok(());
    }
    let mut found: BTreeMap<EventId, u64> = BTreeMap::new();
    for batch in ids_in(folder)? {
        for KeptId { event_id } in rows::of(&batch?, KeptId::rows)? {
            if alike.contains(&hash(event_id)) {
                *found.entry(event_id.into()).or_default() += 1;
            }
        }
    }
    for (id, times) in &found {
        breaches.of(None).equal("L1", &format!("times that the id `{id}` is kept"), *times, 1);
    }
    let Some(before) = before else { return Ok(()) };
    for batch in ids_in(before)? {
        for KeptId { event_id } in rows::of(&batch?, KeptId::rows)? {
            if let Some(times) = found.get(event_id) {
                let what = format!("times that the id `{event_id}` of the month before is kept");
                breaches.of(None).equal("L1", &what, *times, 0);
            }
        }
    }
    Ok(())
}

fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_come_in_order_from_the_disk_as_from_memory() {
        let folder = tempfile::tempdir().unwrap();
        let sorted = |most: usize, spill: Option<&Path>| {
            let mut hashes = Hashes::new(most, spill);
            for id in 0..1_000 {
                hashes.add((hash(&format!("e-{}", id % 700)), Whose::Own)).unwrap();
                hashes.add((hash(&format!("e-{id}")), Whose::Before)).unwrap();
            }
            let mut all = Vec::new();
            hashes.each(|of_id| all.push(of_id)).unwrap();
            all
        };
        let in_memory = sorted(10_000, Some(folder.path()));
        assert!(in_memory.is_sorted() && in_memory.len() == 2_000);
        assert_eq!(sorted(7, Some(folder.path())), in_memory);
        assert_eq!(sorted(7, None), in_memory);
    }
}
