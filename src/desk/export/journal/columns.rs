//! The table: a row for each line of an entry.

use super::accounts::{Account, AccountNames};
use super::entry::Entry;
use super::request::Request;
use crate::base::error::Result;
use crate::base::money::Currency;
use crate::tables::{Output, ReportTarget, report_table};

/// A line of an entry.
struct Line<'a> {
    entry: &'a Entry,
    /// From 1.
    number: u64,
    account: Account,
    /// A debit above zero, a credit below.
    amount: i128,
}

/// A line as it is written.
struct JournalRow<'a> {
    line: &'a Line<'a>,
    entry: &'a Entry,
    account: &'a str,
    period: &'a str,
    currency: &'static str,
}

report_table! {
    /// A line of an entry has either a debit or a credit.
    fn journal(row: JournalRow) {
        required entry_id: Text = &row.entry.id,
        required entry_date: Date = Cell::Date(row.entry.date),
        required period: Text = row.period,
        required line: Integer = row.line.number,
        required account: Text = row.account,
        optional debit: Money = (row.line.amount > 0).then_some(row.line.amount),
        optional credit: Money = (row.line.amount < 0).then_some(-row.line.amount),
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
    let lines_of = |entry| lines(entry);
    let all: Vec<Line<'_>> = entries.iter().flat_map(lines_of).collect();
    journal().write(&target, &all, |line| JournalRow {
        entry: line.entry,
        account: names.of(line.account),
        period: &period,
        currency: currency.code(),
        line,
    })
}

fn lines(entry: &Entry) -> impl Iterator<Item = Line<'_>> {
    let numbered = (1..).zip(&entry.postings);
    numbered.map(move |(number, &(account, amount))| Line { entry, number, account, amount })
}
