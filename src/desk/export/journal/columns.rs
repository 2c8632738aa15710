//! The table: a row for each line of an entry.

use super::accounts::AccountNames;
use super::entry::Entry;
use super::request::Request;
use crate::base::error::Result;
use crate::base::money::Currency;
use crate::tables::{Output, ReportTarget, report_table};

/// A line of an entry, as it is written.
#[derive(Clone)]
struct JournalRow<'a> {
    entry: &'a Entry,
    /// From 1.
    number: u64,
    account: &'a str,
    /// A debit above zero, a credit below.
    amount: i128,
    period: &'a str,
    currency: &'static str,
}

report_table! {
    /// A line of an entry has either a debit or a credit.
    fn journal(row: JournalRow) {
        required entry_id: Text = &row.entry.id,
        required entry_date: Date = Cell::Date(row.entry.date),
        required period: Text = row.period,
        required line: Integer = row.number,
        required account: Text = row.account,
        optional debit: Money = (row.amount > 0).then_some(row.amount),
        optional credit: Money = (row.amount < 0).then_some(-row.amount),
        required currency: Text = row.currency,
        optional account_id: Text = row.entry.subject.account.as_ref(),
        optional document_id: Text = row.entry.subject.document.as_ref(),
        required revision: Text = &row.entry.revision,
        required memo: Text = &row.entry.memo,
    }
}

/// Writes `journal.parquet` and `journal.csv`.
pub(super) fn write(
    entries: &[Entry],
    names: &AccountNames,
    currency: Currency,
    request: &Request,
) -> Result<Vec<Output>> {
    let period = request.month.to_string();
    let notes = [("monthend.month", period.as_str())];
    let target = ReportTarget { folder: &request.out, currency, notes: &notes };
    let lines = |entry| lines(entry, names, &period, currency);
    let all: Vec<JournalRow<'_>> = entries.iter().flat_map(lines).collect();
    journal().write(&target, &all, JournalRow::clone)
}

fn lines<'a>(
    entry: &'a Entry,
    names: &'a AccountNames,
    period: &'a str,
    currency: Currency,
) -> impl Iterator<Item = JournalRow<'a>> {
    (1..).zip(&entry.postings).map(move |(number, &(account, amount))| {
        let (account, currency) = (names.of(account), currency.code());
        JournalRow { entry, number, account, amount, period, currency }
    })
}
