//! The documents of a revision: numbered without gaps, each what it may be, each the sum of its
//! lines.

use std::collections::BTreeMap;

use super::document::DocumentCheck;
use super::finding::{Audit, FindingCode, Place};
use super::revision::CheckedRevision;
use crate::base::error::Result;
use crate::book::{Manifest, revision_number};
use crate::tables::{
    ByAccount, ChargeRow, DocumentNumbers, DocumentRow, DocumentType, LineRow, OfAccount, Record,
    Table, TableRows, first_account, records,
};

/// The tables that it reads.
const TABLES: [Table; 3] = [Table::Documents, Table::InvoiceLines, Table::OverageCharges];

/// Checks a revision's documents. `issuers` has the manifests of the month's revisions, as far as they can
/// be read.
pub(super) fn check(revision: &CheckedRevision, issuers: &BTreeMap<&str, &Manifest>) -> Audit {
    let mut audit = Audit::default();
    if revision.are_sound(&TABLES) {
        let mut walk = Walk { revision, issuers, series: BTreeMap::new(), audit: &mut audit };
        if let Err(error) = walk.all() {
            audit.add_failure(FindingCode::Table, revision.place(), &error);
        }
    }
    audit
}

/// The numbers that one revision gave out.
#[derive(Debug, Clone, Copy)]
struct Series {
    first: u64,
    last: u64,
}

/// A row with its number in its table.
type Numbered<R> = (u64, R);

impl<R: OfAccount> OfAccount for Numbered<R> {
    fn account(&self) -> &str {
        self.1.account()
    }
}

/// The rows of a table with their numbers.
fn numbered<R: Record + OfAccount>(
    revision: &CheckedRevision,
) -> Result<ByAccount<TableRows<Numbered<R>>>> {
    let rows = (1..).zip(records::<R>(&revision.folder)?);
    let rows: TableRows<Numbered<R>> = Box::new(rows.map(|(number, row)| Ok((number, row?))));
    Ok(ByAccount::of(rows, revision.folder.join(R::TABLE.name())))
}

/// An account's rows, with their numbers in their tables.
struct Account {
    documents: Vec<Numbered<DocumentRow>>,
    lines: Vec<Numbered<LineRow>>,
    charges: Vec<Numbered<ChargeRow>>,
}

struct Walk<'a> {
    revision: &'a CheckedRevision,
    issuers: &'a BTreeMap<&'a str, &'a Manifest>,
    series: BTreeMap<u32, Series>,
    audit: &'a mut Audit,
}

impl Walk<'_> {
    fn all(&mut self) -> Result<()> {
        let mut documents = numbered::<DocumentRow>(self.revision)?;
        let mut lines = numbered::<LineRow>(self.revision)?;
        let mut charges = numbered::<ChargeRow>(self.revision)?;
        while let Some(account) = first_account([
            documents.next_account()?,
            lines.next_account()?,
            charges.next_account()?,
        ]) {
            self.account(&Account {
                documents: documents.take_up_to(&account)?,
                lines: lines.take_up_to(&account)?,
                charges: charges.take_up_to(&account)?,
            });
        }
        self.gaps();
        Ok(())
    }

    fn place(&self, table: Table, row: u64, account: &str) -> Place {
        self.revision.place().table(table).row(row).account(account)
    }

    fn add(&mut self, code: FindingCode, place: Place, what: String, expected: impl Into<String>) {
        self.audit.add_expected(code, place, what, expected);
    }

    fn account(&mut self, own: &Account) {
        let sorted = own.documents.is_sorted_by_key(|(_, row)| &row.document_id)
            && own.lines.is_sorted_by_key(|(_, row)| (&row.document_id, row.line_number));
        if let Some((row, document)) = own.documents.first().filter(|_| !sorted) {
            let place = self.place(Table::Documents, *row, &document.account_id);
            let what = "documents or lines of the account are out of order".to_owned();
            self.add(FindingCode::Document, place, what, "the order of their numbers");
        }
        let first = own.documents.first().map(|(_, first)| first);
        let before = |index: usize| own.documents[..index].iter().map(|(_, row)| row);
        for (index, (row, document)) in own.documents.iter().enumerate() {
            self.number(*row, document);
            let id = &document.document_id;
            let lines = own.lines.iter().map(|(_, line)| line);
            let one = DocumentCheck {
                place: self.place(Table::Documents, *row, &document.account_id).document(id),
                document,
                is_first: index == 0,
                invoice: before(index).find(|row| row.document_type == DocumentType::Invoice),
                lines: lines.filter(|line| line.document_id == *id).collect(),
                issuer: self.issuers.get(document.revision.as_str()).copied(),
                currency: self.revision.catalog.as_ref().map(|catalog| catalog.currency),
            };
            one.check(self.audit);
        }
        self.strays(own, first);
    }

    /// Lines of no document of the account, and charges that name another than its first.
    fn strays(&mut self, own: &Account, first: Option<&DocumentRow>) {
        let known = |id: &str| own.documents.iter().any(|(_, row)| row.document_id == id);
        for (row, line) in own.lines.iter().filter(|(_, line)| !known(&line.document_id)) {
            let place =
                self.place(Table::InvoiceLines, *row, &line.account_id).document(&line.document_id);
            let what = "is a line of no document of its account".to_owned();
            self.add(FindingCode::DocumentLines, place, what, "a document of the account");
        }
        let first = first.map_or("", |first| &first.document_id);
        for (row, charge) in own.charges.iter().filter(|(_, row)| row.document_id != first) {
            let place = self.place(Table::OverageCharges, *row, &charge.account_id);
            let what = format!("`document_id` is `{}`", charge.document_id);
            let expected = format!("the account's first document, `{first}`");
            self.add(FindingCode::Document, place, what, expected);
        }
    }

    /// The number, among those that the document's revision gave out: they rise with the account.
    fn number(&mut self, row: u64, document: &DocumentRow) {
        let numbers = DocumentNumbers::of(self.revision.month);
        let place =
            self.place(Table::Documents, row, &document.account_id).document(&document.document_id);
        let Some(number) = numbers.number(&document.document_id) else {
            let what = format!("`document_id` is `{}`", document.document_id);
            let expected = format!("a number such as {}", numbers.id(1));
            return self.add(FindingCode::DocumentNumber, place, what, expected);
        };
        let of = revision_number(&document.revision).filter(|of| *of <= self.revision.number());
        let Some(of) = of else {
            let what = format!("`revision` is `{}`", document.revision);
            let expected = format!("{} or one before it", self.revision.name);
            return self.add(FindingCode::Document, place, what, expected);
        };
        let series = self.series.entry(of).or_insert(Series { first: number, last: number - 1 });
        let due = series.last.saturating_add(1);
        series.first = series.first.min(number);
        series.last = number;
        if number != due {
            let what = "is out of turn: numbers rise by one from account to account".to_owned();
            let expected = numbers.id(due);
            self.add(FindingCode::DocumentNumber, place, what, expected);
        }
    }

    /// Whether each revision's numbers go on where those of the one before it end.
    fn gaps(&mut self) {
        let numbers = DocumentNumbers::of(self.revision.month);
        let mut due = 1;
        for (of, series) in std::mem::take(&mut self.series) {
            if series.first != due {
                let place = self.revision.place().table(Table::Documents);
                let first = numbers.id(series.first);
                let what = format!("the first number of r{of:03} is {first}");
                self.add(FindingCode::DocumentNumber, place, what, numbers.id(due));
            }
            due = series.last.saturating_add(1);
        }
    }
}
