//! A revision in the making: what it is of, and what it follows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::based_on::check_based_on;
use super::late_usage::differ_by_late_usage_alone;
use super::month_tables::{Documents, MonthResult};
use super::prepare::Prepared;
use super::request::Request;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::billing::replay::AccountReplays;
use crate::book::differences::{self, Differences, Side};
use crate::book::{Manifest, Revision, revision_name, rows_by_month};
use crate::check;
use crate::tables::{CarriedOver, Outputs, Table, batches, column, differ_in_columns_alone};

/// A revision in the making.
pub(super) struct Draft<'a> {
    /// What the run is asked.
    pub request: &'a Request,
    /// What was read and rolled up.
    pub prepared: &'a Prepared,
    /// What each account's month comes to.
    pub replays: &'a dyn AccountReplays,
    /// The revision in force, which this one follows; none for a month's first.
    pub before: Option<Revision>,
    /// The number of this one.
    pub number: u32,
    /// Its name, such as `r002`.
    pub name: String,
    /// Whose rows are made anew, where all others are carried over.
    anew: Option<BTreeSet<AccountId>>,
}

impl<'a> Draft<'a> {
    pub fn of(
        request: &'a Request,
        prepared: &'a Prepared,
        replays: &'a dyn AccountReplays,
    ) -> Result<Self> {
        let before = match &request.book {
            Some(book) => book.current(request.month)?,
            None => None,
        };
        check_based_on(request, before.as_ref())?;
        let next = before.as_ref().map(Revision::next_number).transpose()?;
        let number = next.unwrap_or(1);
        let name = revision_name(number);
        let anew = request.scope.made_anew();
        Ok(Draft { request, prepared, replays, before, number, name, anew })
    }

    /// Writes the tables into `folder`.
    pub fn write_tables(&self, documents: Documents<'_>, folder: &Path) -> Result<Outputs> {
        let Draft { request, prepared, .. } = self;
        let result = MonthResult {
            month: &request.month.to_string(),
            catalog: &request.catalog.catalog,
            timeline: &prepared.timeline,
            outcomes: self.replays,
            documents,
            recent_ids: self.has_recent_ids().then_some(&prepared.recent_ids),
            exceptions: &prepared.exceptions,
            rejects: &prepared.rejects,
            revision: &self.name,
            carried_over: match self.before.as_ref().zip(self.anew.as_ref()) {
                None => None,
                Some((before, anew)) => {
                    let (folder, outputs) = (before.tables()?, &before.manifest.outputs[..]);
                    Some(CarriedOver { folder, outputs, anew })
                }
            },
        };
        result.write(folder)
    }

    /// Checks the tables in `folder` against what went in.
    pub fn check(&self, folder: &Path) -> Result<()> {
        let Draft { request, prepared, .. } = self;
        let inputs = check::Inputs {
            month: request.month,
            revision: &self.name,
            catalog: &request.catalog.catalog,
            opening: &prepared.opening,
            accounts: &prepared.timeline.accounts,
            usage: &prepared.usage,
            rows_by_month: rows_by_month(&prepared.inputs),
            changes: prepared.changes,
            adjustments: &prepared.adjustments,
            recent_hours: self.has_recent_ids().then_some(request.inputs.recent_hours),
            billed_before: prepared.billed_before.as_deref(),
            before: self.before.as_ref().map(Revision::tables).transpose()?,
            has_plans: true,
            has_grants: true,
            scope: &request.scope,
        };
        check::check(&inputs, folder)
    }

    /// Whether the table of ids is written: not where most would have to be carried over from a
    /// revision of a version that kept none.
    fn has_recent_ids(&self) -> bool {
        let before = self.before.as_ref().filter(|_| !self.request.scope.is_all());
        before.is_none_or(|before| before.manifest.has(Table::RecentIds))
    }

    /// The tables in `folder` whose rows differ from those of the revision before, where there is
    /// one. Late usage makes no difference: other months decide about it (L2).
    pub fn changed_tables<'m>(
        &self,
        manifest: &'m Manifest,
        folder: &Path,
    ) -> Result<Vec<&'m str>> {
        let Some(before) = &self.before else { return Ok(Vec::new()) };
        let mut changed = manifest.changed_tables(&before.manifest);
        // An earlier version wrote fewer columns.
        for table in Table::ALL {
            if let Some(at) = changed.iter().position(|name| *name == table.name())
                && differ_in_columns_alone(before.tables()?, folder, table)?
            {
                changed.remove(at);
            }
        }
        let exceptions = changed.iter().position(|table| *table == Table::Exceptions.name());
        if let Some(exceptions) = exceptions
            && differ_by_late_usage_alone(before.tables()?, folder)?
        {
            changed.remove(exceptions);
        }
        Ok(changed)
    }

    /// What differs from the revision before, and why, given the tables that do; `None` where there
    /// are none. Written out where the request asks for it.
    pub fn differences(
        &self,
        manifest: &Manifest,
        folder: &Path,
        changed: &[&str],
    ) -> Result<Option<Differences>> {
        let Some((book, before)) = self.request.book.as_ref().zip(self.before.as_ref()) else {
            return Ok(None);
        };
        if changed.is_empty() {
            return Ok(None);
        }
        let openings = differences::openings(book, manifest, folder);
        let after = Side { name: &self.name, folder, manifest, openings };
        let found = differences::compare(&Side::published(book, before)?, &after)?;
        if let Some(folder) = &self.request.correction.differences {
            found.write(folder)?;
        }
        Ok(Some(found))
    }

    /// The groups of exceptions by kind, those included that were carried over.
    pub fn exceptions(&self, folder: &Path) -> Result<BTreeMap<ExceptionKind, u64>> {
        let mut groups = BTreeMap::new();
        let mut add = |kind| *groups.entry(kind).or_insert(0) += 1;
        if self.request.scope.is_all() {
            self.prepared.exceptions.iter().for_each(|exception| add(exception.kind));
            return Ok(groups);
        }
        for batch in
            batches(folder, Table::Exceptions, &[column::exceptions::kind.name], &Scope::All)?
        {
            let batch = batch?;
            let kinds = (0..batch.len()).map(batch.column(column::exceptions::kind)?);
            kinds.filter_map(|kind| kind.known()).for_each(&mut add);
        }
        Ok(groups)
    }
}
