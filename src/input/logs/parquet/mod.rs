//! Parquet files.

pub(super) mod read;
