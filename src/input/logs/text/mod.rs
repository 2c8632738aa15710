//! Text files: CSV and NDJSON, plain or compressed.

pub(super) mod blocks;
mod byte_masks;
pub(super) mod csv;
pub(super) mod ndjson;
mod pieces;
mod row_ends;
#[cfg(test)]
mod testing;
pub(super) mod typed_columns;
