//! One document: what its type allows it to say, and that it is the sum of its lines.

use super::finding::{Audit, FindingCode, Place};
use crate::base::digits::with_thousands;
use crate::base::money::Currency;
use crate::tables::{DocumentRow, DocumentType, LineRow, LineType};

/// A document and what stands beside it.
pub(super) struct DocumentCheck<'a> {
    pub place: Place,
    pub document: &'a DocumentRow,
    /// The account's first document of the month, where this is another.
    pub first: Option<&'a DocumentRow>,
    pub lines: Vec<&'a LineRow>,
    /// The reason of the document's revision, where that is known.
    pub reason: Option<&'a str>,
    pub currency: Option<Currency>,
}

impl DocumentCheck<'_> {
    /// Checks the document.
    pub fn check(&self, audit: &mut Audit) {
        match self.document.document_type.known() {
            Some(document_type) => {
                self.check_type(document_type, audit);
                self.check_relation(document_type, audit);
                self.check_reason(document_type, audit);
                self.check_sign(document_type, audit);
            }
            None => {
                let what = format!("`document_type` is `{}`", self.document.document_type);
                let expected = "invoice, credit_note or debit_note";
                audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
            }
        }
        self.check_lines(audit);
        self.check_sums(audit);
    }

    /// The account's first document is an invoice, all later ones are notes.
    fn check_type(&self, document_type: DocumentType, audit: &mut Audit) {
        if (document_type == DocumentType::Invoice) == self.first.is_none() {
            return;
        }
        let what = format!("is a document of type {}", document_type.name());
        let expected = match self.first {
            None => "an invoice: it is the account's first document of the month",
            Some(_) => "a note: the account has an invoice for the month",
        };
        audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
    }

    fn check_relation(&self, document_type: DocumentType, audit: &mut Audit) {
        let is_invoice = document_type == DocumentType::Invoice;
        let due = match self.first {
            Some(first) if !is_invoice => first.document_id.as_str(),
            _ => "",
        };
        let is = self.document.relates_to.as_deref().unwrap_or_default();
        if is == due && (is_invoice || !due.is_empty()) {
            return;
        }
        let expected = match due {
            "" if is_invoice => "nothing: it is an invoice".to_owned(),
            "" => "an invoice of its account, which has none".to_owned(),
            _ => format!("`{due}`, the account's invoice"),
        };
        let what = format!("`relates_to` is `{is}`");
        audit.add_expected(FindingCode::RelatesTo, self.place.clone(), what, expected);
    }

    fn check_reason(&self, document_type: DocumentType, audit: &mut Audit) {
        let due = match document_type {
            DocumentType::Invoice => Some(""),
            _ => self.reason,
        };
        let is = self.document.reason.as_deref().unwrap_or_default();
        if due.is_none_or(|due| due == is) {
            return;
        }
        let expected = match due {
            Some(due) if !due.is_empty() => {
                format!("`{due}`, as in the manifest of {}", self.document.revision)
            }
            _ => "nothing: an invoice has none".to_owned(),
        };
        let what = format!("`reason` is `{is}`");
        audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
    }

    fn check_sign(&self, document_type: DocumentType, audit: &mut Audit) {
        let total = self.document.total_amount.minor();
        let (fits, expected) = match document_type {
            DocumentType::Invoice => (total >= 0, "an amount of 0 or more on an invoice"),
            DocumentType::CreditNote => (total <= 0, "an amount of 0 or less on a credit note"),
            DocumentType::DebitNote => (total > 0, "an amount of more than 0 on a debit note"),
        };
        if !fits {
            let what = format!("`total_amount` is {}", self.told(total));
            audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
        }
    }

    /// It has lines, as many as it says, numbered from 1.
    fn check_lines(&self, audit: &mut Audit) {
        let count = self.lines.len() as u64;
        if self.document.line_count != count || count == 0 {
            let what = format!("`line_count` is {}", self.document.line_count);
            let expected = match count {
                0 => "at least one line; it has none".to_owned(),
                count => format!("{count}, the number of its lines"),
            };
            audit.add_expected(FindingCode::DocumentLines, self.place.clone(), what, expected);
        }
        if !self.lines.iter().map(|line| line.line_number).eq(1..=count) {
            let numbers = self.lines.iter().map(|line| line.line_number.to_string());
            let what = format!("its lines are numbered {}", numbers.collect::<Vec<_>>().join(", "));
            let expected = format!("1 to {count}");
            audit.add_expected(FindingCode::DocumentLines, self.place.clone(), what, expected);
        }
    }

    /// It is the sum of its lines (K4).
    fn check_sums(&self, audit: &mut Audit) {
        let of_lines = |overage: bool| -> i128 {
            let of_type = |line: &&&LineRow| (line.line_type == LineType::Overage) == overage;
            self.lines.iter().filter(of_type).map(|line| line.amount).sum()
        };
        let DocumentRow { subscription_amount, overage_amount, total_amount, .. } = self.document;
        let [subscription_amount, overage_amount, total_amount] =
            [subscription_amount, overage_amount, total_amount].map(|amount| i128::from(*amount));
        let both = subscription_amount + overage_amount;
        for (column, is, due, of) in [
            ("subscription_amount", subscription_amount, of_lines(false), "its lines"),
            ("overage_amount", overage_amount, of_lines(true), "its lines"),
            ("total_amount", total_amount, both, "both amounts"),
        ] {
            if is != due {
                let place = self.place.clone().column(Some(column));
                let expected = format!("{}, the sum of {of}", self.told(due));
                audit.add_expected(FindingCode::DocumentLines, place, self.told(is), expected);
            }
        }
    }

    /// An amount, in the currency's decimals where they are known.
    fn told(&self, amount: impl Into<i128>) -> String {
        let amount = amount.into();
        match self.currency {
            Some(currency) => currency.amount(amount).to_string(),
            None => format!("{} minor units", with_thousands(amount)),
        }
    }
}
