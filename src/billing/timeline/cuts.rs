//! Where an account's month is cut, and what holds between two cuts.

use super::month::{Pool, Segment, SegmentEnd};
use super::subscription::Subscription;
use crate::base::calendar::{Instant, Month};
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
    before_first_upgrade: bool,
}

/// Collects an account's cuts in time order.
#[derive(Debug)]
pub(super) struct Cuts(Vec<Cut>);

impl Cuts {
    /// The account's month starts: at S, or at its signup.
    pub fn new(start: Instant, subscription: &Subscription, catalog: &Catalog) -> Self {
        Cuts(vec![Cut {
            at: start,
            reason: SegmentEnd::MonthBegan,
            overage_on: subscription.overage_on,
            overage_offered: catalog.offers_overage(subscription.plan),
            before_first_upgrade: false,
        }])
    }

    /// A change was applied at `at`.
    pub fn after_change(&mut self, at: Instant, subscription: &Subscription, catalog: &Catalog) {
        let Some(&last) = self.0.last() else { return };
        let offered = catalog.offers_overage(subscription.plan);
        let reason = match (subscription.overage_on, last.overage_on) {
            (true, false) => SegmentEnd::OverageOn,
            (false, true) => SegmentEnd::OverageOff,
            _ if offered != last.overage_offered => SegmentEnd::OverageAvailability,
            _ => return,
        };
        self.0.push(Cut {
            at,
            reason,
            overage_on: subscription.overage_on,
            overage_offered: offered,
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

    /// Adds the segments, with a cut where the trial ends.
    pub fn into_segments(
        mut self,
        trial: Option<TrialLeft>,
        month: Month,
        segments: &mut Vec<Segment>,
    ) {
        self.cut_at_trial_end(trial.filter(|trial| trial.ends_at < month.end()));
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

    fn cut_at_trial_end(&mut self, trial: Option<TrialLeft>) {
        let Some(trial) = trial else { return };
        let place = self.0.iter().rposition(|cut| cut.at <= trial.ends_at);
        if let Some(place) = place {
            let cut = Cut { at: trial.ends_at, reason: SegmentEnd::TrialEnded, ..self.0[place] };
            self.0.insert(place + 1, cut);
        }
    }
}
