//! NDJSON: JSON objects, one a line or several.

mod line_layout;
pub(in crate::input::logs) mod rows;
