//! A case file, read: its logs, its months and what each of them is expected to give.

pub const CHANGE_COLUMNS: &[&str] =
    &["change_id", "account_id", "at", "change", "plan", "grant", "credits", "expires_at"];
pub const USAGE_COLUMNS: &[&str] = &["event_id", "account_id", "at", "credits"];
pub const ADJUSTMENT_COLUMNS: &[&str] =
    &["adjustment_id", "account_id", "at", "amount", "description"];
pub const STATE_COLUMNS: &[&str] = &[
    "account_id",
    "plan",
    "overage_on",
    "signed_up_at",
    "first_paid_at",
    "trial_ends_at",
    "trial_left",
    "overage_limit",
];
pub const GRANT_COLUMNS: &[&str] =
    &["account_id", "grant_id", "grant", "granted", "left", "granted_at", "expires_at", "price"];

pub type Row = Vec<String>;

#[derive(Debug, Default)]
pub struct Case {
    pub title: String,
    pub catalogue: String,
    pub changes: Vec<Table>,
    pub usage: Vec<Table>,
    pub adjustments: Vec<Table>,
    pub months: Vec<Month>,
}

#[derive(Debug)]
pub struct Month {
    pub name: String,
    pub opening: Option<Table>,
    pub opening_grants: Option<Table>,
    pub expectations: Vec<Expectation>,
}

#[derive(Debug)]
pub struct Expectation {
    pub line: usize,
    pub table: String,
    /// None: the table has no rows.
    pub content: Option<Table>,
}

#[derive(Debug)]
pub struct Table {
    pub header: Row,
    pub rows: Vec<Row>,
}

/// An unindented line and the indented ones below it.
struct Block {
    line: usize,
    head: String,
    rows: Vec<(usize, Row)>,
}

/// `(line, message)` of what cannot be understood.
pub type Unclear = (usize, String);

impl Case {
    pub fn parse(text: &str) -> Result<Self, Unclear> {
        let title = text.lines().next().and_then(|l| l.strip_prefix("# "));
        let title = title
            .ok_or((1, "the first line must be a title: `# What it shows (F2)`".to_owned()))?;
        let mut case =
            Self { title: title.to_owned(), catalogue: "kiro".to_owned(), ..Self::default() };
        for block in blocks(text)? {
            case.add(&block)?;
        }
        if case.months.iter().all(|m| m.expectations.is_empty()) {
            let message = "the case expects nothing: it needs a `month` and an `expect <table>:`";
            return Err((1, message.to_owned()));
        }
        Ok(case)
    }

    fn add(&mut self, block: &Block) -> Result<(), Unclear> {
        let fault = |message: &str| Err((block.line, format!("{message}, found `{}`", block.head)));
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words[..] {
            ["catalogue" | "month", _] if !block.rows.is_empty() => {
                return fault("no rows belong below this line");
            }
            ["catalogue", name] => name.clone_into(&mut self.catalogue),
            ["month", name] => self.months.push(Month {
                name: name.to_owned(),
                opening: None,
                opening_grants: None,
                expectations: Vec::new(),
            }),
            ["changes:"] => self.changes.push(block.input(CHANGE_COLUMNS)?),
            ["usage:"] => self.usage.push(block.input(USAGE_COLUMNS)?),
            ["adjustments:"] => self.adjustments.push(block.input(ADJUSTMENT_COLUMNS)?),
            ["opening:"] => match &mut self.months[..] {
                [first] if first.opening.is_none() => {
                    first.opening = Some(block.input(STATE_COLUMNS)?);
                }
                _ => {
                    return fault(
                        "only the first month has an opening, and one; expected it below its `month`",
                    );
                }
            },
            ["opening", "grants:"] => match &mut self.months[..] {
                [first] if first.opening.is_some() && first.opening_grants.is_none() => {
                    first.opening_grants = Some(block.input(GRANT_COLUMNS)?);
                }
                _ => return fault("expected one `opening grants:`, below the `opening:`"),
            },
            ["expect", table, ref rest @ ..] if table.ends_with(':') => {
                let content = match (rest, block.rows.len()) {
                    (["none"], 0) => None,
                    ([], 2..) => Some(block.table()?),
                    _ => {
                        return fault(
                            "expected a header and rows below, or `expect <table>: none`",
                        );
                    }
                };
                let Some(month) = self.months.last_mut() else {
                    return fault("expected a `month` above");
                };
                month.expectations.push(Expectation {
                    line: block.line,
                    table: table.trim_end_matches(':').to_owned(),
                    content,
                });
            }
            _ => {
                return fault(
                    "expected `catalogue NAME`, `month YYYY-MM`, `changes:`, `usage:`, `adjustments:`, \
                     `opening:`, `opening grants:` or `expect <table>:`",
                );
            }
        }
        Ok(())
    }
}

impl Block {
    fn table(&self) -> Result<Table, Unclear> {
        let Some(((_, names), rows)) = self.rows.split_first() else {
            return Err((self.line, format!("expected a header below `{}`", self.head)));
        };
        for (line, cells) in rows {
            if cells.len() != names.len() {
                let message = format!(
                    "{} cells under a header of {}: {}",
                    cells.len(),
                    names.len(),
                    cells.join(" | ")
                );
                return Err((*line, message));
            }
        }
        let column = |name: &String| {
            if name == "account" { "account_id".to_owned() } else { name.clone() }
        };
        Ok(Table {
            header: names.iter().map(column).collect(),
            rows: rows.iter().map(|(_, cells)| cells.clone()).collect(),
        })
    }

    fn input(&self, columns: &[&str]) -> Result<Table, Unclear> {
        let table = self.table()?;
        match table.header.iter().find(|name| !columns.contains(&name.as_str())) {
            Some(name) => Err((
                self.line,
                format!("`{}` has no column `{name}`, only {}", self.head, columns.join(", ")),
            )),
            None => Ok(table),
        }
    }
}

fn blocks(text: &str) -> Result<Vec<Block>, Unclear> {
    let mut blocks: Vec<Block> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let (line, content) = (index + 1, raw.trim());
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if !raw.starts_with([' ', '\t']) {
            let head = content.to_owned();
            blocks.push(Block { line, head, rows: Vec::new() });
        } else if let Some(block) = blocks.last_mut() {
            let cells = content.split('|').map(|cell| cell.trim().to_owned());
            block.rows.push((line, cells.collect()));
        } else {
            return Err((line, format!("a row without a table above it: {content}")));
        }
    }
    Ok(blocks)
}
