//! The tables of a revision: what they hold, how they are written, and how they are read back.
//!
//! Each table is made as Arrow batches of a fixed number of rows, and every batch goes to
//! Parquet and to CSV alike, so that the two hold the same rows in the same order.

mod account_rows;
mod batch_builder;
mod carried_over;
mod columns;
mod csv;
mod damaged_file;
mod format_parity;
mod groups;
mod output;
mod parquet;
mod read;
mod records;
mod report;
mod schema;
mod splice;
mod states;
mod unchanged;

pub use account_rows::{records_of, records_of_all, similar_accounts};
pub use batch_builder::{BatchBuilder, Cell};
pub use carried_over::CarriedOver;
pub use columns::{ColumnType, TableColumn, optional, required};
pub use format_parity::{CellFault, Common, Difference, Few, Inspection, differences, inspect};
pub use groups::{BATCH_ROWS, RevisionTables, TableGroup};
pub use output::{Output, Outputs, write_all};
pub use read::{Finished, finished, finished_of, row_count, stream, stream_columns};
pub use records::{
    ChargeRow, DocumentRow, DocumentType, ExceptionRow, ExpiredRow, LineRow, OfAccount, Record,
    RejectRow, StateRow, StatementRow, records,
};
pub(crate) use report::report_table;
pub use report::{ReportColumn, ReportTable, ReportTarget};
pub use schema::{Table, arrow_schema};
pub use states::write_states;
pub use unchanged::differing_account;
