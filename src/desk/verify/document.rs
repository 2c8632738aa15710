//! One document: what its type allows it to say, and that it is the sum of its lines.

use super::finding::{Audit, FindingCode, Place};
use crate::base::digits::{counted, with_thousands};
use crate::base::money::{Amounts, Currency};
use crate::book::Manifest;
use crate::tables::{DocumentRow, DocumentType, LineRow};

/// A document and what stands beside it.
pub(super) struct DocumentCheck<'a> {
    pub place: Place,
    pub document: &'a DocumentRow,
    /// Whether it is the account's first one of the month.
    pub is_first: bool,
    /// The account's invoice for the month, where it came before this one.
    pub invoice: Option<&'a DocumentRow>,
    pub lines: Vec<&'a LineRow>,
    /// The manifest of the revision that issued it, where that can be read.
    pub issuer: Option<&'a Manifest>,
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
        self.check_due_on(audit);
        self.check_lines(audit);
        self.check_sums(audit);
    }

    /// Before the account has an invoice there are only credit notes that relate to none (A2); after
    /// it there are notes.
    fn check_type(&self, document_type: DocumentType, audit: &mut Audit) {
        let expected = match (self.invoice, document_type) {
            (None, DocumentType::DebitNote) => "an invoice: the account has none for the month",
            (Some(_), DocumentType::Invoice) => "a note: the account has an invoice for the month",
            _ => return,
        };
        let what = format!("is a document of type {}", document_type.name());
        audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
    }

    fn check_relation(&self, document_type: DocumentType, audit: &mut Audit) {
        let is_invoice = document_type == DocumentType::Invoice;
        let due = match self.invoice {
            Some(invoice) if !is_invoice => invoice.document_id.as_str(),
            _ => "",
        };
        let is = self.document.relates_to.as_deref().unwrap_or_default();
        if is == due {
            return;
        }
        let expected = match due {
            "" if is_invoice => "nothing: it is an invoice".to_owned(),
            "" => "nothing: its account has no invoice before it".to_owned(),
            _ => format!("`{due}`, the account's invoice"),
        };
        let what = format!("`relates_to` is `{is}`");
        audit.add_expected(FindingCode::RelatesTo, self.place.clone(), what, expected);
    }

    fn check_reason(&self, document_type: DocumentType, audit: &mut Audit) {
        let due = match document_type {
            DocumentType::Invoice => Some(""),
            _ if self.is_first => Some(""),
            _ => self.issuer.and_then(|issuer| issuer.reason.as_deref()),
        };
        let is = self.document.reason.as_deref().unwrap_or_default();
        if due.is_none_or(|due| due == is) {
            return;
        }
        let expected = match due {
            Some(due) if !due.is_empty() => {
                format!("`{due}`, as in the manifest of {}", self.document.revision)
            }
            _ => "nothing: it corrects no other document".to_owned(),
        };
        let what = format!("`reason` is `{is}`");
        audit.add_expected(FindingCode::Document, self.place.clone(), what, expected);
    }

    /// It is to be paid when the payment term of its revision says.
    fn check_due_on(&self, audit: &mut Audit) {
        let Some(issuer) = self.issuer else { return };
        let DocumentRow { issued_on, due_on, revision, .. } = self.document;
        let term = issuer.options.payment_term;
        if *due_on == term.map(|term| term.due_on(*issued_on)) {
            return;
        }
        let expected = match term {
            None => format!("nothing: {revision} has no payment term"),
            Some(term) => {
                let (day, after) =
                    (term.due_on(*issued_on), counted(u32::from(term).into(), "day"));
                format!("{day}, {after} after `issued_on`, as in the manifest of {revision}")
            }
        };
        let is = due_on.map(|day| day.to_string()).unwrap_or_default();
        let place = self.place.clone().column(Some("due_on"));
        audit.add_expected(FindingCode::Document, place, format!("`due_on` is `{is}`"), expected);
    }

    fn check_sign(&self, document_type: DocumentType, audit: &mut Audit) {
        let total = self.document.total_amount.minor();
        let (fits, expected) = match document_type {
            DocumentType::Invoice => (total >= 0, "an amount of 0 or more on an invoice"),
            DocumentType::CreditNote if self.invoice.is_none() => {
                (total < 0, "an amount of less than 0 on a credit note without an invoice")
            }
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
        let lines = self.lines.iter();
        let due: Amounts = lines.map(|line| line.line_type.amounts(line.amount)).sum();
        let DocumentRow { subscription_amount, overage_amount, total_amount, .. } = self.document;
        let [subscription_amount, overage_amount, total_amount] =
            [subscription_amount, overage_amount, total_amount].map(|amount| i128::from(*amount));
        for (column, is, due) in [
            ("subscription_amount", subscription_amount, due.subscription),
            ("overage_amount", overage_amount, due.overage),
            ("total_amount", total_amount, due.total),
        ] {
            if is != due {
                let place = self.place.clone().column(Some(column));
                let expected = format!("{}, the sum of its lines", self.told(due));
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
