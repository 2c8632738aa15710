//! Text files: CSV and NDJSON, plain or compressed.
//!
//! A file is read in [`pieces`] of one size, and unpacked on the way if it is compressed. Each is
//! cut where a row ends ([`row_ends`]; for CSV that depends on the quotes), which makes
//! [`blocks`] of whole rows. Their rows are taken apart into cells by [`csv`] and [`ndjson`], quickly
//! where [`byte_masks`] show the cells' bounds; and cells become [`typed_columns`].

pub(super) mod blocks;
mod brotli;
mod byte_masks;
pub(super) mod csv;
pub(super) mod ndjson;
pub(super) mod pieces;
mod row_ends;
#[cfg(test)]
mod testing;
pub(super) mod typed_columns;
