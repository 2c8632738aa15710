//! Differences for people and for machines.

use serde_json::Value;

use super::differences::Differences;

impl Differences {
    /// For people: counts, totals, causes, and the largest few; ends with a line break.
    pub fn summary(&self, most: usize) -> String {
        let _ = most;
        String::new()
    }

    /// For machines.
    pub fn to_json(&self) -> Value {
        Value::Null
    }
}
