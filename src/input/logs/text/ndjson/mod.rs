//! NDJSON: one JSON object a line.

mod line_layout;
mod object;
pub(in crate::input::logs) mod rows;
