//! `state import`: a state file of another billing system becomes the opening of a month.

use std::path::Path;

use serde::{Serialize, Serializer};

use super::recent_ids::{self, RecentId};
use super::request::ImportRequest;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::{quantity_of, short_with_thousands, with_thousands};
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::Algorithm;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::base::six_decimals;
use crate::base::text_table::TextTable;
use crate::billing::account_rows::{grant_cells, state_cells};
use crate::book::{ImportRecord, ImportSource, Imported, Lock, StateInBook};
use crate::catalog::Catalog;
use crate::input::logs::LogFile;
use crate::tables::opening::{self, Blame, OpenGrant, OpeningFiles, State};
use crate::tables::{
    BatchBuilder, ByAccount, Output, StateRow, Table, TableRows, first_account, write_opening,
};

/// Checks a state file and makes it the opening of a month.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where the file cannot be used, [`crate::base::error::Kind::Book`]
/// where the month is settled already or another state was imported for it,
/// [`crate::base::error::Kind::Locked`] where a run holds the month's lock.
pub fn import(request: &ImportRequest) -> Result<Answer> {
    let ImportRequest { book, month, path, catalog, .. } = request;
    // Told before the long work, and asked again once nobody else can write the month.
    refuse_settled(request)?;
    let read_state = |grants| {
        read(path, "state", |state| {
            let files = OpeningFiles { state, grants };
            opening::read(files, catalog, *month, &Scope::All, Blame::Either)
        })
    };
    let ((states, source), grants_source) = match &request.grants {
        None => (read_state(None)?, None),
        Some(path) => {
            let (states, source) = read(path, "grants", |grants| read_state(Some(grants)))?;
            (states, Some(source))
        }
    };
    let ids = request.recent_ids.as_ref();
    let ids = ids.map(|path| read(path, "recent_ids", |file| recent_ids::read(file, *month)));
    let (ids, ids_source) = ids.transpose()?.unzip();
    let _lock = Lock::take(book, *month, &request.holder)?;
    refuse_settled(request)?;

    let staging = book.begin_import(*month)?;
    let earlier = match book.imported(*month) {
        // What is damaged is no obstacle to replacing it.
        Err(_) if request.replace => None,
        earlier => earlier?,
    };
    let outputs = write(request, &staging.folder(), &states, ids.as_deref())?;
    let record = ImportRecord {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        month: *month,
        source,
        catalogue: catalog.name.clone(),
        currency: catalog.currency.code().to_owned(),
        accounts: states.len() as u64,
        recent_ids: ids_source,
        grants: grants_source,
        outputs,
    };
    let status = match &earlier {
        Some(earlier) if earlier.record.same_rows(&record) && is_whole(earlier, request)? => {
            Status::Unchanged
        }
        Some(earlier) if !request.replace => {
            return Err(other_content(earlier, &staging.folder())?);
        }
        _ if book.imported_folder(*month)?.is_some() => Status::Replaced,
        _ => Status::Imported,
    };
    if status != Status::Unchanged {
        staging.finish(&record)?;
    }
    let result = ImportResult::of(status, &book.import_folder(*month), &record, &states, catalog);
    Ok(Answer::new(result.text(), &result, 0))
}

/// Refuses a month whose opening is settled by what is published.
fn refuse_settled(request: &ImportRequest) -> Result<()> {
    let ImportRequest { book, month, path, .. } = request;
    let path = path.display();
    let otherwise = format!("monthend run --month {month} --opening {path} …");
    if let Some(revision) = book.current(*month)? {
        let message = format!(
            "{month} is published as {}, with the opening that it began with",
            revision.name
        );
        return Err(Error::new(Code::IMPORT_TOO_LATE, message)
            .hint(format!("to bill it again from this state: {otherwise} --reason '…'")));
    }
    let before = month.previous();
    if book.current(before)?.is_some() {
        let message = format!("{before} is in the book, and {month} begins with its closing state");
        return Err(Error::new(Code::IMPORT_TOO_LATE, message)
            .hint(format!("to begin with this state all the same: {otherwise}")));
    }
    Ok(())
}

/// Writes the tables into a folder.
fn write(
    request: &ImportRequest,
    folder: &Path,
    states: &[State],
    ids: Option<&[RecentId]>,
) -> Result<Vec<Output>> {
    let (month, catalog) = (request.month, &request.catalog);
    let currency = catalog.currency;
    let push = |state: &State, to: &mut BatchBuilder| state_cells(state, catalog).push(to);
    let mut outputs = write_opening(Table::State, folder, month, currency, states, push)?;
    if request.grants.is_some() {
        let of_state = |state: &'_ State| {
            state.grants.iter().map(|own| (state.account.clone(), own.clone())).collect::<Vec<_>>()
        };
        let grants: Vec<(AccountId, OpenGrant)> = states.iter().flat_map(of_state).collect();
        let push = |(account, grant): &(AccountId, OpenGrant), to: &mut BatchBuilder| {
            grant_cells(account, grant, catalog).push(to)
        };
        outputs.extend(write_opening(Table::Grants, folder, month, currency, &grants, push)?);
    }
    if let Some(ids) = ids {
        let table = Table::RecentIds;
        outputs.extend(write_opening(table, folder, month, currency, ids, RecentId::push)?);
    }
    Ok(outputs)
}

/// The rows of a file that has the columns of a table, and what the file is.
fn read<T>(
    path: &Path,
    table: &str,
    rows: impl FnOnce(LogFile) -> Result<T>,
) -> Result<(T, ImportSource)> {
    let digest = || {
        Algorithm::Blake3.of_file(path).map_err(|e| {
            Error::new(Code::INPUT_UNREADABLE, "cannot be read")
                .in_file(path)
                .caused_by(e)
                .hint("check that it exists and that this user may read it")
        })
    };
    let file = LogFile::of(path).ok_or_else(|| {
        Error::new(Code::OPENING_FORMAT, "is of no format that is read").in_file(path).expected(
            format!("a .parquet, .csv or .ndjson file with the columns of the table `{table}`"),
        )
    })?;
    let before = digest()?;
    let rows = rows(file)?;
    if digest()? != before {
        return Err(Error::new(Code::INPUT_CHANGING, "was changed while it was read")
            .in_file(path)
            .hint("import it again when the file is complete"));
    }
    let (bytes, digest) = before;
    Ok((rows, ImportSource { file: path.display().to_string(), bytes, digest }))
}

/// Whether an earlier import's table is what was written; where it is not, it may be replaced.
fn is_whole(earlier: &Imported, request: &ImportRequest) -> Result<bool> {
    let check = |state: StateInBook| state.files().and_then(|_| state.recent_ids().map(drop));
    match StateInBook::imported(earlier).and_then(check) {
        Err(_) if request.replace => Ok(false),
        checked => checked.map(|()| true),
    }
}

/// Another state was imported for the month before: says how the two differ.
fn other_content(earlier: &Imported, new: &Path) -> Result<Error> {
    let mut before = ByAccount::<TableRows<StateRow>>::open(&earlier.folder, &Scope::All)?;
    let mut now = ByAccount::<TableRows<StateRow>>::open(new, &Scope::All)?;
    let (mut added, mut gone, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(account) = first_account([before.next_account()?, now.next_account()?]) {
        match (before.take_one(&account)?, now.take_one(&account)?) {
            (None, _) => added.push(account),
            (_, None) => gone.push(account),
            (before, now) if before != now => changed.push(account),
            _ => {}
        }
    }
    let parts = [("added", added), ("gone", gone), ("changed", changed)].into_iter();
    let parts = parts.filter(|(_, accounts)| !accounts.is_empty()).map(|(what, accounts)| {
        let first = accounts.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        match accounts.len().saturating_sub(3) {
            0 => format!("{what}: {first}"),
            more => format!("{what}: {first} and {more} more"),
        }
    });
    let mut parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        parts.push("other grants, or other ids that were billed before".to_owned());
    }
    let ImportRecord { month, source, .. } = &earlier.record;
    Ok(Error::new(
        Code::IMPORT_OTHER,
        format!(
            "{month} has an imported opening already, from {}, with other content ({})",
            source.file,
            parts.join("; ")
        ),
    )
    .hint("to put this state in its place, say --replace"))
}

/// What became of an import.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Imported,
    Replaced,
    Unchanged,
}

/// The answer: what a person wants to recognise in an imported state.
#[derive(Serialize)]
struct ImportResult<'a> {
    status: Status,
    exit_code: u8,
    month: Month,
    folder: String,
    source: &'a ImportSource,
    accounts: u64,
    /// Ids that were billed before, where a file of them was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    recent_ids: Option<u64>,
    /// Grants that go on, where a file of them was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants: Option<u64>,
    /// Accounts by plan.
    #[serde(serialize_with = "as_map")]
    plans: Vec<(&'a str, u64)>,
    overage_on: u64,
    paid_before: u64,
    trials: u64,
    #[serde(with = "six_decimals")]
    trial_left: i128,
}

fn as_map<S: Serializer>(plans: &[(&str, u64)], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_map(plans.iter().copied())
}

impl<'a> ImportResult<'a> {
    fn of(
        status: Status,
        folder: &Path,
        record: &'a ImportRecord,
        states: &[State],
        catalog: &'a Catalog,
    ) -> Self {
        let count = |which: &dyn Fn(&State) -> bool| {
            states.iter().filter(|state| which(state)).count() as u64
        };
        let plans = catalog.plans().iter().map(|plan| {
            let rank = catalog.rank(&plan.id);
            (plan.id.as_str(), count(&|state| Some(state.plan) == rank))
        });
        let trials = states.iter().filter_map(|state| state.trial);
        ImportResult {
            status,
            exit_code: 0,
            month: record.month,
            folder: folder.display().to_string(),
            source: &record.source,
            accounts: record.accounts,
            recent_ids: record.output("recent_ids.parquet").map(|output| output.rows),
            grants: record.output("grants.parquet").map(|output| output.rows),
            plans: plans.collect(),
            overage_on: count(&|state| state.overage_on),
            paid_before: count(&|state| state.first_paid_at.is_some()),
            trials: count(&|state| state.trial.is_some()),
            trial_left: trials.map(|trial| i128::from(trial.left)).sum(),
        }
    }

    fn text(&self) -> String {
        let ImportResult { month, folder, .. } = self;
        let file = &self.source.file;
        let headline = match self.status {
            Status::Imported => format!("{month} opens with {file}: {folder}"),
            Status::Replaced => {
                format!("{month} opens with {file} now, in place of the import before: {folder}")
            }
            Status::Unchanged => {
                format!("{month} opens with these accounts already: {folder}; nothing to change")
            }
        };
        let plans = self.plans.iter().filter(|(_, count)| *count > 0);
        let plans = plans.map(|(id, count)| format!("{} {id}", with_thousands(*count)));
        let plans = plans.collect::<Vec<_>>().join(", ");
        let (trials, left) = (
            with_thousands(self.trials),
            quantity_of(short_with_thousands(self.trial_left, 6), "credit"),
        );
        let mut table = TextTable::labelled(13);
        table.entry("accounts", format!("{}: {plans}", with_thousands(self.accounts)));
        table.entry("overage on", with_thousands(self.overage_on));
        table.entry("paid before", with_thousands(self.paid_before));
        table.entry("in trial", format!("{trials}, with {left} left"));
        if let Some(grants) = self.grants {
            table.entry("grants", with_thousands(grants));
        }
        if let Some(ids) = self.recent_ids {
            table.entry("recent ids", with_thousands(ids));
        }
        format!("{headline}\n{}", table.text("  "))
    }
}
