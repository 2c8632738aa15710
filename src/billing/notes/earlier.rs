//! The documents that stand already.

use crate::base::money::Amounts;
use crate::tables::{DocumentRow, LineRow};

/// The documents of a published revision, each account's lines beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierDocuments {
    /// By account, then by number.
    pub documents: Vec<DocumentRow>,
    /// By account, then by document and line.
    pub lines: Vec<LineRow>,
    /// The highest number given out so far.
    pub last_number: u64,
    /// The documents of all other accounts, where only some accounts' are at hand.
    pub others: OtherDocuments,
}

/// Documents that stand as they are, and are not looked at one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OtherDocuments {
    /// How many there are.
    pub documents: u64,
    /// What they come to.
    pub amounts: Amounts,
}
