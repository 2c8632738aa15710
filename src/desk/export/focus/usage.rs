//! Statements → usage, and what a later statement changes of it.

use std::sync::Arc;

use super::row::{Charge, CreditUse, RevisionBasis, Row};
use crate::base::credits::Credits;
use crate::base::money::Rounding;
use crate::tables::StatementRow;

/// Credits, and the cost that they bear in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CreditShare {
    pub credits: i128,
    pub cost: i128,
}

/// An account's month by what its credits were drawn on, in the order of [`CreditUse::ALL`]. The costs
/// sum to the statement's fees and overage: a grant that was bought, and an adjustment, bear their own.
///
/// Fees are spread evenly over the plan's credits: what was used bears its share, rounded once, and
/// what expired bears the rest. The overage charge is borne by what was used over the cap.
pub(super) fn shares(statement: &StatementRow, rounding: Rounding) -> [CreditShare; 6] {
    let fees = i128::from(statement.subscription_amount);
    let drawn = match i128::from(statement.plan_granted) {
        0 => 0,
        granted => rounding.divide(fees * i128::from(statement.plan_drawn), granted),
    };
    let share = |credits: Credits, cost| CreditShare { credits: credits.into(), cost };
    CreditUse::ALL.map(|of| match of {
        CreditUse::Trial => share(statement.trial_drawn, 0),
        CreditUse::Plan => share(statement.plan_drawn, drawn),
        // Credits that cost nothing leave nothing behind.
        CreditUse::Unused if fees == 0 => CreditShare::default(),
        CreditUse::Unused => share(statement.plan_expired, fees - drawn),
        CreditUse::Overage => share(statement.overage_credits, statement.overage_amount.into()),
        CreditUse::Unbilled => share(statement.unbilled_credits, 0),
        CreditUse::Grants => share(statement.grants_drawn, 0),
    })
}

/// A statement with the rounding of its catalogue.
pub(super) type RatedStatement<'a> = (&'a StatementRow, Rounding);

/// The usage rows that lead from one statement of an account to the next; all of the month's
/// where there was none before.
pub(super) fn usage(
    before: Option<RatedStatement<'_>>,
    now: Option<RatedStatement<'_>>,
    basis: &Arc<RevisionBasis>,
) -> Vec<Row> {
    let Some((like, _)) = now.or(before) else {
        return Vec::new();
    };
    let of = |rated: Option<RatedStatement<'_>>| rated.map(|(of, rounding)| shares(of, rounding));
    let (before, now) = (of(before).unwrap_or_default(), of(now).unwrap_or_default());
    let changes = before.iter().zip(&now).zip(CreditUse::ALL).filter(|((was, is), _)| was != is);
    changes
        .map(|((was, is), credit_use)| Row {
            account: like.account_id.clone(),
            basis: Arc::clone(basis),
            charge: Charge::Usage(credit_use, is.credits - was.credits),
            plan: like.billed_plan.clone(),
            period: (basis.month.start(), basis.month.end()),
            billed: 0,
            effective: is.cost - was.cost,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Kind;
    use crate::base::money::Money;
    use crate::desk::export::focus::purchases::purchases;
    use crate::desk::export::focus::row::reconciled;
    use crate::desk::export::focus::samples::{basis, document, line, statement};
    use crate::tables::{DocumentType, LineType};

    const CREDIT: i128 = 1_000_000;

    fn rated(statement: &StatementRow) -> RatedStatement<'_> {
        (statement, Rounding::HalfUp)
    }

    fn costs(statement: &StatementRow) -> [i128; 6] {
        shares(statement, Rounding::HalfUp).map(|share| share.cost)
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
        // In the order trial, plan, unused, overage, unbilled, grants.
        assert_eq!(costs(&statement("ann")), [0, 0, 2000, 0, 0, 0]);
        assert_eq!(costs(&used(333, 0)), [0, 666, 1334, 0, 0, 0]);
        assert_eq!(costs(&used(1000, 100)), [0, 2000, 0, 400, 0, 0]);
        let third = StatementRow { plan_granted: credits(3000), ..used(1000, 0) };
        assert_eq!(costs(&third), [0, 667, 1333, 0, 0, 0]);
        let none = StatementRow {
            plan_granted: Credits::ZERO,
            plan_expired: Credits::ZERO,
            ..statement("ann")
        };
        assert_eq!(costs(&none), [0, 0, 2000, 0, 0, 0]);
        let free = StatementRow {
            subscription_amount: Money::ZERO,
            total_amount: Money::ZERO,
            ..used(10, 0)
        };
        assert_eq!(
            shares(&free, Rounding::HalfUp)[2],
            CreditShare::default(),
            "nothing is left behind"
        );
    }

    #[test]
    fn a_later_statement_makes_rows_of_what_it_changes() {
        let basis = basis("r002");
        let told = |before: Option<&StatementRow>, now: Option<&StatementRow>| {
            let rows = usage(before.map(rated), now.map(rated), &basis);
            rows.into_iter().map(|row| (row.charge, row.effective)).collect::<Vec<_>>()
        };
        let (before, now) = (used(1000, 100), used(1000, 150));
        let over = |credits, cost| (Charge::Usage(CreditUse::Overage, credits * CREDIT), cost);
        assert_eq!(told(Some(&before), Some(&now)), [over(50, 200)]);
        assert_eq!(told(Some(&now), Some(&before)), [over(-50, -200)]);
        assert_eq!(told(Some(&now), Some(&now)), []);
        // The account is gone, or new.
        let plan = |credits, cost| (Charge::Usage(CreditUse::Plan, credits * CREDIT), cost);
        assert_eq!(told(Some(&before), None), [plan(-1000, -2000), over(-100, -400)]);
        assert_eq!(told(None, Some(&before)), [plan(1000, 2000), over(100, 400)]);
    }

    #[test]
    fn documents_and_statements_must_agree() {
        let basis = basis("r001");
        let invoice = document(DocumentType::Invoice, 2000);
        let fee = line(LineType::Subscription, 1_000_000, 20_000_000, 2000);
        let mut rows = purchases(&[invoice], [Ok(fee)].into_iter(), &basis).unwrap();
        let breach = reconciled(&rows).unwrap_err();
        assert_eq!(breach.kind(), Kind::Conservation);
        assert!(breach.to_string().starts_with(
            "account `ann`: its documents come to 2000, its statements to 0 minor units of USD"
        ));
        rows.extend(usage(None, Some(rated(&statement("ann"))), &basis));
        reconciled(&rows).unwrap();
        assert!(rows.is_sorted_by(|one, other| one.order() <= other.order()));
    }
}
