//! Grants: the order in which usage draws on them, and what they cost (G1 to G5).

use std::collections::BTreeSet;

use super::line::{ChargeBasis, Line};
use super::pool_use::PoolUse;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::{Credits, MICROS};
use crate::base::money::{Money, RATE_SCALE};
use crate::base::number::number;
use crate::billing::timeline::{AccountMonth, MonthGrant};
use crate::catalog::{Catalog, Draws};

/// The pools of an account's grants, where it has any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantPools(Option<Box<OpenPools>>);

/// Segments come in time order, so that each grant is opened once and passed by once, however many
/// there are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenPools {
    /// What is drawn on each, in the order of the account's grants.
    pools: Vec<GrantPool>,
    /// Those before the plan and those after it, in the order of drawing.
    before: Queue,
    after: Queue,
    /// The places of those that have not been opened yet, the next one last.
    waiting: Vec<u32>,
}

/// A grant's pool, and when it can be drawn on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GrantPool {
    used: PoolUse,
    draws: Draws,
    /// Its place in the order of drawing (G2).
    order: u32,
    from: Instant,
    until: Option<Instant>,
}

/// Grants that may have something left: their places in the order of drawing, and their own.
type Queue = BTreeSet<(u32, u32)>;

impl GrantPools {
    /// The pools before any usage.
    pub fn full(account: &AccountMonth, catalog: &Catalog) -> Self {
        let grants = account.grants();
        if grants.is_empty() {
            return GrantPools::default();
        }
        let mut by_order: Vec<usize> = (0..grants.len()).collect();
        by_order.sort_by_key(|&at| drawing_order(&grants[at]));
        let mut pools: Vec<GrantPool> = grants.iter().map(|own| pool(own, catalog)).collect();
        for (order, at) in (0..).zip(by_order) {
            pools[at].order = order;
        }
        let mut waiting: Vec<u32> = (0..number(pools.len())).collect();
        waiting.sort_by_key(|&at| std::cmp::Reverse(pools[at as usize].from));
        let (before, after) = (Queue::new(), Queue::new());
        GrantPools(Some(Box::new(OpenPools { pools, before, after, waiting })))
    }

    /// What is drawn on each, in the order of the account's grants.
    pub fn uses(&self) -> impl Iterator<Item = PoolUse> {
        self.0.iter().flat_map(|own| &own.pools).map(|pool| pool.used)
    }

    /// Opens the grants that can be drawn on at an instant.
    pub fn open(&mut self, at: Instant) {
        if let Some(own) = &mut self.0 {
            own.open(at);
        }
    }

    /// Draws as much of `wanted` as the grants of a place in the order (G2) have at an instant up to
    /// which they were opened; gives what it took.
    pub fn draw(&mut self, draws: Draws, at: Instant, wanted: Credits) -> Credits {
        self.0.as_mut().map_or(Credits::ZERO, |own| own.draw(draws, at, wanted))
    }
}

impl OpenPools {
    fn open(&mut self, at: Instant) {
        while let Some(place) = self.waiting.pop_if(|next| self.pools[*next as usize].from <= at) {
            let GrantPool { draws, order, .. } = self.pools[place as usize];
            match draws {
                Draws::BeforePlan => self.before.insert((order, place)),
                Draws::AfterPlan => self.after.insert((order, place)),
            };
        }
    }

    fn draw(&mut self, draws: Draws, at: Instant, wanted: Credits) -> Credits {
        let queue = match draws {
            Draws::BeforePlan => &mut self.before,
            Draws::AfterPlan => &mut self.after,
        };
        let mut taken = Credits::ZERO;
        while taken < wanted {
            let Some(&first) = queue.first() else { break };
            let pool = &mut self.pools[first.1 as usize];
            if pool.until.is_none_or(|until| at < until) {
                taken += pool.used.draw(wanted - taken);
                if !pool.used.left().is_zero() {
                    break; // it had all that was wanted
                }
            }
            queue.pop_first();
        }
        taken
    }
}

fn pool(own: &MonthGrant, catalog: &Catalog) -> GrantPool {
    GrantPool {
        used: PoolUse::new(own.grant.left),
        draws: catalog.grant_kind(own.grant.kind).draws,
        order: 0,
        from: own.grant.granted_at,
        until: own.ends_at(),
    }
}

/// G2: the one that expires soonest, never being last; then the earlier one; then the lower id.
fn drawing_order(own: &MonthGrant) -> (bool, Option<Instant>, Instant, &str) {
    let grant = &own.grant;
    (grant.expires_at.is_none(), grant.expires_at, grant.granted_at, &grant.id)
}

/// The line of a grant that was given in the month, where it costs anything (G4).
pub fn line(
    own: &MonthGrant,
    account: &AccountMonth,
    catalog: &Catalog,
    month: Month,
) -> Option<Line> {
    let grant = &own.grant;
    if grant.price == Money::ZERO || !month.contains(grant.granted_at) {
        return None;
    }
    // The price of a credit, as exactly as a unit price can be.
    let scaled = i128::from(grant.price) * i128::from(MICROS) * 10_i128.pow(RATE_SCALE);
    let minor_credits = i128::from(grant.granted) * catalog.currency.minor_units();
    Some(Line {
        plan: account.billed_plan,
        charged_on: grant.granted_at.date(),
        service_start: grant.granted_at,
        service_end: grant.expires_at.unwrap_or(month.end()),
        quantity: grant.granted,
        unit_price: catalog.rounding.divide(scaled, minor_credits),
        amount: grant.price,
        basis: ChargeBasis::Grant { kind: grant.kind, expires_at: grant.expires_at },
    })
}
