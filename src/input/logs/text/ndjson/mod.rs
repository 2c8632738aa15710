//! NDJSON: JSON objects, one a line or several.

mod line_layout;
mod object;
pub(in crate::input::logs) mod rows;
mod scalars;
