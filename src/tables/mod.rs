//! The tables of a revision: what they hold, how they are written, and how they are read back.
//!
//! Each table is made as Arrow batches of a fixed number of rows, and every batch goes to
//! Parquet and to CSV alike, so that the two hold the same rows in the same order.

mod carried;
mod columns;
mod csv;
mod damage;
mod of_account;
mod output;
mod parquet;
mod pieces;
mod read;
mod records;
mod report;
mod rows;
mod same;
mod schema;
mod sheet;
mod splice;
mod states;
mod twins;

pub use carried::Carried;
pub use columns::{ColumnType, TableColumn, optional, required};
pub use of_account::{records_of, records_of_all, similar_accounts};
pub use output::{Output, Outputs, write_all};
pub use read::{Finished, finished, finished_of, row_count, stream, stream_columns};
pub use records::{
    ChargeRow, DocumentRow, DocumentType, ExceptionRow, ExpiredRow, LineRow, OfAccount, Record,
    RejectRow, StateRow, StatementRow, records,
};
pub use report::ReportTable;
pub use rows::{Documents, MonthResult};
pub use same::differing_account;
pub use schema::{Table, arrow_schema};
pub use sheet::{Cell, Sheet};
pub use states::write_states;
pub use twins::{CellFault, Common, Difference, Few, Inspection, differences, inspect};
