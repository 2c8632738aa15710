//! What must hold of the documents over time: those of the revision before stand unchanged, and
//! the numbers of the new ones go on without gaps.

use std::collections::BTreeSet;
use std::path::Path;

use super::read::whole;
use super::{Breaches, Inputs};
use crate::error::Result;
use crate::tables::{DocumentRow, LineRow};

/// Checks the documents in `folder` against those of the revision before, where there is one.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let mut before = match inputs.before {
        Some(before) => whole::<DocumentRow>(before)?.collect::<Result<Vec<_>>>()?.into_iter(),
        None => Vec::new().into_iter(),
    }
    .peekable();
    let mut number = before.len();
    let mut new = BTreeSet::new();
    for row in whole::<DocumentRow>(folder)? {
        let row = row?;
        if before.next_if(|earlier| *earlier == row).is_some() {
            continue;
        }
        number += 1;
        let due = format!("INV-{}-{number:08}", inputs.month);
        let account = Some(row.account_id.as_str());
        let in_order = i128::from(row.document_id == due);
        breaches.expect("K4", account, &format!("the next number is {due}"), in_order, 1);
        let billed = i128::from(inputs.is_billed(&row.account_id));
        breaches.expect("K4", account, "a new document is of an account billed anew", billed, 1);
        new.insert(row.document_id);
    }
    let lost = before.count() as i128;
    breaches.expect("K4", None, "earlier documents that are missing or changed", lost, 0);
    lines(inputs, folder, &new, breaches)
}

fn lines(
    inputs: &Inputs<'_>,
    folder: &Path,
    new: &BTreeSet<String>,
    breaches: &mut Breaches,
) -> Result<()> {
    let mut before = match inputs.before {
        Some(before) => whole::<LineRow>(before)?.collect::<Result<Vec<_>>>()?.into_iter(),
        None => Vec::new().into_iter(),
    }
    .peekable();
    for row in whole::<LineRow>(folder)? {
        let row = row?;
        if before.next_if(|earlier| *earlier == row).is_none() {
            let of_new = i128::from(new.contains(&row.document_id));
            let account = Some(row.account_id.as_str());
            breaches.expect("K4", account, "a new line is of a new document", of_new, 1);
        }
    }
    let lost = before.count() as i128;
    breaches.expect("K4", None, "earlier invoice lines that are missing or changed", lost, 0);
    Ok(())
}
