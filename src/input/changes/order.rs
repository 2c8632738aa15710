//! Changes freed of duplicates, and put in the order in which they are applied.

use std::collections::BTreeSet;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::log::{ChangeLog, Changes};
use super::store::{Change, Chunk, Place, Record, Store};
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::base::ids::AccountId;
use crate::base::number::number;
use crate::base::scope::Scope;

/// The change log of these changes, or of those of some accounts: one for each id, in the order of
/// T2.
pub(super) fn ordered(store: Store, scope: &Scope) -> ChangeLog {
    let Settled { dropped, exceptions, duplicates, conflicting } = settle(&store);
    let standing = (store.len() - dropped.len()) as u64;
    let mut keys = match scope {
        Scope::All => keys(&store),
        Scope::Accounts(accounts) => keys_of(&store, accounts),
    };
    if !dropped.is_empty() {
        keys.retain(|key| dropped.binary_search(&key.place).is_err());
    }
    let others = standing - keys.len() as u64;
    keys.par_sort_unstable();
    // All that the keys leave open is looked up in the texts, which lie far apart.
    keys.par_chunk_by_mut(|one, other| one.account == other.account).for_each(|run| {
        let order = |one: &Key, other: &Key| {
            store.record(one.place).replay_order(&store.record(other.place))
        };
        if !run.is_sorted_by(|one, other| order(one, other).is_lt()) {
            run.par_sort_unstable_by(order);
        }
    });
    let order = keys.into_iter().map(|key| key.place).collect();
    let (rejected, rows_read) = (0, store.len() as u64);
    let changes = Changes { store, order };
    ChangeLog {
        changes,
        rejected,
        exceptions,
        rows_read,
        duplicates,
        conflicting,
        others,
        of_1970: 0,
        rounded: 0,
    }
}

/// What is compared first, since it is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The first bytes in which accounts' ids differ: their order is the ids', as far as it goes,
    /// since ids have no zero bytes.
    account: [u64; 2],
    /// In microseconds.
    at: i64,
    place: Place,
}

fn keys(store: &Store) -> Vec<Key> {
    let none = Key { account: [0; 2], at: 0, place: Place { chunk: 0, at: 0 } };
    let mut keys = vec![none; store.len()];
    let common = in_common(store);
    store.beside(&mut keys).into_par_iter().for_each(|(number, chunk, own)| {
        for (key, (at, record)) in own.iter_mut().zip(chunk.records()) {
            let (account, place) =
                (beginning(&record.account[common..]), Place { chunk: number, at });
            *key = Key { account, at: record.at, place };
        }
    });
    keys
}

/// The keys of the changes of some accounts.
fn keys_of(store: &Store, only: &BTreeSet<AccountId>) -> Vec<Key> {
    let only: BTreeSet<&[u8]> = only.iter().map(|id| id.as_bytes()).collect();
    let of_chunk = |(at_chunk, chunk): (usize, &Chunk)| {
        let own = chunk.records().filter(|(_, record)| only.contains(record.account));
        let key = |(at, record): (u32, Record<'_>)| {
            let (account, place) =
                (beginning(record.account), Place { chunk: number(at_chunk), at });
            Key { account, at: record.at, place }
        };
        own.map(key).collect::<Vec<_>>()
    };
    store.0.par_iter().enumerate().map(of_chunk).collect::<Vec<_>>().concat()
}

/// How many bytes all accounts' ids begin with in common.
fn in_common(store: &Store) -> usize {
    let Some((_, first)) = store.0.iter().find_map(|chunk| chunk.records().next()) else {
        return 0;
    };
    let of_chunk = |chunk: &Chunk| {
        chunk.records().fold(first.account.len(), |common, (_, record)| {
            let bytes = first.account[..common].iter().zip(record.account);
            bytes.take_while(|(one, other)| one == other).count()
        })
    };
    store.0.par_iter().map(of_chunk).min().unwrap_or(0)
}

fn beginning(account: &[u8]) -> [u64; 2] {
    let mut bytes = [0; 16];
    let length = account.len().min(16);
    bytes[..length].copy_from_slice(&account[..length]);
    let (first, second) = bytes.split_at(8);
    [first, second].map(|half| half.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// What becomes of changes with one id: the first stands.
#[derive(Debug, Default)]
struct Settled {
    /// Those that do not stand, in the order of their places.
    dropped: Vec<Place>,
    exceptions: ChangeExceptions,
    duplicates: u64,
    conflicting: u64,
}

fn settle(store: &Store) -> Settled {
    let suspects = suspects(store);
    let mut settled = Settled::default();
    let mut stands: Option<Change<'_>> = None;
    let mut before: Option<Change<'_>> = None;
    for place in suspects {
        let change = store.get(place);
        let first = stands.filter(|first| first.id == change.id);
        if before == Some(change) || first == Some(change) {
            settled.duplicates += 1;
            settled.dropped.push(place);
        } else if first.is_some() {
            let kind = ExceptionKind::ConflictingDuplicate;
            settled.exceptions.add(change.account, kind, "changes", change.at, change.id);
            settled.conflicting += 1;
            settled.dropped.push(place);
            before = Some(change);
        } else {
            (stands, before) = (Some(change), None);
        }
    }
    settled.dropped.sort_unstable();
    settled
}

/// Changes whose ids are there more than once, and some whose ids only share a hash: same ids
/// together, the one that stands first.
fn suspects(store: &Store) -> Vec<Place> {
    let mut hashes = vec![0; store.len()];
    store.beside(&mut hashes).into_par_iter().for_each(|(_, chunk, own)| {
        own.iter_mut().zip(chunk.records()).for_each(|(hash, (_, own))| *hash = hash_of(&own));
    });
    hashes.par_sort_unstable();
    let mut twice: Vec<u64> =
        hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    drop(hashes);
    twice.dedup();
    if twice.is_empty() {
        return Vec::new();
    }
    let of_chunk = |(at_chunk, chunk): (usize, &Chunk)| {
        let is_there_twice = |record: &Record<'_>| twice.binary_search(&hash_of(record)).is_ok();
        let own = chunk.records().filter(|(_, record)| is_there_twice(record));
        own.map(|(at, _)| Place { chunk: number(at_chunk), at }).collect::<Vec<_>>()
    };
    let found = store.0.par_iter().enumerate().map(of_chunk).collect::<Vec<_>>();
    let mut suspects = found.concat();
    suspects.par_sort_unstable_by(|one, other| store.get(*one).precedence(&store.get(*other)));
    suspects
}

fn hash_of(record: &Record<'_>) -> u64 {
    xxh3_64(record.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::Instant;
    use crate::input::changes::ChangeKind;

    fn change<'a>(id: &'a str, account: &'a str, minute: u32, plan: &'a str) -> Change<'a> {
        let at = Instant::parse(&format!("2026-04-01T00:{minute:02}:00Z")).unwrap();
        let (grant, credits, expires_at) = (None, None, None);
        let (kind, plan) = (ChangeKind::Plan, Some(plan));
        Change { id, account, at, kind, plan, grant, credits, expires_at }
    }

    fn log(chunks: &[&[Change<'_>]]) -> ChangeLog {
        let chunk = |changes: &&[Change<'_>]| {
            let mut chunk = Chunk::default();
            changes.iter().for_each(|&change| chunk.push(change));
            chunk
        };
        ordered(Store(chunks.iter().map(chunk).collect()), &Scope::All)
    }

    #[test]
    fn the_first_of_an_id_stands_and_the_rest_is_counted() {
        let log = log(&[
            &[change("b", "ann", 1, "pro"), change("a", "ann", 5, "pro")],
            &[change("a", "ann", 3, "power"), change("a", "ann", 5, "pro")],
            &[change("b", "ann", 1, "pro"), change("a", "ann", 3, "power")],
        ]);
        let kept: Vec<_> = log.changes.iter().map(|c| (c.id, c.plan)).collect();
        assert_eq!(kept, [("b", Some("pro")), ("a", Some("power"))]);
        assert_eq!((log.duplicates, log.conflicting, log.rows_read), (3, 1, 6));
    }

    #[test]
    fn accounts_are_in_the_order_of_their_bytes_whatever_their_length() {
        let accounts =
            ["", "a", "a-rather-long-id", "a-rather-long-id-1", "a-rather-long-ie", "b", "é"];
        for from in [0, 1, 2] {
            let own = || accounts[from..].iter();
            let changes: Vec<_> = own().rev().map(|id| change(id, id, 1, "pro")).collect();
            let log = log(&[&changes]);
            assert!(log.changes.iter().map(|change| change.account).eq(own().copied()));
        }
    }

    #[test]
    fn an_accounts_changes_are_in_the_order_of_time_and_then_of_their_ids() {
        let (one, other) = ("a-rather-long-id-1", "a-rather-long-id-2");
        let changes =
            [("d", other, 1), ("c", one, 2), ("b", other, 1), ("a", other, 3), ("e", one, 1)];
        let changes = changes.map(|(id, account, minute)| change(id, account, minute, "pro"));
        let far = change("z", "b", 0, "pro");
        for changes in [&changes[..], &[&changes[..], &[far]].concat()] {
            let log = log(&[changes]);
            let ids: String = log.changes.iter().map(|change| change.id).take(5).collect();
            assert_eq!(ids, "ecbda");
        }
    }
}
