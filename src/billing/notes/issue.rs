//! What stands already and what the month comes to now → the documents in between.

use std::cmp::Ordering;

use super::basis::{EarlierDocuments, IssueContext, OtherDocuments};
use super::lines::{invoice_line, note_lines};
use crate::base::calendar::PaymentTerm;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Amounts, Money};
use crate::billing::replay::{AccountReplay, AccountReplays};
use crate::billing::timeline::Timeline;
use crate::tables::{DocumentNumbers, DocumentRow, DocumentType, LineRow, decimal, first_account};

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
    pub others: OtherDocuments,
}

/// Issues what is missing between the earlier documents and the replays, which are sorted by
/// account: both of all accounts, or of some.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the earlier documents are in another currency;
/// [`crate::base::error::Kind::Input`] where an amount is too large.
pub fn issue(
    earlier: EarlierDocuments,
    replays: &dyn AccountReplays,
    timeline: &Timeline,
    context: &IssueContext<'_>,
) -> Result<Issued> {
    let issued = Issued { others: earlier.others, ..Issued::default() };
    let next_number = earlier.last_number + 1;
    let mut issuer = Issuer { timeline, context, next_number, issued };
    let mut documents = earlier.documents.into_iter().peekable();
    let mut lines = earlier.lines.into_iter().peekable();
    let mut replays = (0..replays.count()).map(|place| replays.at(place)).peekable();
    loop {
        if let Some(Err(error)) = replays.next_if(Result::is_err) {
            return Err(error);
        }
        let id = |replay: &AccountReplay| timeline.accounts.id(replay.account);
        let replayed = replays.peek().and_then(|replay| replay.as_ref().ok()).map(id);
        let earlier = documents.peek().map(|row| row.account_id.as_str());
        let Some(account) = first_account([earlier, replayed]) else { break };
        let account = AccountId::from(account);
        let is_own = |replay: &Result<AccountReplay>| {
            replay.as_ref().is_ok_and(|replay| account == id(replay))
        };
        let replay = replays.next_if(is_own).transpose()?;
        let own = |row: &DocumentRow| row.account_id == account;
        let documents = std::iter::from_fn(|| documents.next_if(own)).collect();
        let up_to_own = |row: &LineRow| row.account_id <= account;
        let lines = std::iter::from_fn(|| lines.next_if(up_to_own)).collect();
        issuer.issue(AccountDocuments { account, replay, documents, lines })?;
    }
    Ok(issuer.issued)
}

/// An account's earlier documents, and what its month comes to.
struct AccountDocuments {
    account: AccountId,
    replay: Option<AccountReplay>,
    documents: Vec<DocumentRow>,
    lines: Vec<LineRow>,
}

struct Issuer<'a> {
    timeline: &'a Timeline,
    context: &'a IssueContext<'a>,
    next_number: u64,
    issued: Issued,
}

/// A new document with its lines.
type NewDocument = (DocumentRow, Vec<LineRow>);

impl Issuer<'_> {
    fn issue(&mut self, own: AccountDocuments) -> Result<()> {
        let new = match (own.documents.as_slice(), &own.replay) {
            ([first, ..], _) => self.further(first, &own)?,
            ([], Some(replay)) => self.first(&own.account, replay)?,
            ([], None) => None,
        };
        self.issued.documents.extend(own.documents);
        self.issued.lines.extend(own.lines);
        if let Some((document, lines)) = new {
            self.next_number += 1;
            self.issued.new += 1;
            self.issued.documents.push(document);
            self.issued.lines.extend(lines);
        }
        Ok(())
    }

    /// A document without what [`with_lines`] adds: a note on an invoice, or one that relates to
    /// none.
    fn document(
        &self,
        account: &AccountId,
        document_type: DocumentType,
        plan: &str,
        invoice: Option<&DocumentRow>,
    ) -> DocumentRow {
        let IssueContext { month, catalog, revision, reason, notes_on, invoices_on, .. } =
            *self.context;
        let is_invoice = document_type == DocumentType::Invoice;
        DocumentRow {
            document_id: DocumentNumbers::of(month).id(self.next_number),
            document_type: document_type.into(),
            revision: revision.to_owned(),
            account_id: account.clone(),
            month,
            issued_on: if is_invoice { invoices_on } else { notes_on },
            due_on: None,
            currency: catalog.currency.code().to_owned(),
            plan: plan.to_owned(),
            subscription_amount: Money::ZERO,
            overage_amount: Money::ZERO,
            total_amount: Money::ZERO,
            line_count: 0,
            relates_to: invoice.map(|invoice| invoice.document_id.clone()),
            reason: (!is_invoice).then(|| reason.to_owned()),
        }
    }

    /// The lines that an account's month comes to now.
    fn lines_now(&self, account: &AccountId, replay: &AccountReplay) -> Result<Vec<LineRow>> {
        replay.lines().map(|line| invoice_line(line, account, self.context)).collect()
    }

    /// The first document of an account that had none: its invoice, or a credit note where it comes
    /// to less than 0 (A2).
    fn first(&self, account: &AccountId, replay: &AccountReplay) -> Result<Option<NewDocument>> {
        let lines = self.lines_now(account, replay)?;
        if lines.is_empty() {
            return Ok(None);
        }
        let document_type = DocumentType::of_first(replay.total_amount);
        let mut document = self.document(account, document_type, self.billed_plan(replay), None);
        document.issued_on = self.context.invoices_on;
        document.reason = None; // it is no correction of anything
        with_lines(document, lines, self.context.payment_term).map(Some)
    }

    /// The document on what an account's earlier ones lack; none where they lack nothing. It is a note
    /// on the invoice; where there is none yet (A2), an invoice, or a credit note that relates to none.
    fn further(&self, first: &DocumentRow, own: &AccountDocuments) -> Result<Option<NewDocument>> {
        let account = &own.account;
        let (was, is) = (first.currency.as_str(), self.context.catalog.currency.code());
        if was != is {
            let message = format!("account `{account}` was invoiced in {was}, not in {is}");
            return Err(Error::new(Code::CATALOGUE_OTHER_CURRENCY, message)
                .expected("a catalogue in the currency of the month's documents")
                .hint("a month's notes cannot be in another currency than its invoices"));
        }
        let now = own.replay.as_ref().map(|replay| self.lines_now(account, replay)).transpose()?;
        // No note is dated before what it corrects.
        let notes_on = self.context.notes_on.max(first.issued_on);
        let context = IssueContext { notes_on, ..*self.context };
        let lines = note_lines(&own.lines, now.as_deref().unwrap_or(&[]), &context)?;
        if lines.is_empty() {
            return Ok(None);
        }
        let total: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        let invoice = own.documents.iter().find(|row| row.document_type == DocumentType::Invoice);
        let document_type = match (invoice, total.cmp(&0)) {
            (None, Ordering::Equal | Ordering::Greater) => DocumentType::Invoice,
            // Amounts that only move between lines: a credit for what was charged otherwise.
            (_, Ordering::Less | Ordering::Equal) => DocumentType::CreditNote,
            (_, Ordering::Greater) => DocumentType::DebitNote,
        };
        let plan = match (&own.replay, own.documents.last()) {
            (Some(replay), _) => self.billed_plan(replay),
            (None, last) => &last.unwrap_or(first).plan,
        };
        let mut document = self.document(account, document_type, plan, invoice);
        document.issued_on = document.issued_on.max(first.issued_on);
        with_lines(document, lines, self.context.payment_term).map(Some)
    }

    fn billed_plan(&self, replay: &AccountReplay) -> &str {
        let month = &self.timeline.months[replay.account as usize];
        &self.context.catalog.plan(month.billed_plan).id
    }
}

/// A document with its lines numbered, the sums of them, and the day on which it is due.
fn with_lines(
    mut document: DocumentRow,
    mut lines: Vec<LineRow>,
    payment_term: Option<PaymentTerm>,
) -> Result<NewDocument> {
    document.due_on = payment_term.map(|term| term.due_on(document.issued_on));
    let mut sums = Amounts::default();
    for (line, number) in lines.iter_mut().zip(1..) {
        line.line_number = number;
        line.document_id.clone_from(&document.document_id);
        sums += line.line_type.amounts(line.amount);
    }
    document.subscription_amount =
        decimal("subscription_amount", sums.subscription, Money::of_table)?;
    document.overage_amount = decimal("overage_amount", sums.overage, Money::of_table)?;
    document.total_amount = decimal("total_amount", sums.total, Money::of_table)?;
    document.line_count = lines.len() as u64;
    Ok((document, lines))
}
