//! One account's changes → its month.

use super::change_effects::{ChangeEffects, EffectiveChange};
use super::cuts::Cuts;
use super::grants::Grants;
use super::month::{
    AccountMonth, ChangeCounts, Extras, OwnLimit, Pool, Segment, SegmentEnd, Upgrade,
};
use super::subscription::{Refusal, Subscription};
use crate::base::accounts::Ids;
use crate::base::calendar::{Instant, Month};
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::base::number::number;
use crate::catalog::Catalog;
use crate::input::changes::{Change, ChangeKind};
use crate::tables::opening::{OpenGrant, State};

/// What all accounts of a run share.
pub(super) struct MonthContext<'a> {
    pub catalog: &'a Catalog,
    pub month: Month,
    /// Whether changes before S are applied first.
    pub genesis: bool,
}

/// What became of some accounts.
#[derive(Default)]
pub(super) struct BuiltMonths {
    /// The ids of those that have signed up by E.
    pub ids: Ids,
    /// Their months.
    pub months: Vec<AccountMonth>,
    /// Their segments, to which the months' ranges point.
    pub segments: Vec<Segment>,
    pub exceptions: ChangeExceptions,
    pub counts: ChangeCounts,
}

impl BuiltMonths {
    /// Adds those of accounts that come after all that are there.
    pub fn append(&mut self, other: BuiltMonths) {
        let first = number(self.segments.len());
        self.ids.append(&other.ids);
        self.segments.extend(other.segments);
        self.months.extend(other.months.into_iter().map(|mut month| {
            month.segments = month.segments.start + first..month.segments.end + first;
            month
        }));
        self.exceptions.merge(other.exceptions);
        self.counts.applied += other.counts.applied;
        self.counts.excepted += other.counts.excepted;
        self.counts.outside += other.counts.outside;
    }
}

/// An account at S.
struct AtStart {
    subscription: Subscription,
    grants: Vec<OpenGrant>,
}

/// Builds an account's month.
pub(super) struct AccountBuilder<'a> {
    pub account: &'a str,
    pub context: &'a MonthContext<'a>,
    pub built: &'a mut BuiltMonths,
    /// What each change within the month did, where someone wants to know.
    pub effects: Option<&'a mut ChangeEffects>,
}

impl AccountBuilder<'_> {
    /// Replays the account's changes, in the order of T2, and adds what comes of it.
    pub fn build(&mut self, state: Option<&State>, changes: &[Change<'_>]) {
        let MonthContext { catalog, month, genesis } = *self.context;
        let (before, rest) = changes.split_at(changes.partition_point(|c| c.at < month.start()));
        let (within, after) = rest.split_at(rest.partition_point(|c| c.at < month.end()));
        let history = if genesis { before } else { &[] };
        self.built.counts.outside += (before.len() - history.len() + after.len()) as u64;
        let signs_up =
            |changes: &[Change<'_>]| changes.iter().any(|c| c.kind == ChangeKind::Signup);
        if state.is_none() && !signs_up(history) && !signs_up(within) {
            let detail = match signs_up(before) {
                true => "changes; the signup lies before the month, but the opening state lacks it",
                false => "changes",
            };
            for change in history.iter().chain(within) {
                self.refuse(change, ExceptionKind::UnknownAccount, detail);
            }
            return;
        }
        let opening = match state {
            Some(state) => {
                let subscription = Subscription::carried_on(state, month.start(), catalog);
                Some(AtStart { subscription, grants: state.grants.to_vec() })
            }
            None => self.live_through(history),
        };
        if let Some(effects) = &mut self.effects {
            effects.opening =
                opening.as_ref().map(|own| own.subscription.state(self.account, &own.grants));
            effects.changes.clear(); // the opening says what came of those before S
        }
        self.month(opening, within);
    }

    fn refuse(&mut self, change: &Change<'_>, kind: ExceptionKind, detail: &str) {
        self.built.exceptions.add(self.account, kind, detail, change.at, change.id);
        self.built.counts.excepted += 1;
    }

    /// Genesis: the changes before S, month by month; `None` where none is a signup.
    fn live_through(&mut self, history: &[Change<'_>]) -> Option<AtStart> {
        let MonthContext { catalog, month, .. } = *self.context;
        let mut subscription: Option<Subscription> = None;
        let mut grants = Grants::default();
        let mut until: Option<Instant> = None; // the end of the month of the change before
        for change in history {
            if until.is_none_or(|until| change.at >= until) {
                subscription.iter_mut().for_each(|own| own.end_month(catalog));
                until = Some(Month::of(change.at).end());
            }
            self.apply(&mut subscription, &mut grants, change, 0);
        }
        let mut subscription = subscription?;
        subscription.end_month(catalog);
        subscription.trial = subscription.trial.filter(|trial| trial.ends_at > month.start());
        let grants = grants.open_at(month.start());
        for grant in &grants {
            // G7: it comes into the month whole, and is told.
            let kind = ExceptionKind::GrantHistoryUnknown;
            self.built.exceptions.add(self.account, kind, "changes", grant.granted_at, &grant.id);
        }
        Some(AtStart { subscription, grants })
    }

    /// Applies and counts one change; gives the upgrade if it was one.
    fn apply(
        &mut self,
        subscription: &mut Option<Subscription>,
        grants: &mut Grants,
        change: &Change<'_>,
        upgrades_before: usize,
    ) -> Option<Upgrade> {
        let catalog = self.context.catalog;
        let before = self.effects.as_ref().and(*subscription);
        let result = Subscription::change(subscription, grants, change, upgrades_before, catalog);
        if let Some(effects) = &mut self.effects {
            effects.changes.push(EffectiveChange::of(change, &result, before, *subscription));
        }
        match result {
            Ok(upgrade) => {
                self.built.counts.applied += 1;
                upgrade
            }
            Err(Refusal { kind, detail }) => {
                self.refuse(change, kind, &detail);
                None
            }
        }
    }

    /// The month itself.
    fn month(&mut self, opening: Option<AtStart>, changes: &[Change<'_>]) {
        let MonthContext { catalog, month, .. } = *self.context;
        let (opening, mut grants) = match opening {
            Some(AtStart { subscription, grants }) => {
                (Some(subscription), Grants::carried(&grants))
            }
            None => (None, Grants::default()),
        };
        let mut subscription = opening;
        let mut limits = Vec::new();
        if let Some(credits) = opening.and_then(|opening| opening.overage_limit) {
            limits.push(OwnLimit { from: month.start(), credits: Some(credits) });
        }
        let mut cuts = opening.map(|opening| Cuts::new(month.start(), &opening, catalog));
        let mut upgrades = Vec::new();
        for change in changes {
            let upgrade = self.apply(&mut subscription, &mut grants, change, upgrades.len());
            let Some(subscription) = &subscription else { continue };
            let cuts = cuts.get_or_insert_with(|| {
                Cuts::new(change.at, &Subscription::signed_up(change.at, catalog), catalog)
            });
            upgrades.extend(upgrade);
            if upgrade.is_some_and(|upgrade| upgrade.first_ever) {
                cuts.first_upgrade(change.at);
            }
            if change.kind == ChangeKind::OverageLimit {
                limits.push(OwnLimit { from: change.at, credits: subscription.overage_limit });
            }
            cuts.after_change(change.at, subscription, catalog);
        }
        let (Some(mut subscription), Some(cuts)) = (subscription, cuts) else {
            return;
        };
        let billed_plan = subscription.plan; // the plan only rises within the month
        subscription.end_month(catalog);
        let first = number(self.built.segments.len());
        self.built.segments.extend(opening.and_then(|opening| self.segment_before(&opening)));
        let grants = grants.all;
        cuts.into_segments(subscription.trial, &grants, month, &mut self.built.segments);
        let has_extras = !(grants.is_empty() && limits.is_empty());
        self.built.ids.push(self.account);
        self.built.months.push(AccountMonth {
            opening_plan: opening.map(|opening| opening.plan),
            signed_up_at: subscription.signed_up_at,
            first_paid_at: subscription.first_paid_at,
            upgrades: upgrades.into(),
            billed_plan,
            next_plan: subscription.plan,
            overage_on: subscription.overage_on,
            trial: subscription.trial,
            segments: first..number(self.built.segments.len()),
            extras: has_extras.then(|| Extras { grants, limits, adjustments: Vec::new() }.into()),
        });
    }

    /// Genesis: usage before S reduces a trial that reaches into the month.
    fn segment_before(&self, opening: &Subscription) -> Option<Segment> {
        opening.trial.filter(|_| self.context.genesis)?;
        Some(Segment {
            from: opening.signed_up_at,
            until: self.context.month.start(),
            end: SegmentEnd::MonthBegan,
            pool: Pool::BeforeMonth,
            in_trial: true,
            overage_on: false,
            overage_offered: false,
        })
    }
}
