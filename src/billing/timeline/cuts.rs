//! Where an account's month is cut, and what holds between two cuts.

use super::month::{MonthGrant, Pool, Segment, SegmentEnd};
use super::subscription::Subscription;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::catalog::Catalog;
use crate::tables::opening::TrialLeft;

/// What holds from an instant on.
#[derive(Debug, Clone, Copy)]
struct Cut {
    at: Instant,
    /// Why the segment before ends here.
    reason: SegmentEnd,
    overage_on: bool,
    overage_offered: bool,
    own_limit: Option<Credits>,
    before_first_upgrade: bool,
}

/// Few accounts' months have more cuts.
const USUAL: usize = 4;

/// Collects an account's cuts in time order.
#[derive(Debug)]
pub(super) struct Cuts(Vec<Cut>);

impl Cuts {
    /// The account's month starts: at S, or at its signup.
    pub fn new(start: Instant, subscription: &Subscription, catalog: &Catalog) -> Self {
        let mut cuts = Vec::with_capacity(USUAL);
        cuts.push(Cut {
            at: start,
            reason: SegmentEnd::MonthBegan,
            overage_on: subscription.overage_on,
            overage_offered: catalog.offers_overage(subscription.plan),
            own_limit: subscription.overage_limit,
            before_first_upgrade: false,
        });
        Cuts(cuts)
    }

    /// A change was applied at `at`.
    pub fn after_change(&mut self, at: Instant, subscription: &Subscription, catalog: &Catalog) {
        let Some(&last) = self.0.last() else { return };
        let offered = catalog.offers_overage(subscription.plan);
        let reason = match (subscription.overage_on, last.overage_on) {
            (true, false) => SegmentEnd::OverageOn,
            (false, true) => SegmentEnd::OverageOff,
            _ if offered != last.overage_offered => SegmentEnd::OverageAvailability,
            _ if subscription.overage_limit != last.own_limit => SegmentEnd::OverageLimit,
            _ => return,
        };
        self.0.push(Cut {
            at,
            reason,
            overage_on: subscription.overage_on,
            overage_offered: offered,
            own_limit: subscription.overage_limit,
            before_first_upgrade: false,
        });
    }

    /// The first upgrade ever happened at `at`: what lies before draws on the earlier pool (C4).
    pub fn first_upgrade(&mut self, at: Instant) {
        let Some(&last) = self.0.last() else { return };
        for cut in &mut self.0 {
            cut.before_first_upgrade = cut.at < at;
        }
        self.0.push(Cut {
            at,
            reason: SegmentEnd::FirstUpgrade,
            before_first_upgrade: false,
            ..last
        });
    }

    /// Adds the segments, with a cut where the trial ends, and where grants begin and end.
    pub fn into_segments(
        mut self,
        trial: Option<TrialLeft>,
        grants: &[MonthGrant],
        month: Month,
        segments: &mut Vec<Segment>,
    ) {
        let trial_end = trial.map(|trial| (trial.ends_at, SegmentEnd::TrialEnded));
        let begins = grants.iter().map(|own| (own.grant.granted_at, SegmentEnd::GrantBegan));
        let ends = grants.iter().filter_map(MonthGrant::ends_at);
        let ends = ends.map(|at| (at, SegmentEnd::GrantEnded));
        let more = trial_end.into_iter().chain(begins).chain(ends);
        self.cut_at(more.filter(|(at, _)| *at < month.end()).collect());
        let first = segments.len();
        for (index, cut) in self.0.iter().enumerate() {
            let next = self.0.get(index + 1);
            let until = next.map_or(month.end(), |next| next.at);
            let end = next.map_or(SegmentEnd::MonthEnded, |next| next.reason);
            if cut.at == until {
                // Changes at one instant: the segment before ends for the weightiest of them.
                if let Some(before) = segments[first..].last_mut() {
                    before.end = before.end.min(end);
                }
                continue;
            }
            segments.push(Segment {
                from: cut.at,
                until,
                end,
                pool: if cut.before_first_upgrade { Pool::Earlier } else { Pool::Main },
                in_trial: trial.is_some_and(|trial| cut.at < trial.ends_at),
                overage_on: cut.overage_on,
                overage_offered: cut.overage_offered,
            });
        }
    }

    /// Adds cuts at instants, each behind those that are there at its instant; before the first
    /// there is nothing to cut.
    fn cut_at(&mut self, mut more: Vec<(Instant, SegmentEnd)>) {
        if more.is_empty() {
            return;
        }
        more.sort_unstable();
        let mut cuts: Vec<Cut> = Vec::with_capacity(self.0.len() + more.len());
        let mut own = std::mem::take(&mut self.0).into_iter().peekable();
        for (at, reason) in more {
            cuts.extend(std::iter::from_fn(|| own.next_if(|cut| cut.at <= at)));
            if let Some(&before) = cuts.last() {
                cuts.push(Cut { at, reason, ..before });
            }
        }
        cuts.extend(own);
        self.0 = cuts;
    }
}
