//! How an account stands when a month begins, and where that is known from.

use std::path::Path;

use super::ShowRequest;
use super::show::Standing;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::base::scope::Scope;
use crate::book::{OpeningRecord, OpeningSource, RecordedInput, Revision};
use crate::catalog::Catalog;
use crate::input::opening::{self, State};
use crate::tables::{StateRow, StatementRow, records_of, similar_accounts};

/// An account's state when a month begins.
pub(super) struct Beginning {
    /// What the month begins with.
    pub record: OpeningRecord,
    /// The month whose closing state that is, where it is one.
    pub month: Option<Month>,
    /// How the account stands; `None` where it signs up within the month.
    pub standing: Option<Standing>,
}

impl Beginning {
    /// Where it is known from, in words.
    pub fn whence(&self) -> String {
        match &self.record {
            OpeningRecord::Genesis => "genesis: the change log".to_owned(),
            OpeningRecord::Book { month, revision, .. } => format!("{month} {revision}"),
            OpeningRecord::Imported { .. } => "the imported state".to_owned(),
            OpeningRecord::File { file, .. } => file.clone(),
        }
    }
}

/// How the account begins the month: as the revision in force says, given with the account's
/// closing state; else as a run would begin it now.
pub(super) fn of(
    request: &ShowRequest,
    published: Option<(&Revision, &StateRow)>,
) -> Result<Beginning> {
    match published {
        Some((revision, closing)) => of_revision(request, revision, closing),
        None => of_the_next_run(request),
    }
}

fn of_revision(
    request: &ShowRequest,
    revision: &Revision,
    closing: &StateRow,
) -> Result<Beginning> {
    let ShowRequest { book, month, account } = request;
    let record = revision.manifest.opening.clone();
    let before = month.previous();
    let is_book = matches!(record, OpeningRecord::Book { .. });
    let derived = || derived(revision, *month, closing);
    let standing = match book.opening_of(&revision.manifest, &[]) {
        Ok(OpeningSource::InBook(state)) if is_book || state.check().is_ok() => {
            row(&state.folder, account)?.map(Standing::from)
        }
        Ok(OpeningSource::File(file)) => {
            let catalog = revision.catalog()?;
            match of_file(&file, &catalog, request) {
                Some(states) => states.first().map(|state| standing(state, &catalog)),
                None => derived()?,
            }
        }
        Err(error) if is_book => return Err(error),
        _ => derived()?,
    };
    Ok(Beginning { record, month: is_book.then_some(before), standing })
}

/// The opening of a month that is not published.
fn of_the_next_run(request: &ShowRequest) -> Result<Beginning> {
    let ShowRequest { book, month, account } = request;
    let before = month.previous();
    let Some(state) = book.opening_now(*month)? else {
        return Err(Error::usage(format!("{month} is not published, nor is {before}"))
            .in_file(book.folder())
            .expected("a month of the book, or the one after its last")
            .hint("monthend status shows the months of a book"));
    };
    let closing = match state.record {
        OpeningRecord::Book { month, .. } => Some(month),
        _ => {
            state.check()?;
            None
        }
    };
    let standing = find(&state.folder, closing.unwrap_or(*month), account)?.into();
    Ok(Beginning { record: state.record, month: closing, standing: Some(standing) })
}

/// The account's state in a recorded file, if the file is still there as it was.
fn of_file(file: &RecordedInput, catalog: &Catalog, request: &ShowRequest) -> Option<Vec<State>> {
    let same = digest::of_file(&file.path).is_ok_and(|(_, now)| now == file.input.sha256);
    let log = file.log().ok().filter(|_| same)?;
    opening::read(log, catalog, request.month, &Scope::of_account(&request.account)).ok()
}

fn standing(state: &State, catalog: &Catalog) -> Standing {
    Standing {
        plan: catalog.plan(state.plan).id.clone(),
        overage_on: Some(state.overage_on),
        signed_up_at: state.signed_up_at,
        first_paid_at: state.first_paid_at,
        trial_ends_at: state.trial.map(|trial| trial.ends_at),
        trial_left: state.trial.map_or(Credits::ZERO, |trial| trial.left),
    }
}

/// What the month's own tables tell of the beginning, where its opening state is not at hand: all
/// but the overage switch, and the end of a trial that ended within the month.
fn derived(revision: &Revision, month: Month, closing: &StateRow) -> Result<Option<Standing>> {
    if closing.signed_up_at >= month.start() {
        return Ok(None);
    }
    let statements: Vec<StatementRow> = records_of(&revision.folder, &closing.account_id)?;
    let Some(statement) = statements.into_iter().next() else {
        return Ok(None);
    };
    let Some(plan) = statement.opening_plan else {
        return Ok(None);
    };
    Ok(Some(Standing {
        plan,
        overage_on: None,
        signed_up_at: closing.signed_up_at,
        first_paid_at: closing.first_paid_at.filter(|paid| *paid < month.start()),
        trial_ends_at: closing.trial_ends_at,
        trial_left: statement.trial_opening,
    }))
}

/// An account's row of the table `state` in a folder.
fn row(folder: &Path, account: &str) -> Result<Option<StateRow>> {
    Ok(records_of(folder, account)?.into_iter().next())
}

/// Like [`row`], where the account must be there.
pub(super) fn find(folder: &Path, month: Month, account: &str) -> Result<StateRow> {
    if let Some(row) = row(folder, account)? {
        return Ok(row);
    }
    let similar = similar_accounts(folder, account)?;
    let hint = match similar.as_slice() {
        [] => "ids are written as in the table `state`, to the letter".to_owned(),
        ids => format!("did you mean {}?", ids.join(" or ")),
    };
    Err(Error::usage(format!("`{account}` is no account of {month}"))
        .in_file(folder.join("state.parquet"))
        .hint(hint))
}
