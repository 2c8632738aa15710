//! A dispute: only some accounts are billed anew, all others are carried over.

use std::collections::BTreeSet;
use std::path::Path;

use super::request::Request;
use crate::base::error::{Code, Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::file_digest::FileDigest;
use crate::base::ids::AccountId;
use crate::base::rejects::{Reject, RejectCollector};
use crate::billing::timeline::Timeline;
use crate::book::{InputFile, Revision, Role, UsageFiles, read_the_same, revision_name};
use crate::check::{BilledFrom, BilledTwice, EventIds};
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::{self, LogFile, LogSchema, Source};
use crate::tables::{
    DocumentRow, ExceptionRow, RejectRow, StateRow, StatementRow, records, records_of,
};

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
            let message = "there is no published month whose other accounts could be carried over";
            Error::new(Code::NOT_PUBLISHED, message)
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

    /// Makes sure that every account is one of the month, now or in a revision before: one that is
    /// no more still has its documents, or it went by the revision before.
    pub fn check_known(&self, timeline: &Timeline) -> Result<()> {
        let is_missing = |account: &&AccountId| timeline.accounts.find(account).is_none();
        let mut missing = self.only.iter().filter(is_missing).peekable();
        if missing.peek().is_none() {
            return Ok(());
        }
        let tables = self.before.tables()?;
        let stated = records::<StatementRow>(tables)?.map(|row| Ok(row?.account_id));
        let documented = records::<DocumentRow>(tables)?.map(|row| Ok(row?.account_id));
        let known: BTreeSet<AccountId> = stated.chain(documented).collect::<Result<_>>()?;
        let billed_before = self.before.manifest.scope().accounts();
        let is_known = |account: &AccountId| {
            known.contains(account) || billed_before.is_some_and(|ids| ids.contains(account))
        };
        let Some(account) = missing.find(|account| !is_known(account)) else { return Ok(()) };
        let month = timeline.month;
        let message = format!("--accounts names `{account}`, which does not exist in {month}");
        Err(Error::new(Code::ACCOUNT_OF_MONTH, message)
            .expected("accounts that have signed up before the month's end")
            .hint(
                "correct the id; statements.csv of the revision lists all accounts; @FILE reads \
                 ids from a file",
            ))
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
        for row in records::<RejectRow>(self.before.tables()?)? {
            let RejectRow { file, row, column, value, reason } = row?;
            if request.inputs.usage.recorded.iter().any(|usage| usage.input.file == file) {
                let (column, value) = (column.unwrap_or_default(), value.unwrap_or_default());
                rejects.add(&mut vec![Reject { file, row, column, value, reason }])?;
            }
        }
        Ok(())
    }

    /// Makes sure that no event which these accounts are billed for was billed to another account,
    /// which is carried over: it would have to be billed anew as well. `now` is what they are
    /// billed from.
    pub fn check_billed_once(&self, request: &Request, now: &UsageNow<'_>) -> Result<()> {
        let Some(book) = request.book.as_ref().filter(|_| request.inputs.event_ids) else {
            return Ok(());
        };
        let earlier = book.billed_by(request.month, &self.before)?;
        let inputs = earlier.iter().map(|revision| revision.manifest.inputs.as_slice());
        let inputs: Vec<&[InputFile]> = std::iter::once(now.inputs).chain(inputs).collect();
        if self.ids_are_apart || read_the_same(&inputs) {
            return Ok(());
        }
        let mut usage = UsageFiles::default();
        let mut billed_from = vec![BilledFrom {
            revision: revision_name(self.before.next_number()?),
            scope: request.scope.clone(),
            files: now.files().map(|(digest, file)| usage.add(digest, file)).collect(),
            dropped: now.dropped.clone(),
        }];
        for revision in &earlier {
            let read = usage.add_revision(revision, &request.corrections.whereabouts);
            let (files, dropped) = read.map_err(lost)?;
            let (revision, scope) = (revision.name.clone(), revision.manifest.scope().clone());
            billed_from.push(BilledFrom { revision, scope, files, dropped });
        }
        let event_ids = EventIds {
            month: request.month,
            reads_before: now.reads_before,
            sources: &logs::open(usage.files.clone(), now.table)?,
            table: now.table,
            billed_from: &billed_from,
            billed_before: now.billed_before,
            is_billed: &|account, at| {
                if self.only.contains(account) {
                    return Ok(now.timeline.has_signed_up(account, at));
                }
                let states = records_of::<StateRow>(self.before.tables()?, account)?;
                Ok(states.iter().any(|state| state.signed_up_at <= at))
            },
        };
        for BilledTwice { event, by: [(one, _), (other, revision)] } in event_ids.billed_twice()? {
            if !self.only.contains(&one) {
                tracing::warn!(%event, "{revision} bills it to `{other}`, and it is `{one}`'s, too");
                continue;
            }
            return Err(Error::new(Code::EVENT_OF_TWO, format!(
                "event `{event}` of `{other}` ({revision}) bears the id of an event of `{one}` that \
                 --accounts bills anew, and would have to give way to it"
            ))
            .expected("events of one id to be billed once (X3)")
            .hint(format!(
                "bill {other} anew as well: add it to --accounts; or leave --accounts out"
            )));
        }
        Ok(())
    }
}

/// The usage that accounts of a dispute are billed from.
pub(super) struct UsageNow<'a> {
    pub sources: &'a [Source],
    pub table: &'a LogSchema,
    pub dropped: &'a DroppedEvents,
    /// All inputs, with their digests.
    pub inputs: &'a [InputFile],
    /// Whether rows before the month count as well.
    pub reads_before: bool,
    pub timeline: &'a Timeline,
    /// The folder with the ids that the month before keeps, where they are known.
    pub billed_before: Option<&'a Path>,
}

impl UsageNow<'_> {
    /// The files, with their digests.
    fn files(&self) -> impl Iterator<Item = (&FileDigest, LogFile)> {
        let usage = self.inputs.iter().filter(|input| input.role == Role::Usage);
        usage.filter_map(|input| {
            let source = self.sources.iter().find(|source| source.file.name == input.file)?;
            Some((&input.digest, source.file.clone()))
        })
    }
}

/// That it cannot be told what others were billed for.
fn lost(cause: Error) -> Error {
    Error::new(Code::INPUT_GONE,
        "other accounts were billed from usage that is not there any more as it was: it cannot be \
         told whether an event would be billed to two accounts",
    )
    .caused_by(cause)
    .hint("restore it, or say where it is: --moved OLD=NEW; or bill all accounts: leave --accounts out")
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
    for row in records::<ExceptionRow>(before.tables()?)? {
        if row?.kind == ExceptionKind::ConflictingDuplicate {
            return Ok(false);
        }
    }
    Ok(true)
}
