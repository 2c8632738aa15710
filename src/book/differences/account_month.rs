//! One account's month as a revision has it.

use std::collections::BTreeMap;

use crate::tables::{
    ChargeRow, ExceptionRow, ExpiredRow, LineRow, LineType, StateRow, StatementRow, Word,
};

/// An account's rows in one revision. None at all where the revision does not know the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AccountMonth {
    pub statement: Option<StatementRow>,
    /// The closing state.
    pub state: Option<StateRow>,
    pub opening: OpeningRow,
    pub exceptions: Vec<ExceptionRow>,
    pub expired: Vec<ExpiredRow>,
    pub charges: Vec<ChargeRow>,
    pub lines: Lines,
}

/// How an account stood at the beginning of the month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum OpeningRow {
    /// The state table that opened the month is not at hand.
    #[default]
    NotAtHand,
    /// The account has no row in it: it did not exist.
    Absent,
    /// Its row.
    Row(StateRow),
}

impl AccountMonth {
    /// Whether the revision knows nothing of the account but rows that it set aside.
    pub fn is_unknown(&self) -> bool {
        self.statement.is_none()
            && self.state.is_none()
            && self.expired.is_empty()
            && self.charges.is_empty()
            && self.lines.is_empty()
    }
}

/// The lines of an account's documents as they stand: an invoice's, and what notes moved.
pub(super) type Lines = BTreeMap<LineKey, LineSum>;

/// What lines are added up by; in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LineKey {
    pub line_type: Word<LineType>,
    pub plan: String,
}

impl LineKey {
    fn of(line: &LineRow) -> Self {
        LineKey { line_type: line.line_type.clone(), plan: line.plan.clone() }
    }

    /// Whether it is of a type.
    pub fn is(&self, line_type: LineType) -> bool {
        self.line_type == line_type
    }

    /// Whether it is overage; all other lines are fees.
    pub fn is_overage(&self) -> bool {
        self.is(LineType::Overage)
    }
}

/// A quantity in micro-credits (of pieces, where it is no overage) and an amount in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineSum {
    pub quantity: i128,
    pub amount: i128,
}

/// Adds up an account's lines. A fee's quantity is one piece or none: notes that lower a price
/// take pieces away, too, which says nothing.
pub(super) fn line_sums(rows: &[LineRow]) -> Lines {
    let mut lines = Lines::new();
    for row in rows {
        let sum = lines.entry(LineKey::of(row)).or_default();
        sum.quantity += i128::from(row.quantity);
        sum.amount += i128::from(row.amount);
    }
    const PIECE: i128 = crate::base::credits::MICROS as i128;
    for (key, sum) in &mut lines {
        if !key.is_overage() {
            let stands = sum.amount != 0 || sum.quantity > 0;
            sum.quantity = if stands { PIECE } else { 0 };
        }
    }
    lines.retain(|_, sum| *sum != LineSum::default());
    lines
}
