//! An account's state when a month begins, and where that is known from.

use std::path::Path;

use serde::Serialize;

use super::request::ShowRequest;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::billing::account_rows::{grant_cells, state_cells};
use crate::book::{
    InputPlaces, OpeningRecord, OpeningSource, RecordedInput, Revision, StateInBook,
};
use crate::catalog::Catalog;
use crate::tables::opening::{self, Blame, State};
use crate::tables::{GrantRow, StateRow, StatementRow, no_such_account, records_of};

/// An account's state at an instant; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AccountState {
    pub plan: String,
    /// `None` where it is not recorded.
    pub overage_on: Option<bool>,
    pub signed_up_at: Instant,
    pub first_paid_at: Option<Instant>,
    pub trial_ends_at: Option<Instant>,
    pub trial_left: Credits,
    /// The account's own limit of overage.
    pub overage_limit: Option<Credits>,
    /// Grants with credits left; `None` where they are not recorded.
    #[serde(skip)]
    pub grants: Option<Vec<OpenGrant>>,
}

/// A grant that an account can draw on; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct OpenGrant {
    pub grant_id: String,
    pub grant: String,
    pub granted: Credits,
    pub left: Credits,
    pub granted_at: Instant,
    pub expires_at: Option<Instant>,
}

impl OpenGrant {
    fn of(row: GrantRow) -> Self {
        let GrantRow { grant_id, grant, granted, left, granted_at, expires_at, .. } = row;
        OpenGrant { grant_id, grant, granted, left, granted_at, expires_at }
    }

    /// The grant for people.
    pub fn in_words(&self) -> String {
        let OpenGrant { grant_id, grant, granted, left, expires_at, .. } = self;
        let until = expires_at.map_or("without end".to_owned(), |end| format!("until {end}"));
        format!("{grant}, {left} of {granted} left {until} ({grant_id})")
    }
}

impl AccountState {
    /// A row of the table `state`, and those of the account in the table `grants`.
    fn of(row: StateRow, grants: impl IntoIterator<Item = GrantRow>) -> Self {
        AccountState {
            plan: row.plan,
            overage_on: Some(row.overage_on),
            signed_up_at: row.signed_up_at,
            first_paid_at: row.first_paid_at,
            trial_ends_at: row.trial_ends_at,
            trial_left: row.trial_left,
            overage_limit: row.overage_limit,
            grants: Some(grants.into_iter().map(OpenGrant::of).collect()),
        }
    }

    /// With a row of the table `state` in the book, and the grants beside it.
    pub fn in_book(state: &StateInBook, row: StateRow) -> Result<Self> {
        // Where none go on, the table may not be there.
        let grants = match state.record.grants_sha256() {
            Some(_) => records_of(&state.folder, &row.account_id)?,
            None => Vec::new(),
        };
        Ok(AccountState::of(row, grants))
    }

    /// What [`AccountState::in_words`] says, item by item.
    pub const LABELS: [&str; 5] = ["plan", "overage", "signed up", "first payment", "trial"];

    /// The state for people.
    pub fn in_words(&self) -> [String; 5] {
        let overage = match self.overage_on {
            Some(true) => "on",
            Some(false) => "off",
            None => "not recorded",
        };
        let limit = self.overage_limit.map(|limit| quantity_of(limit, "credit"));
        let limit = limit.map_or_else(String::new, |limit| format!(", up to {limit} a month"));
        let left = quantity_of(self.trial_left, "credit");
        let trial = match self.trial_ends_at {
            Some(end) => format!("{left} until {end}"),
            None if !self.trial_left.is_zero() => left,
            None => "none".to_owned(),
        };
        [
            self.plan.clone(),
            format!("{overage}{limit}"),
            self.signed_up_at.to_string(),
            self.first_paid_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            trial,
        ]
    }
}

/// An account's state when a month begins.
pub(super) struct AccountOpening {
    /// What the month begins with.
    pub record: OpeningRecord,
    /// The month whose closing state that is, where it is one.
    pub closed: Option<Month>,
    /// The account's state; `None` where it signs up within the month, and where it is not known.
    pub state: Option<AccountState>,
    /// Whether that is only in an archive that is not at hand.
    pub is_away: bool,
}

impl AccountOpening {
    /// As a published revision says, which closed with `closing`.
    pub fn of_revision(
        request: &ShowRequest,
        revision: &Revision,
        closing: &StateRow,
    ) -> Result<Self> {
        let ShowRequest { book, month, account, whereabouts } = request;
        let record = revision.manifest.opening.clone();
        let closed = matches!(record, OpeningRecord::Book { .. }).then(|| month.previous());
        let derived = || derived(revision, *month, closing);
        let places = InputPlaces::of(revision.folder(), whereabouts);
        let state = match book.opening_of(&revision.manifest, &places) {
            Ok(OpeningSource::InBook(state)) if closed.is_some() || state.check().is_ok() => {
                let row = row(&state.folder, account)?;
                row.map(|row| AccountState::in_book(&state, row)).transpose()?
            }
            Ok(OpeningSource::File(file)) => {
                let catalog = revision.catalog()?;
                match of_file(&file, &catalog, request) {
                    Some(states) => states.first().map(|state| {
                        let cells = |grant| grant_cells(&state.account, grant, &catalog);
                        let grants = state.grants.iter().map(|grant| cells(grant).to_row());
                        AccountState::of(state_cells(state, &catalog).to_row(), grants)
                    }),
                    None => derived()?,
                }
            }
            Err(error) if closed.is_some() => return Err(error),
            _ => derived()?,
        };
        let signed_up_before = closing.signed_up_at < month.start();
        let is_away = state.is_none() && signed_up_before && revision.tables().is_err();
        Ok(AccountOpening { record, closed, state, is_away })
    }

    /// As a run would begin now, where the month is not published.
    pub fn of_the_next_run(request: &ShowRequest) -> Result<Self> {
        let ShowRequest { book, month, account, .. } = request;
        let Some(state) = book.opening_now(*month)? else {
            let message = format!("{month} is not published, nor is {}", month.previous());
            return Err(Error::new(Code::MONTH_NOT_IN_BOOK, message)
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
        let row = state_of(&state.folder, closed.unwrap_or(*month), account)?;
        let account = AccountState::in_book(&state, row)?;
        Ok(AccountOpening { record: state.record, closed, state: Some(account), is_away: false })
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
    let same = file.input.digest.is_of_file(&file.path).unwrap_or(false);
    let log = file.log().ok().filter(|_| same)?;
    opening::read(
        log.into(),
        catalog,
        request.month,
        &Scope::of_account(&request.account),
        Blame::Either,
    )
    .ok()
}

/// What the month's own tables say of the beginning, where its opening state is not at hand: all
/// but the overage switch, the grants, and the end of a trial that ended within the month. Nothing where they are
/// archived, and the archive is not at hand.
fn derived(revision: &Revision, month: Month, closing: &StateRow) -> Result<Option<AccountState>> {
    if closing.signed_up_at >= month.start() {
        return Ok(None);
    }
    let Ok(tables) = revision.tables() else { return Ok(None) };
    let statements: Vec<StatementRow> = records_of(tables, &closing.account_id)?;
    let state = statements.into_iter().next().and_then(|statement| {
        Some(AccountState {
            plan: statement.opening_plan?,
            overage_on: None,
            signed_up_at: closing.signed_up_at,
            first_paid_at: closing.first_paid_at.filter(|paid| *paid < month.start()),
            trial_ends_at: closing.trial_ends_at,
            trial_left: statement.trial_opening,
            overage_limit: closing.overage_limit,
            grants: None,
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
    row(folder, account)?.ok_or_else(|| {
        no_such_account(folder, account, month).in_file(folder.join("state.parquet"))
    })
}
