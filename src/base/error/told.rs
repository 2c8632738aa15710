//! How a failure is told: to people, and as JSON.

use std::fmt;

use serde::{Serialize, Serializer};

use super::failure::Error;
use super::failure::Place;

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
