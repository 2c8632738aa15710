//! The same months billed once, on the inputs that they have in the end, and what must then be equal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::Month;
use monthend::book::Book;
use proptest::prelude::*;

use super::chain::{Chain, Inputs};
use super::story::LogFile;
use crate::months::holding::Outcome;
use crate::months::population::{Event, text_of};
use crate::months::revision::{Revision, Row};
use crate::months::table_text::table_text;
use crate::months::terms::decimal;

/// Tables that do not tell how the month came to be as it is.
const PLAIN: [&str; 4] = ["statements", "state", "expired_credits", "plans"];

/// Amounts in minor units by account, line type and plan; nothing that comes to nothing.
pub type Net = BTreeMap<(String, String, String), i128>;

/// A decimal cell in units of its last place; an empty one is nothing.
pub fn number(row: &Row, column: &str) -> i128 {
    let digits = row.get(column).map(|cell| cell.replace('.', ""));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// What lines come to.
pub fn net<'a>(lines: impl IntoIterator<Item = &'a Row>) -> Net {
    let mut net = Net::new();
    for line in lines {
        let [account, line_type, plan] =
            ["account_id", "line_type", "plan"].map(|column| line[column].clone());
        *net.entry((account, line_type, plan)).or_insert(0) += number(line, "amount");
    }
    net.retain(|_, amount| *amount != 0);
    net
}

/// Two revisions of a month bill all accounts alike, however they came to that.
pub fn comes_to_the_same(own: &Path, once: &Path, month: Month) -> Outcome<()> {
    for table in PLAIN {
        let [own, once] = [own, once].map(|folder| text(folder, table));
        prop_assert_eq!(own?, once?, "{}, {}", month, table);
    }
    let (own, once) = (Revision::at(own), Revision::at(once));
    prop_assert_eq!(charges(&own)?, charges(&once)?, "{}, overage charges", month);
    let (own, once) = (own.table("invoice_lines")?, once.table("invoice_lines")?);
    prop_assert_eq!(net(&own), net(&once), "{}, invoice lines", month);
    Ok(())
}

impl Chain {
    /// A book of its own for months that are billed once, without the events that are left out.
    pub fn afresh(&self) -> Outcome<Self> {
        let root = self.root.join("afresh");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(root.join("late"))?;
        let mut fresh = Chain { book: Book::at(&root.join("book")), root, ..self.clone() };
        for (number, terms) in self.terms.iter().enumerate() {
            fs::write(fresh.catalog(number), terms.toml()?)?;
        }
        for month in 0..self.months.len() {
            fresh.inputs[month] = fresh.without_left_out(self, month)?;
        }
        Ok(fresh)
    }

    fn without_left_out(&mut self, of: &Chain, month: usize) -> Outcome<Inputs> {
        let left_out = |event: &Event| of.inputs[month].left_out(event).is_some();
        let mut inputs = of.inputs[month].clone();
        inputs.lists.clear();
        for number in std::mem::take(&mut inputs.usage) {
            let file = of.usage[number].clone();
            let mut rows = file.rows;
            rows.retain(|event| !of.concerns(month, event) || !left_out(event));
            let new = self.add_usage_file(LogFile { format: file.format, late: true, rows })?;
            inputs.usage.insert(new);
        }
        Ok(inputs)
    }

    /// Bills a month of [`Chain::afresh`] with an opening, and gives the revision's folder.
    pub fn first_of(&self, month: usize, opening: &str) -> Outcome<PathBuf> {
        self.bill_afresh(month, &self.inputs[month], opening)?;
        self.in_force(month)
    }

    /// A month is what its inputs come to when it is billed once with an opening.
    pub fn is_as_billed_once(&self, month: usize, fresh: &Chain, opening: &str) -> Outcome<()> {
        let (own, once) = (self.in_force(month)?, fresh.first_of(month, opening)?);
        let name = self.months[month];
        comes_to_the_same(&own, &once, name)?;
        let (own, once) = (Revision::at(&own), Revision::at(&once));
        let mut exceptions = own.table("exceptions")?;
        let left_out: Vec<Row> =
            exceptions.extract_if(.., |row| row["kind"] == "dropped-usage").collect();
        // Late usage follows from what the other months of a book were billed from (L2).
        let mut of_once = once.table("exceptions")?;
        for exceptions in [&mut exceptions, &mut of_once] {
            exceptions.retain(|row| row["kind"] != "late-usage");
        }
        prop_assert_eq!(exceptions, of_once, "{}, exceptions", name);
        prop_assert_eq!(left_out, self.dropped_usage(month), "{}, dropped usage", name);
        prop_assert_eq!(rejects(&own)?, rejects(&once)?, "{}, rejects", name);
        Ok(())
    }

    /// All months are what their inputs come to when each is billed once, in order.
    pub fn are_as_billed_once(&self) -> Outcome<()> {
        let fresh = self.afresh()?;
        for month in 0..self.months.len() {
            let opening = if month == 0 { &self.opening } else { "book" };
            self.is_as_billed_once(month, &fresh, opening)?;
        }
        Ok(())
    }

    /// The groups of events that a month leaves out.
    fn dropped_usage(&self, month: usize) -> Vec<Row> {
        let mut groups: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
        for event in self.events(month, &self.inputs[month].usage) {
            if let Some(reason) = self.inputs[month].left_out(event) {
                groups.entry((&event.account, reason)).or_default().push(event);
            }
        }
        let row = |((account, reason), events): ((&str, &str), Vec<&Event>)| {
            let credits = events.iter().map(|event| i128::from(event.credits)).sum();
            let first = events.iter().map(|event| (event.at, event.id.as_str())).min();
            let (first_at, sample_id) = first.unwrap_or_default();
            let last_at = events.iter().map(|event| event.at).max().unwrap_or_default();
            let cells = [
                ("kind", "dropped-usage".to_owned()),
                ("account_id", account.to_owned()),
                ("month", self.months[month].to_string()),
                ("rows", events.len().to_string()),
                ("credits", decimal(credits, 6)),
                ("first_at", text_of(first_at)),
                ("last_at", text_of(last_at)),
                ("sample_id", sample_id.to_owned()),
                ("detail", reason.to_owned()),
            ];
            cells.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect()
        };
        groups.into_iter().map(row).collect()
    }
}

/// A table as it is written.
pub fn text(folder: &Path, table: &str) -> Outcome<String> {
    Ok(table_text(folder, table)?)
}

/// The overage charges without the number of the invoice, which must be the account's.
pub fn charges(revision: &Revision) -> Outcome<Vec<Row>> {
    let documents = revision.table("documents")?;
    let mut charges = revision.table("overage_charges")?;
    for row in &mut charges {
        let id = row.remove("document_id");
        let invoice = documents.iter().find(|document| document["account_id"] == row["account_id"]);
        prop_assert_eq!(id.as_ref(), invoice.map(|document| &document["document_id"]));
    }
    Ok(charges)
}

/// What was rejected, wherever it stood.
fn rejects(revision: &Revision) -> Outcome<Vec<[String; 3]>> {
    let rows = revision.table("rejects")?.into_iter();
    let mut rejects: Vec<[String; 3]> =
        rows.map(|row| ["column", "value", "reason"].map(|column| row[column].clone())).collect();
    rejects.sort();
    Ok(rejects)
}
