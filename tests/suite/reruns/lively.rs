//! Accounts that pay and use more than they have, so that corrections move money.

use monthend::base::calendar::Month;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::months::population::{ACCOUNTS, Change, Event, Population};
use crate::months::terms::{CREDIT, DAY, Plan};

/// An account that goes to a paid plan in the first of the months, and its usage. The switch is asked for again as the
/// second month begins: that month comes to the same if the first switch is taken back.
#[derive(Debug, Clone)]
pub struct Lively {
    account: usize,
    day: i64,
    plan: usize,
    overage: bool,
    /// Month, day and credits.
    usage: Vec<(usize, i64, i64)>,
}

/// Up to three of them.
pub fn lively() -> impl Strategy<Value = Vec<Lively>> {
    let usage = vec((0_usize..3, 0_i64..28, 1_i64..60), 1..7);
    let overage = prop_oneof![1 => Just(false), 3 => Just(true)];
    let one = (0..ACCOUNTS.len(), 0_i64..28, 1_usize..5, overage, usage);
    let one = one.prop_map(|(account, day, plan, overage, usage)| Lively {
        account,
        day,
        plan,
        overage,
        usage,
    });
    vec(one, 0..4)
}

/// Adds such accounts to a population, and a plan with overage where it has none.
pub fn enliven(population: &mut Population, months: &[Month], lively: &[Lively]) {
    if lively.is_empty() {
        return;
    }
    let plans = &mut population.terms.plans;
    if plans.len() < 2 {
        let (id, credits) = ("p1".to_owned(), 20 * CREDIT);
        plans.push(Plan { id, price: 2_000, credits, rate: None });
    }
    if let Some(top) = plans.last_mut() {
        top.rate = top.rate.or(Some(500_000));
    }
    for (number, Lively { account, day, plan, overage, usage }) in lively.iter().enumerate() {
        let account = ACCOUNTS[*account];
        let rank = plan % population.terms.plans.len();
        let at = months[0].start().micros() + day * DAY;
        let asks = [
            ("signup", String::new()),
            ("plan", format!("p{rank}")),
            ("overage_on", String::new()),
        ];
        for ((change, plan), order) in asks.into_iter().zip(0..) {
            if change != "overage_on" || *overage {
                let (id, account) = (format!("l{number}-{order}"), account.to_owned());
                let change =
                    Change { id, at: at + order, account, change, plan, ..Change::default() };
                population.changes.push(change);
            }
        }
        if *overage {
            let (id, account) = (format!("l{number}-3"), account.to_owned());
            let (at, change) = (months[1].start().micros(), "overage_on");
            population.changes.push(Change { id, at, account, change, ..Change::default() });
        }
        for (order, (month, day, credits)) in usage.iter().enumerate() {
            let start = months[month % months.len()].start().micros();
            population.usage.push(Event {
                id: format!("l{number}-{order}"),
                at: start + day * DAY + DAY / 2,
                account: account.to_owned(),
                credits: credits * CREDIT,
            });
        }
    }
}
