//! What each change of an account's month did, for whoever must explain it.

use super::month::Upgrade;
use super::subscription::{Refusal, Subscription};
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::exceptions::ExceptionKind;
use crate::catalog::PlanRank;
use crate::input::changes::{Change, ChangeKind};
use crate::tables::opening::State;

/// What an account's changes did in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeEffects {
    /// The account at S; `None` where it signed up within the month. In genesis its trial is as it
    /// was before the usage before S.
    pub opening: Option<State>,
    /// The changes within the month, in the order of T2.
    pub changes: Vec<EffectiveChange>,
}

/// A change, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveChange {
    /// Its id.
    pub id: String,
    /// When it was asked for.
    pub at: Instant,
    /// What was asked for.
    pub kind: ChangeKind,
    /// The plan named.
    pub plan: Option<String>,
    /// The kind of a grant; of a void the grant's id.
    pub grant: Option<String>,
    /// Credits of a grant, or the limit of overage.
    pub credits: Option<Credits>,
    /// When a grant ends.
    pub expires_at: Option<Instant>,
    /// What it did; nothing where all was as asked already.
    pub effects: Vec<ChangeEffect>,
}

/// Something that a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeEffect {
    /// The account exists from here (T3).
    SignedUp,
    /// A higher plan is in force from here (P1).
    Upgraded(Upgrade),
    /// A lower plan waits for E (P2).
    DowngradePending(PlanRank),
    /// A lower plan waits no longer (P3).
    DowngradeWithdrawn(PlanRank),
    /// Overage is on from here (O2).
    OverageOn,
    /// Overage is off from here, by request or by P4.
    OverageOff,
    /// A grant can be drawn from here (G1).
    GrantGiven,
    /// A grant ends here (G5).
    GrantVoided,
    /// Overage is limited from here, or the catalogue's limit is in force again (O6).
    OverageLimited(Option<Credits>),
    /// It could not be applied.
    Refused(ExceptionKind),
}

impl EffectiveChange {
    /// A change and its result, given the subscription before it and after it.
    pub(super) fn of(
        change: &Change<'_>,
        result: &Result<Option<Upgrade>, Refusal>,
        before: Option<Subscription>,
        after: Option<Subscription>,
    ) -> Self {
        let mut effects = Vec::new();
        if before.is_none() && after.is_some() {
            effects.push(ChangeEffect::SignedUp);
        }
        match (result, change.kind) {
            (Err(refusal), _) => effects.push(ChangeEffect::Refused(refusal.kind)),
            (Ok(Some(upgrade)), _) => effects.push(ChangeEffect::Upgraded(*upgrade)),
            (Ok(None), ChangeKind::Grant) => effects.push(ChangeEffect::GrantGiven),
            (Ok(None), ChangeKind::GrantVoid) => effects.push(ChangeEffect::GrantVoided),
            (Ok(None), _) => {}
        }
        match [before, after].map(|subscription| subscription.and_then(|own| own.pending)) {
            [one, other] if one == other => {}
            [_, Some(plan)] => effects.push(ChangeEffect::DowngradePending(plan)),
            [Some(plan), None] => effects.push(ChangeEffect::DowngradeWithdrawn(plan)),
            [None, None] => {}
        }
        match [before, after].map(|subscription| subscription.is_some_and(|own| own.overage_on)) {
            [false, true] => effects.push(ChangeEffect::OverageOn),
            [true, false] => effects.push(ChangeEffect::OverageOff),
            [true, true] | [false, false] => {}
        }
        match [before, after].map(|subscription| subscription.and_then(|own| own.overage_limit)) {
            [one, other] if one == other => {}
            [_, limit] => effects.push(ChangeEffect::OverageLimited(limit)),
        }
        let Change { id, at, kind, plan, grant, credits, expires_at, .. } = *change;
        let [plan, grant] = [plan, grant].map(|named| named.map(str::to_owned));
        EffectiveChange { id: id.to_owned(), at, kind, plan, grant, credits, expires_at, effects }
    }
}
