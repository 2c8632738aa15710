//! What became of the change log.

/// What became of every row of the change log (K3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeControl {
    /// All rows.
    pub read: u64,
    /// Applied.
    pub applied: u64,
    /// Dropped as exact duplicates.
    pub duplicates: u64,
    /// Not readable.
    pub rejected: u64,
    /// Set aside as exceptions, conflicting duplicates included.
    pub excepted: u64,
    /// Outside the month.
    pub outside: u64,
    /// Of accounts that are not billed in this run.
    pub other_accounts: u64,
}
