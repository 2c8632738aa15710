//! A revision in the making: what it is of, and what it follows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::billed_parts::BilledParts;
use super::facts::MonthFacts;
use super::month_tables::{Documents, MonthResult};
use super::other_months::{differ_by_late_usage_alone, late_exception};
use super::prepare::AccountMonths;
use super::request::Request;
use crate::base::accounts::Accounts;
use crate::base::error::{Code, Error, Result};
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::billing::replay::AccountReplays;
use crate::book::differences::{self, Differences, Side};
use crate::book::{Manifest, Revision, revision_name, rows_by_month};
use crate::check::{self, RunSums};
use crate::tables::{CarriedOver, Form, Outputs, Table, batches, column, differ_in_columns_alone};

/// What the accounts of a month come to.
#[derive(Clone, Copy)]
pub enum BilledAccounts<'a> {
    /// In memory: their months, and what each comes to.
    Here {
        /// The months.
        months: &'a AccountMonths,
        /// What each comes to.
        replays: &'a dyn AccountReplays,
    },
    /// In tables of parts.
    InParts(&'a BilledParts),
}

/// A revision in the making.
pub(super) struct Draft<'a> {
    /// What the run is asked.
    pub request: &'a Request,
    /// What is known of the month besides its accounts.
    pub facts: &'a MonthFacts,
    /// What these come to.
    pub accounts: BilledAccounts<'a>,
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
        facts: &'a MonthFacts,
        accounts: BilledAccounts<'a>,
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
        Ok(Draft { request, facts, accounts, before, number, name, anew })
    }

    /// Writes the tables into `folder`, for readers or as those of a part.
    pub fn write_tables(
        &self,
        documents: Documents<'_>,
        folder: &Path,
        form: Form,
    ) -> Result<Outputs> {
        let (request, catalog) = (self.request, &self.request.catalog.catalog);
        let (months, replays) = match self.accounts {
            BilledAccounts::Here { months, replays } => (months, replays),
            BilledAccounts::InParts(parts) => {
                return parts.write(request, &self.name, &self.late_usage(), folder);
            }
        };
        let result = MonthResult {
            month: &request.month.to_string(),
            catalog,
            timeline: &months.timeline,
            outcomes: replays,
            documents,
            recent_ids: self.has_recent_ids().then_some(&months.recent_ids),
            exceptions: &months.exceptions,
            rejects: &months.rejects,
            revision: &self.name,
            carried_over: match self.before.as_ref().zip(self.anew.as_ref()) {
                None => None,
                Some((before, anew)) => {
                    let (folder, outputs) = (before.tables()?, &before.manifest.outputs[..]);
                    Some(CarriedOver { folder, outputs, anew })
                }
            },
            form,
        };
        result.write(folder)
    }

    /// Checks the tables in `folder` against what went in; gives what they add up to.
    pub fn check(&self, folder: &Path) -> Result<RunSums> {
        let Draft { request, facts, .. } = self;
        let no_accounts = Accounts::default();
        let (opening, accounts, billed_before) = match self.accounts {
            BilledAccounts::Here { months, .. } => {
                (&months.opening, &months.timeline.accounts, months.billed_before.as_deref())
            }
            // Theirs were checked part by part.
            BilledAccounts::InParts(parts) => {
                (&parts.opening, &no_accounts, parts.billed_before.as_deref())
            }
        };
        let inputs = check::Inputs {
            month: request.month,
            revision: &self.name,
            catalog: &request.catalog.catalog,
            opening,
            accounts,
            usage: &facts.usage,
            rows_by_month: rows_by_month(&facts.inputs),
            changes: facts.changes,
            adjustments: &facts.adjustments,
            recent_hours: self.has_recent_ids().then_some(request.inputs.recent_hours),
            billed_before,
            before: self.before.as_ref().map(Revision::tables).transpose()?,
            has_plans: true,
            has_grants: true,
            scope: &request.scope,
            spill: Some(request.spill_folder()),
        };
        match self.accounts {
            BilledAccounts::Here { .. } => check::check(&inputs, folder),
            BilledAccounts::InParts(parts) => parts.check(&inputs, &self.late_usage(), folder),
        }
    }

    /// The groups of exceptions that late usage is (L2).
    fn late_usage(&self) -> Vec<Exception> {
        let mut late: Vec<Exception> = self.facts.late_usage.iter().map(late_exception).collect();
        late.sort();
        late
    }

    /// Whether the table of ids is written: not where most would have to be carried over from a
    /// revision of a version that kept none.
    fn has_recent_ids(&self) -> bool {
        let before = self.before.as_ref().filter(|_| self.request.scope.accounts().is_some());
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
        if let BilledAccounts::Here { months, .. } = self.accounts
            && self.request.scope.accounts().is_none()
        {
            months.exceptions.iter().for_each(|exception| add(exception.kind));
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

/// Makes sure that the manifest which a rerun was made from is still that of the revision in
/// force: it was read before the lock was taken, and a lease in object storage can be lost.
pub(super) fn check_based_on(request: &Request, in_force: Option<&Revision>) -> Result<()> {
    let Some(based_on) = &request.based_on else { return Ok(()) };
    let in_force = in_force.map(|revision| &revision.name);
    let message = match in_force {
        Some(name) if name == based_on => return Ok(()),
        Some(name) => format!("{} is in force by now as {name}, not as {based_on}", request.month),
        None => format!("{} is not in the book any more as {based_on}", request.month),
    };
    Err(Error::new(Code::OUTRUN, message).hint("run again, from what that revision records"))
}
