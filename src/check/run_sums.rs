//! The sums over all accounts.

/// What the accounts' rows add up to.
#[derive(Debug, Default)]
pub(super) struct RunSums {
    pub events: i128,
    pub usage: i128,
    pub statements: i128,
    pub documents: i128,
    pub lines: i128,
    /// Rows without a statement, by what they are.
    pub strays: [i128; STRAYS.len()],
}

/// What has no statement, though it should.
pub(super) const STRAYS: [&str; 5] = [
    "openings without a statement",
    "states without a statement",
    "overage charges without a statement",
    "expired credits without a statement",
    "unbilled usage without a statement",
];

impl RunSums {
    pub fn add(&mut self, other: &RunSums) {
        self.events += other.events;
        self.usage += other.usage;
        self.statements += other.statements;
        self.documents += other.documents;
        self.lines += other.lines;
        self.strays.iter_mut().zip(other.strays).for_each(|(sum, own)| *sum += own);
    }
}
