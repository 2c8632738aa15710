//! An account's months side by side.

use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::request::{AskedDocument, Question};
use super::words::decimals;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::{decimal_with_thousands, with_thousands};
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Amount, Currency, Money};
use crate::base::text_table::{Column, TextTable};
use crate::book::{Book, Revision};
use crate::desk::months::look_for;
use crate::tables::{DocumentRow, StatementRow, records_of};

/// The account's months, for machines.
#[derive(Serialize)]
struct MonthsResult<'a> {
    account_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<&'a str>,
    months: Vec<Value>,
    archived: &'a [Month],
    exit_code: u8,
}

/// An account's month, as the revision in force has it.
struct MonthOf {
    month: Month,
    revision: String,
    currency: Currency,
    /// None where a later revision does not know the account any more.
    statement: Option<StatementRow>,
    documents: Vec<DocumentRow>,
}

/// What the book's months say of an account.
#[derive(Default)]
struct Found {
    months: Vec<MonthOf>,
    /// Months that were not looked at, since their tables are in an archive that is not at hand.
    archived: Vec<Month>,
}

/// Answers with a table of the account's months, those asked about or all.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where a month cannot be read,
/// [`crate::base::error::Kind::Input`] where none of them has the account.
pub(super) fn answer(
    question: &Question,
    account: &str,
    document: Option<&AskedDocument>,
) -> Result<Answer> {
    let asked = |month: &Month| question.months.is_none_or(|months| months.contains(*month));
    let Found { months, archived } = find(&question.book, account, asked)?;
    if months.is_empty() {
        return Err(unknown(question, account));
    }
    let result = MonthsResult {
        account_id: account,
        document_id: document.map(|document| document.id.as_str()),
        months: months.iter().map(MonthOf::to_json).collect(),
        archived: &archived,
        exit_code: 0,
    };
    let mut text = format!("{account}, {}\n", extent(&months));
    if let Some(AskedDocument { id, month }) = document {
        text.push_str(&format!("asked for by {id}, a document of {month}\n"));
    }
    text.push_str(&format!("\n{}", table(&months)));
    for month in &archived {
        text.push_str(&format!("\n{month} is archived, and the archive is not at hand"));
    }
    if !archived.is_empty() {
        text.push('\n');
    }
    Ok(Answer::new(text, &result, 0))
}

/// In which months an unknown account is, as a hint; `None` where it is in none.
pub(super) fn elsewhere(book: &Book, account: &str) -> Option<String> {
    let found = find(book, account, |_| true).ok()?.months;
    let months: Vec<String> = found.iter().map(|found| found.month.to_string()).collect();
    (!months.is_empty()).then(|| format!("it is in {}", months.join(", ")))
}

fn find(book: &Book, account: &str, asked: impl Fn(&Month) -> bool) -> Result<Found> {
    let months: Vec<Month> = book.months()?.into_iter().filter(asked).collect();
    let each = months.into_par_iter().map(|month| {
        let Some(revision) = book.current(month)? else { return Ok(Found::default()) };
        match revision.tables().is_ok() {
            true => {
                let months = MonthOf::read(month, revision, account)?.into_iter().collect();
                Ok(Found { months, ..Found::default() })
            }
            false => Ok(Found { archived: vec![month], ..Found::default() }),
        }
    });
    let mut all = Found::default();
    for found in each.collect::<Result<Vec<_>>>()? {
        all.months.extend(found.months);
        all.archived.extend(found.archived);
    }
    Ok(all)
}

impl MonthOf {
    /// Reads the account's rows, if it has any.
    fn read(month: Month, revision: Revision, account: &str) -> Result<Option<Self>> {
        let folder = revision.tables()?;
        let statement = records_of::<StatementRow>(folder, account)?.pop();
        let documents: Vec<DocumentRow> = records_of(folder, account)?;
        if statement.is_none() && documents.is_empty() {
            return Ok(None);
        }
        let currency = revision.catalog()?.currency;
        Ok(Some(MonthOf { month, revision: revision.name, currency, statement, documents }))
    }

    /// The month, its revision, the statement's columns, and its documents' ids.
    fn to_json(&self) -> Value {
        let documents: Vec<&str> = self.documents.iter().map(|d| d.document_id.as_str()).collect();
        let statement = self.statement.as_ref().map(|row| {
            let mut row = row.json(self.currency);
            row.retain(|column, _| !["account_id", "month"].contains(&column.as_str()));
            row
        });
        serde_json::json!({
            "month": self.month,
            "revision": self.revision,
            "statement": statement,
            "documents": documents,
        })
    }

    /// Its line; credits have as many decimals as all months' need.
    fn cells(&self, decimals: u32) -> Cells {
        let (month, revision) = (self.month.to_string(), self.revision.clone());
        let documents: Vec<&str> = self.documents.iter().map(|d| d.document_id.as_str()).collect();
        let documents = documents.join(", ");
        let Some(row) = &self.statement else {
            let gone = "not in the month any more".to_owned();
            let mut cells = Cells::default();
            [cells[0], cells[1], cells[2], cells[11]] = [month, revision, gone, documents];
            return cells;
        };
        let front = [month, revision, row.billed_plan.clone()];
        cells(front, &[row], self.currency, decimals, documents)
    }
}

const COLUMNS: [Column; 12] = [
    Column::text("month"),
    Column::text("revision"),
    Column::text("plan"),
    Column::numbers("events"),
    Column::numbers("credits"),
    Column::numbers("subscription"),
    Column::numbers("grants").optional(),
    Column::numbers("adjustments").optional(),
    Column::numbers("overage"),
    Column::numbers("total"),
    // The currency belongs to the amount before it.
    Column::text("").gap(1),
    Column::text("documents"),
];

type Cells = [String; COLUMNS.len()];

/// A line a month, and what they come to in all, where they are in one currency.
fn table(months: &[MonthOf]) -> String {
    let statements = months.iter().filter_map(|month| month.statement.as_ref());
    let statements: Vec<&StatementRow> = statements.collect();
    let decimals = decimals(statements.iter().map(|row| row.usage_credits));
    let mut table = TextTable::new(COLUMNS);
    months.iter().for_each(|month| table.row(month.cells(decimals)));
    let currency = months.first().map(|first| first.currency);
    let currency = currency.filter(|one| months.iter().all(|month| month.currency == *one));
    if let Some(currency) = currency.filter(|_| months.len() > 1) {
        let front = ["in all".to_owned(), String::new(), String::new()];
        table.row(cells(front, &statements, currency, decimals, String::new()));
    }
    table.text("  ")
}

/// The line of some statements, behind its first cells.
fn cells(
    [month, revision, plan]: [String; 3],
    statements: &[&StatementRow],
    currency: Currency,
    decimals: u32,
    documents: String,
) -> Cells {
    let amount = |of: fn(&StatementRow) -> Money| {
        let minor = statements.iter().map(|row| i128::from(of(row))).sum();
        Amount { minor, currency }.to_string()
    };
    let if_any = |of: fn(&StatementRow) -> Money| {
        let is_any = statements.iter().any(|row| of(row) != Money::ZERO);
        if is_any { amount(of) } else { String::new() }
    };
    let events: u64 = statements.iter().map(|row| row.events).sum();
    let credits: i128 = statements.iter().map(|row| i128::from(row.usage_credits)).sum();
    [
        month,
        revision,
        plan,
        with_thousands(events),
        decimal_with_thousands(credits / 10_i128.pow(6 - decimals), decimals),
        amount(|row| row.subscription_amount),
        if_any(|row| row.grants_amount),
        if_any(|row| row.adjustments_amount),
        amount(|row| row.overage_amount),
        amount(|row| row.total_amount),
        currency.code().to_owned(),
        documents,
    ]
}

fn extent(months: &[MonthOf]) -> String {
    match months {
        [only] => only.month.to_string(),
        [first, .., last] => format!("{} to {}", first.month, last.month),
        [] => String::new(),
    }
}

fn unknown(question: &Question, account: &str) -> Error {
    let Question { book, months, .. } = question;
    let of = months.map(|months| format!(" from {months}")).unwrap_or_default();
    let message = format!("no month of the book{of} has an account or a document `{account}`");
    let error = Error::new(Code::NOT_ASKED_ABOUT, message)
        .in_file(book.folder())
        .expected("the id of an account, or of a document such as INV-2026-04-00000001");
    let elsewhere = months.and_then(|_| elsewhere(book, account));
    error.hint(elsewhere.unwrap_or_else(|| look_for(book, account)))
}
