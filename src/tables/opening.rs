//! The opening state: what each account brings into the month. A file of it has the columns of the
//! table `state`, whoever wrote it.

use std::sync::{Mutex, PoisonError};

use arrow_array::ArrayRef;
use rayon::prelude::*;

use super::definitions::Table;
use super::definitions::column::state;
use super::open_grants;
use super::opening_columns::{CORRECT_IT, LogColumns, log_columns, plain_id};
pub use super::opening_state::{Blame, OpenGrant, State, TrialLeft};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::{Credits, ParsedCredits};
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::catalog::Catalog;
use crate::input::logs::{
    self, Batch, CellError, CellFault, CreditsColumn, Format, IdColumn, InstantColumn, LogFile,
    LogSchema, Scan, Source, Survey,
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
    let is_csv = file.format == Format::Csv;
    let schema = log_columns("opening state", Table::State, &COLUMNS);
    let sources = logs::open(vec![file], &schema)?;
    let lacking = Mutex::default();
    let (schema, sources) = (&schema, &sources);
    let reader = Reader { schema, sources, is_csv, catalog, month, scope, lacking };
    let as_written = match scope {
        Scope::Part(_) if is_csv => Scope::All,
        Scope::Accounts(accounts) if is_csv => {
            let quoted = accounts.iter().map(|id| format!("'{id}").into());
            Scope::Accounts(accounts.iter().cloned().chain(quoted).collect())
        }
        scope => scope.clone(),
    };
    let scan = Scan { scope: &as_written, ..Scan::whole(sources, schema) };
    let states = logs::collect(&scan, &|batch| reader.batch(batch));
    let mut states = states.or_else(|first| reader.all_faults(scan, first))?;
    let mut lacking = reader.lacking.into_inner().unwrap_or_else(PoisonError::into_inner);
    lacking.retain(|on| scope.includes(&on.account));
    if !lacking.is_empty() {
        return Err(lacking_plans(lacking, catalog, &sources[0].file.name, blame));
    }
    let order = |one: &(u64, State), other: &(u64, State)| {
        (&one.1.account, one.0).cmp(&(&other.1.account, other.0))
    };
    if !states.is_sorted_by(|one, other| order(one, other).is_le()) {
        states.par_sort_by(order);
    }
    let same = |pair: &&[(u64, State)]| pair[0].1.account == pair[1].1.account;
    if let Some([_, (row, twice)]) = states.windows(2).find(same) {
        return Err(Error::new(Code::STATE_TWICE, "stands in the opening state twice")
            .in_file(&sources[0].file.name)
            .at_row(*row)
            .in_column("account_id")
            .with_value(&*twice.account)
            .hint("keep one row for each account"));
    }
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

struct Reader<'a> {
    schema: &'a LogSchema,
    sources: &'a [Source],
    is_csv: bool,
    catalog: &'a Catalog,
    month: Month,
    /// Whose states are wanted.
    scope: &'a Scope,
    /// Who is on plans that the catalogue lacks.
    lacking: Mutex<Vec<OnPlan>>,
}

/// An account on a plan that the catalogue lacks.
struct OnPlan {
    plan: String,
    account: AccountId,
    row: u64,
}

/// V3: the plans that are lacking, how many accounts are on each, one of them, and the remedies.
fn lacking_plans(
    mut lacking: Vec<OnPlan>,
    catalog: &Catalog,
    file: &str,
    blame: Blame<'_>,
) -> Error {
    const REMEDY: &str = "keep such a plan with `retired = true` for those who are on it (V1), or \
                          name it in `formerly` of the plan that they are on now (V2)";
    lacking.sort_by(|one, other| (&one.plan, &one.account).cmp(&(&other.plan, &other.account)));
    let first_row = lacking.iter().map(|on| on.row).min().unwrap_or_default();
    let plans = lacking.chunk_by(|one, other| one.plan == other.plan).map(|own| {
        let OnPlan { plan, account, .. } = &own[0];
        let accounts = counted(own.len() as u64, "account");
        format!("`{plan}` ({accounts}, such as `{account}`)")
    });
    let plans = plans.collect::<Vec<_>>().join(", ");
    let message = format!("the catalogue lacks plans of the opening state: {plans}");
    let ids: Vec<&str> = catalog.plans().iter().map(|plan| plan.id.as_str()).collect();
    let expected = format!("the plans {}", ids.join(", "));
    match blame {
        Blame::Catalogue(catalog) => Error::new(Code::CATALOGUE_LACKS_PLANS, message)
            .in_file(catalog)
            .expected(expected)
            .hint(REMEDY),
        Blame::Either => Error::new(Code::STATE_LACKS_PLANS, message)
            .in_file(file)
            .at_row(first_row)
            .in_column("plan")
            .expected(expected)
            .hint(format!("correct the opening state; or, in the catalogue, {REMEDY}")),
    }
}

impl Reader<'_> {
    /// A batch's states, each with the number of its row.
    fn batch(&self, mut batch: Batch) -> Result<Vec<(u64, State)>> {
        if let Some(fault) = batch.faults.drain(..).min() {
            return Err(fault
                .into_reject(self.sources)
                .into_error()
                .hint("every row of an opening state must be readable; correct it"));
        }
        let rows = Rows::of(&batch);
        let number = |at: usize| batch.rows.number(at);
        let mut states = Vec::with_capacity(batch.len);
        for at in 0..batch.len {
            let state = self.state(&rows, at, number(at));
            let state = state.map_err(|fault| self.error(&batch, at, fault))?;
            let state = state.filter(|state| self.scope.includes(&state.account));
            states.extend(state.map(|state| (number(at), state)));
        }
        Ok(states)
    }

    /// All kinds of faults together, where there is more than the first row at fault.
    fn all_faults<T>(&self, scan: Scan<'_>, first: Error) -> Result<T> {
        let check = |batch: &Batch, row: usize| {
            self.state(&Rows::of(batch), row, batch.rows.number(row)).err()
        };
        let survey = Survey { scan, concerns: &|_| true, reads_cells: false, check: &check };
        let found = survey.run()?;
        if found.unreadable <= 1 {
            return Err(first);
        }
        let message = format!(
            "{} of {} rows of the opening state cannot be read",
            found.unreadable, found.rows
        );
        let faults = found.into_faults(self.sources, self.schema);
        Err(Error::new(Code::STATE_ROWS, message).with_faults(faults).hint(CORRECT_IT))
    }

    fn error(&self, batch: &Batch, at: usize, error: CellError) -> Error {
        let fault = batch.cell_fault(self.schema, at, error);
        fault.into_reject(self.sources).into_error().hint(CORRECT_IT)
    }

    /// The state at a row; nothing where the catalogue lacks its plan.
    fn state(
        &self,
        rows: &Rows<'_>,
        at: usize,
        row: u64,
    ) -> std::result::Result<Option<State>, CellError> {
        let (month, start) = (self.month, self.month.start());
        let mut buffer = [0; 36];
        let id = rows.account.get(at, &mut buffer).map_err(|e| CellError::new(ACCOUNT, e))?;
        let signed_up_at =
            instant(&rows.signed_up_at, at).map_err(|e| CellError::new(SIGNED_UP_AT, e))?;
        let signed_up_at = signed_up_at.filter(|signup| *signup < start).ok_or_else(|| {
            let reason = format!("is no signup before {month}; expected an instant before {start}");
            CellError::new(SIGNED_UP_AT, reason)
        })?;
        let first_paid_at =
            instant(&rows.first_paid_at, at).map_err(|e| CellError::new(FIRST_PAID_AT, e))?;
        if first_paid_at.is_some_and(|paid| paid >= start) {
            let expected = format!("expected an instant before {start}, or none");
            return Err(CellError::new(
                FIRST_PAID_AT,
                format!("is no payment before {month}; {expected}"),
            ));
        }
        let account = AccountId::from(self.plain(id));
        let overage_on =
            logs::flag(rows.overage_on, at).map_err(|e| CellError::new(OVERAGE_ON, e))?;
        let trial = self.trial(rows, at)?;
        let plan = self.plain(logs::word(rows.plan, at));
        if plan.is_empty() {
            return Err(CellError::new(PLAN, "is empty; expected a plan of the catalogue"));
        }
        let Some(rank) = self.catalog.rank(plan) else {
            let on = OnPlan { plan: plan.to_owned(), account, row };
            self.lacking.lock().unwrap_or_else(PoisonError::into_inner).push(on);
            return Ok(None);
        };
        let plan = rank;
        let overage_limit = match rows.overage_limit.get(at) {
            Err(CellFault::Null) => None,
            Ok(parsed) => Some(exact(parsed, OVERAGE_LIMIT)?),
            Err(other) => return Err(CellError::new(OVERAGE_LIMIT, other)),
        };
        let grants = Box::default();
        Ok(Some(State {
            account,
            plan,
            overage_on,
            signed_up_at,
            first_paid_at,
            trial,
            overage_limit,
            grants,
        }))
    }

    fn plain<'i>(&self, id: &'i str) -> &'i str {
        plain_id(id, self.is_csv)
    }

    fn trial(
        &self,
        rows: &Rows<'_>,
        at: usize,
    ) -> std::result::Result<Option<TrialLeft>, CellError> {
        let start = self.month.start();
        let ends_at =
            instant(&rows.trial_ends_at, at).map_err(|e| CellError::new(TRIAL_ENDS_AT, e))?;
        let left = match rows.trial_left.get(at) {
            Err(CellFault::Null) => Credits::ZERO,
            Ok(parsed) => exact(parsed, TRIAL_LEFT)?,
            Err(other) => return Err(CellError::new(TRIAL_LEFT, other)),
        };
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

/// Credits that nobody rounded.
fn exact(parsed: ParsedCredits, column: usize) -> std::result::Result<Credits, CellError> {
    parsed.exact().ok_or_else(|| CellError::new(column, "has more than six decimals"))
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
}

/// The instant at a row, if there is one.
fn instant(
    column: &InstantColumn<'_>,
    row: usize,
) -> std::result::Result<Option<Instant>, CellFault> {
    match column.get(row) {
        Err(CellFault::Null) => Ok(None),
        read => read.map(Some),
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
