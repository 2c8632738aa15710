//! Waivers that come to more than the overage that there is by now: an amount stands as it was given, and
//! a later rerun may find less overage.

use serde::Serialize;

use crate::base::ids::AccountId;
use crate::base::money::{Amount, Currency};
use crate::input::waivers::Window;
use crate::tables::{LinePart, LineRow};

/// An account whose waivers come to more than its overage; for machines with these names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverWaived {
    /// The account.
    pub account_id: AccountId,
    /// What its waivers gave back, in all.
    pub waived_amount: Amount,
    /// The overage of all its documents.
    pub overage_amount: Amount,
}

impl OverWaived {
    /// What the lines of all documents of one account's month come to, where it has more waived than
    /// overage.
    pub fn of(lines: &[LineRow], currency: Currency) -> Option<Self> {
        let account_id = lines.first()?.account_id.clone();
        let sum = |is_counted: fn(&LineRow) -> bool| -> i128 {
            lines.iter().filter(|line| is_counted(line)).map(|line| line.amount).sum()
        };
        let (waived, overage) = (-sum(is_waiver), sum(is_overage));
        (waived > overage).then(|| OverWaived {
            account_id,
            waived_amount: currency.amount(waived),
            overage_amount: currency.amount(overage),
        })
    }

    /// For people.
    pub fn in_words(&self) -> String {
        let OverWaived { account_id, waived_amount, overage_amount } = self;
        format!(
            "{account_id} was given back {waived_amount} of overage, and has {overage_amount} by now; \
             monthend adjust charges the difference, if it is to be paid"
        )
    }
}

/// Whether a line charges overage.
pub fn is_overage(line: &LineRow) -> bool {
    line.line_type.part() == Some(LinePart::Overage)
}

fn is_waiver(line: &LineRow) -> bool {
    line.adjustment_id.as_deref().and_then(Window::of_waiver).is_some()
}
