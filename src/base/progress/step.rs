//! What a run tells of how far it is.

use crate::base::calendar::Month;

/// What a run tells of how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A stage begins.
    Stage(&'static str),
    /// A pass over the usage begins.
    Pass(Pass),
    /// So many more rows have been read, or passed over.
    Rows(u64),
    /// So many more bytes of the files have been gone through.
    Bytes(u64),
    /// A revision is in force from now on, whatever comes after.
    Published {
        /// The month.
        month: Month,
        /// The revision's number.
        revision: u32,
    },
}

/// A pass over the usage. One more follows the last of them, from the sums to the publication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// What for.
    pub what: &'static str,
    /// Which it is, from 1.
    pub number: u32,
    /// How many there are over the usage.
    pub of: u32,
    /// Its part of the month's work, of a thousand.
    pub share: u64,
    /// How many rows there are, where that is known.
    pub rows: Option<u64>,
    /// How many bytes the files have that hold them.
    pub bytes: u64,
}

/// Is told how far a run is.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);
