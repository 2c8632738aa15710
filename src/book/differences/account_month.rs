//! One account's month as a revision has it.

use std::collections::BTreeMap;

use crate::tables::{
    ChargeRow, ExceptionRow, ExpiredRow, GrantRow, LinePart, LineRow, LineType, StateRow,
    StatementRow, Word,
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
    /// The grants that go on.
    pub grants: Vec<GrantRow>,
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
    /// Of fees and overage; grants and adjustments are what they are whatever the plan.
    pub plan: Option<String>,
    /// The kind of a grant, or an adjustment's id.
    pub item: Option<String>,
}

impl LineKey {
    fn of(line: &LineRow) -> Self {
        let item = line.grant.as_ref().or(line.adjustment_id.as_ref()).cloned();
        let plan = Some(line.plan.clone()).filter(|_| item.is_none());
        LineKey { line_type: line.line_type.clone(), plan, item }
    }

    /// What it is counted to; fees where its type is not known.
    pub fn part(&self) -> LinePart {
        self.line_type.part().unwrap_or(LinePart::Subscription)
    }

    /// Whether it is of a type.
    pub fn is(&self, line_type: LineType) -> bool {
        self.line_type == line_type
    }
}

/// A quantity in micro-credits (of pieces, for fees and adjustments) and an amount in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineSum {
    pub quantity: i128,
    pub amount: i128,
}

/// Adds up an account's lines. The quantity of a fee, or an adjustment, is one piece or none: notes that lower a price
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
        if matches!(key.part(), LinePart::Subscription | LinePart::Adjustments) {
            let stands = sum.amount != 0 || sum.quantity > 0;
            sum.quantity = if stands { PIECE } else { 0 };
        }
    }
    lines.retain(|_, sum| *sum != LineSum::default());
    lines
}
