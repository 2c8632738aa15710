//! The rollup on this machine: one pass over all files, and a narrow second look at rows whose
//! ids may be duplicates.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use super::dedup::{Dropped, Suspect, Suspects, resolve};
use super::fold::{self, Aside, Found, Part, SetAside, Target, target};
use super::{Boundaries, Rollup, Selection, Span};
use crate::calendar::{Instant, Month};
use crate::drops::Drops;
use crate::error::Result;
use crate::exceptions::{Exception, ExceptionKind, Group, Tally};
use crate::logs::{self, Batch, Piece, Scan, Source, Table};

/// The usage log's files and what is asked of them.
pub struct Input<'a> {
    /// The opened files.
    pub sources: &'a [Source],
    /// Their columns; without `event_id`, no duplicates are looked for.
    pub table: &'a Table,
    /// Where the segments begin.
    pub boundaries: &'a Boundaries<'a>,
    /// Is told the number of rows of each batch read in the first pass.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Rolls up the usage log on the threads of the current pool.
///
/// # Errors
/// A file cannot be read to its end.
pub fn run(input: &Input<'_>) -> Result<Rollup> {
    let mut part = input.first_pass()?;
    let before = std::mem::take(&mut part.before);
    let within = std::mem::take(&mut part.within);
    tracing::debug!(rows = part.control.read.rows, "first pass done");
    let selection = &input.boundaries.selection;
    // Where only some accounts are billed, any of their ids may be another account's, too.
    let suspects = match selection.only.is_some() && !selection.ids_are_apart {
        true => Suspects::all(before, within),
        false => Suspects::of(before, within),
    };
    tracing::debug!(suspects = suspects.len(), "fingerprints compared");
    let dropped = match suspects.is_empty() {
        true => Dropped::default(),
        false => resolve(input.second_look(&suspects)?),
    };
    let others = dropped.conflicting.iter().filter(|row| selection.is_other(&row.account));
    let displaced = others.map(|row| (row.account.clone(), row.event.clone())).collect();
    let dropped = dropped.of_accounts(|account| !selection.is_other(account));
    let (duplicates, conflicting) = (dropped.duplicates.len(), dropped.conflicting.len());
    tracing::debug!(duplicates, conflicting, "second look done");
    let stale = part.take_out(&dropped, input.boundaries);
    if stale {
        part.set_aside = input.set_aside_again(&dropped)?;
    }
    Ok(Rollup { displaced, ..input.finish(part, dropped) })
}

impl Input<'_> {
    fn scan(&self, visit: &(dyn Fn(Piece) -> Result<()> + Sync)) -> Result<()> {
        let pass_over = |span| self.boundaries.is_other_month(span);
        let (sources, table) = (self.sources, self.table);
        let Selection { only, ids_are_apart, .. } = self.boundaries.selection;
        let accounts = only.filter(|_| ids_are_apart);
        let scan = Scan { sources, table, pass_over: &pass_over, accounts };
        logs::scan(&scan, visit)
    }

    fn first_pass(&self) -> Result<Part> {
        let segments = self.boundaries.from.len();
        let parts = PerThread::new(move || Part::new(segments));
        self.scan(&|piece| {
            parts.with(|part| match piece {
                Piece::Batch(batch) => {
                    (self.progress)(batch.len as u64);
                    part.add(batch, self.table, self.boundaries);
                }
                Piece::Unread((first, _), rows) => {
                    let outside = part.control.outside.entry(Month::of(first)).or_default();
                    outside.unread_rows += rows;
                }
                Piece::OtherAccounts(rows) => {
                    part.control.read.rows += rows;
                    part.control.other_accounts.rows += rows;
                }
            });
            Ok(())
        })?;
        let mut parts = parts.into_parts().into_iter();
        let mut whole = parts.next().unwrap_or_else(|| Part::new(segments));
        parts.for_each(|part| whole.merge(part));
        Ok(whole)
    }

    fn second_look(&self, suspects: &Suspects) -> Result<Vec<Suspect>> {
        let found = PerThread::new(Vec::new);
        self.each_batch(&|batch| {
            found.with(|found| {
                fold::suspects(batch, self.table, self.boundaries, suspects, found);
            });
        })?;
        Ok(found.into_parts().concat())
    }

    /// Groups the rows set aside anew, without those that were dropped. Needed only where a
    /// conflicting row was set aside as well: first, last and sample cannot be taken back.
    fn set_aside_again(&self, dropped: &Dropped) -> Result<SetAside> {
        let rows = dropped.conflicting.iter().chain(&dropped.duplicates);
        let places: HashSet<(usize, u64)> = rows.map(|row| row.place).collect();
        let groups = Mutex::new(SetAside::default());
        self.each_batch(&|batch| {
            let mut groups = groups.lock().unwrap_or_else(|e| e.into_inner());
            fold::rows(batch, self.table, self.boundaries, |at, found| {
                let Found::Row { row, .. } = found else {
                    return;
                };
                let place = (batch.source, batch.rows.number(at));
                let account = self.boundaries.accounts.find(row.account);
                if let Target::SetAside(kind) = target(&row, account, self.boundaries)
                    && !places.contains(&place)
                {
                    groups.add(&row, kind);
                }
            });
        })?;
        Ok(groups.into_inner().unwrap_or_else(|e| e.into_inner()))
    }

    fn each_batch(&self, visit: &(dyn Fn(&Batch) + Sync)) -> Result<()> {
        self.scan(&|piece| {
            if let Piece::Batch(batch) = piece {
                visit(&batch);
            }
            Ok(())
        })
    }

    fn finish(&self, part: Part, dropped: Dropped) -> Rollup {
        let mut conflicts: BTreeMap<(String, Span), Tally> = BTreeMap::new();
        for row in &dropped.conflicting {
            conflicts
                .entry((row.account.clone(), row.span))
                .and_modify(|tally| tally.add(row.at, &row.event, row.credits))
                .or_insert_with(|| Tally::new(row.at, &row.event, row.credits));
        }
        let conflicts = conflicts.into_iter().map(|((account, span), tally)| {
            let detail = match span {
                Span::Before => "usage before the month",
                _ => "usage",
            };
            exception(account, ExceptionKind::ConflictingDuplicate, detail, tally)
        });
        let SetAside { before_signup, unknown } = part.set_aside;
        let group = |kind| {
            move |(account, tally): (String, Tally)| exception(account, kind, "usage", tally)
        };
        let before_signup = before_signup.into_iter().map(group(ExceptionKind::BeforeSignup));
        let unknown = unknown.into_iter().map(group(ExceptionKind::UnknownAccount));
        let others = before_signup.chain(unknown).chain(self.left_out(part.left_out.groups));
        let mut exceptions: Vec<Exception> = conflicts.chain(others).collect();
        exceptions.sort();
        let mut rejects: Vec<_> =
            part.rejects.into_iter().map(|reject| reject.place(self.sources)).collect();
        rejects.sort();
        let mut drops_found = part.left_out.found;
        drops_found.resize(self.boundaries.selection.drops.map_or(0, Drops::len), false);
        Rollup {
            sums: part.sums,
            exceptions,
            displaced: Vec::new(),
            drops_found,
            rejects,
            control: part.control,
        }
    }

    /// One group for each account and reason.
    fn left_out(
        &self,
        groups: BTreeMap<(String, usize), Tally>,
    ) -> impl Iterator<Item = Exception> + use<> {
        let mut by_reason: BTreeMap<(String, String), Tally> = BTreeMap::new();
        for ((account, number), tally) in groups {
            let reason = self.boundaries.selection.drops.map_or("", |drops| drops.reason(number));
            match by_reason.get_mut(&(account.clone(), reason.to_owned())) {
                Some(mine) => mine.merge(tally),
                None => drop(by_reason.insert((account, reason.to_owned()), tally)),
            }
        }
        by_reason.into_iter().map(|((account, reason), tally)| {
            exception(account, ExceptionKind::DroppedUsage, &reason, tally)
        })
    }
}

fn exception(account: String, kind: ExceptionKind, detail: &str, tally: Tally) -> Exception {
    let credits = tally.credits;
    tally.finish(Group { account, kind, detail: detail.to_owned() }, Some(credits))
}

impl Boundaries<'_> {
    /// Whether rows that span these instants all belong to one other month.
    pub(super) fn is_other_month(&self, (first, last): (Instant, Instant)) -> bool {
        let wanted =
            |at: Instant| at < self.month.end() && (self.reads_before || at >= self.month.start());
        !wanted(first) && !wanted(last) && Month::of(first) == Month::of(last)
    }
}

impl Part {
    /// Takes dropped rows out of the sums. Says whether the groups set aside must be made anew.
    fn take_out(&mut self, dropped: &Dropped, boundaries: &Boundaries<'_>) -> bool {
        let mut stale = false;
        for row in &dropped.duplicates {
            let set_aside = self.take_out_row(row, boundaries);
            self.control.duplicates.add(row.credits);
            let groups = set_aside.map(|kind| self.set_aside.of(kind));
            if let Some(tally) = groups.and_then(|groups| groups.get_mut(&row.account)) {
                tally.rows -= 1;
                tally.credits -= row.credits;
            }
        }
        for row in &dropped.conflicting {
            stale |= self.take_out_row(row, boundaries).is_some();
            self.control.excepted.add(row.credits);
        }
        stale
    }

    /// Undoes a row's classification; says why it was set aside, if it was.
    fn take_out_row(&mut self, row: &Suspect, boundaries: &Boundaries<'_>) -> Option<Aside> {
        let Suspect { span, at, credits, .. } = *row;
        let seen = fold::Row { span, account: &row.account, event: &row.event, at, credits };
        let target = target(&seen, boundaries.accounts.find(&row.account), boundaries);
        if let Target::Segment(segment) = target {
            self.sums[segment].remove(credits);
            match span {
                Span::Before => self.control.before_in_trial.remove(credits),
                _ => self.control.used.remove(credits),
            }
        }
        if span == Span::Before
            && let Some(outside) = self.control.outside.get_mut(&Month::of(at))
        {
            outside.read.remove(credits);
        }
        match target {
            Target::SetAside(kind) => {
                self.control.excepted.remove(credits);
                Some(kind)
            }
            Target::Segment(_) | Target::Nowhere => None,
        }
    }
}

/// A value for each thread of the pool, so that threads do not wait for each other.
struct PerThread<'a, T>(Vec<Mutex<Option<T>>>, Box<dyn Fn() -> T + Sync + 'a>);

impl<'a, T> PerThread<'a, T> {
    fn new(make: impl Fn() -> T + Sync + 'a) -> Self {
        let slots = (0..rayon::current_num_threads()).map(|_| Mutex::new(None)).collect();
        PerThread(slots, Box::new(make))
    }

    fn with(&self, work: impl FnOnce(&mut T)) {
        let slot = &self.0[rayon::current_thread_index().unwrap_or(0)];
        let mut value = slot.lock().unwrap_or_else(|e| e.into_inner());
        work(value.get_or_insert_with(&self.1));
    }

    fn into_parts(self) -> Vec<T> {
        let parts = self.0.into_iter();
        parts.filter_map(|slot| slot.into_inner().unwrap_or_else(|e| e.into_inner())).collect()
    }
}
