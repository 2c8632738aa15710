//! Adjustments: amounts that are added to accounts' invoices as they are (A1 to A4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::calendar::{Instant, Month};
use crate::base::error::{Code, Error, Result};
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::base::ids::AccountId;
use crate::base::money::{Currency, Money, parse_signed};
use crate::base::rejects::{Reject, RejectCollector};
use crate::base::scope::Scope;
use crate::input::logs::{self, Batch, CellError, CellResult, LogSchema, Scan, Source, word};

/// An adjustment of the month. In the order in which lines stand (F10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adjustment {
    /// When it falls due.
    pub at: Instant,
    /// Its id.
    pub id: Box<str>,
    /// Whose it is.
    pub account: AccountId,
    /// What is charged; less than 0 where it is given back. Never 0.
    pub amount: Money,
    /// Why, for the customer.
    pub description: Box<str>,
}

impl Adjustment {
    /// Same ids together; of those the first stands (X3).
    fn precedence(&self) -> (&str, Instant, &AccountId, Money, &str) {
        (&self.id, self.at, &self.account, self.amount, &self.description)
    }
}

/// What became of every row (K3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentControl {
    /// All rows.
    pub read: u64,
    /// Billed.
    pub used: u64,
    /// What these come to, in minor units.
    #[serde(with = "crate::base::number_text")]
    pub amount: i128,
    /// Dropped as exact duplicates.
    pub duplicates: u64,
    /// Not readable.
    pub rejected: u64,
    /// Set aside as exceptions.
    pub excepted: u64,
    /// Of other months.
    pub outside: BTreeMap<Month, u64>,
    /// Of accounts that are not billed in this run.
    pub other_accounts: u64,
}

/// Adjustments, as read.
#[derive(Debug, Default)]
pub struct AdjustmentLog {
    /// Those of the month and of the accounts that are billed, one for each id.
    pub adjustments: Vec<Adjustment>,
    /// What became of the others so far.
    pub control: AdjustmentControl,
    /// Conflicting duplicates.
    pub exceptions: ChangeExceptions,
}

const ACCOUNT: usize = 0;
const AT: usize = 1;
const ID: usize = 2;
const AMOUNT: usize = 3;
const DESCRIPTION: usize = 4;

/// What exceptions of adjustments say in `detail`.
pub const DETAIL: &str = "adjustments";

/// Whether a text describes an adjustment: a line of 1 to 200 characters.
pub fn is_description(text: &str) -> bool {
    let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
    is_line && text.chars().count() <= 200
}

/// Adjustments as a file holds them.
///
/// # Errors
/// [`crate::base::error::Kind::Bug`] where they cannot be written.
pub fn text(adjustments: &[Adjustment], currency: Currency) -> Result<Vec<u8>> {
    let row = |own: &Adjustment| {
        let (at, amount) = (own.at.to_string(), currency.plain(own.amount));
        [own.id.to_string(), own.account.to_string(), at, amount, own.description.to_string()]
    };
    let header = ["adjustment_id", "account_id", "at", "amount", "description"];
    let mut to = csv::Writer::from_writer(Vec::new());
    let mut written = to.write_record(header);
    for adjustment in adjustments {
        written = written.and_then(|()| to.write_record(row(adjustment)));
    }
    let impossible = || Error::new(Code::IMPOSSIBLE, "adjustments cannot be written as CSV");
    written.map_err(|e| impossible().caused_by(e))?;
    to.into_inner().map_err(|e| impossible().caused_by(e.into_error()))
}

/// Reads adjustments, and keeps those of a month and of the accounts in `scope`. Rows that cannot be
/// read go to `rejects`, if anyone asks for them.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be read to its end.
pub fn read(
    sources: &[Source],
    schema: &LogSchema,
    currency: Currency,
    month: Month,
    scope: &Scope,
    rejects: Option<&RejectCollector>,
) -> Result<AdjustmentLog> {
    let read = logs::collect(&Scan::whole(sources, schema), &|batch| {
        let (rows, mut unreadable) = read_batch(batch, schema, sources, currency);
        let rejected = unreadable.len();
        rejects.map_or(Ok(()), |rejects| rejects.add(&mut unreadable))?;
        let rejected = std::iter::repeat_with(|| None).take(rejected);
        Ok(rows.into_iter().map(Some).chain(rejected).collect())
    })?;
    let mut log = AdjustmentLog::default();
    log.control.read = read.len() as u64;
    let rows: Vec<Adjustment> = read.into_iter().flatten().collect();
    log.control.rejected = log.control.read - rows.len() as u64;
    let (mut own, others): (Vec<Adjustment>, Vec<Adjustment>) =
        rows.into_iter().partition(|row| month.contains(row.at));
    for row in others {
        *log.control.outside.entry(Month::of(row.at)).or_default() += 1;
    }
    own.sort_by(|one, other| one.precedence().cmp(&other.precedence()));
    let rows = own.len();
    own.dedup(); // the same content follows itself
    log.control.duplicates = (rows - own.len()) as u64;
    for row in own {
        match log.adjustments.last() {
            Some(first) if first.id == row.id => log.set_aside(&row, scope),
            _ => log.adjustments.push(row),
        }
    }
    let before = log.adjustments.len();
    log.adjustments.retain(|row| scope.includes(&row.account));
    log.control.other_accounts += (before - log.adjustments.len()) as u64;
    log.adjustments.sort();
    Ok(log)
}

impl AdjustmentLog {
    /// Counts a row whose id is there already, with other content.
    fn set_aside(&mut self, row: &Adjustment, scope: &Scope) {
        if scope.includes(&row.account) {
            let kind = ExceptionKind::ConflictingDuplicate;
            self.exceptions.add(&row.account, kind, DETAIL, row.at, &row.id);
            self.control.excepted += 1;
        } else {
            self.control.other_accounts += 1;
        }
    }
}

fn read_batch(
    mut batch: Batch,
    schema: &LogSchema,
    sources: &[Source],
    currency: Currency,
) -> (Vec<Adjustment>, Vec<Reject>) {
    let faults = std::mem::take(&mut batch.faults).into_iter();
    let mut rejects: Vec<Reject> = faults.map(|fault| fault.into_reject(sources)).collect();
    let mut rows = Vec::with_capacity(batch.len);
    for at in 0..batch.len {
        match row(&batch, at, currency) {
            Ok(own) => rows.push(own),
            Err(error) => rejects.push(batch.cell_fault(schema, at, error).into_reject(sources)),
        }
    }
    (rows, rejects)
}

/// What is wrong with a row.
pub fn row_fault(batch: &Batch, currency: Currency, at: usize) -> Option<CellError> {
    row(batch, at, currency).err()
}

fn row(batch: &Batch, at: usize, currency: Currency) -> CellResult<Adjustment> {
    let (account, own) = (batch.id(ACCOUNT, at)?, batch.id(ID, at)?);
    let instant = batch.instants(AT).get(at).map_err(|e| CellError::new(AT, e))?;
    let text = batch.number_text(AMOUNT, at);
    let decimals = u32::from(currency.decimals());
    let amount = parse_signed(&text, decimals).map_err(|e| CellError::new(AMOUNT, e))?;
    if amount == Money::ZERO {
        return Err(CellError::new(AMOUNT, "is nothing; expected an amount other than 0"));
    }
    let description = word(&batch.columns[DESCRIPTION], at);
    if !is_description(description) {
        let reason = "is no description; expected a line of 1 to 200 characters";
        return Err(CellError::new(DESCRIPTION, reason));
    }
    Ok(Adjustment {
        at: instant,
        id: own.into(),
        account: account.as_str().into(),
        amount,
        description: description.into(),
    })
}
