//! Statements → usage, and what a later statement changes of it.

use std::sync::Arc;

use super::row::{Charge, Drawn, Price, Row, Terms};
use crate::base::credits::Credits;
use crate::base::money::Rounding;
use crate::tables::StatementRow;

/// Credits, and the cost that they bear in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub credits: i128,
    pub cost: i128,
}

/// An account's month by what its credits were drawn on, in the order of [`Drawn::ALL`]. The costs
/// sum to the statement's total.
///
/// Fees are spread evenly over the plan's credits: what was used bears its share, rounded once, and
/// what expired bears the rest. The overage charge is borne by what was used over the cap.
pub(super) fn parts(statement: &StatementRow, rounding: Rounding) -> [Part; 5] {
    let fees = i128::from(statement.subscription_amount);
    let drawn = match i128::from(statement.plan_granted) {
        0 => 0,
        granted => rounding.divide(fees * i128::from(statement.plan_drawn), granted),
    };
    let part = |credits: Credits, cost| Part { credits: credits.into(), cost };
    Drawn::ALL.map(|of| match of {
        Drawn::Trial => part(statement.trial_drawn, 0),
        Drawn::Plan => part(statement.plan_drawn, drawn),
        // Credits that cost nothing leave nothing behind.
        Drawn::Unused if fees == 0 => Part::default(),
        Drawn::Unused => part(statement.plan_expired, fees - drawn),
        Drawn::Overage => part(statement.overage_credits, statement.overage_amount.into()),
        Drawn::Unbilled => part(statement.unbilled_credits, 0),
    })
}

/// A statement with the rounding of its catalogue.
pub(super) type Rated<'a> = (&'a StatementRow, Rounding);

/// The usage rows that lead from one statement of an account to the next; all of the month's
/// where there was none before.
pub(super) fn usage(
    before: Option<Rated<'_>>,
    now: Option<Rated<'_>>,
    terms: &Arc<Terms>,
) -> Vec<Row> {
    let Some((like, _)) = now.or(before) else {
        return Vec::new();
    };
    let of = |rated: Option<Rated<'_>>| rated.map(|(row, rounding)| parts(row, rounding));
    let (before, now) = (of(before).unwrap_or_default(), of(now).unwrap_or_default());
    let changes = before.iter().zip(&now).zip(Drawn::ALL).filter(|((was, is), _)| was != is);
    changes
        .map(|((was, is), drawn)| Row {
            account: like.account_id.as_str().to_owned(),
            terms: Arc::clone(terms),
            charge: Charge::Usage(drawn),
            plan: like.billed_plan.clone(),
            period: (terms.month.start(), terms.month.end()),
            billed: 0,
            effective: is.cost - was.cost,
            // A credit has no price in money where it is used: it was bought.
            price: Some(Price { list: 0, contracted: 0, quantity: is.credits - was.credits }),
            document: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::desk::export::focus::samples::{statement, terms};

    const CREDIT: i128 = 1_000_000;

    fn costs(statement: &StatementRow) -> [i128; 5] {
        parts(statement, Rounding::HalfUp).map(|part| part.cost)
    }

    fn credits(whole: i64) -> Credits {
        Credits::of_table(whole * 1_000_000)
    }

    fn used(drawn: i64, overage: i64) -> StatementRow {
        StatementRow {
            plan_drawn: credits(drawn),
            plan_expired: credits(1000 - drawn),
            overage_credits: credits(overage),
            overage_amount: Money::of_table(overage * 4),
            total_amount: Money::of_table(2000 + overage * 4),
            ..statement("ann")
        }
    }

    #[test]
    fn fees_are_spread_over_the_plans_credits_to_the_cent() {
        // In the order trial, plan, unused, overage, unbilled.
        assert_eq!(costs(&statement("ann")), [0, 0, 2000, 0, 0]);
        assert_eq!(costs(&used(333, 0)), [0, 666, 1334, 0, 0]);
        assert_eq!(costs(&used(1000, 100)), [0, 2000, 0, 400, 0]);
        let third = StatementRow { plan_granted: credits(3000), ..used(1000, 0) };
        assert_eq!(costs(&third), [0, 667, 1333, 0, 0]);
        let none = StatementRow {
            plan_granted: Credits::ZERO,
            plan_expired: Credits::ZERO,
            ..statement("ann")
        };
        assert_eq!(costs(&none), [0, 0, 2000, 0, 0]);
        let free = StatementRow {
            subscription_amount: Money::ZERO,
            total_amount: Money::ZERO,
            ..used(10, 0)
        };
        assert_eq!(parts(&free, Rounding::HalfUp)[2], Part::default(), "nothing is left behind");
    }

    #[test]
    fn a_later_statement_makes_rows_of_what_it_changes() {
        let terms = terms("r002");
        fn rated(statement: &StatementRow) -> Rated<'_> {
            (statement, Rounding::HalfUp)
        }
        let told = |before: Option<&StatementRow>, now: Option<&StatementRow>| {
            let rows = usage(before.map(rated), now.map(rated), &terms);
            let tell =
                |row: &Row| (row.charge, row.price.unwrap().quantity / CREDIT, row.effective);
            rows.iter().map(tell).collect::<Vec<_>>()
        };
        let (before, now) = (used(1000, 100), used(1000, 150));
        let over = |credits, cost| (Charge::Usage(Drawn::Overage), credits, cost);
        assert_eq!(told(Some(&before), Some(&now)), [over(50, 200)]);
        assert_eq!(told(Some(&now), Some(&before)), [over(-50, -200)]);
        assert_eq!(told(Some(&now), Some(&now)), []);
        // The account is gone, or new.
        let plan = |credits, cost| (Charge::Usage(Drawn::Plan), credits, cost);
        assert_eq!(told(Some(&before), None), [plan(-1000, -2000), over(-100, -400)]);
        assert_eq!(told(None, Some(&before)), [plan(1000, 2000), over(100, 400)]);
    }
}
