//! An account's state when a month begins, and where that is known from.

use std::path::Path;

use super::account_state::AccountState;
use super::request::ShowRequest;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::base::scope::Scope;
use crate::billing::account_rows::state_cells;
use crate::book::{OpeningRecord, OpeningSource, RecordedInput, Revision};
use crate::catalog::Catalog;
use crate::input::opening::{self, State};
use crate::tables::{StateRow, StatementRow, did_you_mean, records_of};

/// An account's state when a month begins.
pub(super) struct AccountOpening {
    /// What the month begins with.
    pub record: OpeningRecord,
    /// The month whose closing state that is, where it is one.
    pub closed: Option<Month>,
    /// The account's state; `None` where it signs up within the month.
    pub state: Option<AccountState>,
}

impl AccountOpening {
    /// As a published revision says, which closed with `closing`.
    pub fn of_revision(
        request: &ShowRequest,
        revision: &Revision,
        closing: &StateRow,
    ) -> Result<Self> {
        let ShowRequest { book, month, account } = request;
        let record = revision.manifest.opening.clone();
        let closed = matches!(record, OpeningRecord::Book { .. }).then(|| month.previous());
        let derived = || derived(revision, *month, closing);
        let state = match book.opening_of(&revision.manifest, &[]) {
            Ok(OpeningSource::InBook(state)) if closed.is_some() || state.check().is_ok() => {
                row(&state.folder, account)?.map(AccountState::from)
            }
            Ok(OpeningSource::File(file)) => {
                let catalog = revision.catalog()?;
                match of_file(&file, &catalog, request) {
                    Some(states) => {
                        states.first().map(|state| state_cells(state, &catalog).to_row().into())
                    }
                    None => derived()?,
                }
            }
            Err(error) if closed.is_some() => return Err(error),
            _ => derived()?,
        };
        Ok(AccountOpening { record, closed, state })
    }

    /// As a run would begin now, where the month is not published.
    pub fn of_the_next_run(request: &ShowRequest) -> Result<Self> {
        let ShowRequest { book, month, account } = request;
        let Some(state) = book.opening_now(*month)? else {
            let message = format!("{month} is not published, nor is {}", month.previous());
            return Err(Error::usage(message)
                .in_file(book.folder())
                .expected("a month of the book, or the one after its last")
                .hint("monthend status shows the months of a book"));
        };
        let closed = match state.record {
            OpeningRecord::Book { month, .. } => Some(month),
            _ => {
                state.check()?;
                None
            }
        };
        let account = state_of(&state.folder, closed.unwrap_or(*month), account)?;
        Ok(AccountOpening { record: state.record, closed, state: Some(account.into()) })
    }

    /// Where it is known from, in words.
    pub fn source(&self) -> String {
        match &self.record {
            OpeningRecord::Genesis => "genesis: the change log".to_owned(),
            OpeningRecord::Book { month, revision, .. } => format!("{month} {revision}"),
            OpeningRecord::Imported { .. } => "the imported state".to_owned(),
            OpeningRecord::File { file, .. } => file.clone(),
        }
    }
}

/// The account's state in a recorded file, if the file is still there as it was.
fn of_file(file: &RecordedInput, catalog: &Catalog, request: &ShowRequest) -> Option<Vec<State>> {
    let same = digest::of_file(&file.path).is_ok_and(|(_, now)| now == file.input.sha256);
    let log = file.log().ok().filter(|_| same)?;
    opening::read(log, catalog, request.month, &Scope::of_account(&request.account)).ok()
}

/// What the month's own tables say of the beginning, where its opening state is not at hand: all
/// but the overage switch, and the end of a trial that ended within the month.
fn derived(revision: &Revision, month: Month, closing: &StateRow) -> Result<Option<AccountState>> {
    if closing.signed_up_at >= month.start() {
        return Ok(None);
    }
    let statements: Vec<StatementRow> = records_of(&revision.folder, &closing.account_id)?;
    let state = statements.into_iter().next().and_then(|statement| {
        Some(AccountState {
            plan: statement.opening_plan?,
            overage_on: None,
            signed_up_at: closing.signed_up_at,
            first_paid_at: closing.first_paid_at.filter(|paid| *paid < month.start()),
            trial_ends_at: closing.trial_ends_at,
            trial_left: statement.trial_opening,
        })
    });
    Ok(state)
}

/// An account's row of the table `state` in a folder.
fn row(folder: &Path, account: &str) -> Result<Option<StateRow>> {
    Ok(records_of(folder, account)?.into_iter().next())
}

/// Like [`row`], where the account must be there.
pub(super) fn state_of(folder: &Path, month: Month, account: &str) -> Result<StateRow> {
    if let Some(row) = row(folder, account)? {
        return Ok(row);
    }
    let by_letter = "ids are written as in the table `state`, to the letter";
    let hint = did_you_mean(folder, account)?.unwrap_or_else(|| by_letter.to_owned());
    Err(Error::usage(format!("`{account}` is no account of {month}"))
        .in_file(folder.join("state.parquet"))
        .hint(hint))
}
