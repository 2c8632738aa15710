//! Changes freed of duplicates, and put in the order in which they are applied.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::store::{Change, ChangeLog, Changes, Chunk, Place, Row, Store};
use crate::base::calendar::Instant;
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::base::scope::Scope;

/// The change log of these changes, or of those of some accounts: one for each id, in the order of
/// T2.
pub(super) fn ordered(store: Store, scope: &Scope) -> ChangeLog {
    let Settled { dropped, exceptions, duplicates, conflicting } = settle(&store);
    let rows_read = store.len() as u64;
    let standing = rows_read - dropped.len() as u64;
    let changes = in_order(store, &dropped, scope);
    ChangeLog {
        others: standing - changes.len() as u64,
        changes,
        exceptions,
        rows_read,
        duplicates,
        conflicting,
        ..ChangeLog::default()
    }
}

/// Changes of a part, more or less: as many as a processor's own cache holds with their texts.
const OF_A_PART: usize = 4096;
/// Of so many changes one is looked at to see where parts begin.
const SAMPLED: usize = 64;

/// Puts changes in order: they are dealt out into parts by account, and each part is ordered by
/// itself. So each change's texts are fetched from afar once.
fn in_order(store: Store, dropped: &[Place], scope: &Scope) -> Changes {
    let common = in_common(&store);
    let bounds = bounds(&store, common);
    let chunks = || (0..).zip(&store.chunks).collect::<Vec<_>>().into_par_iter();
    let dealt: Vec<Dealt> = chunks()
        .map(|(number, chunk)| {
            let stands = |row: u32| {
                dropped.is_empty() || dropped.binary_search(&Place { chunk: number, row }).is_err()
            };
            Dealt::of(chunk, bounds.len() + 1, |at, row| {
                let account = chunk.account(row);
                let is_wanted = stands(at) && scope.includes(account);
                let part = || bounds.partition_point(|bound| *bound <= beginning(account, common));
                is_wanted.then(part)
            })
        })
        .collect();
    let asked_before = store.asked_before();
    let part = |part: usize| {
        let rows = dealt.iter().map(|dealt| dealt.rows(part).len()).sum();
        let mut own = Chunk::with_capacity(rows);
        for ((chunk, dealt), before) in store.chunks.iter().zip(&dealt).zip(&asked_before) {
            own.take(chunk, dealt.rows(part), *before);
        }
        let mut ordered = Chunk::with_capacity(rows);
        ordered.take(&own, &order(&own, common), 0);
        ordered
    };
    let parts = (0..=bounds.len()).into_par_iter().map(part).collect::<Vec<_>>();
    Changes::of(parts, store.into_asked())
}

/// The rows of a chunk by the part that they belong to.
struct Dealt {
    rows: Vec<u32>,
    /// Where each part's rows end.
    ends: Vec<usize>,
}

impl Dealt {
    fn of(chunk: &Chunk, parts: usize, part: impl Fn(u32, &Row) -> Option<usize>) -> Self {
        let part_of: Vec<Option<usize>> =
            (0..).zip(&chunk.rows).map(|(at, row)| part(at, row)).collect();
        let mut ends = vec![0; parts];
        part_of.iter().flatten().for_each(|&part| ends[part] += 1);
        let mut count = 0;
        for end in &mut ends {
            (*end, count) = (count, count + *end); // where it begins, until its rows are there
        }
        let mut rows = vec![0; count];
        for (at, part) in (0..).zip(part_of) {
            if let Some(part) = part {
                rows[ends[part]] = at;
                ends[part] += 1;
            }
        }
        Dealt { rows, ends }
    }

    fn rows(&self, part: usize) -> &[u32] {
        let from = if part == 0 { 0 } else { self.ends[part - 1] };
        &self.rows[from..self.ends[part]]
    }
}

/// The accounts with which parts begin, but for the first one.
fn bounds(store: &Store, common: usize) -> Vec<u128> {
    let of_chunk = |chunk: &Chunk| {
        let sampled = chunk.rows.iter().step_by(SAMPLED);
        sampled.map(|row| beginning(chunk.account(row), common)).collect::<Vec<_>>()
    };
    let mut accounts = store.chunks.par_iter().map(of_chunk).collect::<Vec<_>>().concat();
    accounts.par_sort_unstable();
    let each = OF_A_PART / SAMPLED;
    let mut bounds: Vec<u128> = accounts.into_iter().step_by(each).skip(1).collect();
    bounds.dedup();
    bounds
}

/// What is compared first, since it is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    account: u128,
    at: Instant,
    row: u32,
}

/// The rows of a part in the order of T2.
fn order(part: &Chunk, common: usize) -> Vec<u32> {
    let rows = &part.rows;
    let key = |(number, row): (u32, &Row)| {
        let account = beginning(part.account(row), common);
        Key { account, at: row.at, row: number }
    };
    let mut keys: Vec<Key> = (0..).zip(rows).map(key).collect();
    keys.sort_unstable();
    // All that the keys leave open is looked up in the texts.
    let order = |one: &Key, other: &Key| {
        part.replay_order(&rows[one.row as usize], &rows[other.row as usize])
    };
    for run in keys.chunk_by_mut(|one, other| one.account == other.account) {
        if !run.is_sorted_by(|one, other| order(one, other).is_lt()) {
            run.sort_unstable_by(order);
        }
    }
    keys.into_iter().map(|key| key.row).collect()
}

/// How many bytes all accounts' ids begin with in common.
fn in_common(store: &Store) -> usize {
    let first = store.chunks.iter().find_map(|chunk| Some(chunk.account(chunk.rows.first()?)));
    let Some(first) = first.map(str::as_bytes) else { return 0 };
    let of_chunk = |chunk: &Chunk| {
        let mut common = first.len();
        for row in &chunk.rows {
            let account = chunk.account(row).as_bytes();
            if !account.starts_with(&first[..common]) {
                let bytes = first.iter().zip(account);
                common = bytes.take_while(|(one, other)| one == other).count();
            }
            if common == 0 {
                break;
            }
        }
        common
    };
    store.chunks.par_iter().map(of_chunk).min().unwrap_or(0)
}

/// The first bytes in which accounts' ids differ, after those that all have in common. Their order
/// is the ids', as far as it goes, since ids have no zero bytes.
fn beginning(account: &str, common: usize) -> u128 {
    let own = &account.as_bytes()[common..];
    let bytes = own.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; 16];
        bytes[..own.len()].copy_from_slice(own);
        bytes
    });
    u128::from_be_bytes(bytes)
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
    let hashes = |chunk: &Chunk| chunk.rows.iter().map(|row| hash_of(chunk, row)).collect();
    let mut hashes = store.chunks.par_iter().map(hashes).collect::<Vec<Vec<u64>>>().concat();
    hashes.par_sort_unstable();
    let mut twice: Vec<u64> =
        hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    drop(hashes);
    twice.dedup();
    if twice.is_empty() {
        return Vec::new();
    }
    let of_chunk = |(number, chunk): (u32, &Chunk)| {
        let is_there_twice = |row: &Row| twice.binary_search(&hash_of(chunk, row)).is_ok();
        let own = (0..).zip(&chunk.rows).filter(|(_, row)| is_there_twice(row));
        own.map(|(row, _)| Place { chunk: number, row }).collect::<Vec<_>>()
    };
    let chunks = (0..).zip(&store.chunks).collect::<Vec<_>>().into_par_iter();
    let mut suspects = chunks.map(of_chunk).collect::<Vec<_>>().concat();
    suspects.par_sort_unstable_by(|one, other| store.get(*one).precedence(&store.get(*other)));
    suspects
}

fn hash_of(chunk: &Chunk, row: &Row) -> u64 {
    xxh3_64(chunk.id(row).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::changes::ChangeKind;
    use crate::input::changes::store::ReadChunk;

    fn change<'a>(id: &'a str, account: &'a str, minute: u32, plan: &'a str) -> Change<'a> {
        let at = Instant::parse(&format!("2026-04-01T00:{minute:02}:00Z")).unwrap();
        let (grant, credits, expires_at) = (None, None, None);
        let (kind, plan) = (ChangeKind::Plan, Some(plan));
        Change { id, account, at, kind, plan, grant, credits, expires_at }
    }

    fn log(chunks: &[&[Change<'_>]]) -> ChangeLog {
        log_of(chunks, &Scope::All)
    }

    fn log_of(chunks: &[&[Change<'_>]], scope: &Scope) -> ChangeLog {
        let chunk = |changes: &&[Change<'_>]| {
            let mut chunk = ReadChunk::default();
            changes.iter().for_each(|&change| chunk.push(change));
            chunk
        };
        ordered(Store::of(chunks.iter().map(chunk).collect()), scope)
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

    #[test]
    fn many_parts_follow_each_other_in_order() {
        let count = 3 * OF_A_PART + 100;
        let numbers = (0..count).map(|number| number * 7919 % count); // each once, in no order
        let texts: Vec<(String, String, u32)> = numbers
            .map(|number| (format!("c{number}"), format!("account-{:05}", number / 3), 1))
            .collect();
        let changes = texts.iter().map(|(id, account, minute)| change(id, account, *minute, "pro"));
        let mut changes: Vec<_> = changes.collect();
        let mut expected = changes.clone();
        expected.sort_by_key(|change| (change.account, change.at, change.id));
        changes.extend([changes[7], change(changes[count - 9].id, "z", 2, "pro")]);
        let chunks: Vec<_> = changes.chunks(1000).collect();
        let mut log = log(&chunks);
        assert_eq!((log.duplicates, log.conflicting, log.changes.len()), (1, 1, count));
        assert!(log.changes.iter().eq(expected.iter().copied()));
        for at in [0, 1, OF_A_PART, 2 * OF_A_PART + 7, count - 1, count] {
            log.changes.free_before(at);
            assert!(log.changes.since(at).eq(expected[at..].iter().copied()));
        }
        let only = [expected[5].account, expected[count - 5].account, "account"];
        let scope = Scope::Accounts(only.map(Into::into).into());
        let some = log_of(&chunks, &scope);
        let own = expected.iter().filter(|change| only.contains(&change.account));
        assert!(some.changes.iter().eq(own.copied()));
        assert_eq!(some.others, (count - some.changes.len()) as u64);
        let all = log_of(&chunks, &Scope::All).changes;
        for change in expected.iter().step_by(997) {
            let place = expected.iter().position(|own| own.account == change.account);
            assert_eq!(Some(all.first_from(change.account)), place);
        }
        assert_eq!((all.first_from(""), all.first_from("z")), (0, count));
    }
}
