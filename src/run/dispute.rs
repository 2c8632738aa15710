//! A dispute: only some accounts are billed anew, all others are carried over.

use std::collections::{BTreeMap, BTreeSet};

use super::request::Request;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::ids::AccountId;
use crate::base::rejects::{Reject, RejectCollector};
use crate::billing::rollup::DisplacedEvent;
use crate::billing::timeline::Timeline;
use crate::book::Revision;
use crate::input::changes::ChangeLog;
use crate::tables::{DocumentRow, ExceptionRow, RejectRow, StatementRow, records};

/// The accounts that are billed anew, and the revision that all others are carried over from.
pub(super) struct Dispute<'a> {
    pub only: &'a BTreeSet<AccountId>,
    before: Revision,
    /// Whether no event of the accounts can bear the id of another account's event.
    pub ids_are_apart: bool,
}

impl<'a> Dispute<'a> {
    /// What the request says of it; `None` where it bills all accounts.
    pub fn of(request: &'a Request) -> Result<Option<Self>> {
        let Some(only) = request.scope.accounts() else {
            return Ok(None);
        };
        let before = match &request.book {
            Some(book) => book.current(request.month)?,
            None => None,
        };
        let before = before.ok_or_else(|| {
            Error::usage("there is no published month whose other accounts could be carried over")
        })?;
        if !request.inputs.usage.given.is_empty() || !request.inputs.changes.given.is_empty() {
            tracing::warn!(
                "what added or replaced files hold for other accounts waits until the whole month \
                 is billed again"
            );
        }
        let ids_are_apart = ids_are_apart(request, only, &before)?;
        Ok(Some(Dispute { only, before, ids_are_apart }))
    }

    /// Leaves the accounts' own exceptions; gives the number of changes of others, which have been
    /// left out of the log.
    pub fn narrow(&self, log: &mut ChangeLog) -> u64 {
        let conflicting = log.conflicting;
        log.conflicting = log.exceptions.retain(|account| self.only.contains(account));
        log.others + conflicting - log.conflicting
    }

    /// Makes sure that every account is one of the month, now or in a revision before: one that is
    /// no more still has its documents, or it went by the revision before.
    pub fn check_known(&self, timeline: &Timeline) -> Result<()> {
        let missing: BTreeSet<&str> = self
            .only
            .iter()
            .map(AccountId::as_str)
            .filter(|account| timeline.accounts.find(account).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut known = BTreeSet::new();
        for row in records::<StatementRow>(&self.before.folder)? {
            known.insert(row?.account_id);
        }
        for row in records::<DocumentRow>(&self.before.folder)? {
            known.insert(row?.account_id);
        }
        let billed_before = self.before.manifest.scope().accounts();
        let is_known = |account: &str| {
            known.contains(account) || billed_before.is_some_and(|ids| ids.contains(account))
        };
        match missing.into_iter().find(|account| !is_known(account)) {
            None => Ok(()),
            Some(account) => Err(Error::usage(format!(
                "--accounts names `{account}`, which does not exist in {}",
                timeline.month
            ))
            .expected("accounts that have signed up before the month's end")
            .hint(
                "correct the id; statements.csv of the revision lists all accounts; @FILE reads \
                 ids from a file",
            )),
        }
    }

    /// Whose events share ids with other accounts' events, given those that were found now among
    /// the events of the accounts that are billed anew. Of the others it is known what the
    /// revision before found in the same usage.
    pub fn sharing_ids(
        &self,
        request: &Request,
        found: Option<BTreeSet<AccountId>>,
    ) -> Option<BTreeSet<AccountId>> {
        let known = self.before.manifest.accounts_sharing_ids.as_ref();
        let known = known.filter(|_| request.inputs.usage_is_as_recorded())?;
        Some(known.union(&found?).cloned().collect())
    }

    /// Adds the usage's rejects of the revision before, which was made of the same usage: that of
    /// others was not looked at.
    pub fn add_rejects(&self, request: &Request, rejects: &RejectCollector) -> Result<()> {
        for row in records::<RejectRow>(&self.before.folder)? {
            let RejectRow { file, row, column, value, reason } = row?;
            if request.inputs.usage.recorded.iter().any(|usage| usage.input.file == file) {
                let (column, value) = (column.unwrap_or_default(), value.unwrap_or_default());
                rejects.add(&mut vec![Reject { file, row, column, value, reason }])?;
            }
        }
        Ok(())
    }

    /// Makes sure that no event of another account loses its place to one of these accounts: that
    /// account would have to be billed anew as well, or both would be billed for one event. What
    /// was displaced already is known from the exceptions of the revision before.
    pub fn check_displaced(&self, displaced: &[DisplacedEvent]) -> Result<()> {
        let mut now: BTreeMap<&str, (i128, &str)> = BTreeMap::new();
        for DisplacedEvent { account, event } in displaced {
            now.entry(account).or_insert((0, event)).0 += 1;
        }
        if now.is_empty() {
            return Ok(());
        }
        for row in records::<ExceptionRow>(&self.before.folder)? {
            let row = row?;
            if row.kind == ExceptionKind::ConflictingDuplicate
                && row.detail != "changes"
                && let Some((rows, _)) = now.get_mut(row.account_id.as_str())
            {
                *rows -= i128::from(row.rows.unwrap_or(0));
            }
        }
        let Some((account, (_, event))) = now.into_iter().find(|(_, (rows, _))| *rows > 0) else {
            return Ok(());
        };
        Err(Error::input(format!(
            "event `{event}` of `{account}` bears the id of an event that --accounts bills anew, \
             and would have to give way to it"
        ))
        .expected("events of one id to be billed once (X3)")
        .hint(format!(
            "bill {account} anew as well: add it to --accounts; or leave --accounts out"
        )))
    }
}

/// Whether no event of the accounts can bear the id of another account's event, so that rows of
/// others need no look: the usage is what the revision before was made of, and that found no such
/// events, or none of theirs. Where it is to be judged by another share of unreadable rows, all
/// rows are read.
fn ids_are_apart(request: &Request, only: &BTreeSet<AccountId>, before: &Revision) -> Result<bool> {
    let recorded_share = before.manifest.options.max_reject_share;
    if !request.inputs.usage_is_as_recorded() || request.inputs.max_reject_share != recorded_share {
        return Ok(false);
    }
    if let Some(sharing) = &before.manifest.accounts_sharing_ids {
        return Ok(only.is_disjoint(sharing));
    }
    if !before.manifest.scope().is_all() {
        return Ok(false);
    }
    for row in records::<ExceptionRow>(&before.folder)? {
        if row?.kind == ExceptionKind::ConflictingDuplicate {
            return Ok(false);
        }
    }
    Ok(true)
}
