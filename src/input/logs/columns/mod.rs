//! Typed views of a batch's columns.

pub(super) mod ids;
pub(super) mod values;
