//! The documents of a later revision: those of the revision before, unchanged, and for every
//! account whose month now comes out differently one new document.
//!
//! The difference is issued as a credit note or a debit note, or as an invoice where the account
//! had no document. Numbers go on without gaps, so that in every revision the sum of an
//! account's documents is its statement's total (K4).

mod basis;
mod issue;
mod lines;

pub use basis::{EarlierDocuments, IssueContext, OtherDocuments};
pub use issue::{Issued, issue};
