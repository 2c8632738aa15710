//! Random months: populations of accounts, the files that they are written to, and the revisions that come of them.

pub mod explained;
pub mod files;
pub mod holding;
pub mod population;
pub mod revision;
pub mod table_text;
pub mod terms;
