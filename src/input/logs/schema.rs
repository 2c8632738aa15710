//! The columns that each log has, and how their names are mapped.

use super::dialect::{Dialect, Mapping, Words};
use crate::base::calendar::{Instant, InstantForms};
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::rejects::shortened;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text of 1 to 256 bytes.
    Id,
    /// An id that may also come as a 16-byte binary UUID.
    EventId,
    /// An instant.
    Instant,
    /// A quantity of credits.
    Credits,
    /// A word from a list, or a plan's id; may be empty.
    Word,
    /// True or false.
    Flag,
    /// A word, or true or false.
    Status,
    /// An amount of money; negative where it was given back.
    Amount,
    /// When something happened, as exports of many kinds write it.
    Moment,
}

impl ColumnKind {
    /// Whether JSON may have a number there, with or without decimals.
    pub(super) fn is_number(self) -> bool {
        use ColumnKind::{Amount, Credits, Instant, Moment};
        matches!(self, Credits | Amount | Instant | Moment)
    }

    /// Whether an integer counts as its digits.
    pub(super) fn is_name(self) -> bool {
        use ColumnKind::{EventId, Id, Word};
        matches!(self, Id | EventId | Word)
    }

    /// What a file's column should be, for messages.
    pub fn expected(self) -> &'static str {
        match self {
            ColumnKind::Id => "text, an integer type, or UUID",
            ColumnKind::EventId => "text, an integer type, or 16-byte binary (UUID)",
            ColumnKind::Instant => {
                "TIMESTAMP, or text; an integer type where the job says instants = \"epoch-ms\" or the like"
            }
            ColumnKind::Credits | ColumnKind::Amount => {
                "DECIMAL, an integer type, FLOAT, DOUBLE or text"
            }
            ColumnKind::Word => "text",
            ColumnKind::Flag => "BOOLEAN, or text",
            ColumnKind::Status => "text or BOOLEAN",
            ColumnKind::Moment => "TIMESTAMP, DATE, seconds since 1970 as an integer, or text",
        }
    }
}

/// One column of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Our name for it.
    pub name: &'static str,
    /// Its name in the files; empty where it is not to be read.
    pub in_file: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether a file may do without it; its cells are empty then.
    pub optional: bool,
    /// Words in the files that mean another one.
    pub words: Mapping,
}

impl Column {
    /// What a word in the files means.
    pub fn meaning<'a>(&'a self, word: &'a str) -> &'a str {
        if self.words.is_empty() {
            return word; // as it nearly always is
        }
        self.words.get(word).map_or(word, String::as_str)
    }

    /// Whether a file must have it: one that is mapped by name is expected to be there.
    fn must_be_there(&self) -> bool {
        !self.optional || self.in_file != self.name
    }
}

/// The columns that one kind of log must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSchema {
    /// What the log is called in messages, such as `usage log`.
    pub name: &'static str,
    /// The option that maps its columns.
    pub map_option: &'static str,
    /// The columns, in the order in which batches hold them.
    pub columns: Vec<Column>,
    /// Whether nobody asks how a text file writes an instant or credits that can be read.
    pub values_only: bool,
    /// How the files write what they could write in several ways.
    pub dialect: Dialect,
}

/// The places of the usage log's columns in a batch, as [`LogSchema::usage`] lists them.
pub mod usage_columns {
    /// `account_id`
    pub const ACCOUNT: usize = 0;
    /// `at`
    pub const AT: usize = 1;
    /// `credits`
    pub const CREDITS: usize = 2;
    /// `event_id`; not there in a log without ids.
    pub const EVENT: usize = 3;
}

impl LogSchema {
    /// The usage log; without `event_id` where the log has none.
    ///
    /// # Errors
    /// A mapping names a column that the log does not have, or one column twice.
    pub fn usage(mapping: &Mapping, event_ids: bool) -> Result<Self> {
        let mut columns = vec![
            ("account_id", ColumnKind::Id),
            ("at", ColumnKind::Instant),
            ("credits", ColumnKind::Credits),
        ];
        if event_ids {
            columns.push(("event_id", ColumnKind::EventId));
        }
        let schema = LogSchema::new("usage log", "--map-usage", &columns, &[], mapping)?;
        Ok(LogSchema { values_only: true, ..schema })
    }

    /// The change log. One without grants and limits may lack their columns.
    ///
    /// # Errors
    /// A mapping names a column that the log does not have, or one column twice.
    pub fn changes(mapping: &Mapping) -> Result<Self> {
        let columns = [
            ("account_id", ColumnKind::Id),
            ("at", ColumnKind::Instant),
            ("change_id", ColumnKind::Id),
            ("change", ColumnKind::Word),
            ("plan", ColumnKind::Word),
            ("grant", ColumnKind::Word),
            ("credits", ColumnKind::Credits),
            ("expires_at", ColumnKind::Instant),
        ];
        let optional = ["grant", "credits", "expires_at"];
        LogSchema::new("change log", "--map-changes", &columns, &optional, mapping)
    }

    /// An export of payments. What a provider's export may lack is optional, and a mapping to
    /// nothing says not to read it.
    ///
    /// # Errors
    /// A mapping names a column that payments do not have, one column twice, or does without one
    /// that must be there.
    pub fn payments(mapping: &Mapping) -> Result<Self> {
        let columns = [
            ("payment_id", ColumnKind::Id),
            ("account_id", ColumnKind::Id),
            ("document_id", ColumnKind::Id),
            ("at", ColumnKind::Moment),
            ("amount", ColumnKind::Amount),
            ("currency", ColumnKind::Word),
            ("kind", ColumnKind::Word),
            ("status", ColumnKind::Status),
            ("refunded_amount", ColumnKind::Amount),
            ("payout_id", ColumnKind::Id),
            ("fee", ColumnKind::Amount),
        ];
        let required = ["payment_id", "amount"];
        let optional: Vec<&str> =
            columns.iter().map(|column| column.0).filter(|name| !required.contains(name)).collect();
        let mut mapping = mapping.clone();
        // Many a provider's `status` is of something else, such as of the payout.
        mapping.entry("status".to_owned()).or_default();
        LogSchema::new("export of payments", "--map", &columns, &optional, &mapping)
    }

    /// Adjustments. The places of their accounts and instants are those of the other logs.
    pub fn adjustments() -> Self {
        let columns = [
            ("account_id", ColumnKind::Id),
            ("at", ColumnKind::Instant),
            ("adjustment_id", ColumnKind::Id),
            ("amount", ColumnKind::Amount),
            ("description", ColumnKind::Word),
        ];
        LogSchema::unmapped("log of adjustments", &columns)
    }

    /// A list of events to leave out.
    pub fn dropped_events() -> Self {
        let columns = [("event_id", ColumnKind::EventId), ("reason", ColumnKind::Word)];
        LogSchema::unmapped("list of events to leave out", &columns)
    }

    /// The same columns, in files that are written in a dialect.
    pub fn written(self, dialect: Dialect) -> Self {
        LogSchema { dialect, ..self }
    }

    /// The same columns, where words mean what is said of them.
    pub fn in_words(mut self, words: &Words) -> Self {
        for column in &mut self.columns {
            column.words = words.of_column(column.name);
        }
        self
    }

    /// A schema whose columns go by our names only.
    pub fn unmapped(name: &'static str, columns: &[(&'static str, ColumnKind)]) -> Self {
        let column = |&(name, kind): &(&'static str, ColumnKind)| Column {
            name,
            in_file: name.to_owned(),
            kind,
            optional: false,
            words: Mapping::new(),
        };
        let columns = columns.iter().map(column).collect();
        LogSchema { name, map_option: "", columns, values_only: false, dialect: Dialect::default() }
    }

    fn new(
        name: &'static str,
        map_option: &'static str,
        columns: &[(&'static str, ColumnKind)],
        optional: &[&str],
        mapping: &Mapping,
    ) -> Result<Self> {
        let known: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        if let Some(unknown) = mapping.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!("{map_option} maps `{unknown}`, which the {name} does not have");
            return Err(Error::new(Code::COLUMN_MAP, message).expected(known.join(", ")));
        }
        let mut schema = LogSchema { map_option, ..LogSchema::unmapped(name, columns) };
        for column in &mut schema.columns {
            column.in_file = mapping.get(column.name).unwrap_or(&column.in_file).clone();
            column.optional = optional.contains(&column.name);
        }
        for (at, one) in schema.columns.iter().enumerate() {
            if one.in_file.is_empty() {
                if one.optional {
                    continue;
                }
                let message = format!("{map_option} maps `{}` to nothing", one.name);
                return Err(Error::new(Code::COLUMN_MAP, message)
                    .expected("the name of a column of the files"));
            }
            if let Some(other) =
                schema.columns[..at].iter().find(|other| other.in_file == one.in_file)
            {
                let (one, other, twice) = (one.name, other.name, &one.in_file);
                let message = format!("{map_option} reads `{other}` and `{one}` from `{twice}`");
                return Err(
                    Error::new(Code::COLUMN_MAP, message).expected("a column of its own for each")
                );
            }
        }
        Ok(schema)
    }

    /// Finds every column in a file's header: positions in the order of [`LogSchema::columns`],
    /// `None` for an optional one that is not there.
    ///
    /// # Errors
    /// Columns are missing or stand there twice: all that are.
    pub fn locate(&self, header: &[String], file: &str) -> Result<Vec<Option<usize>>> {
        let (mut places, mut missing) = (Vec::with_capacity(self.columns.len()), Vec::new());
        let mut faults = Faults::default();
        for column in &self.columns {
            let is_it = |(_, name): &(usize, &String)| name.trim() == column.in_file;
            let mut found = header.iter().enumerate().filter(is_it).map(|(at, _)| at);
            let place = found.next().filter(|_| !column.in_file.is_empty());
            if place.is_some() && found.next().is_some() {
                let twice = Error::new(Code::COLUMN_TWICE, "stands in the header twice");
                faults.add(
                    twice
                        .in_file(file)
                        .in_column(&column.in_file)
                        .hint("rename one of the two, or map the right one"),
                );
            }
            if place.is_none() && !column.in_file.is_empty() && column.must_be_there() {
                missing.push(column);
            }
            places.push(place);
        }
        if !missing.is_empty() {
            faults.add(self.missing(&missing, header, file));
        }
        faults.check("faults in the header")?;
        Ok(places)
    }

    /// Columns are missing.
    fn missing(&self, missing: &[&Column], header: &[String], file: &str) -> Error {
        let found = shortened(&header.join(", "));
        let (error, them) = match missing {
            [one] => (Error::new(Code::COLUMN_MISSING, "is missing").in_column(&one.in_file), "it"),
            several => {
                let names: Vec<_> = several.iter().map(|c| format!("`{}`", c.in_file)).collect();
                (
                    Error::new(
                        Code::COLUMN_MISSING,
                        format!("lacks the columns {}", names.join(", ")),
                    ),
                    "them",
                )
            }
        };
        let expected = format!("the {} to have {them}; the file has: {found}", self.name);
        error.in_file(file).expected(expected).hint(self.missing_hint(missing, header, file))
    }

    fn missing_hint(&self, missing: &[&Column], header: &[String], file: &str) -> String {
        const DELIMITERS: [(char, &str); 4] = [(';', ";"), ('\t', "\\t"), ('|', "|"), (',', ",")];
        let other =
            DELIMITERS.iter().find(|(other, _)| header.len() == 1 && header[0].contains(*other));
        match (other, self.map_option) {
            (Some(_), "") => return "write the file with commas between the cells".to_owned(),
            (Some((_, other)), "--map") => return format!("say --csv-delimiter '{other}'"),
            (Some((_, other)), _) => {
                return format!(
                    "write `csv = {{ delimiter = \"{other}\" }}` into the job file, or say \
                     --csv-delimiter '{other}'"
                );
            }
            (None, _) => {}
        }
        let is_instant = |cell: &String| {
            let forms = InstantForms { assume_utc: true, numbers: self.dialect.instants };
            Instant::parse_as(cell, forms).is_ok()
        };
        if header.iter().any(is_instant) {
            return "the first row seems to be a row of the log: write the columns' names before it \
                    (Spark: option header = true)"
                .to_owned();
        }
        let in_name = |part: &&str| {
            let name = part.split_once('=').map(|(name, _)| name);
            missing.iter().any(|column| name == Some(&column.in_file))
        };
        if let Some(folder) = file.split(['/', '\\']).find(in_name) {
            return format!(
                "a folder's name, `{folder}`, is no column: write the column into the file as well \
                 (Spark: partitionBy a copy of it)"
            );
        }
        let (option, several) = (self.map_option, missing.len() > 1);
        if option.is_empty() {
            return format!("add the column{} to the file", if several { "s" } else { "" });
        }
        let names: Vec<_> = missing.iter().map(|c| format!("{}=NAME", c.name)).collect();
        let other = if several { "other columns" } else { "another column" };
        let map = format!("map {other} with {option} {}", names.join(","));
        match missing.iter().any(|column| column.name == "event_id") {
            true => format!(
                "{map}; or say --no-event-ids if the log has no event ids (no duplicates can be \
                 found then)"
            ),
            false => map,
        }
    }
}
