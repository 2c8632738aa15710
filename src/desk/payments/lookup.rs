//! What the book has: the documents in force, accounts without any, documents of other months.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::export::Payment;
use super::items::{BookLookup, Document};
use crate::base::error::Result;
use crate::book::{Book, Revision};
use crate::tables::{DocumentNumbers, DocumentRow, StatementRow, records};

/// The documents in force.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where they cannot be read.
pub(super) fn documents(revisions: &[Revision]) -> Result<Vec<Document>> {
    let of_months = revisions.par_iter().map(documents_of).collect::<Result<Vec<_>>>();
    Ok(of_months?.into_iter().flatten().collect())
}

fn documents_of(revision: &Revision) -> Result<Vec<Document>> {
    let documents = records::<DocumentRow>(revision.tables()?)?;
    let document = |row: Result<DocumentRow>| {
        row.map(|row| Document {
            document_id: row.document_id,
            document_type: row.document_type,
            account_id: row.account_id,
            total: row.total_amount,
            relates_to: row.relates_to,
            month: row.month,
            issued_on: row.issued_on,
            due_on: row.due_on,
        })
    };
    documents.map(document).collect()
}

/// What payments name beside the documents in force. Only what a payment asks for is looked up.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the book cannot be read.
pub(super) fn look_up(
    book: &Book,
    revisions: &[Revision],
    documents: &[Document],
    payments: &[Payment],
) -> Result<BookLookup> {
    let mut lookup = BookLookup::default();
    let ids: BTreeSet<&str> = documents.iter().map(|d| d.document_id.as_str()).collect();
    let accounts: BTreeSet<&str> = documents.iter().map(|d| &*d.account_id).collect();
    let (mut asked_documents, mut asked_accounts) = (BTreeSet::new(), BTreeSet::new());
    for payment in payments.iter().filter(|payment| payment.set_aside.is_none()) {
        match (payment.document_id.as_deref(), payment.account_id.as_deref()) {
            (Some(document), _) if !ids.contains(document) => {
                asked_documents.insert(document);
            }
            (None, Some(account)) if !accounts.contains(account) => {
                asked_accounts.insert(account);
            }
            _ => {}
        }
    }
    if !asked_accounts.is_empty() {
        for revision in revisions {
            for row in records::<StatementRow>(revision.tables()?)? {
                let account = row?.account_id;
                if asked_accounts.contains(account.as_str()) {
                    lookup.accounts.insert(account);
                }
            }
        }
    }
    let mut months = book.months()?;
    months.retain(|other| revisions.iter().all(|known| known.manifest.month != *other));
    // Payments come soon after their documents: the latest months first.
    for other in months.into_iter().rev() {
        if asked_documents.is_empty() {
            break;
        }
        // An archived month's documents are known by their numbers, which have no gaps.
        if let Some(record) = book.archived(other)? {
            let (numbers, issued) = (DocumentNumbers::of(other), record.totals.count_all());
            let is_of = |id: &&str| numbers.number(id).is_some_and(|number| number <= issued);
            let found: Vec<&str> = asked_documents.iter().copied().filter(is_of).collect();
            asked_documents.retain(|id| !found.contains(id));
            lookup.elsewhere.extend(found.into_iter().map(|id| (id.to_owned(), other)));
            continue;
        }
        let Some(revision) = book.current(other)? else { continue };
        for row in records::<DocumentRow>(revision.tables()?)? {
            let document = row?.document_id;
            if asked_documents.remove(document.as_str()) {
                lookup.elsewhere.insert(document, other);
            }
        }
    }
    Ok(lookup)
}
