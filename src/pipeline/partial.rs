//! A dispute: only some accounts are billed anew, all others are carried over.

use std::collections::BTreeSet;

use crate::book::Revision;
use crate::changes::ChangeLog;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::logs::Reject;
use crate::tables::{DocumentRow, ExceptionRow, RejectRow, StatementRow, records};
use crate::timeline::{Opening, Timeline};

/// The accounts that are billed anew, and the revision that all others are carried over from.
pub(super) struct Partial<'a> {
    pub only: &'a BTreeSet<String>,
    pub before: Revision,
}

impl<'a> Partial<'a> {
    /// What the job says of it; `None` where it bills all accounts.
    pub fn of(job: &'a Job) -> Result<Option<Self>> {
        let Some(only) = &job.again.accounts else {
            return Ok(None);
        };
        let before = match &job.book {
            Some(book) => book.current(job.month)?,
            None => None,
        };
        let before = before.ok_or_else(|| {
            Error::usage("there is no published month whose other accounts could be carried over")
        })?;
        Ok(Some(Partial { only, before }))
    }

    /// Leaves the accounts' own states and changes; gives the number of changes of others. The
    /// change log is free of duplicates by then, whosever they were.
    pub fn narrow(&self, opening: &mut Opening, log: &mut ChangeLog) -> u64 {
        if let Opening::States(states) = opening {
            states.retain(|state| self.only.contains(&state.account));
        }
        let all = log.changes.len() as u64 + log.conflicting;
        log.changes.retain(|change| self.only.contains(&*change.account));
        log.conflicting = log.exceptions.retain(|account| self.only.contains(account));
        all - log.changes.len() as u64 - log.conflicting
    }

    /// Makes sure that every account is one of the month, now or in a revision before: one that is
    /// no more still has its documents.
    pub fn check_known(&self, timeline: &Timeline) -> Result<()> {
        let missing: BTreeSet<&str> = self
            .only
            .iter()
            .map(String::as_str)
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
        match missing.into_iter().find(|account| !known.contains(*account)) {
            None => Ok(()),
            Some(account) => Err(Error::usage(format!(
                "--accounts names `{account}`, which does not exist in {}",
                timeline.month
            ))
            .expected("accounts that have signed up before the month's end")
            .hint("correct the id; statements.csv of the revision lists all accounts")),
        }
    }

    /// Whether no event of the accounts can bear the id of another account's event: the usage is
    /// what the revision before was made of, and that found no such conflict.
    pub fn ids_are_apart(&self, job: &Job) -> Result<bool> {
        if !job.again.same_usage || self.before.manifest.options.get("accounts").is_some() {
            return Ok(false);
        }
        for row in records::<ExceptionRow>(&self.before.folder)? {
            if row?.kind == "conflicting-duplicate" {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All rejects: those found now and, where the usage of others was not looked at, the usage's
    /// rejects of the revision before, which was made of the same usage.
    pub fn rejects(&self, job: &Job, found: Vec<Reject>) -> Result<Vec<Reject>> {
        let mut rejects = found;
        for row in records::<RejectRow>(&self.before.folder)? {
            let RejectRow { file, row, column, value, reason } = row?;
            if job.again.usage.iter().any(|usage| usage.name == file) {
                let row = u64::try_from(row).unwrap_or(0);
                rejects.push(Reject { file, row, column, value, reason });
            }
        }
        rejects.sort();
        rejects.dedup();
        Ok(rejects)
    }
}
