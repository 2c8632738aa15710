//! Documents and their lines → purchases.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::row::{Charge, DocumentLine, Price, RevisionBasis, Row};
use crate::base::calendar::Instant;
use crate::base::credits::MICROS;
use crate::base::error::{Error, Result};
use crate::base::money::RATE_SCALE;
use crate::desk::document::{disagree, no_type_of_line};
use crate::tables::{DocumentRow, DocumentType, LinePart, LineRow, LineType};

/// A row for each line of the documents; lines of other documents are passed over.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where a document's lines are not as many as it says, or do not sum to
/// its total; [`crate::base::error::Kind::Book`] where a line is of no known type.
pub(super) fn purchases(
    documents: &[DocumentRow],
    lines: impl Iterator<Item = Result<LineRow>>,
    basis: &Arc<RevisionBasis>,
) -> Result<Vec<Row>> {
    let mut open: BTreeMap<&str, OpenDocument<'_>> =
        documents.iter().map(|row| (row.document_id.as_str(), OpenDocument::new(row))).collect();
    let mut rows = Vec::new();
    for line in lines {
        let line = line?;
        if let Some(open) = open.get_mut(line.document_id.as_str()) {
            open.lines += 1;
            open.amount += i128::from(line.amount);
            rows.push(purchase(open.document, line, basis)?);
        }
    }
    match open.values().find(|open| !open.is_whole()) {
        None => Ok(rows),
        Some(open) => Err(open.fault(basis)),
    }
}

/// A document while its lines come in.
struct OpenDocument<'a> {
    document: &'a DocumentRow,
    lines: u64,
    amount: i128,
}

impl<'a> OpenDocument<'a> {
    fn new(document: &'a DocumentRow) -> Self {
        OpenDocument { document, lines: 0, amount: 0 }
    }

    fn is_whole(&self) -> bool {
        self.lines > 0
            && self.lines == self.document.line_count
            && self.amount == i128::from(self.document.total_amount)
    }

    fn fault(&self, basis: &RevisionBasis) -> Error {
        let OpenDocument { document, lines, amount } = self;
        let message = format!(
            "{} of {} {}: {lines} lines come to {amount} minor units, not {} lines to {}",
            document.document_id,
            basis.month,
            basis.revision,
            document.line_count,
            document.total_amount.minor()
        );
        disagree(message)
    }
}

fn purchase(document: &DocumentRow, line: LineRow, basis: &Arc<RevisionBasis>) -> Result<Row> {
    let line_type = line.line_type.known().ok_or_else(|| {
        no_type_of_line(format!("invoice_lines of {} {}", basis.month, basis.revision), &line)
    })?;
    let effective = match line_type.part() {
        // What it buys was used, or expired: that is where its cost goes.
        LinePart::Subscription | LinePart::Overage => 0,
        // It is its own: a grant may be used for years.
        LinePart::Grants | LinePart::Adjustments => line.amount.into(),
    };
    Ok(Row {
        account: line.account_id.clone(),
        basis: Arc::clone(basis),
        plan: line.plan.clone(),
        period: (whole_second(line.service_start), whole_second(line.service_end)),
        billed: line.amount.into(),
        effective,
        charge: Charge::Purchase(Box::new(DocumentLine {
            price: price(document, line_type, &line, basis),
            row: line,
            line_type,
            relates_to: document.relates_to.clone(),
            reason: document.reason.clone(),
        })),
    })
}

/// The prices of an invoice's line. A note's line is the difference of two months' amounts, which
/// is no quantity times a price.
fn price(
    document: &DocumentRow,
    line_type: LineType,
    line: &LineRow,
    basis: &RevisionBasis,
) -> Option<Price> {
    if document.document_type != DocumentType::Invoice {
        return None;
    }
    let list = line.unit_price.scaled();
    let amount = i128::from(line.amount) * 10_i128.pow(RATE_SCALE) / basis.currency().minor_units();
    let quantity = i128::from(MICROS);
    Some(match line_type.part() {
        LinePart::Overage => Price { list, contracted: list, quantity: line.quantity.into() },
        // The price of the whole month, of which a prorated line takes a part.
        LinePart::Subscription => Price { list, contracted: amount, quantity },
        // As a whole: the price of one credit of a grant is rounded.
        LinePart::Grants => Price { list: amount, contracted: amount, quantity },
        LinePart::Adjustments => return None,
    })
}

/// FOCUS knows no fraction of a second.
fn whole_second(at: Instant) -> Instant {
    const SECOND: i64 = 1_000_000;
    at.plus_micros(-at.micros().rem_euclid(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;
    use crate::desk::export::focus::samples::{basis, document, line};
    use crate::tables::Word;

    fn rows(document: &DocumentRow, line: LineRow, revision: &str) -> Result<Vec<Row>> {
        purchases(std::slice::from_ref(document), [Ok(line)].into_iter(), &basis(revision))
    }

    #[test]
    fn an_invoice_is_priced_and_its_exact_cost_is_kept() {
        // 100.33 credits at 0.04: 4.0132, of which 4.01 are billed.
        let invoice = document(DocumentType::Invoice, 401);
        let rows =
            rows(&invoice, line(LineType::Overage, 100_330_000, 40_000, 401), "r001").unwrap();
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.billed, row.effective), (401, 0));
        assert_eq!(
            (row.list_cost(), row.contracted_cost()),
            (4_013_200_000_000, 4_013_200_000_000)
        );
        assert_eq!(row.period.0.to_string(), "2026-04-01T00:00:01Z");
        assert_eq!((row.sku(), row.sku_price_details()), ("overage/pro".to_owned(), None));
    }

    #[test]
    fn a_prorated_fee_is_a_month_at_less_than_the_list_price() {
        let invoice = document(DocumentType::Invoice, 1667);
        let fee = line(LineType::FirstUpgrade, 1_000_000, 20_000_000, 1667);
        let rows = rows(&invoice, fee, "r001").unwrap();
        assert_eq!(rows[0].list_cost(), 20_000_000_000_000);
        assert_eq!(rows[0].contracted_cost(), 16_670_000_000_000);
        assert_eq!(rows[0].sku_price_details().as_deref(), Some("{\"x_PlanCredits\":1000}"));
    }

    #[test]
    fn a_note_is_an_amount_without_a_price() {
        for (note, amount) in [(DocumentType::CreditNote, -200_i64), (DocumentType::DebitNote, 200)]
        {
            let line = line(LineType::Overage, 50_000_000 * amount.signum(), 40_000, amount);
            let rows = rows(&document(note, amount), line, "r002").unwrap();
            let amount = i128::from(amount);
            assert_eq!(
                (rows[0].billed, rows[0].price(), rows[0].unit_price()),
                (amount, None, None)
            );
            assert_eq!(rows[0].list_cost(), amount * 10_i128.pow(10));
            assert_eq!(rows[0].line().unwrap().relates_to.as_deref(), Some("D0"));
            assert!(rows[0].basis.correction);
        }
        // Amounts that only move between lines come to nothing, and are told all the same.
        let moved =
            rows(&document(DocumentType::CreditNote, 0), line(LineType::Upgrade, 0, 0, 0), "r002");
        assert_eq!(moved.unwrap().len(), 1);
    }

    #[test]
    fn lines_that_do_not_make_their_document_are_a_breach() {
        let invoice = document(DocumentType::Invoice, 401);
        let breach = |line| rows(&invoice, line, "r001").unwrap_err();
        let other_amount = breach(line(LineType::Overage, 100_330_000, 40_000, 402));
        assert_eq!(other_amount.code(), Code::DOCUMENTS_DISAGREE);
        assert!(other_amount.to_string().starts_with(
            "D1 of 2026-04 r001: 1 lines come to 402 minor units, not 1 lines to 401"
        ));
        let mut elsewhere = line(LineType::Overage, 100_330_000, 40_000, 401);
        elsewhere.document_id = "D2".to_owned();
        assert_eq!(breach(elsewhere).code(), Code::DOCUMENTS_DISAGREE);
        assert_eq!(
            breach(LineRow {
                line_type: Word::Other("gift".into()),
                ..line(LineType::Upgrade, 0, 0, 401)
            })
            .code(),
            Code::REVISION_DAMAGED
        );
    }
}
