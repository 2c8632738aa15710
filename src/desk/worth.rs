//! What credits are worth in money, for reports and journals: in minor units, halves away from zero
//! whatever the catalogue rounds by.

use crate::base::money::Rounding;

/// The part of a price that some of its credits stand for: price × part ÷ whole; 0 where there is no
/// whole.
///
/// Of a grant it is what is left worth. A part that was drawn or has expired is worth what was left
/// before it less what is left after it, so that the parts come to the price.
pub(super) fn worth(price: i128, part: i128, whole: i128) -> i128 {
    if whole > 0 { Rounding::HalfUp.divide(price * part, whole) } else { 0 }
}

/// What was paid for so many credits, which may be of several grants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Paid {
    /// In minor units.
    pub amount: i128,
    /// In micro-credits.
    pub credits: i128,
}

/// What credits of a grant were worth that expired or were voided, of so many `granted`. One that was
/// `carried` into the month has its price there; one that was given within it costs what its kind's
/// lines, all `sold` of it, come to a credit. Where nothing is known of it, it was free.
pub(super) fn lapsed(
    expired: i128,
    granted: i128,
    carried: Option<Paid>,
    sold: Option<Paid>,
) -> i128 {
    match (carried, sold) {
        (Some(own), _) => worth(own.amount, expired, own.credits),
        (None, Some(kind)) => worth(worth(kind.amount, granted, kind.credits), expired, granted),
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_worth_what_it_cost_where_that_is_known() {
        let paid = |amount, credits| Some(Paid { amount, credits });
        assert_eq!(lapsed(1, 3, paid(100, 3), paid(900, 3)), 33);
        assert_eq!(lapsed(1, 2, None, paid(100, 4)), 25);
        assert_eq!(lapsed(1, 2, None, None), 0);
        assert_eq!((worth(1, 1, 2), worth(-1, 1, 2), worth(5, 1, 0)), (1, -1, 0));
    }
}
