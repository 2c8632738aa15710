//! What a story has in it: a property that holds of nothing proves nothing.

use std::collections::BTreeMap;

use monthend::run::Status;

use super::act::Done;
use super::chain::Chain;
use super::rerun::Rerun;
use crate::months::holding::Outcome;
use crate::months::revision::{Revision, Row};

/// How often each corner was met.
pub type Tally = BTreeMap<&'static str, u32>;

pub fn met(tally: &mut Tally, corner: &'static str, is_there: bool) {
    *tally.entry(corner).or_insert(0) += u32::from(is_there);
}

impl Chain {
    /// Does a rerun, and counts the corners that it is in.
    pub fn act_and_count(&mut self, rerun: &Rerun, tally: &mut Tally) -> Outcome<()> {
        let month = rerun.month;
        let (before, inputs) = (self.in_force(month)?, self.inputs[month].clone());
        let was_stale = self.is_stale(month)?;
        let conflicts = Revision::at(&before).table("exceptions")?;
        let conflicts = conflicts.iter().any(|row| row["kind"] == "conflicting-duplicate");
        let same_usage = rerun.add_usage.is_empty() && rerun.replace_usage.is_empty();
        let relists = rerun
            .list
            .as_ref()
            .is_some_and(|(list, _)| inputs.lists.iter().any(|given| given.list == *list));
        let done = self.act(rerun)?;
        let published = done.published();
        let dispute = !rerun.accounts.is_empty() && published.contains(&month);
        let narrow = same_usage && !conflicts && !relists && inputs.only.is_empty();
        met(tally, "a dispute that looks at its own accounts' rows only", dispute && narrow);
        met(tally, "a dispute with ids in conflict", dispute && conflicts);
        met(tally, "a dispute with other usage", dispute && !same_usage);
        met(tally, "a list that is read anew", relists && published.contains(&month));
        met(tally, "another catalogue", rerun.terms.is_some() && published.contains(&month));
        met(tally, "all inputs typed", rerun.typed && published.contains(&month));
        met(tally, "refused on a stale state", matches!(done, Done::Refused));
        met(tally, "on a stale state, as told", was_stale && rerun.stale_ok);
        if let (Done::Told(told), true) = (done, rerun.cascade) {
            let later = self.months.len() - month - 1;
            let is_first = published.first() == Some(&month);
            met(tally, "a cascade", is_first && told.len() > 1);
            met(tally, "a cascade over two months", told.len() > 2);
            met(tally, "a cascade that ends early", is_first && told.len() <= later);
            let same = |status: &Status| matches!(status, Status::Unchanged { .. });
            met(tally, "nothing corrected", told.len() == 1 && same(&told[0].status));
        }
        Ok(())
    }

    /// Counts the corners that the months are in at last.
    pub fn count(&self, tally: &mut Tally) -> Outcome<()> {
        for month in 0..self.months.len() {
            let revision = Revision::at(&self.in_force(month)?);
            let (documents, statements) =
                (revision.table("documents")?, revision.table("statements")?);
            for row in &documents {
                let is = |kind: &str| row["document_type"] == kind;
                met(tally, "a credit note", is("credit_note"));
                met(tally, "a debit note", is("debit_note"));
                met(tally, "a late invoice", is("invoice") && row["revision"] != "r001");
                let own = |other: &&Row| other["account_id"] == row["account_id"];
                met(tally, "a second note", documents.iter().filter(own).count() > 2);
                met(
                    tally,
                    "an account that is no more",
                    !statements.iter().any(|other| own(&other)),
                );
            }
            let exceptions = revision.table("exceptions")?;
            let left_out = exceptions.iter().any(|row| row["kind"] == "dropped-usage");
            met(tally, "events left out", left_out);
            met(tally, "rejects", !revision.table("rejects")?.is_empty());
            met(tally, "a stale month", self.is_stale(month)?);
            met(tally, "a month after a dispute", !self.inputs[month].only.is_empty());
        }
        Ok(())
    }
}
