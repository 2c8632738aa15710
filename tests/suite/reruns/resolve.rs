//! A wish of the story, made out against what there is.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Chain, Inputs};
use super::edits::{edited_changes, edited_events};
use super::rerun::Rerun;
use super::story::{Correction, LogFile, Step};
use crate::months::holding::Outcome;
use crate::months::population::{ACCOUNTS, Change, Event};
use crate::months::revision::Revision;

impl Chain {
    /// Makes a wish out: what it asks for that is not there is left out.
    pub fn resolve(&mut self, step: &Step) -> Outcome<Rerun> {
        let mut month = step.month % self.months.len();
        if step.stale_ok {
            // One that is stale, where there is one.
            let mut stale = Vec::new();
            for number in 0..self.months.len() {
                if self.is_stale(number)? {
                    stale.push(number);
                }
            }
            month = pick(step.month, stale.into_iter()).unwrap_or(month);
        }
        let mut rerun = Rerun {
            month,
            cascade: step.cascade,
            typed: step.typed,
            stale_ok: step.stale_ok,
            ..Rerun::default()
        };
        if !step.typed {
            let accounts: BTreeSet<usize> = step.accounts.iter().copied().collect();
            rerun.accounts = accounts.into_iter().map(|number| ACCOUNTS[number]).collect();
            self.leave_strangers_out(&mut rerun)?;
        }
        // What is left out is chosen last, among what is read then.
        let of_lists = |c: &&Correction| matches!(c, Correction::Drop(_) | Correction::Relist(..));
        let (last, first): (Vec<_>, Vec<_>) = step.corrections.iter().partition(of_lists);
        for correction in first.into_iter().chain(last) {
            self.add(correction, &mut rerun)?;
        }
        Ok(rerun)
    }

    /// Only accounts that exist in the month, or may, can be disputed.
    pub fn leave_strangers_out(&self, rerun: &mut Rerun) -> Outcome<()> {
        let known = Revision::at(&self.in_force(rerun.month)?).table("statements")?;
        let changes =
            self.inputs[rerun.month].changes.iter().flat_map(|&file| &self.changes[file].rows);
        let signups: Vec<&Change> = changes.filter(|change| change.change == "signup").collect();
        rerun.accounts.retain(|account| {
            known.iter().any(|row| row["account_id"] == *account)
                || signups.iter().any(|change| change.account == *account)
        });
        Ok(())
    }

    fn add(&mut self, correction: &Correction, rerun: &mut Rerun) -> Outcome<()> {
        let before = self.inputs[rerun.month].clone();
        let after = rerun.inputs(&before, true);
        let Inputs { usage, changes, lists, .. } = before;
        let dispute = !rerun.accounts.is_empty();
        let may_list = !rerun.typed && rerun.list.is_none();
        match correction {
            Correction::AddUsage(wish) => {
                let late = (0..self.usage.len()).filter(|file| self.usage[*file].late);
                let new = late.filter(|file| !usage.contains(file) && !after.usage.contains(file));
                rerun.add_usage.extend(pick(*wish, new));
            }
            Correction::AddChanges(wish) => {
                let late = (0..self.changes.len()).filter(|file| self.changes[*file].late);
                let new =
                    late.filter(|file| !changes.contains(file) && !after.changes.contains(file));
                rerun.add_changes.extend(pick(*wish, new));
            }
            Correction::ReplaceUsage(wish, edits) => {
                let replaced =
                    |file: &usize| rerun.replace_usage.iter().any(|(old, _)| old == file);
                if let Some(old) = pick(*wish, usage.into_iter().filter(|file| !replaced(file))) {
                    let rows = edited_events(&self.usage[old].rows, edits);
                    let format = self.usage[old].format;
                    let new = self.add_usage_file(LogFile { format, late: true, rows })?;
                    rerun.replace_usage.push((old, new));
                }
            }
            Correction::ReplaceChanges(wish, edits) => {
                let replaced =
                    |file: &usize| rerun.replace_changes.iter().any(|(old, _)| old == file);
                if let Some(old) = pick(*wish, changes.into_iter().filter(|file| !replaced(file))) {
                    let rows =
                        edited_changes(&self.changes[old].rows, edits, self.terms[0].plans.len());
                    let format = self.changes[old].format;
                    let new = self.add_change_file(LogFile { format, late: true, rows })?;
                    rerun.replace_changes.push((old, new));
                }
            }
            Correction::Relist(wish, kept) if may_list && !lists.is_empty() => {
                let list = pick(*wish, lists.iter().map(|given| given.list));
                rerun.list = list.map(|list| (list, self.still_left_out(list, kept, rerun)));
            }
            Correction::Drop(wishes) | Correction::Relist(_, wishes) if may_list => {
                let entries = self.to_leave_out(wishes, rerun);
                rerun.list = (!entries.is_empty()).then(|| (self.add_list(), entries));
            }
            Correction::Catalog(wish) if !dispute => rerun.terms = Some(wish % self.terms.len()),
            Correction::Drop(_) | Correction::Relist(..) | Correction::Catalog(_) => {}
        }
        Ok(())
    }

    /// Events of the rerun's concern that are not left out yet.
    fn to_leave_out(&self, wishes: &[usize], rerun: &Rerun) -> BTreeMap<String, String> {
        let already = &self.inputs[rerun.month];
        let events = self.of_concern(rerun);
        let events = events.into_iter().filter(|event| already.left_out(event).is_none());
        let ids: BTreeSet<String> = events.map(|event| event.id.clone()).collect();
        // Ids that several events have are left out more often.
        let all = self.events(rerun.month, &rerun.inputs(&self.inputs[rerun.month], true).usage);
        let is_shared = |id: &&String| all.iter().filter(|event| event.id == **id).count() > 1;
        let shared: Vec<&String> = ids.iter().filter(is_shared).collect();
        let chosen = wishes.iter().filter_map(|wish| match wish % 2 {
            0 if !shared.is_empty() => pick(*wish, shared.iter().map(|id| (*id).clone())),
            _ => pick(*wish, ids.iter().cloned()),
        });
        let reason = |wish: usize| ["billed twice", "test traffic"][wish % 2].to_owned();
        chosen.zip(wishes).map(|(id, wish)| (id, reason(*wish))).collect()
    }

    /// A list's entries that are kept, as far as there are such events.
    fn still_left_out(
        &self,
        list: usize,
        kept: &[usize],
        rerun: &Rerun,
    ) -> BTreeMap<String, String> {
        let mut entries = self.lists[list].entries.clone();
        let events = self.of_concern(rerun);
        entries.retain(|id, _| events.iter().any(|event| event.id == *id));
        let numbers: BTreeSet<usize> = kept.iter().map(|n| n % entries.len().max(1)).collect();
        let mut number = 0..;
        entries.retain(|_, _| number.next().is_some_and(|number: usize| numbers.contains(&number)));
        entries
    }

    /// The events that a rerun reads in full.
    pub fn of_concern(&self, rerun: &Rerun) -> Vec<&Event> {
        let files = rerun.inputs(&self.inputs[rerun.month], true).usage;
        let is_of = |account: &str| rerun.accounts.is_empty() || rerun.accounts.contains(&account);
        let events = self.events(rerun.month, &files);
        events.into_iter().filter(|event| is_of(&event.account)).collect()
    }
}

/// The one among several that a number chooses.
fn pick<T>(wish: usize, among: impl Iterator<Item = T>) -> Option<T> {
    let mut among: Vec<T> = among.collect();
    match among.len() {
        0 => None,
        count => Some(among.swap_remove(wish % count)),
    }
}
