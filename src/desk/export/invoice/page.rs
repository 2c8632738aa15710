//! A document as a page: what a template is given, and what it makes of it.

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Map, Value};

use super::buyers::Buyer;
use super::issued::Issued;
use super::seller::Seller;
use crate::base::calendar::{Instant, date_in_words};
use crate::base::digits::{digits_with_thousands, without_last_zeros};
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use crate::tables::{ColumnType, LineRow, Table};

/// The program's own template.
pub const TEMPLATE: &str = include_str!("invoice.html");

/// The template's name for the engine; by its ending texts are escaped for HTML.
const NAME: &str = "invoice.html";

/// What a template is given. Names are public: docs/INVOICES.md lists them.
#[derive(Debug, Serialize)]
struct Context<'a> {
    /// `Invoice`, `Credit note`, `Debit note`
    title: String,
    seller: &'a Seller,
    buyer: &'a Buyer,
    /// The columns of `documents`.
    document: Map<String, Value>,
    month: String,
    /// The name of the billed plan.
    plan: &'a str,
    /// The decimals of the currency.
    decimals: u8,
    /// The columns of `invoice_lines`, and the first and last day of the service.
    lines: Vec<Map<String, Value>>,
    amounts: Vec<Part>,
    /// The columns of `statements`; none where the account is not in the month any more.
    statement: Option<Map<String, Value>>,
    pools: Vec<Pool>,
    /// The account's documents of the month before this one: columns of `documents`.
    related: Vec<Map<String, Value>>,
    /// What they come to, together with this one.
    balance: String,
}

/// One of the amounts that a document's total consists of.
#[derive(Debug, Serialize)]
struct Part {
    name: String,
    amount: Value,
}

/// Credits of a kind: what there was, and what became of it.
#[derive(Debug, Serialize)]
struct Pool {
    name: String,
    available: Value,
    used: Value,
    expired: Value,
    /// Into the next month, where such credits may be.
    carried: Value,
}

/// A template.
pub(super) struct Template {
    environment: Environment<'static>,
    /// Where it was read from; none of the program's own.
    file: Option<PathBuf>,
}

impl Template {
    /// The program's own template, or that of a file.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: it cannot be read, or is not understood.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let text = match file {
            None => TEMPLATE.to_owned(),
            Some(file) => storage::read_to_string(file).map_err(|e| {
                Error::new(Code::TEMPLATE, "the template cannot be read")
                    .in_file(file)
                    .caused_by(e)
                    .expected("HTML in UTF-8")
                    .hint("monthend export invoice --print-template prints one to begin with")
            })?,
        };
        let environment = environment().map_err(|e| fault(None, &e))?;
        let mut template = Template { environment, file: file.map(Path::to_owned) };
        let added = template.environment.add_template_owned(NAME, text);
        added.map_err(|e| fault(template.file.as_deref(), &e))?;
        Ok(template)
    }

    /// The page of a document.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: the template asks for something that is not there.
    pub fn page(&self, issued: &Issued, seller: &Seller, buyer: &Buyer) -> Result<String> {
        let context = context(issued, seller, buyer);
        let template = self.environment.get_template(NAME);
        let page = template.and_then(|template| template.render(Serde(&context)));
        page.map_err(|e| fault(self.file.as_deref(), &e).with_value(&issued.document.document_id))
    }
}

fn environment() -> std::result::Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    // Tags on lines of their own leave no lines behind.
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    // A name that is misspelt is told, and leaves no gap on an invoice.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("thousands", digits_with_thousands);
    environment.add_filter("short", short);
    environment.add_filter("date", date);
    Ok(environment)
}

/// A number with commas between thousands and no zeros after its last decimal, but with so many decimals at least.
fn short(plain: &str, at_least: Option<usize>) -> String {
    let short = without_last_zeros(plain);
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let lacking = at_least.unwrap_or(0).min(decimals(plain)).saturating_sub(decimals(short));
    // What lacks are zeros that were there.
    let point = usize::from(lacking > 0 && decimals(short) == 0);
    digits_with_thousands(&plain[..short.len() + point + lacking])
}

/// A day, or an instant's day, in words.
fn date(text: &str) -> std::result::Result<String, minijinja::Error> {
    let day = text.get(..10).and_then(|day| Instant::parse(&format!("{day}T00:00:00Z")).ok());
    day.map(|day| date_in_words(day.date())).ok_or_else(|| {
        minijinja::Error::new(ErrorKind::InvalidOperation, format!("`{text}` is no date"))
    })
}

/// What is wrong with a template.
fn fault(file: Option<&Path>, error: &minijinja::Error) -> Error {
    let said = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let Some(file) = file else {
        return Error::new(Code::IMPOSSIBLE, format!("the program's own template: {error}"));
    };
    let found = Error::new(Code::TEMPLATE, said).in_file(file);
    let found = match error.line() {
        Some(line) => found.at_line(line as u64),
        None => found,
    };
    found.hint("docs/INVOICES.md lists what a template is given; --print-template prints the program's own")
}

fn context<'a>(issued: &'a Issued, seller: &'a Seller, buyer: &'a Buyer) -> Context<'a> {
    let Issued { document, lines, statement, before, catalog } = issued;
    let currency = catalog.currency;
    let row = document.json(currency);
    let totals = before.iter().chain([document]).map(|document| document.total_amount);
    let plan = catalog
        .rank(&document.plan)
        .map_or(document.plan.as_str(), |rank| &catalog.plan(rank).name);
    let statement = statement.as_ref().map(|statement| statement.json(currency));
    Context {
        title: in_words(document.document_type.name()),
        seller,
        buyer,
        month: document.month.in_words(),
        plan,
        decimals: currency.decimals(),
        lines: lines.iter().map(|line| line_cells(line, line.json(currency))).collect(),
        amounts: amounts(&row),
        pools: statement.as_ref().map(pools).unwrap_or_default(),
        statement,
        related: before.iter().map(|document| document.json(currency)).collect(),
        balance: currency.amount(totals.sum::<i128>()).plain(),
        document: row,
    }
}

/// A line's cells, with the days of its service.
fn line_cells(line: &LineRow, mut cells: Map<String, Value>) -> Map<String, Value> {
    let last = Instant::from_micros(line.service_end.micros() - 1).unwrap_or(line.service_end);
    let days = [("first_day", line.service_start), ("last_day", last.max(line.service_start))];
    cells.extend(days.map(|(name, at)| (name.to_owned(), at.date().to_string().into())));
    cells
}

/// What a document's total consists of: all amounts that the table has beside it, but those that are nothing.
fn amounts(document: &Map<String, Value>) -> Vec<Part> {
    let columns =
        Table::Documents.columns().iter().filter(|column| column.column_type == ColumnType::Money);
    let parts = columns.filter_map(|column| {
        let name = column.name.strip_suffix("_amount").filter(|name| *name != "total")?;
        let amount = document.get(column.name)?;
        is_something(amount).then(|| Part { name: in_words(name), amount: amount.clone() })
    });
    parts.collect()
}

/// The pools that a statement tells of: whatever credits can be drawn on, where there was anything.
fn pools(statement: &Map<String, Value>) -> Vec<Pool> {
    let drawn =
        Table::Statements.columns().iter().filter_map(|column| column.name.strip_suffix("_drawn"));
    let pool = |pool: &str| {
        let cell = |what: &str| statement.get(&format!("{pool}_{what}")).cloned();
        let available = cell("granted").or_else(|| cell("opening")).unwrap_or_default();
        let used = cell("drawn").unwrap_or_default();
        let is_there = [&available, &used].into_iter().any(is_something);
        is_there.then(|| Pool {
            name: in_words(pool),
            available,
            used,
            expired: cell("expired").unwrap_or_default(),
            carried: cell("carried").unwrap_or_default(),
        })
    };
    drawn.filter_map(pool).collect()
}

/// Whether a number in plain digits is another than 0.
fn is_something(number: &Value) -> bool {
    number.as_str().is_some_and(|digits| digits.bytes().any(|b| matches!(b, b'1'..=b'9')))
}

/// A word of a table for people: `Credit note`.
fn in_words(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
