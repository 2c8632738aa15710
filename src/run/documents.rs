//! The documents of a revision: what it issues, and what stands already in the revision before.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;

use super::draft::{BilledAccounts, Draft};
use super::month_tables::Documents;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Amounts;
use crate::base::scope::Scope;
use crate::billing::documents::Invoices;
use crate::billing::notes::{self, EarlierDocuments, IssueContext, Issued, OtherDocuments};
use crate::book::{OverWaived, is_overage};
use crate::tables::{DocumentNumbers, DocumentRow, LineRow, batches, records_in, view};

/// Makes sure that documents which are issued on a day that was asked for have no lower number than
/// one that was issued later: an invoice, or what corrects it.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: the day lies before that of an earlier document.
pub(super) fn check_issued_on(
    asked: Option<NaiveDate>,
    latest: Option<&(NaiveDate, String)>,
) -> Result<()> {
    match asked.zip(latest) {
        Some((asked, (day, document))) if asked < *day => Err(Error::new(Code::ISSUED_BEFORE, format!(
            "--issued-on {asked} lies before {document}, which was issued on {day} and has a lower \
             number"
        ))
        .expected(format!("{day} or a later day: numbers rise with the days"))),
        _ => Ok(()),
    }
}

/// The documents of a revision.
pub(super) struct RevisionDocuments {
    /// How many there are.
    pub count: u64,
    /// How many of them this revision adds.
    pub added: u64,
    /// What they come to.
    pub amounts: Amounts,
    issued: DocumentsIssued,
}

/// What is issued of them here.
enum DocumentsIssued {
    /// A first revision's invoices.
    First(Invoices),
    /// A later revision's: the earlier ones, and what it adds. None where a first revision's lie in tables of parts.
    Later(Issued),
}

impl RevisionDocuments {
    /// Invoices for a month's first revision; for a later one what its earlier documents lack.
    pub fn issue(draft: &Draft<'_>) -> Result<Self> {
        let request = draft.request;
        let correction = &request.correction;
        let invoices_on =
            correction.invoices_on.unwrap_or_else(|| request.month.next().first_day());
        let (months, replays) = match draft.accounts {
            BilledAccounts::Here { months, replays } => (months, replays),
            BilledAccounts::InParts(parts) => {
                let (count, amounts) = parts.documents();
                let issued = DocumentsIssued::Later(Issued::default());
                return Ok(RevisionDocuments { count, added: count, amounts, issued });
            }
        };
        let Some(before) = &draft.before else {
            let accounts = months.replayed.with_lines.clone();
            let invoices = Invoices::of(accounts, request.month, invoices_on, request.payment_term);
            let (count, amounts) = (invoices.len() as u64, months.replayed.amounts);
            let issued = DocumentsIssued::First(invoices);
            return Ok(RevisionDocuments { count, added: count, amounts, issued });
        };
        let context = IssueContext {
            month: request.month,
            catalog: &request.catalog.catalog,
            revision: &draft.name,
            // A dry run needs none.
            reason: correction.reason.as_deref().unwrap_or(""),
            notes_on: correction.notes_on,
            invoices_on,
            payment_term: request.payment_term,
        };
        let mut earlier = earlier_documents(before.tables()?, request.month, &request.scope)?;
        let latest = earlier.latest.take();
        let issued = notes::issue(earlier, replays, &months.timeline, &context)?;
        if issued.new > 0 {
            check_issued_on(correction.invoices_on, latest.as_ref())?;
        }
        let (count, mut amounts) = (issued.documents.len() as u64, issued.others.amounts);
        amounts += issued.lines.iter().map(|line| line.line_type.amounts(line.amount)).sum();
        Ok(RevisionDocuments {
            count: issued.others.documents + count,
            added: issued.new,
            amounts,
            issued: DocumentsIssued::Later(issued),
        })
    }

    /// Accounts whose overage this revision changes, and who have more waived than that by now.
    pub fn over_waived(&self, draft: &Draft<'_>) -> Vec<OverWaived> {
        let DocumentsIssued::Later(issued) = &self.issued else { return Vec::new() };
        let new = issued.documents.iter().filter(|document| document.revision == draft.name);
        let new: BTreeSet<&str> = new.map(|document| document.document_id.as_str()).collect();
        let is_new = |line: &LineRow| is_overage(line) && new.contains(line.document_id.as_str());
        let accounts = issued.lines.chunk_by(|one, next| one.account_id == next.account_id);
        let changed = accounts.filter(|lines| lines.iter().any(is_new));
        let currency = draft.request.catalog.catalog.currency;
        changed.filter_map(|lines| OverWaived::of(lines, currency)).collect()
    }

    /// As the tables take them.
    pub fn rows(&self) -> Documents<'_> {
        match &self.issued {
            DocumentsIssued::First(invoices) => Documents::First(invoices),
            DocumentsIssued::Later(Issued { documents, lines, .. }) => {
                Documents::Later { documents, lines }
            }
        }
    }
}

/// Reads the documents of the revision at `folder`, or those of some accounts.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the revision is damaged, or the documents' numbers are not
/// 1, 2, 3 and so on.
fn earlier_documents(folder: &Path, month: Month, scope: &Scope) -> Result<EarlierDocuments> {
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
        let message = "its documents are not in the order of accounts and numbers";
        return Err(Error::new(Code::REVISION_DAMAGED, message).in_file(folder).changed_by_hand());
    }
    Ok(EarlierDocuments { documents, lines, last_number, latest, others })
}

/// The last day on which a document of a revision was issued, and that document.
///
/// # Errors
/// As [`earlier_documents`].
pub(super) fn latest_issued(folder: &Path, month: Month) -> Result<Option<(NaiveDate, String)>> {
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
