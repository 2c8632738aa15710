//! The opening state: what each account brings into the month.

use arrow_array::ArrayRef;

use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::{Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::base::spreadsheet::without_apostrophe;
use crate::catalog::{Catalog, PlanRank};
use crate::input::logs::{
    self, Batch, CellError, CellFault, CreditsColumn, Format, IdColumn, InstantColumn, LogFile,
    LogSchema, Scan, Source,
};

/// An account at the first instant of a month. A row of the table `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The account.
    pub account: AccountId,
    /// The plan in force.
    pub plan: PlanRank,
    /// Whether the overage switch is on (O2).
    pub overage_on: bool,
    /// When it signed up (T3).
    pub signed_up_at: Instant,
    /// When it was first on a paid plan, if ever (F2).
    pub first_paid_at: Option<Instant>,
    /// The trial, while it runs (C2).
    pub trial: Option<TrialLeft>,
}

/// What is left of a running trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialLeft {
    /// The first instant at which the trial has ended.
    pub ends_at: Instant,
    /// Credits not drawn yet.
    pub left: Credits,
}

/// Reads the opening state of `month` from a file, as far as its accounts are in `scope`; sorted by
/// account. Rows of others are not looked at.
///
/// # Errors
/// Every fault stops the run, since no account may be lost: a cell that cannot be read, an
/// account twice, a plan that the catalogue lacks, a state that contradicts itself.
pub fn read(file: LogFile, catalog: &Catalog, month: Month, scope: &Scope) -> Result<Vec<State>> {
    let is_csv = file.format == Format::Csv;
    let schema = LogSchema::state();
    let sources = logs::open(vec![file], &schema)?;
    let reader = Reader { schema: &schema, sources: &sources, is_csv, catalog, month };
    let as_written = match scope {
        Scope::Accounts(accounts) if is_csv => {
            let quoted = accounts.iter().map(|id| format!("'{id}").into());
            Scope::Accounts(accounts.iter().cloned().chain(quoted).collect())
        }
        scope => scope.clone(),
    };
    let scan = Scan { scope: &as_written, ..Scan::whole(&sources, &schema) };
    let mut states = logs::collect(&scan, &|batch| reader.batch(batch))?;
    states.retain(|(_, state)| scope.includes(&state.account));
    states.sort_by(|a, b| (&a.1.account, a.0).cmp(&(&b.1.account, b.0)));
    let same = |pair: &&[(u64, State)]| pair[0].1.account == pair[1].1.account;
    if let Some([_, (row, twice)]) = states.windows(2).find(same) {
        return Err(Error::input("stands in the opening state twice")
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
        let state =
            |at: usize| self.state(&rows, at).map_err(|fault| self.error(&batch, at, fault));
        (0..batch.len).map(|at| Ok((batch.rows.number(at), state(at)?))).collect()
    }

    fn error(&self, batch: &Batch, at: usize, error: CellError) -> Error {
        let fault = batch.cell_fault(self.schema, at, error);
        fault
            .into_reject(self.sources)
            .into_error()
            .hint("correct the opening state; it must describe every account at the month's start")
    }

    fn state(&self, rows: &Rows<'_>, at: usize) -> std::result::Result<State, CellError> {
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
        Ok(State {
            account: self.plain(id).into(),
            plan: self.plan(self.plain(logs::word(rows.plan, at)))?,
            overage_on: logs::flag(rows.overage_on, at)
                .map_err(|e| CellError::new(OVERAGE_ON, e))?,
            signed_up_at,
            first_paid_at,
            trial: self.trial(rows, at)?,
        })
    }

    /// An id as it was before it was written to CSV.
    fn plain<'i>(&self, id: &'i str) -> &'i str {
        if self.is_csv { without_apostrophe(id) } else { id }
    }

    fn plan(&self, id: &str) -> std::result::Result<PlanRank, CellError> {
        self.catalog.rank(id).ok_or_else(|| {
            let ids: Vec<&str> = self.catalog.plans().iter().map(|p| p.id.as_str()).collect();
            let is = if id.is_empty() { "is empty" } else { "is no plan of the catalogue" };
            CellError::new(PLAN, format!("{is}; expected one of {}", ids.join(", ")))
        })
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
            Ok(parsed) => match parsed.exact() {
                Some(exact) => exact,
                None => return Err(CellError::new(TRIAL_LEFT, "has more than six decimals")),
            },
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

/// The columns of [`LogSchema::state`].
const ACCOUNT: usize = 0;
const PLAN: usize = 1;
const OVERAGE_ON: usize = 2;
const SIGNED_UP_AT: usize = 3;
const FIRST_PAID_AT: usize = 4;
const TRIAL_ENDS_AT: usize = 5;
const TRIAL_LEFT: usize = 6;

/// A batch's columns.
struct Rows<'a> {
    account: IdColumn<'a>,
    plan: &'a ArrayRef,
    overage_on: &'a ArrayRef,
    signed_up_at: InstantColumn<'a>,
    first_paid_at: InstantColumn<'a>,
    trial_ends_at: InstantColumn<'a>,
    trial_left: CreditsColumn<'a>,
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
        let all = read(file.clone(), &catalog, month, &Scope::All).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all.iter().any(|state| &*state.account == "'=c"));
        for wanted in [&["=a"][..], &["=b", "bob"], &["'=c"], &["'ann"], &["ann"], &[]] {
            let wanted = Scope::Accounts(wanted.iter().map(|&id| id.into()).collect());
            let some = read(file.clone(), &catalog, month, &wanted).unwrap();
            let expected = all.iter().filter(|state| wanted.includes(&state.account));
            assert!(some.iter().eq(expected), "{wanted:?}");
        }
    }
}
