//! What must hold of accounts that were not billed anew: their rows are those of the revision
//! before, to the last cell.

use std::path::Path;

use super::read::whole;
use super::{Breaches, Inputs};
use crate::error::Result;
use crate::tables::{ChargeRow, ExceptionRow, ExpiredRow, OfAccount, StateRow, StatementRow};

/// Checks the rows in `folder` that were carried over, where there are any.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let Some(before) = inputs.before.filter(|_| inputs.only.is_some()) else {
        return Ok(());
    };
    let folders = (before, folder);
    same::<StatementRow>(inputs, folders, breaches)?;
    same::<StateRow>(inputs, folders, breaches)?;
    same::<ExpiredRow>(inputs, folders, breaches)?;
    same::<ChargeRow>(inputs, folders, breaches)?;
    same::<ExceptionRow>(inputs, folders, breaches)
}

fn same<R: OfAccount>(
    inputs: &Inputs<'_>,
    (before, after): (&Path, &Path),
    breaches: &mut Breaches,
) -> Result<()> {
    let others = |row: &Result<R>| !row.as_ref().is_ok_and(|row| inputs.is_billed(row.account()));
    let mut before = whole::<R>(before)?.filter(others);
    let mut after = whole::<R>(after)?.filter(others);
    loop {
        let (one, other) = (before.next().transpose()?, after.next().transpose()?);
        let Some(row) = one.as_ref().or(other.as_ref()) else {
            return Ok(());
        };
        if one != other {
            let what = format!("a row of {} carried over as it was", R::TABLE.name());
            breaches.expect("K4", Some(row.account()), &what, 0, 1);
            return Ok(());
        }
    }
}
