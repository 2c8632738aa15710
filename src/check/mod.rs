//! The second opinion: conservation (K1 to K5), from inputs and finished tables.
//!
//! It reads the tables back from the disk as they were written, and derives again what must
//! hold of them. It does not know `rules` or `replay`: where it needs a fraction or a rounding,
//! it has its own.

mod account;
mod accounts;
mod breaches;
mod event_ids;
mod grants;
mod inputs;
mod plans;
mod recent_ids;
mod revision_before;
mod rows;
mod rows_by_month;
mod states;
mod totals;
mod window;

use std::path::Path;

use crate::base::error::Result;
use breaches::Breaches;

pub use breaches::Breach;
pub use event_ids::{BilledFrom, BilledTwice, EventIds};
pub use inputs::Inputs;

/// Breaches that a message names; more are counted.
const NAMED: usize = 5;

/// Checks the tables in `folder`.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`], naming accounts and sums, where anything does not agree.
pub fn check(inputs: &Inputs<'_>, folder: &Path) -> Result<()> {
    let mut standing = Breaches::keeping(NAMED);
    let (found, stands) = rayon::join(
        || sums(inputs, folder, NAMED, inputs.before.is_none()),
        || revision_before::documents(inputs, folder, &mut standing),
    );
    let mut breaches = found?;
    stands?;
    breaches.merge(standing);
    breaches.into_result()
}

/// All sums of the tables in `folder` that do not agree. Whether earlier documents stand is not
/// asked here.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where a table cannot be read.
pub fn breaches(inputs: &Inputs<'_>, folder: &Path) -> Result<Vec<Breach>> {
    Ok(sums(inputs, folder, usize::MAX, false)?.first)
}

/// Checks all sums, and where they are `numbered` the documents of a first revision.
fn sums(inputs: &Inputs<'_>, folder: &Path, kept: usize, numbered: bool) -> Result<Breaches> {
    let [mut breaches, mut of_ids] = [(); 2].map(|()| Breaches::keeping(kept));
    let (checked, ids_checked) = rayon::join(
        || {
            let totals = accounts::check(inputs, folder, numbered, &mut breaches)?;
            totals::check(inputs, folder, &totals, &mut breaches)?;
            plans::check(inputs, folder, &mut breaches)
        },
        || recent_ids::check(inputs, folder, &mut of_ids),
    );
    checked.and(ids_checked)?;
    breaches.merge(of_ids);
    revision_before::carried_over(inputs, folder, &mut breaches)?;
    Ok(breaches)
}
