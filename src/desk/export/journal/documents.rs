//! What a document posts: the first revision's are revenue of the month and then receivable, those of
//! later ones correct it.

use chrono::NaiveDate;

use super::accounts::{Account, AccountType};
use super::entry::{Kind, Posting, RevisionEntries, Subject};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::FIRST_REVISION;
use crate::desk::document::{disagree, no_type_of_line};
use crate::tables::{DocumentRow, DocumentType, LinePart, LineRow};

/// Posts a document with its lines.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where its lines do not come to its total, or what is
/// posted does not hold together; [`crate::base::error::Kind::Book`] where a line is of no known type.
pub(super) fn post(
    document: &DocumentRow,
    lines: &[LineRow],
    entries: &mut RevisionEntries,
) -> Result<()> {
    let posted = match document.revision == FIRST_REVISION {
        true => billed(document, lines)?,
        false => corrected(document, lines)?,
    };
    check(document, lines, &posted)?;
    let subject = Subject {
        account: Some(document.account_id.clone()),
        document: Some(document.document_id.clone()),
    };
    for (date, kind, postings) in &posted {
        entries.post(*date, *kind, &subject, postings);
    }
    Ok(())
}

type Posted = (NaiveDate, Kind, [Posting; 2]);

fn billed(document: &DocumentRow, lines: &[LineRow]) -> Result<Vec<Posted>> {
    let last_day = document.month.last_day();
    let mut posted = Vec::new();
    for line in lines {
        let (kind, account) = match part(line)? {
            LinePart::Subscription => (Kind::Accrued, Account::Subscription),
            LinePart::Overage => (Kind::Accrued, Account::Overage),
            LinePart::Grants => (Kind::GrantsSold, Account::Grants),
            LinePart::Adjustments => (Kind::Adjusted, Account::Adjustments),
        };
        let amount = i128::from(line.amount);
        posted.push((last_day, kind, [(Account::Unbilled, amount), (account, -amount)]));
    }
    let total = i128::from(document.total_amount);
    let issued = [(Account::Receivable, total), (Account::Unbilled, -total)];
    posted.push((document.issued_on, Kind::Issued, issued));
    Ok(posted)
}

fn corrected(document: &DocumentRow, lines: &[LineRow]) -> Result<Vec<Posted>> {
    let kind = match document.document_type.known() {
        Some(DocumentType::CreditNote) => Kind::CreditNotes,
        _ => Kind::DebitNotes,
    };
    let date = correction_date(document.month, document.issued_on);
    let posting = |line: &LineRow| {
        let account = match part(line)? {
            // What is owed for it changes, not revenue.
            LinePart::Grants => Account::Grants,
            _ => Account::Corrections,
        };
        let amount = i128::from(line.amount);
        Ok((date, kind, [(Account::Receivable, amount), (account, -amount)]))
    };
    lines.iter().map(posting).collect()
}

/// The day of a correction: a month cannot be corrected before it was billed.
pub(super) fn correction_date(month: Month, date: NaiveDate) -> NaiveDate {
    date.max(month.last_day())
}

/// Checks what must hold of a document: what is receivable is its total, nothing stays unbilled, and
/// revenue and what grants owe come to the same.
fn check(document: &DocumentRow, lines: &[LineRow], posted: &[Posted]) -> Result<()> {
    let sum = |is_of: &dyn Fn(Account) -> bool| -> i128 {
        let postings = posted.iter().flat_map(|(_, _, postings)| postings);
        postings.filter(|(account, _)| is_of(*account)).map(|(_, amount)| amount).sum()
    };
    let total = i128::from(document.total_amount);
    let receivable = sum(&|account| account == Account::Receivable);
    let unbilled = sum(&|account| account == Account::Unbilled);
    let earned = -sum(&|account| account.account_type() != AccountType::Asset);
    let is_whole = document.line_count == lines.len() as u64;
    if is_whole && (receivable, unbilled, earned) == (total, 0, total) {
        return Ok(());
    }
    let message = format!(
        "{} of {}: {} lines post {receivable} as receivable, {unbilled} as unbilled and {earned} as \
         earned or owed, not {} lines {total}, 0 and {total} minor units",
        document.document_id,
        document.revision,
        lines.len(),
        document.line_count
    );
    Err(disagree(message))
}

fn part(line: &LineRow) -> Result<LinePart> {
    line.line_type.part().ok_or_else(|| no_type_of_line("invoice_lines".to_owned(), line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::export::focus::samples;
    use crate::desk::export::journal::Detail;
    use crate::tables::LineType;

    /// What a document of a revision posts that comes to `total`, with a line of `amount`.
    fn posted(revision: &str, line_type: LineType, total: i64, amount: i64) -> Result<Vec<String>> {
        let document_type = DocumentType::Invoice;
        let document = DocumentRow {
            revision: revision.to_owned(),
            ..samples::document(document_type, total)
        };
        let line = samples::line(line_type, 1_000_000, 0, amount);
        let mut entries = RevisionEntries::new(document.month, revision, Detail::Summary);
        post(&document, &[line], &mut entries)?;
        let entries = entries.finish(None).into_iter();
        Ok(entries.map(|entry| format!("{} {:?}", entry.date, entry.postings)).collect())
    }

    #[test]
    fn revenue_comes_first_and_then_the_receivable() {
        assert_eq!(
            posted("r001", LineType::Overage, 401, 401).unwrap(),
            [
                "2026-04-30 [(Unbilled, 401), (Overage, -401)]",
                "2026-06-10 [(Receivable, 401), (Unbilled, -401)]"
            ]
        );
        assert_eq!(
            posted("r001", LineType::Adjustment, -5, -5).unwrap(),
            [
                "2026-04-30 [(Adjustments, 5), (Unbilled, -5)]",
                "2026-06-10 [(Unbilled, 5), (Receivable, -5)]"
            ]
        );
    }

    #[test]
    fn a_later_revision_corrects_revenue_or_what_a_grant_owes() {
        for (line_type, account) in
            [(LineType::Upgrade, "Corrections"), (LineType::Grant, "Grants")]
        {
            assert_eq!(
                posted("r002", line_type, 100, 100).unwrap(),
                [format!("2026-06-10 [(Receivable, 100), ({account}, -100)]")]
            );
        }
    }

    #[test]
    fn lines_that_do_not_come_to_their_document_are_found() {
        for revision in ["r001", "r002"] {
            let error = posted(revision, LineType::Upgrade, 100, 99).unwrap_err();
            assert_eq!(error.kind().exit_code(), 4);
            assert!(error.to_string().contains("D1 of "), "{error}");
        }
    }
}
