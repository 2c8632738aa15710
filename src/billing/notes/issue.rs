//! What stands already and what the month comes to now → the documents in between.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::earlier::{Earlier, Others};
use super::lines::{invoice_line, note_lines};
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::money::Money;
use crate::billing::replay::{AccountReplay, AccountReplays};
use crate::billing::timeline::Timeline;
use crate::catalog::Catalog;
use crate::tables::{DocumentNumbers, DocumentRow, DocumentType, LineRow, LineType, decimal};

/// What all new documents of a revision share.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The month.
    pub month: Month,
    /// The catalogue that the month is billed with now.
    pub catalog: &'a Catalog,
    /// The revision that issues them.
    pub revision: &'a str,
    /// Why there is that revision.
    pub reason: &'a str,
    /// The day on which notes are issued.
    pub notes_on: NaiveDate,
    /// The day on which invoices are issued.
    pub invoices_on: NaiveDate,
}

/// All documents of a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issued {
    /// By account, then by number.
    pub documents: Vec<DocumentRow>,
    /// By account, then by document and line.
    pub lines: Vec<LineRow>,
    /// How many of the documents are new.
    pub new: u64,
    /// Documents of other accounts, which stand as they are.
    pub others: Others,
}

/// Issues what is missing between the earlier documents and the outcomes, which are sorted by
/// account: both of all accounts, or of some.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the earlier documents are in another currency.
pub fn issue(
    earlier: Earlier,
    outcomes: &dyn AccountReplays,
    timeline: &Timeline,
    terms: &Terms<'_>,
) -> Result<Issued> {
    let issued = Issued { others: earlier.others, ..Issued::default() };
    let mut issue = Issue { terms, next: earlier.last_number + 1, issued };
    let mut documents = earlier.documents.into_iter().peekable();
    let mut lines = earlier.lines.into_iter().peekable();
    let mut places = 0..outcomes.count();
    let mut upcoming = || places.next().map(|place| outcomes.at(place)).transpose();
    let mut next = upcoming()?;
    loop {
        let stands = documents.peek().map(|row| row.account_id.as_str());
        let comes_out = next.as_ref().map(|outcome| timeline.accounts.id(outcome.account));
        let account = match (stands, comes_out) {
            (None, None) => break,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) => one.min(other),
        };
        let account = account.to_owned();
        let outcome = match comes_out == Some(account.as_str()) {
            true => std::mem::replace(&mut next, upcoming()?),
            false => None,
        };
        let mut own = Account { outcome, documents: Vec::new(), lines: Vec::new() };
        while let Some(row) = documents.next_if(|row| row.account_id == account) {
            own.documents.push(row);
        }
        while let Some(row) = lines.next_if(|row| *row.account_id <= *account) {
            own.lines.push(row);
        }
        issue.account(&account, own, timeline)?;
    }
    Ok(issue.issued)
}

/// An account's earlier documents, and what its month comes to.
struct Account {
    outcome: Option<AccountReplay>,
    documents: Vec<DocumentRow>,
    lines: Vec<LineRow>,
}

struct Issue<'a> {
    terms: &'a Terms<'a>,
    next: u64,
    issued: Issued,
}

impl Issue<'_> {
    fn account(&mut self, account: &str, own: Account, timeline: &Timeline) -> Result<()> {
        let new = match own.documents.first() {
            Some(_) => self.note(account, &own, timeline)?,
            None => match &own.outcome {
                Some(outcome) => self.invoice(account, outcome, timeline)?,
                None => None,
            },
        };
        self.issued.documents.extend(own.documents);
        self.issued.lines.extend(own.lines);
        if let Some((document, lines)) = new {
            self.next += 1;
            self.issued.new += 1;
            self.issued.documents.push(document);
            self.issued.lines.extend(lines);
        }
        Ok(())
    }

    /// A document without its amounts.
    fn document(&self, account: &str, document_type: DocumentType, plan: &str) -> DocumentRow {
        let Terms { month, catalog, revision, reason, notes_on, invoices_on } = *self.terms;
        let is_invoice = document_type == DocumentType::Invoice;
        DocumentRow {
            document_id: DocumentNumbers::of(month).id(self.next),
            document_type: document_type.into(),
            revision: revision.to_owned(),
            account_id: account.into(),
            month,
            issued_on: if is_invoice { invoices_on } else { notes_on },
            currency: catalog.currency.code().to_owned(),
            plan: plan.to_owned(),
            subscription_amount: Money::ZERO,
            overage_amount: Money::ZERO,
            total_amount: Money::ZERO,
            line_count: 0,
            relates_to: None,
            reason: (!is_invoice).then(|| reason.to_owned()),
        }
    }

    /// The invoice of an account that had no document.
    fn invoice(
        &self,
        account: &str,
        outcome: &AccountReplay,
        timeline: &Timeline,
    ) -> Result<Option<(DocumentRow, Vec<LineRow>)>> {
        let of_month = outcome.lines();
        let plan = billed_plan(outcome, timeline, self.terms.catalog);
        let document = self.document(account, DocumentType::Invoice, plan);
        let lines = of_month.map(|line| invoice_line(line, &document.account_id, self.terms));
        let lines = lines.collect::<Result<Vec<LineRow>>>()?;
        if lines.is_empty() { Ok(None) } else { with_lines(document, lines).map(Some) }
    }

    /// The note on what an account's documents lack; none where they lack nothing.
    fn note(
        &self,
        account: &str,
        own: &Account,
        timeline: &Timeline,
    ) -> Result<Option<(DocumentRow, Vec<LineRow>)>> {
        let Some((invoice, last)) = own.documents.first().zip(own.documents.last()) else {
            return Ok(None);
        };
        let catalog = self.terms.catalog;
        if invoice.currency != catalog.currency.code() {
            let (was, is) = (&invoice.currency, catalog.currency.code());
            let message = format!("account `{account}` was invoiced in {was}, not in {is}");
            return Err(Error::usage(message)
                .expected("a catalogue in the currency of the month's documents")
                .hint("a month's notes cannot be in another currency than its invoices"));
        }
        let now: Vec<LineRow> = own
            .outcome
            .iter()
            .flat_map(AccountReplay::lines)
            .map(|line| invoice_line(line, account, self.terms))
            .collect::<Result<_>>()?;
        // No note is dated before its invoice.
        let notes_on = self.terms.notes_on.max(invoice.issued_on);
        let terms = Terms { notes_on, ..*self.terms };
        let lines = note_lines(&own.lines, &now, &terms)?;
        if lines.is_empty() {
            return Ok(None);
        }
        let total: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        let document_type = match total.cmp(&0) {
            // Amounts that only move between lines: a credit for what was charged otherwise.
            Ordering::Less | Ordering::Equal => DocumentType::CreditNote,
            Ordering::Greater => DocumentType::DebitNote,
        };
        let plan = own.outcome.as_ref();
        let plan = plan.map_or(last.plan.as_str(), |o| billed_plan(o, timeline, catalog));
        let mut document = self.document(account, document_type, plan);
        document.relates_to = Some(invoice.document_id.clone());
        document.issued_on = notes_on;
        with_lines(document, lines).map(Some)
    }
}

fn billed_plan<'a>(outcome: &AccountReplay, timeline: &Timeline, catalog: &'a Catalog) -> &'a str {
    &catalog.plan(timeline.months[outcome.account as usize].billed_plan).id
}

/// A document with its lines numbered, and the sums of them.
fn with_lines(
    mut document: DocumentRow,
    mut lines: Vec<LineRow>,
) -> Result<(DocumentRow, Vec<LineRow>)> {
    let (mut fees, mut overage) = (0, 0);
    for (line, number) in lines.iter_mut().zip(1..) {
        line.line_number = number;
        line.document_id.clone_from(&document.document_id);
        let is_overage = line.line_type == LineType::Overage;
        *(if is_overage { &mut overage } else { &mut fees }) += i128::from(line.amount);
    }
    document.subscription_amount = decimal("subscription_amount", fees, Money::of_table)?;
    document.overage_amount = decimal("overage_amount", overage, Money::of_table)?;
    document.total_amount = decimal("total_amount", fees + overage, Money::of_table)?;
    document.line_count = lines.len() as u64;
    Ok((document, lines))
}
