//! What must hold of the documents over time: those of the revision before stand unchanged, and
//! the numbers of the new ones go on without gaps.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::breaches::Breaches;
use super::inputs::Inputs;
use super::read::{self, TableBatch, batches, row_count, whole_of};
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::tables::column::invoice_lines;
use crate::tables::{DocumentRow, LineRow, Table, view};

view! {
    /// Whose document has which number.
    struct NumberedDocument of Documents.documents { document_id, account_id }
}

/// Checks the documents in `folder` against those of the revision before, where there is one.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let Some(before_folder) = inputs.before else {
        return first(inputs, folder, breaches);
    };
    let mut number = row_count(before_folder, Table::Documents)?;
    // Those of other accounts are carried over, as all their rows are.
    let before = whole_of::<DocumentRow>(before_folder, inputs.scope)?;
    let mut before = before.collect::<Result<Vec<_>>>()?.into_iter().peekable();
    let mut new = BTreeSet::new();
    for row in whole_of::<DocumentRow>(folder, inputs.scope)? {
        let row = row?;
        if before.next_if(|earlier| *earlier == row).is_some() {
            continue;
        }
        number += 1;
        let due = format!("INV-{}-{number:08}", inputs.month);
        let account = Some(row.account_id.as_str());
        let in_order = i128::from(row.document_id == due);
        breaches.expect("K4", account, &format!("the next number is {due}"), in_order, 1);
        new.insert(row.document_id);
    }
    let lost = before.count() as i128;
    breaches.expect("K4", None, "earlier documents that are missing or changed", lost, 0);
    lines((before_folder, folder), inputs.scope, &new, breaches)
}

fn lines(
    (before, folder): (&Path, &Path),
    scope: &Scope,
    new: &BTreeSet<String>,
    breaches: &mut Breaches,
) -> Result<()> {
    let before = whole_of::<LineRow>(before, scope)?;
    let mut before = before.collect::<Result<Vec<_>>>()?.into_iter().peekable();
    for row in whole_of::<LineRow>(folder, scope)? {
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

/// Checks the documents of a first revision: they are numbered in their order, and each line is of
/// one of its account's documents. Both tables are sorted by account and document.
fn first(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    let ids = NumberedDocument::COLUMNS;
    let mut lines =
        Lines { batches: batches(folder, Table::InvoiceLines, ids, &Scope::All)?, own: None };
    let begin = format!("INV-{}-", inputs.month);
    let (mut number, mut due) = (0_u64, String::new());
    for batch in batches(folder, NumberedDocument::TABLE, ids, &Scope::All)? {
        let batch = batch?;
        for NumberedDocument { document_id: id, account_id: account } in
            read::rows(&batch, NumberedDocument::rows)?
        {
            number += 1;
            due.clear();
            // Writing to a String does not fail.
            let _ = write!(due, "{begin}{number:08}");
            if id != due {
                breaches.expect("K4", Some(account), &format!("the next number is {due}"), 0, 1);
            }
            lines.of_none(Some(account), breaches)?;
            while lines.pass_if(|line_id, of| line_id == id && of == account)? {}
        }
    }
    lines.of_none(None, breaches)
}

/// The lines of a first revision, one after the other.
struct Lines<I> {
    batches: I,
    /// The batch that is read, and the place of the next line in it.
    own: Option<(TableBatch, usize)>,
}

impl<I: Iterator<Item = Result<TableBatch>>> Lines<I> {
    /// Goes past the next line, if its document and account are wanted; says whether it did.
    fn pass_if(&mut self, wanted: impl FnOnce(&str, &str) -> bool) -> Result<bool> {
        loop {
            match &mut self.own {
                Some((batch, row)) if *row < batch.len() => {
                    let id = read::rows(batch, |batch| batch.column(invoice_lines::document_id))?;
                    let account =
                        read::rows(batch, |batch| batch.column(invoice_lines::account_id))?;
                    let passes = wanted(id(*row), account(*row));
                    *row += usize::from(passes);
                    return Ok(passes);
                }
                own => match self.batches.next().transpose()? {
                    Some(batch) => *own = Some((batch, 0)),
                    None => return Ok(false),
                },
            }
        }
    }

    /// Tells of the lines before an account, or of all that are left: no document has them.
    fn of_none(&mut self, to: Option<&str>, breaches: &mut Breaches) -> Result<()> {
        let mut tell = |account: &str| {
            let is_before = to.is_none_or(|to| account < to);
            let (what, of_new) = ("a new line is of a new document", i128::from(!is_before));
            breaches.expect("K4", Some(account), what, of_new, 1);
            is_before
        };
        while self.pass_if(|_, account| tell(account))? {}
        Ok(())
    }
}
