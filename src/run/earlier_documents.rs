//! The documents that stand already, read from the revision before.

use std::path::Path;

use chrono::NaiveDate;

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Amounts;
use crate::base::scope::Scope;
use crate::billing::notes::{EarlierDocuments, OtherDocuments};
use crate::tables::{DocumentNumbers, DocumentRow, LineRow, batches, records_in, view};

/// Reads the documents of the revision at `folder`, or those of some accounts.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the revision is damaged, or the documents' numbers are not
/// 1, 2, 3 and so on.
pub(super) fn read(folder: &Path, month: Month, scope: &Scope) -> Result<EarlierDocuments> {
    let (all, own) = rayon::join(
        || numbers_and_others(folder, month, scope),
        || {
            let documents: Vec<DocumentRow> = records_in(folder, scope)?.collect::<Result<_>>()?;
            let lines: Vec<LineRow> = records_in(folder, scope)?.collect::<Result<_>>()?;
            Ok((documents, lines))
        },
    );
    let (Standing { last_number, latest, others }, (documents, lines)) = (all?, own?);
    let sorted = documents.is_sorted_by_key(|row| (&row.account_id, &row.document_id))
        && lines.is_sorted_by_key(|row| (&row.account_id, &row.document_id, row.line_number));
    if !sorted {
        return Err(Error::new(
            Code::REVISION_DAMAGED,
            "its documents are not in the order of accounts and numbers",
        )
        .in_file(folder)
        .changed_by_hand());
    }
    Ok(EarlierDocuments { documents, lines, last_number, latest, others })
}

/// The last day on which a document of a revision was issued, and that document.
///
/// # Errors
/// As [`read`].
pub(super) fn latest(folder: &Path, month: Month) -> Result<Option<(NaiveDate, String)>> {
    numbers_and_others(folder, month, &Scope::All).map(|standing| standing.latest)
}

view! {
    /// What a document comes to.
    struct DocumentAmounts of Documents.documents {
        document_id, account_id, issued_on, subscription_amount, overage_amount, total_amount,
    }
}

view! {
    /// What documents don't tell by themselves.
    struct OtherAmounts of Statements.statements { account_id, grants_amount, adjustments_amount }
}

/// What grants and adjustments of all but some accounts come to: the statements have that of all of
/// their documents (K4).
fn grants_and_adjustments(folder: &Path, but: &Scope) -> Result<Amounts> {
    let mut amounts = Amounts::default();
    for batch in batches(folder, OtherAmounts::TABLE, OtherAmounts::COLUMNS, &Scope::All)? {
        for row in OtherAmounts::rows(&batch?)?.filter(|row| !but.includes(row.account_id)) {
            amounts.grants += i128::from(row.grants_amount);
            amounts.adjustments += i128::from(row.adjustments_amount);
        }
    }
    Ok(amounts)
}

/// What is known of all documents, whoever's they are.
struct Standing {
    last_number: u64,
    latest: Option<(NaiveDate, String)>,
    others: OtherDocuments,
}

/// The highest number of all documents, the last to be issued, and what those of all but some
/// accounts come to.
fn numbers_and_others(folder: &Path, month: Month, scope: &Scope) -> Result<Standing> {
    let (mut ids, mut others) = (Vec::new(), OtherDocuments::default());
    let mut latest: Option<(NaiveDate, String)> = None;
    for batch in batches(folder, DocumentAmounts::TABLE, DocumentAmounts::COLUMNS, &Scope::All)? {
        for row in DocumentAmounts::rows(&batch?)? {
            ids.push(row.document_id.to_owned());
            if latest.as_ref().is_none_or(|(day, _)| *day < row.issued_on) {
                latest = Some((row.issued_on, row.document_id.to_owned()));
            }
            if !scope.includes(row.account_id) {
                others.documents += 1;
                others.amounts += Amounts {
                    subscription: row.subscription_amount.into(),
                    overage: row.overage_amount.into(),
                    total: row.total_amount.into(),
                    ..Amounts::default()
                };
            }
        }
    }
    if !scope.is_all() {
        others.amounts += grants_and_adjustments(folder, scope)?;
    }
    let last_number = DocumentNumbers::of(month).last(ids.iter().map(String::as_str).collect())?;
    Ok(Standing { last_number, latest, others })
}
