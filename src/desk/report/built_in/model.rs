//! A report as figures: sections of typed tables, each with the question that it answers and how it is drawn. The page,
//! JSON, Parquet and whatever else shows a report know nothing but this.

use serde::Serialize;

use crate::base::calendar::Month;
use crate::base::digits::{plain_decimal, short_with_thousands, with_thousands};
use crate::base::money::Currency;
use crate::tables::ColumnType;

/// Decimals of shares: a share of 1 is 1,000,000.
pub const SHARE_DECIMALS: u32 = 6;

/// The figures of one month, beside those of months before it.
#[derive(Debug, Clone)]
pub struct Report {
    /// What is sold, as the newest month's catalogue names it.
    pub product: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The months, in order; the last one is what the report is about.
    pub months: Vec<ReportedMonth>,
    /// In the order in which people read them.
    pub sections: Vec<Section>,
}

/// A month that a report tells of.
#[derive(Debug, Clone)]
pub struct ReportedMonth {
    /// The month.
    pub month: Month,
    /// The revision in force, from which its figures are.
    pub revision: String,
}

/// A question, and the table that answers it.
#[derive(Debug, Clone)]
pub struct Section {
    /// What it is known by: the name of its Parquet file, and of the file below `jobs/sql` that comes to the same rows
    /// in DuckDB ([`Section::sql`]).
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The question in words.
    pub question: &'static str,
    /// The columns, in order.
    pub columns: &'static [Column],
    /// The rows, each with a cell for every column; in an order that follows from what is in them.
    pub rows: Vec<Vec<Cell>>,
    /// How they are drawn.
    pub picture: Picture,
}

/// A column of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, as SQL has it, too.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: CellKind,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// Words.
    Text,
    /// An id: no number, whatever its digits.
    Id,
    /// A month.
    Month,
    /// A whole number.
    Integer,
    /// Credits.
    Credits,
    /// An amount of the report's currency.
    Money,
    /// A part of a whole, from 0 to 1.
    Share,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing: there is no figure.
    Empty,
    /// Words, or an id.
    Text(String),
    /// A month.
    Month(Month),
    /// A number in units of the last decimal that its column has: minor units of money, micro-credits, millionths of a
    /// share.
    Number(i128),
}

impl From<String> for Cell {
    /// A text, or nothing where there is none in it.
    fn from(text: String) -> Self {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }
}

impl From<Month> for Cell {
    fn from(month: Month) -> Self {
        Cell::Month(month)
    }
}

impl From<i128> for Cell {
    fn from(number: i128) -> Self {
        Cell::Number(number)
    }
}

/// How the rows of a section are drawn; columns are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Not at all.
    None,
    /// A bar for each month, of the parts that make it up.
    Stacked {
        /// What a bar's parts are; rows of one part in a month are added up.
        by: &'static str,
        /// How large they are.
        of: &'static str,
    },
    /// A line over the months for each of some columns.
    Lines {
        /// The columns, which are of one kind.
        of: &'static [&'static str],
    },
    /// How a sum of the last month became another: steps between two levels.
    Waterfall {
        /// The level at first.
        from: &'static str,
        /// What was added or taken away.
        steps: &'static [&'static str],
        /// The level at last.
        to: &'static str,
    },
}

/// The columns of a section: `columns![month: Month, accounts: Integer]`.
macro_rules! columns {
    ($($name:ident: $kind:ident),* $(,)?) => {{
        use $crate::desk::report::built_in::model::{CellKind, Column};
        const COLUMNS: &[Column] = &[$(Column { name: stringify!($name), kind: CellKind::$kind }),*];
        COLUMNS
    }};
}

pub(super) use columns;

/// Rows in the order that is said of each.
pub(super) fn in_order<O: Ord>(mut rows: Vec<(O, Vec<Cell>)>) -> Vec<Vec<Cell>> {
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    rows.into_iter().map(|(_, row)| row).collect()
}

impl Section {
    /// The file that asks the same in SQL.
    pub fn sql(&self) -> String {
        format!("jobs/sql/{}.sql", self.id)
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The rows of a month; all rows, where the table is not by months.
    pub fn rows_of(&self, month: Month) -> impl Iterator<Item = &Vec<Cell>> {
        let at = self.columns.iter().position(|column| column.kind == CellKind::Month);
        self.rows.iter().filter(move |row| at.is_none_or(|at| row[at] == Cell::Month(month)))
    }
}

impl Column {
    /// The name for people: `usage credits`.
    pub fn heading(&self) -> String {
        self.name.replace('_', " ")
    }
}

impl CellKind {
    /// Decimals of the numbers.
    pub fn decimals(self, currency: Currency) -> u32 {
        match self {
            CellKind::Money => currency.decimals().into(),
            CellKind::Credits => 6,
            CellKind::Share => SHARE_DECIMALS,
            CellKind::Text | CellKind::Id | CellKind::Month | CellKind::Integer => 0,
        }
    }

    /// Whether the cells are numbers, which stand at the right.
    pub fn is_number(self) -> bool {
        matches!(self, CellKind::Integer | CellKind::Credits | CellKind::Money | CellKind::Share)
    }

    /// The type of a table's column of it.
    pub fn column_type(self) -> ColumnType {
        match self {
            CellKind::Text | CellKind::Id | CellKind::Month => ColumnType::Text,
            CellKind::Integer => ColumnType::Integer,
            CellKind::Credits => ColumnType::Credits,
            CellKind::Money => ColumnType::Money,
            CellKind::Share => ColumnType::Rate,
        }
    }
}

impl Cell {
    /// The number, where there is one.
    pub fn number(&self) -> Option<i128> {
        match self {
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The cell for machines: plain digits, with all decimals of its column; empty text where there is nothing.
    pub fn plain(&self, kind: CellKind, currency: Currency) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Month(month) => month.to_string(),
            Cell::Number(number) => plain_decimal(*number, kind.decimals(currency)),
        }
    }

    /// The cell for people: commas between thousands, credits without the last zeros, shares in percent of one decimal.
    pub fn told(&self, kind: CellKind, currency: Currency) -> String {
        match (self, kind) {
            (Cell::Number(number), CellKind::Money) => currency.amount(*number).to_string(),
            (Cell::Number(number), CellKind::Credits) => short_with_thousands(*number, 6),
            (Cell::Number(number), CellKind::Integer) => with_thousands(*number),
            (Cell::Number(number), CellKind::Share) => in_percent(*number),
            _ => self.plain(kind, currency),
        }
    }
}

/// A share in percent of one decimal: `12.3 %`.
fn in_percent(share: i128) -> String {
    let tenths = (share * 1000 + 500_000 * share.signum()) / 1_000_000;
    format!("{} %", plain_decimal(tenths, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_and_written_by_their_kind() {
        let usd = Currency::parse("USD").unwrap();
        for (number, kind, plain, told) in [
            (-123_450, CellKind::Money, "-1234.50", "-1,234.50"),
            (1_250_500_000, CellKind::Credits, "1250.500000", "1,250.5"),
            (1_234, CellKind::Integer, "1234", "1,234"),
            (123_456, CellKind::Share, "0.123456", "12.3 %"),
            (999_500, CellKind::Share, "0.999500", "100.0 %"),
        ] {
            let cell = Cell::Number(number);
            assert_eq!((&*cell.plain(kind, usd), &*cell.told(kind, usd)), (plain, told));
        }
        assert_eq!(Cell::Empty.told(CellKind::Money, usd), "");
    }

    #[test]
    fn rows_of_a_month_are_all_where_the_table_is_not_by_months() {
        let [april, may] = ["2026-04", "2026-05"].map(|text| Month::parse(text).unwrap());
        let mut section = Section {
            id: "demo",
            title: "Demo",
            question: "What?",
            columns: &[Column { name: "month", kind: CellKind::Month }],
            rows: vec![vec![Cell::Month(april)], vec![Cell::Month(may)]],
            picture: Picture::None,
        };
        assert_eq!(section.rows_of(may).count(), 1);
        section.columns = &[Column { name: "at", kind: CellKind::Text }];
        assert_eq!(section.rows_of(may).count(), 2);
    }
}
