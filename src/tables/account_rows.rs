//! Some accounts' rows of a revision's tables.

use std::path::Path;

use super::definitions::{OfAccount, Record, Table, column};
use super::read::{batches, records_of_part};
use super::selection::{ACCOUNT, of_scope};
use crate::base::error::Result;
use crate::base::scope::Scope;

/// The rows of an account in a table of the revision at `folder`.
///
/// # Errors
/// As [`records_in`].
pub fn records_of<R: Record + OfAccount>(folder: &Path, account: &str) -> Result<Vec<R>> {
    records_in(folder, &Scope::Accounts([account.into()].into()))?.collect()
}

/// The rows of a table in the revision at `folder`, of all accounts or of some. Of other accounts'
/// rows nothing but the id is read, and that only where some of these may be among them.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn records_in<R: Record + OfAccount>(
    folder: &Path,
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    records_of_part(folder, &|metadata| of_scope(metadata, scope))
}

/// The ids of `folder` that an unknown one may stand for, as a question; `None` where none is like
/// it.
///
/// # Errors
/// As [`records_of`].
pub fn did_you_mean(folder: &Path, account: &str) -> Result<Option<String>> {
    let ids = similar_accounts(folder, account)?;
    Ok((!ids.is_empty()).then(|| format!("did you mean {}?", ids.join(" or "))))
}

/// At most three ids of the table `state` in `folder` that begin like the one asked for, in
/// capitals or not, for at least half of its length: the closest first.
///
/// # Errors
/// As [`records_of`].
fn similar_accounts(folder: &Path, account: &str) -> Result<Vec<String>> {
    let asked: Vec<char> = account.to_lowercase().chars().collect();
    let mut closest: Vec<(usize, String)> = Vec::new();
    for batch in batches(folder, Table::State, &[ACCOUNT], &Scope::All)? {
        let batch = batch?;
        for id in (0..batch.len()).map(batch.column(column::state::account_id)?) {
            let lower = id.to_lowercase();
            let common = lower.chars().zip(&asked).take_while(|(one, other)| one == *other).count();
            if common > 0 && common * 2 >= asked.len() {
                closest.push((common, id.to_owned()));
                // The longest common beginning first; among equals the order of the ids stands.
                closest.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
                closest.truncate(3);
            }
        }
    }
    Ok(closest.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::credits::Credits;
    use crate::base::money::Currency;
    use crate::tables::{BatchBuilder, StateCells, StateRow, write_states};

    #[test]
    fn an_accounts_rows_are_picked_out_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let ids = ["=a", "ann", "anna"];
        let at = crate::base::calendar::Instant::EPOCH;
        let currency = Currency::parse("USD").unwrap();
        let month = crate::base::calendar::Month::parse("2026-04").unwrap();
        let push = |id: &&str, to: &mut BatchBuilder| {
            let state = StateCells {
                account_id: id,
                plan: "free",
                overage_on: false,
                signed_up_at: at,
                first_paid_at: None,
                trial_ends_at: None,
                trial_left: Credits::ONE,
            };
            state.push(to)
        };
        write_states(folder.path(), month, currency, &ids, push).unwrap();
        for id in ids {
            let found: Vec<StateRow> = records_of(folder.path(), id).unwrap();
            let found: Vec<&str> = found.iter().map(|row| row.account_id.as_str()).collect();
            assert_eq!(found, [id]);
        }
        assert!(records_of::<StateRow>(folder.path(), "an").unwrap().is_empty());
    }
}
