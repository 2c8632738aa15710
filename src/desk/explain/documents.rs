//! The documents with their lines, as text.

use super::published::Published;
use crate::base::calendar::date_in_words;
use crate::base::digits::plain_decimal;
use crate::base::money::Currency;
use crate::base::text_table::{Column, TextTable};
use crate::tables::{DocumentRow, DocumentType};

/// The documents, and their sum.
pub fn lines(published: &Published, currency: Currency) -> Vec<String> {
    let mut table = TextTable::new([
        Column::text(""),
        Column::text(""),
        Column::text(""),
        Column::numbers(""),
        Column::text(""),
    ]);
    for document in &published.documents {
        table.line(document_line(document, &currency.plain(document.total_amount)));
        for line in published.lines_of(document) {
            table.row([
                format!("    {}", line.line_number),
                line.line_type.name().replace('_', " "),
                date_in_words(line.charged_on),
                currency.plain(line.amount),
                line.explanation.clone(),
            ]);
        }
    }
    let mut lines = table.lines();
    let total: i128 = published.documents.iter().map(|document| document.total_amount).sum();
    lines.push(match published.documents.len() {
        0 => "none: nothing was due".to_owned(),
        _ => format!(
            "in all {} {}",
            plain_decimal(total, u32::from(currency.decimals())),
            currency.code()
        ),
    });
    if let (Some(statement), Some(last)) = (&published.statement, lines.last_mut()) {
        let due = currency.plain(statement.total_amount);
        last.push_str(&format!("; the statement's total is {due} {}", currency.code()));
    }
    lines
}

fn document_line(document: &DocumentRow, total: &str) -> String {
    let DocumentRow { document_id, relates_to, reason, revision, currency, .. } = document;
    let issued_on = date_in_words(document.issued_on);
    let relates_to = relates_to.as_deref().unwrap_or_default();
    let what = match document.document_type.known() {
        Some(DocumentType::Invoice) => "invoice".to_owned(),
        Some(DocumentType::CreditNote) => format!("credit note on {relates_to}"),
        Some(DocumentType::DebitNote) => format!("debit note on {relates_to}"),
        None => document.document_type.to_string(),
    };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{document_id}, {what}, issued {issued_on} by {revision}, {total} {currency}{reason}")
}
