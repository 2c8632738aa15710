//! The second opinion: conservation (K1 to K5), from inputs and finished tables.
//!
//! It reads the tables back from the disk as they were written, and derives again what must
//! hold of them. It does not know `rules` or `replay`: where it needs a fraction or a rounding,
//! it has its own.

mod account;
mod accounts;
mod breaches;
mod event_ids;
mod inputs;
mod plans;
mod recent_ids;
mod revision_before;
mod rows;
mod together;
mod totals;
mod window;

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::error::Result;
use crate::tables::{RowsDigest, Table};
use breaches::Breaches;

pub use breaches::Breach;
pub use event_ids::{BilledFrom, BilledTwice, EventIds};
pub use inputs::Inputs;
pub use totals::RunSums;

/// Breaches that a message names; more are counted.
const NAMED: usize = 5;

/// Checks the tables in `folder`; gives what they add up to.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`], naming accounts and sums, where anything does not agree.
pub fn check(inputs: &Inputs<'_>, folder: &Path) -> Result<RunSums> {
    let mut standing = Breaches::keeping(NAMED);
    let (found, stands) = rayon::join(
        || sums(inputs, folder, NAMED, inputs.before.is_none()),
        || revision_before::documents(inputs, folder, &mut standing).map_err(rows::failed),
    );
    let (mut breaches, totals) = found?;
    stands?;
    breaches.merge(standing);
    breaches.into_result().map(|()| totals)
}

/// Checks tables that were put together from parts, each of which [`check`] has found right: they have
/// the parts' `rows` and no others, by account, their documents are numbered in this order, and the
/// whole month adds up, given what the parts' accounts do.
///
/// # Errors
/// As [`check`].
pub fn check_together(
    inputs: &Inputs<'_>,
    folder: &Path,
    totals: &RunSums,
    rows: &BTreeMap<Table, RowsDigest>,
) -> Result<()> {
    let [mut breaches, mut of_ids] = [(); 2].map(|()| Breaches::keeping(NAMED));
    let (checked, ids_checked) = rayon::join(
        || {
            together::rows(folder, rows, &mut breaches)?;
            together::numbers(inputs.month, folder, &mut breaches)?;
            totals::check(inputs, folder, totals, &mut breaches)?;
            plans::check(inputs, folder, &mut breaches)
        },
        || recent_ids::check(inputs, folder, &mut of_ids),
    );
    checked.and(ids_checked)?;
    breaches.merge(of_ids);
    breaches.into_result()
}

/// All sums of the tables in `folder` that do not agree. Whether earlier documents stand is not
/// asked here.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where a table cannot be read.
pub fn breaches(inputs: &Inputs<'_>, folder: &Path) -> Result<Vec<Breach>> {
    Ok(sums(inputs, folder, usize::MAX, false)?.0.first)
}

/// Checks all sums, and where they are `numbered` the documents of a first revision.
fn sums(
    inputs: &Inputs<'_>,
    folder: &Path,
    kept: usize,
    numbered: bool,
) -> Result<(Breaches, RunSums)> {
    let [mut breaches, mut of_ids] = [(); 2].map(|()| Breaches::keeping(kept));
    let (checked, ids_checked) = rayon::join(
        || {
            let totals = accounts::check(inputs, folder, numbered, &mut breaches)?;
            totals::check(inputs, folder, &totals, &mut breaches)?;
            plans::check(inputs, folder, &mut breaches).map(|()| totals)
        },
        || recent_ids::check(inputs, folder, &mut of_ids),
    );
    let totals = checked?;
    ids_checked?;
    breaches.merge(of_ids);
    revision_before::carried_over(inputs, folder, &mut breaches).map_err(rows::failed)?;
    Ok((breaches, totals))
}
