//! What a command that asks something comes to.

use serde_json::Value;

/// The answer of a command that publishes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For people; ends with a line break.
    pub text: String,
    /// For machines, in one line.
    pub result: Value,
    /// The process exit code.
    pub exit_code: u8,
}
