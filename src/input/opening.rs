//! The opening state: what each account brings into the month.

use std::collections::BTreeSet;
use std::sync::Mutex;

use arrow_array::Array;

use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::{Error, Result};
use crate::base::scope::Scope;
use crate::catalog::{Catalog, PlanRank};
use crate::input::logs::{
    self, Batch, CellFault, CreditsColumn, Format, IdColumn, InstantColumn, LogFile, Scan, Scanned,
    Source, Table,
};

/// An account at the first instant of a month. A row of the table `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The account.
    pub account: String,
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

/// Reads the opening state of `month` from a file; sorted by account.
///
/// # Errors
/// Every fault stops the run, since no account may be lost: a cell that cannot be read, an
/// account twice, a plan that the catalogue lacks, a state that contradicts itself.
pub fn read(file: LogFile, catalog: &Catalog, month: Month) -> Result<Vec<State>> {
    read_part(file, catalog, month, None)
}

/// Reads the states of some accounts, as [`read()`] does; the others' rows are not looked at.
///
/// # Errors
/// As [`read()`], for the rows of these accounts.
pub fn read_of(
    file: LogFile,
    catalog: &Catalog,
    month: Month,
    accounts: &BTreeSet<String>,
) -> Result<Vec<State>> {
    let mut wanted = accounts.clone();
    if file.format == Format::Csv {
        wanted.extend(accounts.iter().map(|id| format!("'{id}"))); // as a revision writes them
    }
    let mut states = read_part(file, catalog, month, Some(&wanted))?;
    states.retain(|state| accounts.contains(&state.account));
    Ok(states)
}

fn read_part(
    file: LogFile,
    catalog: &Catalog,
    month: Month,
    accounts: Option<&BTreeSet<String>>,
) -> Result<Vec<State>> {
    let table = Table::state();
    let sources = logs::open(vec![file], &table)?;
    let reader = Reader { table: &table, sources: &sources, catalog, month };
    let found = Mutex::new(Vec::new());
    let scope = Scope::from(accounts);
    let scan = Scan { scope: &scope, ..Scan::whole(&sources, &table) };
    logs::scan(&scan, &|piece| {
        let Scanned::Batch(batch) = piece else {
            return Ok(());
        };
        let states = reader.batch(batch)?;
        found.lock().unwrap_or_else(|e| e.into_inner()).extend(states);
        Ok(())
    })?;
    let mut states: Vec<(u64, State)> = found.into_inner().unwrap_or_else(|e| e.into_inner());
    states.sort_by(|a, b| (&a.1.account, a.0).cmp(&(&b.1.account, b.0)));
    let same = |pair: &&[(u64, State)]| pair[0].1.account == pair[1].1.account;
    if let Some([_, (row, twice)]) = states.windows(2).find(same) {
        return Err(reader
            .error(*row, "account_id", "stands in the opening state twice")
            .with_value(&twice.account)
            .hint("keep one row for each account"));
    }
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

/// An id without the apostrophe that a revision's CSV puts before text that a spreadsheet would
/// take for a formula.
fn without_apostrophe(id: &str) -> &str {
    let formula = |rest: &&str| rest.starts_with(['=', '+', '-', '@']);
    id.strip_prefix('\'').filter(formula).unwrap_or(id)
}

struct Reader<'a> {
    table: &'a Table,
    sources: &'a [Source],
    catalog: &'a Catalog,
    month: Month,
}

impl Reader<'_> {
    fn error(&self, row: u64, column: &str, message: impl Into<String>) -> Error {
        let error = Error::input(message).in_file(&self.sources[0].file.name).at_row(row);
        if column.is_empty() { error } else { error.in_column(column) }
    }

    fn batch(&self, mut batch: Batch) -> Result<Vec<(u64, State)>> {
        if let Some(fault) = batch.faults.drain(..).min() {
            let reject = fault.into_reject(self.sources);
            return Err(self
                .error(reject.row, &reject.column, reject.reason)
                .with_value(reject.value)
                .hint("every row of an opening state must be readable; correct it"));
        }
        (0..batch.len).map(|at| Ok((batch.rows.number(at), self.row(&batch, at)?))).collect()
    }

    fn row(&self, batch: &Batch, at: usize) -> Result<State> {
        let [account, plan, overage_on, signed_up_at, first_paid_at, ends_at, left] =
            [0, 1, 2, 3, 4, 5, 6];
        let mut buffer = [0; 36];
        let fault = |column: usize, reason: String| self.fault(batch, at, column, reason);
        let id = IdColumn::of(&batch.columns[account]);
        let id = id.get(at, &mut buffer).map_err(|f| fault(account, f.to_string()))?;
        let instant = |column: usize| -> Result<Option<Instant>> {
            match InstantColumn::of(&batch.columns[column]).get(at) {
                Ok(instant) => Ok(Some(instant)),
                Err(CellFault::Null) => Ok(None),
                Err(other) => Err(fault(column, other.to_string())),
            }
        };
        let signup = instant(signed_up_at)?
            .filter(|signup| *signup < self.month.start())
            .ok_or_else(|| fault(signed_up_at, self.no_signup()))?;
        let paid = instant(first_paid_at)?;
        if paid.is_some_and(|paid| paid >= self.month.start()) {
            return Err(fault(first_paid_at, self.no_payment_yet()));
        }
        Ok(State {
            account: self.plain(id).to_owned(),
            plan: self
                .plan(self.plain(logs::word(&batch.columns[plan], at)), |m| fault(plan, m))?,
            overage_on: logs::flag(&batch.columns[overage_on], at)
                .map_err(|f| fault(overage_on, f.to_string()))?,
            signed_up_at: signup,
            first_paid_at: paid,
            trial: self.trial(
                instant(ends_at)?,
                &CreditsColumn::of(&batch.columns[left]),
                (at, batch.columns[left].is_null(at)),
                |m| fault(left, m),
            )?,
        })
    }

    /// An id as it was before it was written to CSV.
    fn plain<'i>(&self, id: &'i str) -> &'i str {
        if self.sources[0].file.format == Format::Csv { without_apostrophe(id) } else { id }
    }

    fn fault(&self, batch: &Batch, at: usize, column: usize, reason: String) -> Error {
        let reject = batch.fault(self.table, column, at, reason).into_reject(self.sources);
        self.error(reject.row, &reject.column, reject.reason)
            .with_value(reject.value)
            .hint("correct the opening state; it must describe every account at the month's start")
    }

    fn no_signup(&self) -> String {
        let (month, start) = (self.month, self.month.start());
        format!("is no signup before {month}; expected an instant before {start}")
    }

    fn no_payment_yet(&self) -> String {
        let (month, start) = (self.month, self.month.start());
        format!("is no payment before {month}; expected an instant before {start}, or none")
    }

    fn plan(&self, id: &str, fault: impl Fn(String) -> Error) -> Result<PlanRank> {
        self.catalog.rank(id).ok_or_else(|| {
            let ids: Vec<&str> = self.catalog.plans().iter().map(|p| p.id.as_str()).collect();
            let is = if id.is_empty() { "is empty" } else { "is no plan of the catalogue" };
            fault(format!("{is}; expected one of {}", ids.join(", ")))
        })
    }

    fn trial(
        &self,
        ends_at: Option<Instant>,
        left: &CreditsColumn<'_>,
        (at, null): (usize, bool),
        fault: impl Fn(String) -> Error,
    ) -> Result<Option<TrialLeft>> {
        let credits = match left.get(at) {
            _ if null => Credits::ZERO,
            Ok(reading) if reading.moved.is_none() => reading.credits,
            Ok(_) => return Err(fault("has more than six decimals".to_owned())),
            Err(other) => return Err(fault(other.to_string())),
        };
        match ends_at {
            None if credits.is_zero() => Ok(None),
            None => Err(fault("is left of a trial without an end; expected trial_ends_at".into())),
            Some(end) if end > self.month.start() => {
                Ok(Some(TrialLeft { ends_at: end, left: credits }))
            }
            Some(end) => Err(fault(format!(
                "is left of a trial that ended at {end}; expected an end after {}, or none",
                self.month.start()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_states_apostrophes_are_taken_off() {
        for (written, id) in
            [("'=a", "=a"), ("'@a", "@a"), ("'a", "'a"), ("a'=", "a'="), ("'", "'")]
        {
            assert_eq!(without_apostrophe(written), id);
        }
    }

    #[test]
    fn some_accounts_states_are_those_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.csv");
        let rows = ["'=a", "=b", "'ann", "bob"]
            .map(|id| format!("{id},free,false,2026-01-02T00:00:00Z,,2026-06-01T00:00:00Z,1.5\n"));
        let header =
            "account_id,plan,overage_on,signed_up_at,first_paid_at,trial_ends_at,trial_left";
        std::fs::write(&path, format!("{header}\n{}", rows.concat())).unwrap();
        let text = "in_force_from = 2025-11-15\ncurrency = \"USD\"\n[[plan]]\nid = \"free\"\n\
                    price = \"0.00\"\ncredits = 50\n";
        let catalog = crate::catalog::parse(text, "catalog.toml").unwrap();
        let (month, file) = (Month::parse("2026-04").unwrap(), LogFile::of(&path).unwrap());
        let all = read(file.clone(), &catalog, month).unwrap();
        assert_eq!(all.len(), 4);
        for wanted in [&["=a"][..], &["=b", "bob"], &["'ann"], &["ann"], &[]] {
            let wanted: BTreeSet<String> = wanted.iter().map(|&id| id.to_owned()).collect();
            let some = read_of(file.clone(), &catalog, month, &wanted).unwrap();
            let expected = all.iter().filter(|state| wanted.contains(&state.account));
            assert!(some.iter().eq(expected), "{wanted:?}");
        }
    }
}
