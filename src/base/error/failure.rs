//! The failure that stops a run, where its fault was found, and how it comes together, also of faults that are told
//! together; and how it is told: to people, and as JSON.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::code::{Code, Kind};
use super::refusal::Refusal;
use crate::base::printable::on_one_line;

/// The result of everything that can stop a run.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure that stops the run.
#[derive(Debug)]
pub struct Error(pub(super) Box<Parts>);

#[derive(Debug)]
pub(super) struct Parts {
    pub code: Code,
    pub message: String,
    pub place: Place,
    pub expected: Option<String>,
    pub hint: Option<Hint>,
    pub done: Vec<String>,
    pub faults: Vec<Error>,
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// What the system said, where it kept the program from reading or writing.
    pub refusal: Option<Refusal>,
}

/// What to do about a failure.
#[derive(Debug)]
pub(super) enum Hint {
    /// In any case.
    Always(String),
    /// Where a file is damaged: a file that cannot be read now may be whole.
    OfDamage(String),
}

impl Error {
    /// A failure of this code, with a message that states the fault in one clause.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error(Box::new(Parts {
            code,
            message: message.into(),
            place: Place::default(),
            expected: None,
            hint: None,
            done: Vec::new(),
            faults: Vec::new(),
            source: None,
            refusal: None,
        }))
    }

    /// The same failure, located in `file`.
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.0.place.file = Some(file.as_ref().display().to_string());
        self
    }

    /// The same failure, at a line of a text file (from 1).
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.place.line = Some(line);
        self
    }

    /// The same failure, in a row group of a Parquet file (from 0).
    pub fn in_row_group(mut self, group: usize) -> Self {
        self.0.place.row_group = Some(group);
        self
    }

    /// The same failure, at a data row (from 1).
    pub fn at_row(mut self, row: u64) -> Self {
        self.0.place.row = Some(row);
        self
    }

    /// The same failure, in a column.
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.0.place.column = Some(column.into());
        self
    }

    /// The same failure, with the value that was read.
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.0.place.value = Some(value.into());
        self
    }

    /// The same failure, saying what was expected instead.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// The same failure, saying what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(Hint::Always(hint.into()));
        self
    }

    /// The same failure, saying what to do about it if a file is damaged. Where it is the system
    /// that keeps the program from reading, that is said instead.
    pub fn hint_of_damage(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(Hint::OfDamage(hint.into()));
        self
    }

    /// The same failure. Where it is the system that keeps the program from reading, that alone:
    /// nothing is known of what the file holds.
    pub fn or_unread(mut self) -> Self {
        if self.0.refusal.is_some() {
            self.0.message = "cannot be read".to_owned();
            self.0.expected = None;
        }
        self
    }

    /// The same failure of a book that is not as a run leaves it.
    pub fn changed_by_hand(self) -> Self {
        self.hint_of_damage("the book may have been changed by hand; restore it from a copy")
    }

    /// The same failure, saying what was done before it and stands.
    pub fn after(mut self, done: impl IntoIterator<Item = String>) -> Self {
        self.0.done.extend(done);
        self
    }

    /// The same failure, with the faults that it consists of, which are told together.
    pub fn with_faults(mut self, faults: Vec<Error>) -> Self {
        self.0.faults = faults;
        self
    }

    /// The same failure, with the error that caused it.
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let source = source.into();
        self.0.refusal = Refusal::of(source.as_ref());
        self.0.source = Some(source);
        self
    }

    /// What it can be looked up by. Where the machine failed, that: nothing is known of the files.
    pub fn code(&self) -> Code {
        self.0.refusal.and_then(Refusal::failure).unwrap_or(self.0.code)
    }

    /// The kind, which decides the exit code.
    pub fn kind(&self) -> Kind {
        self.code().kind()
    }

    pub(super) fn hint_text(&self) -> Option<&str> {
        match (&self.0.hint, &self.0.refusal) {
            (_, Some(refusal)) if refusal.failure().is_some() => Some(refusal.hint()),
            (Some(Hint::OfDamage(_)), Some(refusal)) => Some(refusal.hint()),
            (Some(Hint::Always(hint) | Hint::OfDamage(hint)), _) => Some(hint),
            (None, _) => None,
        }
    }

    /// The failure on one line.
    pub fn in_one_line(&self) -> String {
        let text = self.to_string();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.join("; ")
    }

    /// Where the fault was found.
    pub fn place(&self) -> &Place {
        &self.0.place
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

/// Where a fault was found; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as the job names it.
    pub file: Option<String>,
    /// A line of a text file, from 1.
    pub line: Option<u64>,
    /// A row group of a Parquet file, from 0.
    pub row_group: Option<usize>,
    /// A data row, from 1; a CSV header is not counted.
    pub row: Option<u64>,
    /// The column's name in the file.
    pub column: Option<String>,
    /// The offending value as read.
    pub value: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: String| {
            let result = write!(f, "{separator}{text}");
            separator = ", ";
            result
        };
        if let Some(file) = &self.file {
            let file = on_one_line(file);
            match self.line {
                Some(line) => part(f, format!("{file}:{line}"))?,
                None => part(f, file.into_owned())?,
            }
        }
        if let Some(group) = self.row_group {
            part(f, format!("row group {group}"))?;
        }
        if let Some(row) = self.row {
            part(f, format!("row {row}"))?;
        }
        if let Some(column) = &self.column {
            part(f, format!("column `{}`", on_one_line(column)))?;
        }
        if let Some(value) = self.value.as_deref().filter(|value| !value.is_empty()) {
            part(f, format!("value `{}`", on_one_line(value)))?;
        }
        Ok(())
    }
}

/// Faults that are told together, so that nobody meets them one a run.
#[derive(Debug, Default)]
pub struct Faults(Vec<Error>);

impl Faults {
    /// Faults that are told one by one; of more it is said how many they are.
    const TOLD: usize = 20;

    /// What came out well, or nothing and a fault more.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// One fault more, or as many as are told together in it.
    pub fn add(&mut self, fault: Error) {
        let Parts { faults, place, hint, .. } = &*fault.0;
        if faults.is_empty() || *place != Place::default() || hint.is_some() {
            self.0.push(fault);
        } else {
            self.0.extend(fault.0.faults);
        }
    }

    /// Succeeds where there is no fault.
    ///
    /// # Errors
    /// The only fault; or all of them, with the code of the first, as `what` they are.
    pub fn check(mut self, what: &str) -> Result<()> {
        let many = self.0.len();
        match many {
            0 => Ok(()),
            1 => Err(self.0.remove(0)),
            _ => {
                let code = self.0[0].code();
                let more = many.saturating_sub(Faults::TOLD);
                self.0.truncate(Faults::TOLD);
                let more = if more > 0 {
                    format!(", of which {more} are not told")
                } else {
                    String::new()
                };
                Err(Error::new(code, format!("{many} {what}{more}")).with_faults(self.0))
            }
        }
    }
}

impl Error {
    /// The failure as one JSON object, for `--json`.
    pub fn to_json(&self) -> serde_json::Value {
        let place = &self.0.place;
        serde_json::json!({
            "kind": self.kind().name(),
            "code": self.code(),
            "exit_code": self.kind().exit_code(),
            "message": self.0.message,
            "file": place.file,
            "line": place.line,
            "row_group": place.row_group,
            "row": place.row,
            "column": place.column,
            "value": place.value,
            "expected": self.0.expected,
            "hint": self.hint_text(),
            "done_before": self.0.done,
            "faults": self.0.faults,
            "cause": self.0.source.as_ref().map(|s| s.to_string()),
        })
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_json().serialize(to)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        if parts.place != Place::default() {
            write!(f, "{}: ", parts.place)?;
        }
        write!(f, "{}", parts.message)?;
        if let Some(source) = &parts.source {
            write!(f, "\n  cause: {source}")?;
        }
        for fault in &parts.faults {
            f.write_str("\n  - ")?;
            if fault.code() != self.code() {
                write!(f, "[{}] ", fault.code())?;
            }
            f.write_str(&fault.to_string().replace('\n', "\n  "))?;
        }
        if let Some(expected) = &parts.expected {
            write!(f, "\n  expected: {expected}")?;
        }
        if let Some(hint) = self.hint_text() {
            write!(f, "\n  hint: {hint}")?;
        }
        for done in &parts.done {
            write!(f, "\n  done before: {done}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_place_cause_expectation_and_remedy() {
        let error = Error::new(Code::ROW_UNREADABLE, "is not a number")
            .in_file("usage.csv")
            .at_row(3)
            .in_column("credits")
            .with_value("six")
            .expected("a decimal such as 6.70")
            .hint("correct the row");
        assert_eq!(
            error.to_string(),
            "usage.csv, row 3, column `credits`, value `six`: is not a number\
             \n  expected: a decimal such as 6.70\n  hint: correct the row"
        );
        assert_eq!(error.kind().exit_code(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_called_damaged() {
        let os = |code: i32| std::io::Error::from_raw_os_error(code);
        let damaged = |cause: std::io::Error| {
            Error::new(Code::ARCHIVE_DIFFERS, "cannot be read").caused_by(cause).changed_by_hand()
        };
        let files = damaged(os(24));
        assert_eq!(files.kind(), Kind::System);
        assert!(files.to_string().contains("hint: raise the limit on open files"), "{files}");
        // So it is where another library has made a text of it, and where a failure has a cause.
        let told = Error::new(Code::ARCHIVE_DIFFERS, "x").caused_by(format!("External: {}", os(5)));
        let outer = Error::new(Code::BOOK_UNREADABLE, "y").caused_by(told).changed_by_hand();
        assert_eq!(outer.kind(), Kind::System);
        assert!(!outer.to_string().contains("restore"), "{outer}");
        let unread = Error::new(Code::INPUT_UNREADABLE, "is no log")
            .caused_by(os(5))
            .expected("a log")
            .or_unread();
        assert!(unread.to_string().starts_with("cannot be read\n  cause: "), "{unread}");
        assert!(!unread.to_string().contains("expected"), "{unread}");
        let closed = damaged(os(13));
        assert_eq!(closed.kind(), Kind::Conservation);
        assert!(closed.to_string().contains("this user may read"), "{closed}");
        for gone in [os(2), std::io::ErrorKind::UnexpectedEof.into()] {
            let gone = damaged(gone);
            assert_eq!(gone.kind(), Kind::Conservation);
            assert!(gone.to_string().contains("restore it from a copy"), "{gone}");
        }
    }

    #[test]
    fn faults_are_told_together() {
        let of = |count: usize| {
            let mut faults = Faults::default();
            (0..count).for_each(|n| {
                faults.add(Error::new(Code::OPTION_VALUE, format!("fault {n}")).hint("mend it"))
            });
            faults.check("faults")
        };
        assert!(of(0).is_ok());
        assert_eq!(of(1).unwrap_err().to_string(), "fault 0\n  hint: mend it");
        let two = of(2).unwrap_err();
        assert_eq!(two.kind(), Kind::Usage);
        assert_eq!(
            two.to_string(),
            "2 faults\n  - fault 0\n    hint: mend it\n  - fault 1\n    hint: mend it"
        );
        assert_eq!(two.to_json()["faults"][1]["message"], "fault 1");
        let many = of(21).unwrap_err().to_string();
        assert!(many.starts_with("21 faults, of which 1 are not told\n"), "{many}");
    }
}
