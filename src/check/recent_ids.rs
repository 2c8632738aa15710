//! What must hold of the ids that are kept for the next month (L1): each is of usage that an account
//! was billed for in the month's last hours, once, and in no month before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::breaches::Breaches;
use super::inputs::Inputs;
use super::rows::{self, batches};
use crate::base::calendar::{HOUR_MICROS, Instant};
use crate::base::error::Result;
use crate::base::ids::EventId;
use crate::base::scope::Scope;
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
    let mut ids = Vec::new();
    let mut by_account: Vec<(String, u64)> = Vec::new();
    // What comes first in a batch is held against the last of the one before.
    let mut last: Option<(String, Instant, String)> = None;
    for batch in batches(folder, Kept::TABLE, Kept::COLUMNS, scope)? {
        let batch = batch?;
        let mut before = last.as_ref().map(|(account, at, id)| (account.as_str(), *at, &**id));
        for Kept { event_id, account_id, at } in rows::of(&batch, Kept::rows)? {
            ids.push(hash(event_id));
            let row = (account_id, at, event_id);
            let mut expect = breaches.of(Some(account_id));
            let in_order = before.is_none_or(|before| before < row);
            expect.equal("L1", "ids kept are in order", in_order, 1);
            let is_recent = (from..end).contains(&at.micros());
            expect.equal("L1", "an id kept is of the month's last hours", is_recent, 1);
            match by_account.last_mut() {
                Some((account, count)) if account == account_id => *count += 1,
                _ => by_account.push((account_id.to_owned(), 1)),
            }
            before = Some(row);
        }
        last = before.map(|(account, at, id)| (account.to_owned(), at, id.to_owned()));
    }
    statements(&by_account, folder, scope, breaches)?;
    ids.par_sort_unstable();
    let (month_before, own) = (inputs.billed_before, !scope.is_all());
    each_once(&ids, own, month_before, folder, breaches)
}

/// No account has more ids than events.
fn statements(
    kept: &[(String, u64)],
    folder: &Path,
    scope: &Scope,
    breaches: &mut Breaches,
) -> Result<()> {
    let mut kept = kept.iter().peekable();
    let mut stray = |(account, _): &(String, u64)| {
        breaches.expect("L1", Some(account), "a statement for the account of an id kept", 0, 1);
    };
    let mut more = Vec::new();
    for batch in batches(folder, Billed::TABLE, Billed::COLUMNS, scope)? {
        for Billed { account_id, events } in rows::of(&batch?, Billed::rows)? {
            while let Some(without) = kept.next_if(|(account, _)| account.as_str() < account_id) {
                stray(without);
            }
            if let Some((account, count)) = kept.next_if(|(account, _)| account == account_id)
                && *count > events
            {
                more.push((account, *count, events));
            }
        }
    }
    kept.for_each(stray);
    for (account, count, events) in more {
        breaches.expect("L1", Some(account), "ids kept, and events at least", count, events);
    }
    Ok(())
}

/// No id is there twice, nor among those that the month before keeps. What the hashes leave open,
/// which are in order, the ids themselves decide. Where they are but of some accounts, the ids of all
/// others are looked through as well.
fn each_once(
    ids: &[u64],
    of_some: bool,
    before: Option<&Path>,
    folder: &Path,
    breaches: &mut Breaches,
) -> Result<()> {
    let twice = ids.windows(2).filter(|pair| of_some || pair[0] == pair[1]).map(|pair| pair[0]);
    let mut alike: BTreeSet<u64> = twice.chain(ids.last().copied().filter(|_| of_some)).collect();
    let ids_in = |folder: &Path| batches(folder, KeptId::TABLE, KeptId::COLUMNS, &Scope::All);
    if let Some(before) = before {
        for batch in ids_in(before)? {
            let batch = batch?;
            let hashes = rows::of(&batch, KeptId::rows)?.map(|id| hash(id.event_id));
            alike.extend(hashes.filter(|hash| ids.binary_search(hash).is_ok()));
        }
    }
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
        breaches.expect("L1", None, &format!("times that the id `{id}` is kept"), *times, 1);
    }
    let Some(before) = before else { return Ok(()) };
    for batch in ids_in(before)? {
        for KeptId { event_id } in rows::of(&batch?, KeptId::rows)? {
            if let Some(times) = found.get(event_id) {
                let what = format!("times that the id `{event_id}` of the month before is kept");
                breaches.expect("L1", None, &what, *times, 0);
            }
        }
    }
    Ok(())
}

/// Those of some ids that a folder has.
pub(super) fn among(ids: &BTreeSet<&str>, folder: Option<&Path>) -> Result<BTreeSet<EventId>> {
    let mut found = BTreeSet::new();
    let Some(folder) = folder else { return Ok(found) };
    for batch in batches(folder, KeptId::TABLE, KeptId::COLUMNS, &Scope::All)? {
        let batch = batch?;
        let kept = rows::of(&batch, KeptId::rows)?.map(|id| id.event_id);
        found.extend(kept.filter(|id| ids.contains(id)).map(EventId::from));
    }
    Ok(found)
}

fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}
