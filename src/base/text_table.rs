//! Text in aligned columns: every table that is printed for people.
//!
//! Made here rather than taken from `comfy-table`: lines that keep to no column stand between the
//! rows, widths count characters, and a cell is one line whatever an id contains. Bent to that, the
//! crate saves no line of code.

use std::borrow::Cow;

use super::printable::on_one_line;

/// A column, as its title and its cells are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    to_the_right: bool,
    optional: bool,
    gap: usize,
    at_least: usize,
}

impl Column {
    /// A column of text, which stands at its left.
    pub const fn text(title: &'static str) -> Self {
        Column { title, to_the_right: false, optional: false, gap: 2, at_least: 0 }
    }

    /// A column of numbers, which stand at its right.
    pub const fn numbers(title: &'static str) -> Self {
        Column { to_the_right: true, ..Column::text(title) }
    }

    /// Left out, with its title, where no row has anything in it.
    pub const fn optional(self) -> Self {
        Column { optional: true, ..self }
    }

    /// At least so many characters wide.
    pub const fn at_least(self, at_least: usize) -> Self {
        Column { at_least, ..self }
    }

    /// So many spaces after the column before it, instead of two.
    pub const fn gap(self, gap: usize) -> Self {
        Column { gap, ..self }
    }

    fn aligned(&self, cell: &str, width: usize) -> String {
        match self.to_the_right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        }
    }
}

/// Rows of cells beneath titles, and lines between them.
#[derive(Debug)]
pub struct TextTable<const N: usize> {
    columns: [Column; N],
    rows: Vec<Row<N>>,
}

#[derive(Debug)]
enum Row<const N: usize> {
    Cells([String; N]),
    Line(String),
}

impl TextTable<2> {
    /// A list of labels, at least so many characters wide, each with what is said of it.
    pub fn labelled(at_least: usize) -> Self {
        TextTable::new([Column::text("").at_least(at_least), Column::text("").gap(1)])
    }

    /// Adds a label and what is said of it.
    pub fn entry(&mut self, label: &str, value: impl Into<String>) {
        self.row([label.to_owned(), value.into()]);
    }
}

impl<const N: usize> TextTable<N> {
    /// A table without rows.
    pub fn new(columns: [Column; N]) -> Self {
        TextTable { columns, rows: Vec::new() }
    }

    /// Adds a row. What a terminal would obey in a cell is escaped, so that it stays a line.
    pub fn row(&mut self, cells: [String; N]) {
        self.rows.push(Row::Cells(cells.map(|cell| match on_one_line(&cell) {
            Cow::Borrowed(_) => cell,
            Cow::Owned(escaped) => escaped,
        })));
    }

    /// Adds a line that keeps to no column.
    pub fn line(&mut self, line: String) {
        self.rows.push(Row::Line(line));
    }

    /// The lines, without blanks at their ends; titles first, where any column has one and there is
    /// any row.
    pub fn lines(&self) -> Vec<String> {
        self.lines_of(&self.widths())
    }

    fn lines_of(&self, widths: &[Option<usize>; N]) -> Vec<String> {
        let titles = self.columns.map(|column| column.title);
        let titled = titles.iter().any(|title| !title.is_empty()) && self.cells().next().is_some();
        let head = titled.then(|| self.aligned(&titles, widths));
        let rows = self.rows.iter().map(|row| match row {
            Row::Cells(cells) => self.aligned(cells, widths),
            Row::Line(line) => line.clone(),
        });
        head.into_iter().chain(rows).collect()
    }

    /// The lines as one text, each behind `indent`.
    pub fn text(&self, indent: &str) -> String {
        self.block(&self.widths(), indent)
    }

    /// The lines as one text, each behind `indent`. Where they would be wider than the width, some of
    /// the columns stand below the others, behind the first one once more.
    pub fn text_within(&self, indent: &str, width: usize) -> String {
        let room = width.saturating_sub(indent.len());
        let widths = self.widths();
        let mut blocks: Vec<[Option<usize>; N]> = Vec::new();
        let mut used = usize::MAX;
        let mut at = 0;
        while at < N {
            // A column that stands close behind another, such as a currency, stays with it.
            let close = |column: &Column| column.gap < 2;
            let with = self.columns[at + 1..].iter().take_while(|column| close(column)).count();
            let own = at..=at + with;
            let gap = |at: usize| if at == 0 { 0 } else { self.columns[at].gap };
            let size = |at: usize| widths[at].map_or(0, |width| width + gap(at));
            let needed: usize = own.clone().map(size).sum();
            match blocks.last_mut() {
                Some(block) if used.saturating_add(needed) <= room => {
                    own.clone().for_each(|at| block[at] = widths[at]);
                    used += needed;
                }
                _ => {
                    let first = [0].into_iter().filter(|_| at > 0);
                    let mut block = [None; N];
                    first.clone().chain(own.clone()).for_each(|at| block[at] = widths[at]);
                    used = first.map(size).sum::<usize>() + needed;
                    blocks.push(block);
                }
            }
            at += with + 1;
        }
        let texts: Vec<String> = blocks.iter().map(|block| self.block(block, indent)).collect();
        texts.join("\n")
    }

    fn block(&self, widths: &[Option<usize>; N], indent: &str) -> String {
        self.lines_of(widths).iter().map(|line| format!("{indent}{line}\n")).collect()
    }

    fn cells(&self) -> impl Iterator<Item = &[String; N]> {
        self.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => Some(cells),
            Row::Line(_) => None,
        })
    }

    fn widths(&self) -> [Option<usize>; N] {
        std::array::from_fn(|at| self.width(at))
    }

    /// The width of a column; `None` where it is left out.
    fn width(&self, at: usize) -> Option<usize> {
        let column = &self.columns[at];
        let widest = self.cells().map(|cells| cells[at].chars().count()).max().unwrap_or(0);
        let left_out = column.optional && widest == 0;
        (!left_out).then(|| widest.max(column.title.chars().count()).max(column.at_least))
    }

    fn aligned(&self, cells: &[impl AsRef<str>; N], widths: &[Option<usize>; N]) -> String {
        let mut line = String::new();
        for ((column, cell), width) in self.columns.iter().zip(cells).zip(widths) {
            let Some(width) = *width else { continue };
            if !line.is_empty() {
                line.push_str(&" ".repeat(column.gap));
            }
            line.push_str(&column.aligned(cell.as_ref(), width));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Lines broken at blanks so that they are no wider than the width; what goes on stands `hanging`
/// characters to the right. What semicolons and commas set off stays together where it can, and a word that is wider
/// stays whole.
pub fn fit(text: &str, width: usize, hanging: usize) -> String {
    text.split_inclusive('\n').map(|line| fit_line(line, width, hanging)).collect()
}

fn fit_line(line: &str, width: usize, hanging: usize) -> String {
    let wide = |text: &str| text.trim_end().chars().count();
    let (mut fitted, mut used) = (String::with_capacity(line.len()), 0);
    if wide(line) <= width {
        return line.to_owned();
    }
    let mut add = |text: &str| {
        if used > hanging && used + wide(text) > width {
            fitted.truncate(fitted.trim_end().len());
            fitted.push('\n');
            fitted.push_str(&" ".repeat(hanging));
            used = hanging;
        }
        fitted.push_str(text);
        used += text.chars().count();
    };
    let (label, rest) = line.split_at(line.char_indices().nth(hanging).map_or(0, |(at, _)| at));
    add(label);
    let fits = |part: &str| hanging + wide(part) <= width;
    for part in rest.split_inclusive("; ") {
        if fits(part) {
            add(part);
            continue;
        }
        for part in part.split_inclusive(", ") {
            match fits(part) {
                true => add(part),
                false => part.split_inclusive(' ').for_each(&mut add),
            }
        }
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_goes_on_below() {
        let text = "  who   ann, bob, cyd\nshort\n  a-word-that-is-wider x\n";
        assert_eq!(fit(text, 80, 8), text);
        let fitted = "  who   ann, bob,\n        cyd\nshort\n  a-word-that-is-wider\n        x\n";
        assert_eq!(fit(text, 18, 8), fitted);
        let mut table = TextTable::new([
            Column::text("month"),
            Column::numbers("accounts"),
            Column::numbers("total"),
            Column::text("").gap(1),
            Column::numbers("rejects"),
        ]);
        table.row(["2026-04", "1,000", "20.00", "USD", "3"].map(str::to_owned));
        assert_eq!(table.text_within("  ", 80), table.text("  "));
        assert_eq!(
            table.text_within("  ", 30),
            "  month    accounts  total\n  2026-04     1,000  20.00 USD\n\n  month    rejects\n  \
             2026-04        3\n"
        );
    }

    #[test]
    fn columns_align_and_empty_ones_may_be_left_out() {
        let mut table = TextTable::new([
            Column::text("who"),
            Column::numbers("credits"),
            Column::numbers("unused").optional(),
            Column::text("").gap(1),
            Column::numbers("n").at_least(3),
        ]);
        table.line("before".into());
        assert_eq!(table.lines(), ["before"]);
        table.row(["zoë", "1,000.5", "", "x", "1"].map(str::to_owned));
        table.line("between".into());
        table.row(["al", "7.0", "", "", ""].map(str::to_owned));
        assert_eq!(
            table.text("  "),
            "  who  credits      n\n  before\n  zoë  1,000.5 x    1\n  between\n  al       7.0\n"
        );
    }
}
