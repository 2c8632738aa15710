//! One account's changes → its month.

use super::change_effects::{self, Told};
use super::segments::Cuts;
use super::subscription::{Effect, Life};
use super::{AccountMonth, ChangeCounts, Pool, Segment, SegmentEnd, Upgrade};
use crate::base::calendar::{DAY_MICROS, Instant, Month};
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::catalog::Catalog;
use crate::input::changes::{Ask, Change};
use crate::input::opening::{State, TrialLeft};

/// What all accounts of a run share.
pub(super) struct Setting<'a> {
    pub catalog: &'a Catalog,
    pub month: Month,
    /// Whether changes before S are applied first.
    pub genesis: bool,
}

/// What became of some accounts.
#[derive(Default)]
pub(super) struct Built {
    /// The months of those that have signed up by E.
    pub months: Vec<AccountMonth>,
    /// Their segments, to which the months' ranges point.
    pub segments: Vec<Segment>,
    pub exceptions: ChangeExceptions,
    pub counts: ChangeCounts,
}

/// Replays one account's changes, in the order of T2, and adds what comes of it.
pub(super) fn build(
    account: &str,
    state: Option<&State>,
    changes: &[Change<'_>],
    setting: &Setting<'_>,
    built: &mut Built,
) {
    Run { account, setting, built, told: None }.all(state, changes);
}

/// Replays them, and tells what each did in the month.
pub(super) fn tell(
    account: &str,
    state: Option<&State>,
    changes: &[Change<'_>],
    setting: &Setting<'_>,
) -> Told {
    let told = Some(Told::default());
    let mut run = Run { account, setting, built: &mut Built::default(), told };
    run.all(state, changes);
    run.told.unwrap_or_default()
}

/// An account as it stands at S.
struct Standing {
    life: Life,
    trial: Option<TrialLeft>,
}

impl Standing {
    fn state(&self, account: &str) -> State {
        State {
            account: account.to_owned(),
            plan: self.life.plan,
            overage_on: self.life.overage_on,
            signed_up_at: self.life.signed_up_at,
            first_paid_at: self.life.first_paid_at,
            trial: self.trial,
        }
    }
}

struct Run<'a> {
    account: &'a str,
    setting: &'a Setting<'a>,
    built: &'a mut Built,
    /// What the changes did, where someone wants to know.
    told: Option<Told>,
}

impl Run<'_> {
    fn all(&mut self, state: Option<&State>, changes: &[Change<'_>]) {
        let setting = self.setting;
        let (before, rest) =
            changes.split_at(changes.partition_point(|c| c.at < setting.month.start()));
        let (within, after) = rest.split_at(rest.partition_point(|c| c.at < setting.month.end()));
        self.built.counts.outside += after.len() as u64;
        let history = if setting.genesis { before } else { &[] };
        if !setting.genesis {
            self.built.counts.outside += before.len() as u64;
        }
        let signup = |c: &&Change<'_>| c.ask == Ask::Signup;
        if state.is_none() && history.iter().chain(within).find(signup).is_none() {
            let detail = match before.iter().any(|c| c.ask == Ask::Signup) {
                true => "changes; the signup lies before the month, but the opening state lacks it",
                false => "changes",
            };
            for change in history.iter().chain(within) {
                self.refuse(change, ExceptionKind::UnknownAccount, detail);
            }
            return;
        }
        let opening = match state {
            Some(state) => Some(self.take_over(state)),
            None => self.live_through(history),
        };
        if let Some(told) = &mut self.told {
            told.opening = opening.as_ref().map(|standing| standing.state(self.account));
            told.changes.clear(); // what came before S is told by the standing
        }
        self.month(opening, within);
    }

    fn refuse(&mut self, change: &Change<'_>, kind: ExceptionKind, detail: &str) {
        self.built.exceptions.add(self.account, kind, detail, (change.at, change.id));
        self.built.counts.excepted += 1;
    }

    /// Counts what a change did, and gives the upgrade if it was one.
    fn note(&mut self, change: &Change<'_>, effect: Effect) -> Option<(Upgrade, bool)> {
        match effect {
            Effect::Refused(kind) => {
                let detail = match (kind, change.plan) {
                    (ExceptionKind::UnknownPlan, Some(plan)) => {
                        format!("the catalogue lacks plan {plan}")
                    }
                    _ => "changes".to_owned(),
                };
                self.refuse(change, kind, &detail);
                None
            }
            Effect::Applied => {
                self.built.counts.applied += 1;
                None
            }
            Effect::Upgraded { upgrade, first_ever } => {
                self.built.counts.applied += 1;
                Some((upgrade, first_ever))
            }
        }
    }

    fn take_over(&self, state: &State) -> Standing {
        let catalog = self.setting.catalog;
        let start = self.setting.month.start();
        // A paid plan at S means paid from S at the latest: no later upgrade is the first.
        let paid = state.first_paid_at.or(state.plan.is_paid().then_some(start));
        let life = Life {
            plan: state.plan,
            pending: None,
            // O2: a newer catalogue may have taken overage from the plan.
            overage_on: state.overage_on && catalog.offers_overage(state.plan),
            signed_up_at: state.signed_up_at,
            first_paid_at: paid,
        };
        Standing { life, trial: state.trial }
    }

    /// Genesis: the changes before S, month by month; `None` where none is a signup.
    fn live_through(&mut self, history: &[Change<'_>]) -> Option<Standing> {
        let catalog = self.setting.catalog;
        let mut life: Option<Life> = None;
        let mut until: Option<Instant> = None; // the end of the month of the change before
        for change in history {
            if until.is_none_or(|until| change.at >= until) {
                life.iter_mut().for_each(|life| life.end_month(catalog));
                until = Some(Month::of(change.at).end());
            }
            self.step(&mut life, change);
        }
        let mut life = life?;
        life.end_month(catalog);
        let trial = self.trial_from(life.signed_up_at);
        Some(Standing { life, trial: trial.filter(|t| t.ends_at > self.setting.month.start()) })
    }

    /// Applies one change; the first signup begins the life.
    fn step(&mut self, life: &mut Option<Life>, change: &Change<'_>) -> Option<(Upgrade, bool)> {
        let (catalog, before) = (self.setting.catalog, *life);
        let effect = match life {
            Some(life) => life.apply(change, catalog),
            None if change.ask == Ask::Signup => {
                let life = life.insert(Life::signed_up(change.at));
                match change.plan {
                    Some(_) => life.ask_for_plan(change, catalog), // T3
                    None => Effect::Applied,
                }
            }
            None => Effect::Refused(ExceptionKind::BeforeSignup),
        };
        if let Some(told) = &mut self.told {
            told.changes.push((change.into(), change_effects::did(before, *life, effect)));
        }
        self.note(change, effect)
    }

    fn trial_from(&self, signup: Instant) -> Option<TrialLeft> {
        let trial = self.setting.catalog.trial?;
        let ends_at = signup.plus_micros(i64::from(trial.days) * DAY_MICROS);
        Some(TrialLeft { ends_at, left: trial.credits })
    }

    /// The month itself.
    fn month(&mut self, opening: Option<Standing>, changes: &[Change<'_>]) {
        let Setting { catalog, month, .. } = *self.setting;
        let mut life = opening.as_ref().map(|standing| standing.life);
        let mut trial = opening.as_ref().and_then(|standing| standing.trial);
        let mut cuts = life.as_ref().map(|life| Cuts::new(month.start(), life, catalog));
        let mut upgrades = Vec::new();
        let mut is_first_ever = false;
        for change in changes {
            let signs_up = life.is_none();
            let upgraded = self.step(&mut life, change);
            let Some(life) = &life else { continue };
            if signs_up {
                cuts = Some(Cuts::new(change.at, &Life::signed_up(change.at), catalog));
                trial = self.trial_from(change.at);
            }
            let Some(cuts) = &mut cuts else { continue };
            if let Some((upgrade, first_ever)) = upgraded {
                upgrades.push(upgrade);
                if first_ever {
                    is_first_ever = true;
                    cuts.first_upgrade(change.at);
                }
            }
            cuts.after_change(change.at, life, catalog);
        }
        let (Some(mut life), Some(cuts)) = (life, cuts) else {
            return;
        };
        let billed_plan = life.plan; // the plan only rises within the month
        life.end_month(catalog);
        let first = self.built.segments.len() as u32;
        let before = self.segment_before(opening.as_ref());
        self.built.segments.extend(before);
        cuts.into_segments(trial, month, &mut self.built.segments);
        self.built.months.push(AccountMonth {
            opening_plan: opening.map(|standing| standing.life.plan),
            signed_up_at: life.signed_up_at,
            first_paid_at: life.first_paid_at,
            upgrades: upgrades.into(),
            first_ever: is_first_ever,
            billed_plan,
            next_plan: life.plan,
            overage_on: life.overage_on,
            trial,
            segments: first..self.built.segments.len() as u32,
        });
    }

    /// Genesis: usage before S reduces a trial that reaches into the month.
    fn segment_before(&self, opening: Option<&Standing>) -> Option<Segment> {
        let Standing { life, trial } = opening.filter(|_| self.setting.genesis)?;
        trial.as_ref()?;
        Some(Segment {
            from: life.signed_up_at,
            until: self.setting.month.start(),
            end: SegmentEnd::MonthBegan,
            pool: Pool::BeforeMonth,
            in_trial: true,
            overage_on: false,
            overage_offered: false,
        })
    }
}
