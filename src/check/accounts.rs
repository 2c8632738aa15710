//! One walk through the tables, all of which are sorted by account.

use std::iter::Peekable;
use std::ops::Range;
use std::path::Path;

use super::account::OneAccount;
use super::read::stream;
use super::rows::{Part, charges, documents, expired, lines, statements, states, unbilled};
use super::{Breaches, Inputs};
use crate::error::Result;
use crate::tables::Table;
use crate::timeline::Opening;

/// The sums over all accounts.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub events: i128,
    pub usage: i128,
    pub statements: i128,
    pub documents: i128,
    pub lines: i128,
}

/// Takes the rows of `account` from a sorted stream.
fn take<I: Iterator<Item = Result<Part>>>(
    rows: &mut Peekable<I>,
    account: &str,
) -> Result<Vec<Part>> {
    let mut taken = Vec::new();
    while let Some(row) = rows.next_if(|row| !matches!(row, Ok(part) if part.account != account)) {
        taken.push(row?);
    }
    Ok(taken)
}

/// Goes on to the account of a statement, or to the end: every account has one statement, in the order of the ids.
fn pass(accounts: &mut Range<u32>, to: Option<&str>, inputs: &Inputs<'_>, breaches: &mut Breaches) {
    let mut statements = |account: &str, found: i128| {
        breaches.expect("K5", Some(account), "statements of the account", found, 1);
    };
    let id = |number: u32| inputs.accounts.id(number);
    while accounts.start < accounts.end && to.is_none_or(|to| id(accounts.start) < to) {
        statements(id(accounts.start), 0);
        accounts.start += 1;
    }
    match to {
        Some(to) if accounts.start < accounts.end && id(accounts.start) == to => {
            accounts.start += 1
        }
        Some(to) => statements(to, 2), // a second one, or one too many
        None => {}
    }
}

/// Checks every account, and adds up.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<Totals> {
    let mut closings = stream(folder, Table::State, states)?;
    let mut documents = stream(folder, Table::Documents, documents)?.peekable();
    let mut lines = stream(folder, Table::InvoiceLines, lines)?.peekable();
    let mut charges = stream(folder, Table::OverageCharges, charges)?.peekable();
    let mut expired = stream(folder, Table::ExpiredCredits, expired)?.peekable();
    let mut unbilled = stream(folder, Table::Exceptions, unbilled)?.peekable();
    let mut openings = match inputs.opening {
        Opening::Genesis => [].iter(),
        Opening::States(states) => states.iter(),
    }
    .peekable();
    let mut accounts = 0..inputs.accounts.len() as u32;
    let mut totals = Totals::default();
    for statement in stream(folder, Table::Statements, statements)? {
        let statement = statement?;
        let account = statement.account.as_str();
        pass(&mut accounts, Some(account), inputs, breaches);
        let one = OneAccount {
            inputs,
            opening: openings.next_if(|state| state.account == account),
            closing: closings.next().transpose()?.filter(|state| state.account == account),
            documents: take(&mut documents, account)?,
            lines: take(&mut lines, account)?,
            charges: take(&mut charges, account)?,
            expired: take(&mut expired, account)?,
            unbilled: take(&mut unbilled, account)?,
            statement: &statement,
        };
        one.check(breaches, &mut totals);
    }
    pass(&mut accounts, None, inputs, breaches);
    let left = [
        ("openings without a statement", openings.count()),
        ("states without a statement", closings.count()),
        ("documents without a statement", documents.count()),
        ("invoice lines without a statement", lines.count()),
        ("overage charges without a statement", charges.count()),
        ("expired credits without a statement", expired.count()),
        ("unbilled usage without a statement", unbilled.count()),
    ];
    for (what, rows) in left {
        breaches.expect("K5", None, what, rows as i128, 0);
    }
    Ok(totals)
}
