//! One account's segments through the rules → what its month comes to.

use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Money, TooLarge};
use crate::base::number::number;
use crate::billing::rollup::Sum;
use crate::billing::rules::expiry::{self, Expired};
use crate::billing::rules::overage::{self, OverCap};
use crate::billing::rules::pools::{Draw, Pools};
use crate::billing::rules::{Line, fees};
use crate::billing::timeline::{Pool, Timeline};
use crate::catalog::Catalog;
use crate::tables::LinePart;
use crate::tables::opening::{OpenGrant, TrialLeft};

/// What an account's month comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReplay {
    /// The account's number in the timeline.
    pub account: u32,
    /// Usage events.
    pub events: u64,
    /// Their credits.
    pub usage: Credits,
    /// What each segment drew.
    pub draws: Vec<Draw>,
    /// The pools at the end.
    pub pools: Pools,
    /// Usage over the cap.
    pub over_cap: OverCap,
    /// Fees, grants and adjustments, in the order in which they fell due (F10).
    pub charges: Vec<Line>,
    /// The overage charge, where there is overage.
    pub overage: Option<Line>,
    /// Credits that expired.
    pub expired: Vec<Expired>,
    /// The trial that goes on into the next month.
    pub trial_carried: Option<TrialLeft>,
    /// The grants that do, each with its place among the account's (G1).
    pub grants_carried: Vec<(usize, OpenGrant)>,
    /// The sum of the fee lines.
    pub subscription_amount: Money,
    /// The sum of the grants' lines (G4).
    pub grants_amount: Money,
    /// The sum of the adjustments (A1).
    pub adjustments_amount: Money,
    /// The overage charge.
    pub overage_amount: Money,
    /// All together.
    pub total_amount: Money,
}

impl AccountReplay {
    /// The month's lines, overage last (F10).
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.charges.iter().chain(&self.overage)
    }
}

/// What the months of all accounts come to, in the order of the accounts.
pub trait AccountReplays: Sync {
    /// How many there are.
    fn count(&self) -> u32;

    /// One of them.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: the account's credits or amounts exceed DECIMAL(18).
    fn at(&self, place: u32) -> Result<AccountReplay>;
}

/// The replay of all accounts. What one of them comes to is worked out where it is asked for: that
/// takes less time than keeping it takes memory.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// The accounts and their months.
    pub timeline: &'a Timeline,
    /// Each segment's usage.
    pub sums: &'a [Sum],
    /// The catalogue that the month is billed with.
    pub catalog: &'a Catalog,
}

impl AccountReplays for Replay<'_> {
    fn count(&self) -> u32 {
        number(self.timeline.months.len())
    }

    fn at(&self, place: u32) -> Result<AccountReplay> {
        self.replay(place).map_err(|Exceeds(what)| {
            let (account, month) = (self.timeline.accounts.id(place), self.timeline.month);
            let message = format!("account `{account}`: its {what} of {month} exceed DECIMAL(18)");
            Error::new(Code::FIGURE_TOO_LARGE, message)
                .expected("at most 999,999,999,999.999999 credits, and amounts of 18 digits")
                .hint("look for wrong credits in the account's usage")
        })
    }
}

impl AccountReplays for Vec<AccountReplay> {
    fn count(&self) -> u32 {
        number(self.len())
    }

    fn at(&self, place: u32) -> Result<AccountReplay> {
        Ok(self[place as usize].clone())
    }
}

/// What of an account's month is larger than DECIMAL(18,·) holds.
struct Exceeds(&'static str);

impl From<TooLarge> for Exceeds {
    fn from(_: TooLarge) -> Self {
        Exceeds("amounts")
    }
}

impl Replay<'_> {
    /// Replays the account of a number, with the usage of each of its segments.
    fn replay(&self, number: u32) -> std::result::Result<AccountReplay, Exceeds> {
        let Replay { timeline, catalog, .. } = *self;
        let (account, month) = (&timeline.months[number as usize], timeline.month);
        let segments = timeline.segments_of(account);
        let sums = &self.sums[account.segments.start as usize..account.segments.end as usize];
        let mut pools = Pools::full(account, segments, catalog);
        let mut draws = Vec::with_capacity(segments.len());
        let (mut events, mut usage) = (0, 0);
        for (segment, sum) in segments.iter().zip(sums) {
            let used = Credits::from_micros(sum.credits).map_err(|_| Exceeds("credits"))?;
            draws.push(pools.draw(segment, used));
            if segment.pool != Pool::BeforeMonth {
                events += sum.rows;
                usage += sum.credits;
            }
        }
        let usage = Credits::from_micros(usage).map_err(|_| Exceeds("credits"))?;
        // What of them is drawn, expires or goes on is no more than this.
        let granted: i128 = pools.grants.uses().map(|own| own.granted).sum();
        Credits::from_micros(granted).map_err(|_| Exceeds("credits"))?;
        let over_cap = overage::over_cap(account, segments, &draws, catalog);
        let charges = fees::charges(account, catalog, month)?;
        let overage = overage::charge(account, over_cap.overage, catalog, month)?;
        let mut amounts = LineAmounts::default();
        charges.iter().chain(&overage).try_for_each(|line| amounts.add(line))?;
        let LineAmounts { subscription, grants, adjustments, overage: of_overage } = amounts;
        Ok(AccountReplay {
            account: number,
            events,
            usage,
            expired: expiry::expired(account, &pools, month),
            trial_carried: expiry::carried(account, &pools, month),
            grants_carried: expiry::grants_carried(account, &pools, month).collect(),
            draws,
            pools,
            over_cap,
            charges,
            overage,
            subscription_amount: subscription,
            grants_amount: grants,
            adjustments_amount: adjustments,
            overage_amount: of_overage,
            total_amount: subscription.plus(grants)?.plus(adjustments)?.plus(of_overage)?,
        })
    }
}

/// What an account's lines add up to, part by part.
#[derive(Debug, Default)]
struct LineAmounts {
    subscription: Money,
    grants: Money,
    adjustments: Money,
    overage: Money,
}

impl LineAmounts {
    fn add(&mut self, line: &Line) -> std::result::Result<(), TooLarge> {
        let sum = match line.line_type().part() {
            LinePart::Subscription => &mut self.subscription,
            LinePart::Grants => &mut self.grants,
            LinePart::Adjustments => &mut self.adjustments,
            LinePart::Overage => &mut self.overage,
        };
        *sum = sum.plus(line.amount)?;
        Ok(())
    }
}
