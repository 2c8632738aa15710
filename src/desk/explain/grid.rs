//! Text in aligned columns.

use crate::base::digits::{plain_decimal, with_thousands};

/// Rows of cells beneath titles, and lines between them.
#[derive(Debug, Default)]
pub struct Grid {
    titles: Vec<Title>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Title {
    text: &'static str,
    numbers: bool,
}

#[derive(Debug)]
enum Row {
    Cells(Vec<String>),
    Line(String),
}

/// Spaces between two columns.
const GAP: &str = "  ";

impl Grid {
    /// A grid without columns.
    pub fn new() -> Self {
        Grid::default()
    }

    /// Adds a column of text.
    pub fn text(mut self, title: &'static str) -> Self {
        self.titles.push(Title { text: title, numbers: false });
        self
    }

    /// Adds a column of numbers, which stand at its right.
    pub fn numbers(mut self, title: &'static str) -> Self {
        self.titles.push(Title { text: title, numbers: true });
        self
    }

    /// Adds a row; cells that are left out are empty.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(Row::Cells(cells));
    }

    /// Adds a line that keeps to no column.
    pub fn line(&mut self, line: String) {
        self.rows.push(Row::Line(line));
    }

    /// The lines; titles first, where any column has one. Columns in which all cells are empty
    /// are left out, with their titles.
    pub fn lines(&self) -> Vec<String> {
        let cells = || {
            self.rows.iter().filter_map(|row| match row {
                Row::Cells(cells) => Some(cells),
                Row::Line(_) => None,
            })
        };
        let widths: Vec<usize> = (self.titles.iter().enumerate())
            .map(|(at, title)| match cells().filter_map(|row| row.get(at)).map(width).max() {
                Some(0) | None => 0,
                Some(widest) => widest.max(width(title.text)),
            })
            .collect();
        let titles: Vec<String> = self.titles.iter().map(|title| title.text.to_owned()).collect();
        let has_titles = titles.iter().any(|title| !title.is_empty());
        let head = has_titles.then(|| self.aligned(&titles, &widths));
        let rows = self.rows.iter().map(|row| match row {
            Row::Cells(cells) => self.aligned(cells, &widths),
            Row::Line(line) => line.clone(),
        });
        head.into_iter().chain(rows).collect()
    }

    fn aligned(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((at, title), &wide) in self.titles.iter().enumerate().zip(widths) {
            if wide == 0 {
                continue;
            }
            let cell = cells.get(at).map_or("", String::as_str);
            let blank = " ".repeat(wide.saturating_sub(width(cell)));
            let (left, right) = if title.numbers { (blank.as_str(), "") } else { ("", &*blank) };
            line.push_str(if line.is_empty() { "" } else { GAP });
            line.extend([left, cell, right]);
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn width(text: impl AsRef<str>) -> usize {
    text.as_ref().chars().count()
}

/// How many decimals quantities need, in micro-credits, so that they align.
pub fn decimals(quantities: impl Iterator<Item = i128>) -> u32 {
    let needed = quantities.map(|micros| {
        let finest = (0..6).find(|&digits| micros % 10_i128.pow(6 - digits) == 0);
        finest.unwrap_or(6)
    });
    needed.max().unwrap_or(0)
}

/// A quantity with as many decimals, and its thousands set apart.
pub fn quantity(micros: i128, decimals: u32) -> String {
    let plain = plain_decimal(micros, 6);
    let (whole, finer) = plain.split_once('.').unwrap_or((&plain, ""));
    let sign = if micros < 0 { "-" } else { "" };
    let whole = whole.trim_start_matches('-').parse().map(with_thousands);
    let whole = whole.unwrap_or_else(|_| plain.clone());
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{}", &finer[..decimals as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_empty_ones_are_left_out() {
        let mut grid = Grid::new().text("who").numbers("credits").numbers("unused").text("");
        grid.row(vec!["zoë".into(), "1,000.5".into(), String::new(), "x".into()]);
        grid.line("between".into());
        grid.row(vec!["al".into(), "7.0".into()]);
        assert_eq!(grid.lines(), ["who  credits", "zoë  1,000.5  x", "between", "al       7.0"]);
    }

    #[test]
    fn quantities_have_the_decimals_that_the_finest_needs() {
        let all = [1_234_500_000, 0, 70_000, -1_500_000];
        let decimals = decimals(all.into_iter());
        let told = all.map(|micros| quantity(micros, decimals));
        assert_eq!(told, ["1,234.50", "0.00", "0.07", "-1.50"]);
        assert_eq!(super::decimals([5_000_000].into_iter()), 0);
        assert_eq!(super::decimals([1].into_iter()), 6);
        assert_eq!(quantity(5_000_000, 0), "5");
    }
}
