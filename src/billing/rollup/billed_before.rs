//! The ids that the month before keeps: of events that were billed in it, and are no others where
//! they come again (L1).

use std::collections::BTreeSet;
use std::path::Path;

use super::boundaries::Span;
use super::candidates::{DuplicateCandidates, Fingerprints};
use super::duplicates::line_up;
use super::spill::{Budget, PartitionStore};
use super::usage_row::UsageRow;
use crate::base::error::Result;
use crate::base::ids::{EventId, fingerprint};
use crate::base::scope::Scope;
use crate::tables::{batches, view};

view! {
    /// An id that is kept.
    struct KeptId of RecentIds.recent_ids { event_id }
}

/// What the month before has billed in its last hours, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct BilledBefore<'a> {
    /// The folder with the table `recent_ids`; none where nothing is known.
    pub folder: Option<&'a Path>,
}

impl BilledBefore<'_> {
    /// Visits the ids.
    pub(super) fn each(self, mut visit: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let Some(folder) = self.folder else { return Ok(()) };
        for batch in batches(folder, KeptId::TABLE, KeptId::COLUMNS, &Scope::All)? {
            for KeptId { event_id } in KeptId::rows(&batch?)? {
                visit(event_id)?;
            }
        }
        Ok(())
    }

    /// Those of some ids that were billed before.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the table cannot be read.
    pub fn among(self, ids: &BTreeSet<&str>) -> Result<BTreeSet<EventId>> {
        let mut found = BTreeSet::new();
        self.each(|id| {
            found.extend(ids.contains(id).then(|| EventId::from(id)));
            Ok(())
        })?;
        Ok(found)
    }

    /// Makes a candidate of every row that bears one of the ids: it is one that comes again.
    pub(super) fn seed<'b>(self, budget: &'b Budget) -> Result<Fingerprints<'b>> {
        let mut seeds = Fingerprints::new(budget);
        self.each(|id| seeds.push(Span::Within, fingerprint(id)))?;
        Ok(seeds)
    }

    /// The ids that a candidate may bear, each as a row that marks it.
    pub(super) fn line_up<'b>(
        self,
        candidates: &DuplicateCandidates,
        budget: &'b Budget,
    ) -> Result<PartitionStore<'b>> {
        let mut rows = PartitionStore::new(budget);
        if !candidates.is_empty() {
            self.each(|id| match candidates.may_hold(Span::Within, fingerprint(id)) {
                true => line_up(&UsageRow::mark(id), &mut rows),
                false => Ok(()),
            })?;
        }
        Ok(rows)
    }
}
