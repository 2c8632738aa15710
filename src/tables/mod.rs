//! The tables of a revision: what they hold, and how they are written.
//!
//! Each table is made as Arrow batches of a fixed number of rows, and every batch goes to
//! Parquet and to CSV alike, so that the two hold the same rows in the same order.

mod csv;
mod output;
mod parquet;
mod rows;
mod schema;
mod sheet;

pub use output::{Output, write_all};
pub use rows::MonthResult;
pub use schema::{ColumnType, Table, TableColumn, arrow_schema};
