//! An export of payments, read whole: every row counts, and one that cannot be read stops it.

use std::sync::Mutex;

use chrono::NaiveDate;

use super::asked::{Asked, Meaning};
use super::cells::{self, Unreadable, unreadable};
use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{AccountId, check_id};
use crate::base::money::{Currency, Money};
use crate::base::rejects::{Reject, split_expected};
use crate::input::logs::{
    self, Batch, Dialect, Found as FoundFiles, LogSchema, PassedOver, RowFault, Scan, Scanned,
    Source, value_text,
};

/// Money that came from a customer, or went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The provider's id.
    pub payment_id: String,
    /// The account that it is of, where the export says so.
    pub account_id: Option<AccountId>,
    /// The document that it names, if it does.
    pub document_id: Option<String>,
    /// When, where the export says so.
    pub at: Option<Instant>,
    /// How much; negative where it went back, 0 where it is set aside and cannot be read.
    pub money: Money,
    /// In what currency.
    pub currency: Currency,
    /// What the export calls it; may be empty.
    pub kind: String,
    /// Why it is no payment of a customer: the word of its kind or its status that says so.
    pub set_aside: Option<String>,
    /// The payout that it is part of, or that it is, if the export says so.
    pub payout_id: Option<String>,
    /// What the provider kept of it; nothing where it is part of no payout.
    pub fee: Money,
    /// Whether it is a payout itself, or the return of one.
    pub is_payout: bool,
}

impl Payment {
    /// The amount in minor units of its currency.
    pub fn amount(&self) -> i128 {
        self.money.into()
    }

    /// Whether it came after a day, in UTC.
    pub(super) fn is_later_than(&self, day: NaiveDate) -> bool {
        self.at.is_some_and(|at| at.date() > day)
    }

    /// The amount in minor units of a currency; nothing where it is in another.
    pub fn amount_in(&self, currency: Currency) -> i128 {
        if self.currency == currency { self.amount() } else { 0 }
    }
}

/// How an export is read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    asked: &'a Asked,
    /// The currency of rows that name none.
    currency: Currency,
}

/// What an export holds beside its payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Rows read.
    pub rows: u64,
    /// Rows dropped, since they stand there twice.
    pub duplicate_rows: u64,
    /// The files' names.
    pub files: Vec<String>,
    /// What was come upon beside them, and not read.
    pub passed_over: Vec<PassedOver>,
}

/// The day of the last payment, in UTC, if any says when.
pub(super) fn last_day(payments: &[Payment]) -> Option<NaiveDate> {
    let counted = payments.iter().filter(|payment| payment.set_aside.is_none());
    counted.filter_map(|payment| payment.at).max().map(Instant::date)
}

/// A row of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    payment: Payment,
    /// What was given back of it since.
    refunded: Money,
}

/// Where a row stands: the index of its file, and its number.
type Place = (usize, u64);

/// A row that cannot be read, with what should be there and what to do about it.
type Fault = (RowFault, String, &'static str);

/// What was found in a part of the files, in no given order.
#[derive(Default)]
struct Found {
    rows: Vec<(Place, Row)>,
    faults: Vec<Fault>,
}

/// What to do about a row of an unknown kind or status.
const SAY_WHICH_KINDS: &str = "say with --kinds that it counts as it is signed, with \
                               --refund-kinds that it went back to the customer, with \
                               --other-kinds that it is to be set aside";

const ID: usize = 0;
const ACCOUNT: usize = 1;
const DOCUMENT: usize = 2;
const AT: usize = 3;
const AMOUNT: usize = 4;
const CURRENCY: usize = 5;
const KIND: usize = 6;
const STATUS: usize = 7;
const REFUNDED: usize = 8;
const PAYOUT: usize = 9;
const FEE: usize = 10;

/// Reads an export: its payments and refunds, by id, of which a row that tells of both is both; and what else it
/// holds. The result does not depend on the order of files and rows.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be read, has neither accounts nor documents, a row
/// cannot be read, or one id stands on two rows with different content.
pub(super) fn read(asked: &Asked, currency: Currency) -> Result<(Vec<Payment>, Export)> {
    let dialect = Dialect { csv: asked.csv, ..Dialect::default() };
    let table = LogSchema::payments(&asked.map)?.written(dialect);
    let FoundFiles { files, passed_over } = logs::find(&asked.payments, "export of payments")?;
    let sources = logs::open(files, &table)?;
    sources.iter().try_for_each(names_something)?;
    let found = Mutex::new(Found::default());
    let scan = Scan::whole(&sources, &table);
    logs::scan(&scan, &|piece| {
        if let Scanned::Batch(batch) = piece {
            let Found { rows, faults } = read_batch(batch, &table, Reading { asked, currency });
            let mut found = found.lock().unwrap_or_else(|e| e.into_inner());
            found.rows.extend(rows);
            found.faults.extend(faults);
        }
        Ok(())
    })?;
    sources.iter().try_for_each(Source::check_unchanged)?;
    let Found { rows, faults } = found.into_inner().unwrap_or_else(|e| e.into_inner());
    let others = faults.len().saturating_sub(1);
    if let Some(first) = faults.into_iter().min() {
        return Err(unreadable_rows(first, others, &sources));
    }
    let read = rows.len() as u64;
    let rows = deduplicated(rows, &table, &sources)?;
    let export = Export {
        rows: read,
        duplicate_rows: read - rows.len() as u64,
        files: sources.into_iter().map(|source| source.file.name).collect(),
        passed_over,
    };
    Ok((rows.into_iter().flat_map(Row::into_payments).collect(), export))
}

/// A payment must say whose it is, one way or the other.
fn names_something(source: &Source) -> Result<()> {
    if source.has(ACCOUNT) || source.has(DOCUMENT) {
        return Ok(());
    }
    Err(Error::new(Code::COLUMN_MISSING, "has neither `account_id` nor `document_id`")
        .in_file(&source.file.name)
        .expected("at least one of the two, to tell what a payment is for")
        .hint("map a column with --map document_id=NAME or --map account_id=NAME"))
}

fn unreadable_rows((found, expected, remedy): Fault, others: usize, sources: &[Source]) -> Error {
    let Reject { file, row, column, value, reason } = found.into_reject(sources);
    let error =
        Error::new(Code::ROW_UNREADABLE, reason).in_file(file).at_row(row).with_value(value);
    let error = if column.is_empty() { error } else { error.in_column(column) };
    let error = if expected.is_empty() { error } else { error.expected(expected) };
    let rows = match others {
        0 => String::new(),
        1 => "; one more row cannot be read".to_owned(),
        others => format!("; {others} more rows cannot be read"),
    };
    error.hint(format!("{remedy}, so that no payment is lost{rows}"))
}

fn read_batch(mut batch: Batch, table: &LogSchema, reading: Reading<'_>) -> Found {
    let mut found = Found::default();
    for mut fault in std::mem::take(&mut batch.faults) {
        let (reason, expected) = split_expected(&fault.reason);
        let expected = expected.to_owned();
        fault.reason = reason.to_owned();
        found.faults.push((fault, expected, "correct the row"));
    }
    for at in 0..batch.len {
        match read_row(&batch, at, reading) {
            Ok(row) => found.rows.push(((batch.source, batch.rows.number(at)), row)),
            Err((column, Unreadable { reason, expected, remedy })) => {
                found.faults.push((batch.fault(table, column, at, reason), expected, remedy));
            }
        }
    }
    found
}

/// A row of a batch, and how it is read.
struct Cells<'a> {
    batch: &'a Batch,
    row: usize,
    reading: Reading<'a>,
}

/// A cell that can be read, or the column at fault and why.
type Cell<T> = std::result::Result<T, (usize, Unreadable)>;

/// A row, or the column at fault and why.
fn read_row(batch: &Batch, row: usize, reading: Reading<'_>) -> Cell<Row> {
    let cells = Cells { batch, row, reading };
    let (kind, status) = (cells.text(KIND), cells.text(STATUS));
    match cells.meaning(&kind, &status)? {
        Standing::SetAside { word, is_payout } => cells.set_aside(kind, word, is_payout),
        Standing::Counts { column, meaning } => cells.payment(kind, column, meaning),
    }
}

/// What kind and status of a row come to.
enum Standing {
    /// It is no payment, by this word; it may be a payout.
    SetAside { word: String, is_payout: bool },
    /// It counts; the column that says how, and how.
    Counts { column: usize, meaning: Meaning },
}

impl Cells<'_> {
    fn text(&self, column: usize) -> String {
        value_text(&self.batch.columns[column], self.row)
    }

    fn id_if_any(&self, column: usize) -> Cell<Option<&str>> {
        match logs::word(&self.batch.columns[column], self.row) {
            "" => Ok(None),
            id => checked_id(id).map(Some).map_err(|fault| (column, fault)),
        }
    }

    /// What the words of kind and status mean together. One that sets the row aside does so
    /// whatever the other one says, or is.
    fn meaning(&self, kind: &str, status: &str) -> Cell<Standing> {
        let of = |word: &str| self.reading.asked.kinds.meaning(word);
        let words = [(KIND, kind, of(kind)), (STATUS, status, of(status))];
        let set_aside = words.iter().find(|word| word.2.is_some_and(Meaning::is_set_aside));
        if let Some((_, word, _)) = set_aside {
            // A payout that failed or is pending pays nothing out.
            let is_payout = !words.iter().any(|word| word.2 == Some(Meaning::SetAside));
            return Ok(Standing::SetAside { word: (*word).to_owned(), is_payout });
        }
        let mut standing = (KIND, Meaning::Counts);
        for (column, _, meaning) in words {
            let name = if column == KIND { "kind" } else { "status" };
            let meaning = meaning.ok_or_else(|| {
                let reason = format!("is no {name} of a row that is known");
                let known = "a word that docs/RECONCILIATION.md lists, such as charge or refund";
                (column, unreadable(&reason, known, SAY_WHICH_KINDS))
            })?;
            if meaning > standing.1 {
                standing = (column, meaning);
            }
        }
        Ok(Standing::Counts { column: standing.0, meaning: standing.1 })
    }

    fn currency(&self) -> Cell<Currency> {
        let currency = cells::currency(&self.text(CURRENCY), self.reading.currency);
        currency.map_err(|fault| (CURRENCY, fault))
    }

    /// An amount; nothing where the cell is empty.
    fn amount(&self, column: usize, currency: Currency) -> Cell<Option<Money>> {
        let text = self.batch.number_text(column, self.row);
        let read = || cells::amount(&text, currency, self.reading.asked.minor_units);
        (!text.is_empty()).then(read).transpose().map_err(|fault| (column, fault))
    }

    /// The payout that a row is part of, and the fee of it.
    fn payout(&self, currency: Currency) -> Cell<(Option<String>, Money)> {
        match self.id_if_any(PAYOUT)? {
            None => Ok((None, Money::ZERO)),
            Some(id) => {
                let fee = self.amount(FEE, currency)?.unwrap_or(Money::ZERO);
                Ok((Some(id.to_owned()), fee))
            }
        }
    }

    /// A row that is no payment: what of it cannot be read does not matter, unless it is part of a payout.
    fn set_aside(&self, kind: String, word: String, is_payout: bool) -> Cell<Row> {
        let id = |column: usize| self.id_if_any(column).ok().flatten();
        let is_part = id(PAYOUT).is_some();
        let currency = match self.currency() {
            Err(fault) if is_part => return Err(fault),
            currency => currency.unwrap_or(self.reading.currency),
        };
        let money = match self.amount(AMOUNT, currency) {
            Err(fault) if is_part => return Err(fault),
            money => money.ok().flatten().unwrap_or(Money::ZERO),
        };
        let (payout_id, fee) = if is_part { self.payout(currency)? } else { (None, Money::ZERO) };
        let payment = Payment {
            payment_id: id(ID).unwrap_or_default().to_owned(),
            account_id: id(ACCOUNT).map(AccountId::from),
            document_id: id(DOCUMENT).map(str::to_owned),
            at: cells::moment(&self.text(AT)).ok(),
            money,
            currency,
            kind,
            set_aside: Some(word),
            payout_id,
            fee,
            is_payout,
        };
        Ok(Row { payment, refunded: Money::ZERO })
    }

    fn payment(&self, kind: String, word: usize, meaning: Meaning) -> Cell<Row> {
        let currency = self.currency()?;
        let (money, refunded) = self.money(currency, word, meaning)?;
        let at = match self.text(AT) {
            at if at.is_empty() => None,
            at => Some(cells::moment(&at).map_err(|fault| (AT, fault))?),
        };
        let id = logs::word(&self.batch.columns[ID], self.row);
        let (payout_id, fee) = self.payout(currency)?;
        let payment = Payment {
            payment_id: checked_id(id).map_err(|fault| (ID, fault))?.to_owned(),
            account_id: self.id_if_any(ACCOUNT)?.map(AccountId::from),
            document_id: self.id_if_any(DOCUMENT)?.map(str::to_owned),
            at,
            money,
            currency,
            kind,
            set_aside: None,
            payout_id,
            fee,
            is_payout: false,
        };
        Ok(Row { payment, refunded })
    }

    /// The amount as it counts, and what was given back of it since.
    fn money(&self, currency: Currency, word: usize, meaning: Meaning) -> Cell<(Money, Money)> {
        let refunded = self.amount(REFUNDED, currency)?.unwrap_or(Money::ZERO);
        if refunded < Money::ZERO {
            let expected = "what was given back, as 0 or a positive amount";
            return Err((REFUNDED, unreadable("is negative", expected, "map another column")));
        }
        let negative = |money: Money| {
            let large = |_| (AMOUNT, unreadable("is too large", "", "look for a wrong amount"));
            if money > Money::ZERO { Money::ZERO.minus(money).map_err(large) } else { Ok(money) }
        };
        let amount = match self.amount(AMOUNT, currency)? {
            // A column for what came and another for what went back, of which a row has one.
            None if refunded > Money::ZERO => return Ok((negative(refunded)?, Money::ZERO)),
            None => cells::amount("", currency, self.reading.asked.minor_units)
                .map_err(|f| (AMOUNT, f))?,
            Some(amount) => amount,
        };
        if refunded > Money::ZERO && (meaning == Meaning::WentBack || refunded > amount) {
            let reason = "is more than what the row says was paid";
            let expected = "a part of `amount`, or all of it";
            let remedy = "map `amount` and `refunded_amount` to columns of one payment, and \
                          `status` to one that tells what was captured";
            return Err((REFUNDED, unreadable(reason, expected, remedy)));
        }
        match meaning {
            Meaning::WentBack => Ok((negative(amount)?, Money::ZERO)),
            Meaning::CountsLess if refunded == Money::ZERO && amount > Money::ZERO => {
                let reason = "says that something was given back, and nothing says how much";
                let remedy = "map refunded_amount, or say with --refund-kinds that such a row is a \
                              refund, with --kinds that refunds have rows of their own";
                Err((word, unreadable(reason, "an amount above 0 in `refunded_amount`", remedy)))
            }
            _ => Ok((amount, refunded)),
        }
    }
}

fn checked_id(id: &str) -> std::result::Result<&str, Unreadable> {
    check_id(id).map(|()| id).map_err(|fault| {
        let text = fault.to_string();
        let (reason, expected) = split_expected(&text);
        unreadable(reason, expected, "correct the row, or map another column")
    })
}

/// One row for each id, in the order of the ids. Rows that are set aside count for nothing, so they
/// may share an id among themselves, and need none.
fn deduplicated(
    mut rows: Vec<(Place, Row)>,
    table: &LogSchema,
    sources: &[Source],
) -> Result<Vec<Row>> {
    rows.sort_by(|(a, one), (b, two)| {
        (&one.payment.payment_id, a).cmp(&(&two.payment.payment_id, b))
    });
    let mut kept: Vec<(Place, Row)> = Vec::with_capacity(rows.len());
    for (place, row) in rows {
        let same_id = kept.iter().rev().take_while(|(_, before)| {
            let id = &before.payment.payment_id;
            !id.is_empty() && *id == row.payment.payment_id
        });
        let mut is_new = true;
        for (first, before) in same_id {
            let Some(column) = differing(before, &row) else {
                is_new = false;
                break;
            };
            if before.payment.set_aside.is_none() || row.payment.set_aside.is_none() {
                let column = &table.columns[column].in_file;
                return Err(two_payments(&row, (place, *first), column, table, sources));
            }
        }
        if is_new {
            kept.push((place, row));
        }
    }
    Ok(kept.into_iter().map(|(_, row)| row).collect())
}

/// The first column in which two rows differ.
fn differing(one: &Row, two: &Row) -> Option<usize> {
    let (a, b) = (&one.payment, &two.payment);
    let same = [
        (ACCOUNT, a.account_id == b.account_id),
        (DOCUMENT, a.document_id == b.document_id),
        (AT, a.at == b.at),
        (CURRENCY, a.currency == b.currency),
        (AMOUNT, a.money == b.money),
        (KIND, a.kind == b.kind),
        (STATUS, a.set_aside == b.set_aside),
        (REFUNDED, one.refunded == two.refunded),
        (PAYOUT, a.payout_id == b.payout_id),
        (FEE, a.fee == b.fee),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
}

fn two_payments(
    row: &Row,
    ((source, number), first): (Place, Place),
    column: &str,
    table: &LogSchema,
    sources: &[Source],
) -> Error {
    let (file, at) = (&sources[first.0].file.name, first.1);
    Error::new(Code::PAYMENT_TWICE, format!("stands in {file}, row {at} with another `{column}`"))
        .in_file(&sources[source].file.name)
        .at_row(number)
        .in_column(&table.columns[ID].in_file)
        .with_value(&row.payment.payment_id)
        .expected("an id of its own for each payment, or the same row again")
        .hint("keep the row that is right; of exports that overlap, give the newest alone")
}

impl Row {
    /// The payment, and what was given back of it.
    fn into_payments(self) -> impl Iterator<Item = Payment> {
        let back = Money::ZERO.minus(self.refunded).ok().filter(|back| *back < Money::ZERO);
        let refund = back.map(|money| Payment { money, fee: Money::ZERO, ..self.payment.clone() });
        std::iter::once(self.payment).chain(refund)
    }
}
