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

/// Takes the documents and lines of accounts that have no statement, up to that of a statement or
/// to the end. Only a later revision may have them: of accounts that were billed before and are
/// no more; their documents and lines add up to nothing.
fn vanished<D, L>(
    (documents, lines): (&mut Peekable<D>, &mut Peekable<L>),
    to: Option<&str>,
    inputs: &Inputs<'_>,
    (breaches, totals): (&mut Breaches, &mut Totals),
) -> Result<()>
where
    D: Iterator<Item = Result<Part>>,
    L: Iterator<Item = Result<Part>>,
{
    let before = |row: &Result<Part>| match (row, to) {
        (Ok(part), Some(to)) => part.account.as_str() < to,
        _ => true,
    };
    while let Some(first) = documents.next_if(before) {
        let first = first?;
        let account = first.account.clone();
        let mut own = take(documents, &account)?;
        own.push(first);
        let sum: i128 = own.iter().map(|part| part.values[2]).sum();
        totals.documents += sum;
        let account = Some(account.as_str());
        breaches.expect("K4", account, "documents without a statement come to", sum, 0);
        let allowed = i128::from(inputs.before.is_some());
        breaches.expect("K5", account, "a statement for the documents' account", allowed, 1);
    }
    while let Some(line) = lines.next_if(before) {
        totals.lines += line?.values[0];
    }
    Ok(())
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
        if inputs.is_billed(account) {
            pass(&mut accounts, Some(account), inputs, breaches);
        }
        let issued = (&mut documents, &mut lines);
        vanished(issued, Some(account), inputs, (breaches, &mut totals))?;
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
        match inputs.is_billed(account) {
            true => one.check(breaches, &mut totals),
            false => one.add_amounts(&mut totals),
        }
    }
    pass(&mut accounts, None, inputs, breaches);
    vanished((&mut documents, &mut lines), None, inputs, (breaches, &mut totals))?;
    let left = [
        ("openings without a statement", openings.count()),
        ("states without a statement", closings.count()),
        ("overage charges without a statement", charges.count()),
        ("expired credits without a statement", expired.count()),
        ("unbilled usage without a statement", unbilled.count()),
    ];
    for (what, rows) in left {
        breaches.expect("K5", None, what, rows as i128, 0);
    }
    Ok(totals)
}
