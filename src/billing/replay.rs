//! One account's segments through the rules → an outcome that explains itself.

use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::error::{Error, Result};
use crate::base::money::{Money, Rate};
use crate::billing::rollup::Sum;
use crate::billing::rules::expiry::{self, Expired};
use crate::billing::rules::overage::{self, OverCap};
use crate::billing::rules::pools::{self, Draw, Pools};
use crate::billing::rules::{Line, fees};
use crate::billing::timeline::{AccountMonth, Pool, Segment, Timeline};
use crate::catalog::Catalog;
use crate::input::opening::TrialLeft;

/// What an account's month comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
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
    /// The fee lines, in the order in which they fell due.
    pub fees: Vec<Line>,
    /// The overage charge, where there is overage.
    pub overage: Option<(Rate, Line)>,
    /// Credits that expired.
    pub expired: Vec<Expired>,
    /// The trial that goes on into the next month.
    pub trial_carried: Option<TrialLeft>,
    /// The sum of the fee lines.
    pub subscription_amount: Money,
    /// The overage charge.
    pub overage_amount: Money,
    /// Both together.
    pub total_amount: Money,
}

impl Outcome {
    /// The month's lines: fees, then overage.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.fees.iter().chain(self.overage.as_ref().map(|(_, line)| line))
    }
}

/// What the months of all accounts come to, in the order of the accounts.
pub trait Outcomes: Sync {
    /// How many there are.
    fn count(&self) -> u32;

    /// One of them.
    ///
    /// # Errors
    /// As [`replay`].
    fn at(&self, place: u32) -> Result<Outcome>;

    /// The place of an account's, by the account's number.
    fn place(&self, account: u32) -> u32;
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

impl Outcomes for Replay<'_> {
    fn count(&self) -> u32 {
        self.timeline.months.len() as u32
    }

    fn at(&self, place: u32) -> Result<Outcome> {
        replay(place, self.timeline, self.sums, self.catalog)
    }

    fn place(&self, account: u32) -> u32 {
        account
    }
}

impl Outcomes for Vec<Outcome> {
    fn count(&self) -> u32 {
        self.len() as u32
    }

    fn at(&self, place: u32) -> Result<Outcome> {
        Ok(self[place as usize].clone())
    }

    fn place(&self, account: u32) -> u32 {
        self.partition_point(|outcome| outcome.account < account) as u32
    }
}

/// Replays the account of a number, with the usage of each of its segments.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: the account's credits or amounts exceed DECIMAL(18).
pub fn replay(
    number: u32,
    timeline: &Timeline,
    sums: &[Sum],
    catalog: &Catalog,
) -> Result<Outcome> {
    let account = &timeline.months[number as usize];
    let segments = timeline.segments_of(account);
    let sums = &sums[account.segments.start as usize..account.segments.end as usize];
    let too_large = |what: &str| {
        let (account, month) = (timeline.accounts.id(number), timeline.month);
        let message = format!("account `{account}`: its {what} of {month} exceed DECIMAL(18)");
        Error::input(message)
            .expected("at most 999,999,999,999.999999 credits, and amounts of 18 digits")
            .hint("look for wrong credits in the account's usage")
    };
    let usage = Usage::of(segments, sums).ok_or_else(|| too_large("credits"))?;
    rate(number, account, (segments, sums), usage, catalog, timeline.month)
        .ok_or_else(|| too_large("amounts"))
}

/// The month's events and credits.
struct Usage {
    events: u64,
    credits: Credits,
}

impl Usage {
    /// The sum of the segments' usage; `None` where it or a segment's is too large.
    fn of(segments: &[Segment], sums: &[Sum]) -> Option<Self> {
        let (mut events, mut total) = (0, 0);
        for (segment, sum) in segments.iter().zip(sums) {
            Credits::from_micros(sum.credits)?;
            if segment.pool != Pool::BeforeMonth {
                events += sum.rows;
                total += sum.credits;
            }
        }
        Some(Usage { events, credits: Credits::from_micros(total)? })
    }
}

fn rate(
    number: u32,
    account: &AccountMonth,
    (segments, sums): (&[Segment], &[Sum]),
    usage: Usage,
    catalog: &Catalog,
    month: Month,
) -> Option<Outcome> {
    let used = sums.iter().filter_map(|sum| Credits::from_micros(sum.credits));
    let (pools, draws) = pools::draw(account, segments, used, catalog);
    let over_cap = overage::over_cap(account.billed_plan, segments, &draws, catalog);
    let fees = fees::fees(account, catalog, month)?;
    let from = account.signed_up_at.max(month.start());
    let overage = overage::charge(account, over_cap.overage, from, catalog, month)?;
    let subscription = fees.iter().try_fold(Money::ZERO, |sum, line| sum.plus(line.amount))?;
    let overage_amount = overage.as_ref().map_or(Money::ZERO, |(_, line)| line.amount);
    Some(Outcome {
        account: number,
        events: usage.events,
        usage: usage.credits,
        expired: expiry::expired(account, &pools, month),
        trial_carried: expiry::carried(account, &pools, month),
        draws,
        pools,
        over_cap,
        fees,
        overage,
        subscription_amount: subscription,
        overage_amount,
        total_amount: subscription.plus(overage_amount)?,
    })
}
