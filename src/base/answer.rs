//! What a command that asks something comes to.

use serde::Serialize;
use serde_json::{Value, json};

/// The answer of a command that publishes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For people; ends with a line break.
    pub text: String,
    /// For machines, in one line.
    pub result: Value,
    /// The process exit code.
    pub exit_code: u8,
    /// How many findings there are of each kind that it looks for.
    pub findings: Vec<(&'static str, u64)>,
}

impl Answer {
    /// An answer whose result for machines is made of `result`.
    pub fn new(text: String, result: &impl Serialize, exit_code: u8) -> Self {
        Answer { text, result: json!(result), exit_code, findings: Vec::new() }
    }
}
