//! From logs to documents: each account's [`timeline`], the [`rollup`] of its usage, its [`replay`] by the [`rules`],
//! [`documents`], and in a later revision [`notes`]. Pure, but for the rollup.

pub mod account_rows;
pub mod documents;
pub mod notes;
pub mod replay;
pub mod rollup;
pub mod rules;
pub mod timeline;
