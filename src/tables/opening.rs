//! The opening state: what each account brings into the month. A file of it has the columns of the
//! table `state`, whoever wrote it.

use arrow_array::ArrayRef;
use rayon::prelude::*;

use super::definitions::Table;
use super::definitions::column::state;
use super::open_grants;
pub use super::opening_file::{Blame, OpenGrant, State, TrialLeft};
use super::opening_file::{
    CORRECT_IT, Known, Lacking, LogColumns, OpeningFile, all_known, listed, log_columns,
};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::catalog::Catalog;
use crate::input::logs::{
    self, Batch, CellError, CellResult, CreditsColumn, IdColumn, InstantColumn, LogFile, Scan,
    Survey,
};

/// The files of an opening state.
#[derive(Debug, Clone)]
pub struct OpeningFiles {
    /// The table `state`.
    pub state: LogFile,
    /// The table `grants`, where grants go on.
    pub grants: Option<LogFile>,
}

impl From<LogFile> for OpeningFiles {
    /// A state without grants.
    fn from(state: LogFile) -> Self {
        OpeningFiles { state, grants: None }
    }
}

/// Reads the opening state of `month` from its files, as far as its accounts are in `scope`; sorted by
/// account. Rows of others are not looked at.
///
/// # Errors
/// Every fault stops the run, since no account may be lost: a cell that cannot be read, an
/// account twice, plans that the catalogue lacks (V3), a state that contradicts itself.
pub fn read(
    files: OpeningFiles,
    catalog: &Catalog,
    month: Month,
    scope: &Scope,
    blame: Blame<'_>,
) -> Result<Vec<State>> {
    let mut states = read_states(files.state, catalog, month, scope, blame)?;
    if let Some(file) = files.grants {
        open_grants::read(file, &mut states, catalog, month, scope, blame)?;
    }
    Ok(states)
}

/// How many rows a file of states has, more or less: of text that is told by its size.
///
/// # Errors
/// It cannot be opened.
pub fn rows(file: LogFile) -> Result<u64> {
    const OF_ROW: u64 = 60;
    let sources = logs::open(vec![file], &log_columns("opening state", Table::State, &COLUMNS))?;
    Ok(sources.iter().map(|own| own.rows().unwrap_or_else(|| own.bytes() / OF_ROW)).sum())
}

fn read_states(
    file: LogFile,
    catalog: &Catalog,
    month: Month,
    scope: &Scope,
    blame: Blame<'_>,
) -> Result<Vec<State>> {
    let schema = log_columns("opening state", Table::State, &COLUMNS);
    let file = OpeningFile::open(file, schema, catalog, month)?;
    let as_written = match scope {
        Scope::Part(_) if file.is_csv => Scope::All,
        Scope::Accounts(accounts) if file.is_csv => {
            let quoted = accounts.iter().map(|id| format!("'{id}").into());
            Scope::Accounts(accounts.iter().cloned().chain(quoted).collect())
        }
        scope => scope.clone(),
    };
    let scan = Scan { scope: &as_written, ..Scan::whole(&file.sources, &file.schema) };
    let read = logs::collect(&scan, &|batch| {
        let rows = Rows::of(&batch);
        let remedy = "every row of an opening state must be readable; correct it";
        let mut states =
            file.rows(&batch, remedy, |at| rows.state(at, batch.rows.number(at), &file))?;
        states.retain(|state| match state {
            Ok((_, state)) => scope.includes(&state.account),
            Err(lacking) => scope.includes(&lacking.account),
        });
        Ok(states)
    });
    let read = read.or_else(|first| all_faults(&file, scan, first))?;
    let mut states = all_known(read).map_err(|lacking| lacking_plans(lacking, &file, blame))?;
    let order = |one: &(u64, State), other: &(u64, State)| {
        (&one.1.account, one.0).cmp(&(&other.1.account, other.0))
    };
    if !states.is_sorted_by(|one, other| order(one, other).is_le()) {
        states.par_sort_by(order);
    }
    let same = |pair: &&[(u64, State)]| pair[0].1.account == pair[1].1.account;
    if let Some([_, (row, twice)]) = states.windows(2).find(same) {
        return Err(Error::new(Code::STATE_TWICE, "stands in the opening state twice")
            .in_file(file.name())
            .at_row(*row)
            .in_column("account_id")
            .with_value(&*twice.account)
            .hint("keep one row for each account"));
    }
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

/// V3: the plans that are lacking, how many accounts are on each, one of them, and the remedies.
fn lacking_plans(mut lacking: Vec<Lacking>, file: &OpeningFile<'_>, blame: Blame<'_>) -> Error {
    const REMEDY: &str = "keep such a plan with `retired = true` for those who are on it (V1), or \
                          name it in `formerly` of the plan that they are on now (V2)";
    let first_row = lacking.iter().map(|on| on.row).min().unwrap_or_default();
    let plans = listed(&mut lacking, "account", "such as");
    let message = format!("the catalogue lacks plans of the opening state: {plans}");
    let ids: Vec<&str> = file.catalog.plans().iter().map(|plan| plan.id.as_str()).collect();
    let expected = format!("the plans {}", ids.join(", "));
    match blame {
        Blame::Catalogue(catalog) => Error::new(Code::CATALOGUE_LACKS_PLANS, message)
            .in_file(catalog)
            .expected(expected)
            .hint(REMEDY),
        Blame::Either => Error::new(Code::STATE_LACKS_PLANS, message)
            .in_file(file.name())
            .at_row(first_row)
            .in_column("plan")
            .expected(expected)
            .hint(format!("correct the opening state; or, in the catalogue, {REMEDY}")),
    }
}

/// All kinds of faults together, where there is more than the first row at fault.
fn all_faults<T>(file: &OpeningFile<'_>, scan: Scan<'_>, first: Error) -> Result<T> {
    let check = |batch: &Batch, row: usize| Rows::of(batch).state(row, 0, file).err();
    let survey = Survey { scan, concerns: &|_| true, reads_cells: false, check: &check };
    let found = survey.run()?;
    if found.unreadable <= 1 {
        return Err(first);
    }
    let message =
        format!("{} of {} rows of the opening state cannot be read", found.unreadable, found.rows);
    let faults = found.into_faults(&file.sources, &file.schema);
    Err(Error::new(Code::STATE_ROWS, message).with_faults(faults).hint(CORRECT_IT))
}

/// Credits that nobody rounded, if there are any.
fn exact(place: usize, column: &CreditsColumn<'_>, row: usize) -> CellResult<Option<Credits>> {
    let Some(parsed) = CellError::unless_empty(place, column.get(row))? else { return Ok(None) };
    let exact = parsed.exact().ok_or_else(|| CellError::new(place, "has more than six decimals"));
    exact.map(Some)
}

const COLUMNS: LogColumns<{ Table::State.columns().len() }> = LogColumns::of(Table::State);
const ACCOUNT: usize = COLUMNS.place(state::account_id.name);
const PLAN: usize = COLUMNS.place(state::plan.name);
const OVERAGE_ON: usize = COLUMNS.place(state::overage_on.name);
const SIGNED_UP_AT: usize = COLUMNS.place(state::signed_up_at.name);
const FIRST_PAID_AT: usize = COLUMNS.place(state::first_paid_at.name);
const TRIAL_ENDS_AT: usize = COLUMNS.place(state::trial_ends_at.name);
const TRIAL_LEFT: usize = COLUMNS.place(state::trial_left.name);
const OVERAGE_LIMIT: usize = COLUMNS.place(state::overage_limit.name);

/// A batch's columns.
struct Rows<'a> {
    account: IdColumn<'a>,
    plan: &'a ArrayRef,
    overage_on: &'a ArrayRef,
    signed_up_at: InstantColumn<'a>,
    first_paid_at: InstantColumn<'a>,
    trial_ends_at: InstantColumn<'a>,
    trial_left: CreditsColumn<'a>,
    overage_limit: CreditsColumn<'a>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a Batch) -> Self {
        let columns = &batch.columns;
        Rows {
            account: IdColumn::of(&columns[ACCOUNT]),
            plan: &columns[PLAN],
            overage_on: &columns[OVERAGE_ON],
            signed_up_at: batch.instants(SIGNED_UP_AT),
            first_paid_at: batch.instants(FIRST_PAID_AT),
            trial_ends_at: batch.instants(TRIAL_ENDS_AT),
            trial_left: batch.credits(TRIAL_LEFT),
            overage_limit: batch.credits(OVERAGE_LIMIT),
        }
    }

    /// The state at a row, with the row's number; or who is on a plan that the catalogue lacks.
    fn state(
        &self,
        at: usize,
        row: u64,
        file: &OpeningFile<'_>,
    ) -> CellResult<Known<(u64, State)>> {
        let (month, start) = (file.month, file.month.start());
        let mut buffer = [0; 36];
        let id = self.account.get(at, &mut buffer).map_err(|e| CellError::new(ACCOUNT, e))?;
        let signed_up_at = CellError::unless_empty(SIGNED_UP_AT, self.signed_up_at.get(at))?;
        let signed_up_at = signed_up_at.filter(|signup| *signup < start).ok_or_else(|| {
            let reason = format!("is no signup before {month}; expected an instant before {start}");
            CellError::new(SIGNED_UP_AT, reason)
        })?;
        let first_paid_at = CellError::unless_empty(FIRST_PAID_AT, self.first_paid_at.get(at))?;
        if first_paid_at.is_some_and(|paid| paid >= start) {
            let expected = format!("expected an instant before {start}, or none");
            return Err(CellError::new(
                FIRST_PAID_AT,
                format!("is no payment before {month}; {expected}"),
            ));
        }
        let account = AccountId::from(file.plain(id));
        let overage_on =
            logs::flag(self.overage_on, at).map_err(|e| CellError::new(OVERAGE_ON, e))?;
        let trial = self.trial(at, start)?;
        let plan = file.plain(logs::word(self.plan, at));
        if plan.is_empty() {
            return Err(CellError::new(PLAN, "is empty; expected a plan of the catalogue"));
        }
        let Some(rank) = file.catalog.rank(plan) else {
            return Ok(Err(Lacking { id: plan.to_owned(), account, row }));
        };
        let state = State {
            account,
            plan: rank,
            overage_on,
            signed_up_at,
            first_paid_at,
            trial,
            overage_limit: exact(OVERAGE_LIMIT, &self.overage_limit, at)?,
            grants: Box::default(),
        };
        Ok(Ok((row, state)))
    }

    fn trial(&self, at: usize, start: Instant) -> CellResult<Option<TrialLeft>> {
        let ends_at = CellError::unless_empty(TRIAL_ENDS_AT, self.trial_ends_at.get(at))?;
        let left = exact(TRIAL_LEFT, &self.trial_left, at)?.unwrap_or(Credits::ZERO);
        match ends_at {
            None if left.is_zero() => Ok(None),
            None => Err(CellError::new(
                TRIAL_LEFT,
                "is left of a trial without an end; expected trial_ends_at",
            )),
            Some(ends_at) if ends_at > start => Ok(Some(TrialLeft { ends_at, left })),
            Some(end) => {
                let expected = format!("expected an end after {start}, or none");
                Err(CellError::new(
                    TRIAL_LEFT,
                    format!("is left of a trial that ended at {end}; {expected}"),
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_accounts_states_are_those_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.csv");
        let rows = ["'=a", "=b", "''=c", "'ann", "bob"]
            .map(|id| format!("{id},free,false,2026-01-02T00:00:00Z,,2026-06-01T00:00:00Z,1.5\n"));
        let header =
            "account_id,plan,overage_on,signed_up_at,first_paid_at,trial_ends_at,trial_left";
        std::fs::write(&path, format!("{header}\n{}", rows.concat())).unwrap();
        let text = "in_force_from = 2025-11-15\ncurrency = \"USD\"\n[[plan]]\nid = \"free\"\n\
                    price = \"0.00\"\ncredits = 50\n";
        let catalog = crate::catalog::parse(text, "catalog.toml").unwrap();
        let (month, file) = (Month::parse("2026-04").unwrap(), LogFile::of(&path).unwrap());
        let all = read(file.clone().into(), &catalog, month, &Scope::All, Blame::Either).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all.iter().any(|state| &*state.account == "'=c"));
        for wanted in [&["=a"][..], &["=b", "bob"], &["'=c"], &["'ann"], &["ann"], &[]] {
            let wanted = Scope::Accounts(wanted.iter().map(|&id| id.into()).collect());
            let some = read(file.clone().into(), &catalog, month, &wanted, Blame::Either).unwrap();
            let expected = all.iter().filter(|state| wanted.includes(&state.account));
            assert!(some.iter().eq(expected), "{wanted:?}");
        }
    }
}
