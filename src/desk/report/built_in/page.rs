//! A report as a page: one file that loads nothing and needs no script.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Value, json};

use super::figures::HEADLINE;
use super::model::{Cell, CellKind, Column, Report, Section};
use super::pictures::{self, Palette, Series};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;

const TEMPLATE: &str = include_str!("report.html");

/// The template's name for the engine; by its ending texts are escaped for HTML.
const NAME: &str = "report.html";

/// A table with more characters side by side takes the page's whole width.
const NARROW: usize = 62;

/// Cells as they are told, beneath their headings.
#[derive(Debug, Serialize)]
struct Table {
    /// What the rows are of, where they are not of all months.
    of: Option<String>,
    /// Whether it is unfolded by who wants to see it.
    is_folded: bool,
    headings: Vec<Heading>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Heading {
    words: String,
    is_number: bool,
}

impl Table {
    /// Characters that stand side by side, gaps included; headings break between words and behind hyphens.
    fn width(&self) -> usize {
        let column = |(at, heading): (usize, &Heading)| {
            let words = heading.words.split([' ', '-']).map(str::len);
            let cells = self.rows.iter().map(|row| row[at].chars().count());
            words.chain(cells).max().unwrap_or_default() + 2
        };
        self.headings.iter().enumerate().map(column).sum()
    }
}

/// The page of a report.
///
/// # Errors
/// [`crate::base::error::Kind::Bug`] where the program's own template is at fault.
pub(super) fn page(report: &Report) -> Result<String> {
    let rendered = || {
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        environment.set_syntax(syntax.build()?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template(NAME, TEMPLATE)?;
        environment.get_template(NAME)?.render(Serde(&context(report)))
    };
    rendered().map_err(|e: minijinja::Error| {
        Error::new(Code::IMPOSSIBLE, format!("the program's own template: {e}"))
    })
}

/// What the template is given.
fn context(report: &Report) -> Value {
    let months: Vec<Month> = report.months.iter().map(|reported| reported.month).collect();
    let first = months.first().filter(|first| months.last() != Some(*first));
    // The same is of the same colour in all pictures.
    let mut palette = Palette::default();
    let shown = |section| shown(section, &months, report.currency, &mut palette);
    let revisions = report.months.iter().map(|of| (of.month.to_string(), &of.revision));
    json!({
        "product": report.product,
        "currency": report.currency.code(),
        "version": env!("CARGO_PKG_VERSION"),
        "month": months.last().map(|last| last.in_words()).unwrap_or_default(),
        "beside": first.map(|first| first.in_words()),
        "tiles": tiles(report, &months),
        "sections": report.sections.iter().map(shown).collect::<Vec<_>>(),
        // The revisions that the figures are from.
        "months": revisions.collect::<Vec<_>>(),
    })
}

/// The headline figures of the last month, each with how it differs from the month before.
fn tiles(report: &Report, months: &[Month]) -> Vec<Value> {
    let Some(section) = report.sections.iter().find(|section| section.id == HEADLINE) else {
        return Vec::new();
    };
    let mut rows = months.iter().rev().map(|month| section.rows_of(*month).next());
    let (Some(Some(now)), before) = (rows.next(), rows.next().flatten()) else { return Vec::new() };
    let tile = |(at, column): (usize, &Column)| {
        let figure = now[at].number().filter(|_| column.name != "change_amount")?;
        let change = before.and_then(|before| Some(figure - before[at].number()?));
        let sign = if change > Some(0) { "+" } else { "" };
        Some(json!({
            "name": column.heading().trim_end_matches(" amount"),
            "figure": now[at].told(column.kind, report.currency),
            // How it differs from the month before, with its sign; none where there is none.
            "change": change.map(|change| {
                format!("{sign}{}", Cell::Number(change).told(column.kind, report.currency))
            }),
            "way": match change.unwrap_or_default().signum() {
                1 => "up",
                -1 => "down",
                _ => "same",
            },
        }))
    };
    section.columns.iter().enumerate().filter_map(tile).collect()
}

fn shown(section: &Section, months: &[Month], currency: Currency, palette: &mut Palette) -> Value {
    let drawn = pictures::draw(section, months, currency, palette);
    let series = drawn.as_ref().and_then(|(_, series)| series.as_ref());
    let (table, is_whole) = table(section, series, months, currency);
    let is_wide = table.width() > NARROW;
    let all = Table { is_folded: true, ..rows(section, section.rows.iter(), None, currency) };
    let all = (!is_whole && !all.rows.is_empty()).then_some(all);
    json!({
        "id": section.id,
        "title": section.title,
        "question": section.question,
        "sql": section.sql(),
        "drawing": drawn.map(|(drawing, _)| drawing),
        // The one beneath the picture; and all rows, where it has not all of them.
        "tables": std::iter::once(table).chain(all).collect::<Vec<_>>(),
        "is_wide": is_wide,
    })
}

/// The table beneath a picture, and whether it has all rows of the section.
fn table(
    section: &Section,
    series: Option<&Series>,
    months: &[Month],
    currency: Currency,
) -> (Table, bool) {
    match (series, months.last()) {
        (Some(series), _) => (by_month(series, currency), false),
        (None, Some(last)) if section.rows.len() > months.len() => {
            (rows(section, section.rows_of(*last), Some(last.in_words()), currency), false)
        }
        _ => (rows(section, section.rows.iter(), None, currency), true),
    }
}

/// A row for each month, a column for each part, and what they come to.
fn by_month(series: &Series, currency: Currency) -> Table {
    let heading = |words: &str, is_number| Heading { words: words.to_owned(), is_number };
    let parts = series.parts.iter().map(|part| heading(part, true));
    let told = |figure: &Option<i128>| {
        figure
            .map(|figure| figure_told(&Cell::Number(figure), series.kind, currency))
            .unwrap_or_default()
    };
    let row = |(month, figures): (&Month, &Vec<Option<i128>>)| {
        let sum = figures.iter().flatten().sum();
        let figures = figures.iter().map(told);
        std::iter::once(month.to_string()).chain(figures).chain([told(&Some(sum))]).collect()
    };
    let headings =
        std::iter::once(heading("month", false)).chain(parts).chain([heading("all", true)]);
    let rows = series.months.iter().zip(&series.figures).map(row);
    Table { of: None, is_folded: false, headings: headings.collect(), rows: rows.collect() }
}

/// Rows of a section; those of one month do not name it.
fn rows<'a>(
    section: &Section,
    rows: impl Iterator<Item = &'a Vec<Cell>>,
    of: Option<String>,
    currency: Currency,
) -> Table {
    let is_shown = |column: &Column| of.is_none() || column.kind != CellKind::Month;
    let columns: Vec<(usize, &Column)> =
        section.columns.iter().enumerate().filter(|(_, column)| is_shown(column)).collect();
    let headings = columns
        .iter()
        .map(|(_, column)| Heading { words: column.heading(), is_number: column.kind.is_number() });
    let told = |row: &Vec<Cell>| {
        columns.iter().map(|(at, column)| figure_told(&row[*at], column.kind, currency)).collect()
    };
    Table { of, is_folded: false, headings: headings.collect(), rows: rows.map(told).collect() }
}

/// A cell of a table, where a dash stands for 0.
fn figure_told(cell: &Cell, kind: CellKind, currency: Currency) -> String {
    match cell {
        Cell::Number(0) => "–".to_owned(),
        _ => cell.told(kind, currency),
    }
}
