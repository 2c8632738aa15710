//! Random months: populations of accounts, the files that they are written to, and the revisions that come of them.

pub mod bench;
pub mod explained;
pub mod files;
pub mod giving;
pub mod holding;
pub mod moments;
pub mod population;
pub mod revision;
pub mod table_text;
pub mod terms;
