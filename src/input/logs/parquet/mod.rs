//! Parquet: footers checked, row groups read or passed over by what their statistics say.

mod column_types;
pub(super) mod engine_types;
pub(super) mod footer;
pub(super) mod groups_ahead;
pub(super) mod row_group;
pub(super) mod rows;
