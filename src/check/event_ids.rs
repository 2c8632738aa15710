//! Whether every event was billed to one account at most (X3), where accounts of a month stand as
//! several revisions billed them: from the logs, read anew, for what those revisions read.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::rows::failed;
use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::base::ids::{AccountId, EventId};
use crate::base::scope::Scope;
use crate::billing::rollup::BilledBefore;
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::usage_columns::{ACCOUNT, AT, CREDITS, EVENT};
use crate::input::logs::{self, Batch, IdColumn, LogSchema, Scan, Source};

/// What a revision billed its accounts from.
#[derive(Debug, Clone)]
pub struct BilledFrom {
    /// The revision.
    pub revision: String,
    /// The accounts that it billed.
    pub scope: Scope,
    /// The usage files that it read, by their places among all.
    pub files: BTreeSet<usize>,
    /// What it left out.
    pub dropped: DroppedEvents,
}

/// The events of a month, as several revisions billed them.
pub struct EventIds<'a> {
    /// The month.
    pub month: Month,
    /// Whether rows before the month are looked at as well: of a month without history.
    pub reads_before: bool,
    /// All usage files that any of the revisions read.
    pub sources: &'a [Source],
    /// Their columns, with event ids.
    pub table: &'a LogSchema,
    /// The revisions, the newest first: an account stands as the first billed it that has it in
    /// its scope. The last billed all.
    pub billed_from: &'a [BilledFrom],
    /// The folder with the ids that the month before keeps, where they are known: who bears one is
    /// billed for nothing.
    pub billed_before: Option<&'a Path>,
    /// Whether usage of an account at an instant is billed at all: it is not before its signup.
    pub is_billed: &'a (dyn Fn(&AccountId, Instant) -> Result<bool> + Sync),
}

/// An event that was billed to two accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BilledTwice {
    /// The event.
    pub event: EventId,
    /// Two of the accounts, each with the revision that billed it, the newest first.
    pub by: [(AccountId, String); 2],
}

/// A row of an id that several accounts use. Of one id, the least is used (X3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SharedRow {
    event: EventId,
    is_before: bool,
    at: Instant,
    account: AccountId,
    source: usize,
}

/// A row that can be read, of the time that is looked at.
struct ReadRow<'a> {
    event: &'a str,
    at: Instant,
    account: &'a str,
}

impl EventIds<'_> {
    /// The events that were billed to two accounts; none where one revision billed all.
    ///
    /// # Errors
    /// A file cannot be read to its end.
    pub fn billed_twice(&self) -> Result<Vec<BilledTwice>> {
        // One revision bills an event once: of two, one is not the last.
        let [newer @ .., _] = self.billed_from else { return Ok(Vec::new()) };
        let accounts = newer.iter().filter_map(|from| from.scope.accounts()).flatten();
        let disputed = Scope::Accounts(accounts.cloned().collect());
        let mut ids =
            self.collect(&disputed, |_, row| Some((hash(row.event), hash(row.account))))?;
        ids.sort_unstable();
        ids.dedup();
        let is_shared = |row: &ReadRow<'_>| {
            let (event, account) = (hash(row.event), hash(row.account));
            let first = ids.partition_point(|(id, _)| *id < event);
            let same = ids[first..].iter().take_while(|(id, _)| *id == event);
            same.into_iter().any(|(_, other)| *other != account)
        };
        let shared = self.collect(&Scope::All, |_, row| is_shared(row).then(|| hash(row.event)))?;
        let shared: BTreeSet<u64> = shared.into_iter().collect();
        if shared.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.collect(&Scope::All, |source, row| {
            shared.contains(&hash(row.event)).then(|| SharedRow {
                event: row.event.into(),
                is_before: row.at < self.month.start(),
                at: row.at,
                account: row.account.into(),
                source,
            })
        })?;
        rows.sort();
        let ids = rows.iter().map(|row| row.event.as_str()).collect();
        let before = BilledBefore { folder: self.billed_before };
        let retries = before.among(&ids).map_err(failed)?;
        rows.retain(|row| row.is_before || !retries.contains(&row.event));
        let of_one_id = rows.chunk_by(|a, b| (&a.event, a.is_before) == (&b.event, b.is_before));
        let twice = of_one_id.map(|rows| self.twice(rows)).collect::<Result<Vec<_>>>()?;
        Ok(twice.into_iter().flatten().collect())
    }

    /// Whether the event of these rows was billed to two accounts.
    fn twice(&self, rows: &[SharedRow]) -> Result<Option<BilledTwice>> {
        // In the order of the revisions, of which each bills the event to one account.
        let mut billed: Vec<(&AccountId, &String)> = Vec::new();
        for (number, from) in self.billed_from.iter().enumerate() {
            let used = rows.iter().find(|row| {
                from.files.contains(&row.source)
                    && from.dropped.find(&row.event, &row.account).is_none()
            });
            let Some(SharedRow { account, at, .. }) = used else { continue };
            let by = self.billed_from.iter().position(|from| from.scope.includes(account));
            if by == Some(number) && (self.is_billed)(account, *at)? {
                billed.push((account, &from.revision));
            }
        }
        let named = |(account, revision): &(&AccountId, &String)| {
            (AccountId::clone(account), String::clone(revision))
        };
        Ok(match (billed.as_slice(), rows.first()) {
            ([one, other, ..], Some(row)) => {
                Some(BilledTwice { event: row.event.clone(), by: [named(one), named(other)] })
            }
            _ => None,
        })
    }

    /// What `take` makes of the rows of some accounts.
    fn collect<T: Send>(
        &self,
        scope: &Scope,
        take: impl Fn(usize, &ReadRow<'_>) -> Option<T> + Sync,
    ) -> Result<Vec<T>> {
        let (start, end) = (self.month.start(), self.month.end());
        let is_skipped = |span: &RangeInclusive<Instant>| {
            *span.start() >= end || (!self.reads_before && *span.end() < start)
        };
        let scan = Scan { is_skipped: &is_skipped, scope, ..Scan::whole(self.sources, self.table) };
        logs::collect(&scan, &|batch| {
            let mut own = Vec::new();
            self.each(&batch, |row| own.extend(take(batch.source, &row)));
            Ok(own)
        })
    }

    /// Visits the rows of a batch that can be read, and lie in the time that is looked at.
    fn each(&self, batch: &Batch, mut visit: impl FnMut(ReadRow<'_>)) {
        let columns = &batch.columns;
        let [accounts, events] = [ACCOUNT, EVENT].map(|column| IdColumn::of(&columns[column]));
        let (instants, credits) = (batch.instants(AT), batch.credits(CREDITS));
        let (mut of_account, mut of_event) = ([0; 36], [0; 36]);
        for row in 0..batch.len {
            let Ok(at) = instants.get(row) else { continue };
            if at >= self.month.end() || (!self.reads_before && at < self.month.start()) {
                continue;
            }
            if let (Ok(account), Ok(event), Ok(_)) = (
                accounts.get(row, &mut of_account),
                events.get(row, &mut of_event),
                credits.get(row),
            ) {
                visit(ReadRow { event, at, account });
            }
        }
    }
}

fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::dropped_events::DropList;
    use crate::input::logs::LogFile;

    /// Usage files, of rows such as `e-1 acorn 12`: event, account, day of April.
    fn open(folder: &Path, files: &[&str]) -> (Vec<Source>, LogSchema) {
        let table = LogSchema::usage(&Default::default(), true).unwrap();
        let file = |(number, rows): (usize, &&str)| {
            let path = folder.join(format!("{number}.csv"));
            let mut text = "event_id,account_id,at,credits\n".to_owned();
            for row in rows.split(", ") {
                let [event, account, day] = row.split(' ').collect::<Vec<_>>()[..] else {
                    panic!("{row}")
                };
                text += &format!("{event},{account},2026-04-{day}T00:00:00Z,1\n");
            }
            std::fs::write(&path, text).unwrap();
            LogFile::of(&path).unwrap()
        };
        let files = files.iter().enumerate().map(file).collect();
        (logs::open(files, &table).unwrap(), table)
    }

    fn from(
        revision: &str,
        accounts: &[&str],
        files: &[usize],
        drops: &[(&str, &str)],
    ) -> BilledFrom {
        let list = |(event, account): &(&str, &str)| DropList {
            name: (*event).to_owned(),
            accounts: Scope::of_account(account),
            events: [((*event).into(), "why".to_owned())].into(),
        };
        let lists: Vec<DropList> = drops.iter().map(list).collect();
        let named = accounts.iter().map(|account| (*account).into()).collect();
        BilledFrom {
            revision: revision.to_owned(),
            scope: if accounts.is_empty() { Scope::All } else { Scope::Accounts(named) },
            files: files.iter().copied().collect(),
            dropped: DroppedEvents::of(&lists),
        }
    }

    fn twice(files: &[&str], billed_from: &[BilledFrom]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let (sources, table) = open(folder.path(), files);
        let ids = EventIds {
            month: Month::parse("2026-04").unwrap(),
            reads_before: false,
            sources: &sources,
            table: &table,
            billed_from,
            billed_before: None,
            is_billed: &|account, _| Ok(&**account != "stranger"),
        };
        let told = |BilledTwice { event, by: [(one, a), (other, b)] }: BilledTwice| {
            format!("{event}: {one} {a}, {other} {b}")
        };
        ids.billed_twice().unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn an_event_is_billed_twice_whatever_else_conflicts() {
        let first = "e-1 acorn 12, e-2 birch 22, e-9 cedar 01, e-9 birch 02";
        let chain = |late: &[usize]| {
            let mut files = vec![0];
            files.extend(late);
            [from("r002", &["acorn"], &files, &[]), from("r001", &[], &[0], &[])]
        };
        // The late row of acorn's has birch's id, and comes first.
        let late = [first, "e-2 acorn 10"];
        assert_eq!(twice(&late, &chain(&[1])), ["e-2: acorn r002, birch r001"]);
        assert!(twice(&late, &chain(&[])).is_empty());
        // It comes second, or has an id of which another account's row was used already.
        assert!(twice(&[first, "e-2 acorn 23"], &chain(&[1])).is_empty());
        assert!(twice(&[first, "e-9 acorn 23"], &chain(&[1])).is_empty());
        assert_eq!(twice(&[first, "e-9 acorn 01"], &chain(&[1])), ["e-9: acorn r002, cedar r001"]);
        // Usage of nobody is billed to nobody.
        assert!(twice(&["e-1 acorn 12, e-2 stranger 22", "e-2 acorn 10"], &chain(&[1])).is_empty());
        assert!(twice(&late, &chain(&[1])[1..]).is_empty());
    }

    #[test]
    fn the_newest_revision_is_named_first_whatever_its_number() {
        let files = ["e-2 birch 22", "e-2 acorn 10"];
        let chain = [from("r1000", &["acorn"], &[0, 1], &[]), from("r999", &[], &[0], &[])];
        assert_eq!(twice(&files, &chain), ["e-2: acorn r1000, birch r999"]);
    }

    #[test]
    fn a_replaced_file_and_a_list_that_is_taken_back_are_seen() {
        // The row was birch's, and is acorn's in the corrected file.
        let corrected = ["e-1 birch 12", "e-1 acorn 12"];
        let chain = [from("r002", &["acorn"], &[1], &[]), from("r001", &[], &[0], &[])];
        assert_eq!(twice(&corrected, &chain), ["e-1: acorn r002, birch r001"]);
        // Acorn's row was left out, so that birch's was used, and is left out no more.
        let both = ["e-1 acorn 11, e-1 birch 12"];
        let left_out = from("r001", &[], &[0], &[("e-1", "acorn")]);
        let chain = [from("r002", &["acorn"], &[0], &[]), left_out.clone()];
        assert_eq!(twice(&both, &chain), ["e-1: acorn r002, birch r001"]);
        // Both are billed anew, together or one after the other.
        assert!(
            twice(&both, &[from("r002", &["acorn", "birch"], &[0], &[]), left_out.clone()])
                .is_empty()
        );
        let birch_first =
            [from("r003", &["acorn"], &[0], &[]), from("r002", &["birch"], &[0], &[]), left_out];
        assert!(twice(&both, &birch_first).is_empty());
    }
}
