//! The account's changes, and what each did.

use serde::Serialize;

use super::explanation::Explanation;
use super::words::{moment, name};
use crate::base::calendar::{Instant, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::quantity_of;
use crate::base::exceptions::ExceptionKind;
use crate::base::text_table::{Column, TextTable};
use crate::billing::timeline::{ChangeEffect, EffectiveChange};
use crate::catalog::{Catalog, PlanRank};
use crate::input::changes::ChangeKind;

/// A change for machines.
#[derive(Debug, Serialize)]
pub struct ChangeResult<'a> {
    change_id: &'a str,
    at: Instant,
    change: ChangeKind,
    plan: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<Credits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Instant>,
    effects: Vec<EffectResult<'a>>,
}

/// What a change did.
#[derive(Debug, Serialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
enum EffectResult<'a> {
    SignedUp,
    Upgraded { from_plan: &'a str, plan: &'a str, first_ever: bool },
    Pending { plan: &'a str },
    NoLongerPending { plan: &'a str },
    OverageOn,
    OverageOff,
    GrantGiven,
    GrantVoided,
    OverageLimited { credits: Option<Credits> },
    Refused { reason: ExceptionKind },
}

impl<'a> ChangeResult<'a> {
    /// Of a change, under the catalogue that billed the month.
    pub fn of(change: &'a EffectiveChange, catalog: &'a Catalog) -> Self {
        let id = |plan: PlanRank| catalog.plan(plan).id.as_str();
        let effects = change.effects.iter().map(|effect| match effect {
            ChangeEffect::SignedUp => EffectResult::SignedUp,
            ChangeEffect::Upgraded(upgrade) => EffectResult::Upgraded {
                from_plan: id(upgrade.from),
                plan: id(upgrade.to),
                first_ever: upgrade.first_ever,
            },
            ChangeEffect::DowngradePending(plan) => EffectResult::Pending { plan: id(*plan) },
            ChangeEffect::DowngradeWithdrawn(plan) => {
                EffectResult::NoLongerPending { plan: id(*plan) }
            }
            ChangeEffect::OverageOn => EffectResult::OverageOn,
            ChangeEffect::OverageOff => EffectResult::OverageOff,
            ChangeEffect::GrantGiven => EffectResult::GrantGiven,
            ChangeEffect::GrantVoided => EffectResult::GrantVoided,
            ChangeEffect::OverageLimited(credits) => {
                EffectResult::OverageLimited { credits: *credits }
            }
            ChangeEffect::Refused(kind) => EffectResult::Refused { reason: *kind },
        });
        ChangeResult {
            change_id: &change.id,
            at: change.at,
            change: change.kind,
            plan: change.plan.as_deref().filter(|plan| !plan.is_empty()),
            grant: change.grant.as_deref(),
            credits: change.credits,
            expires_at: change.expires_at,
            effects: effects.collect(),
        }
    }
}

/// The changes as lines.
pub fn lines(explanation: &Explanation<'_>) -> Vec<String> {
    let mut table = TextTable::new([Column::text("").optional(); 5]);
    for change in &explanation.evidence.effects.changes {
        table.row([
            moment(change.at, explanation.request.month),
            change.id.clone(),
            change.kind.name().to_owned(),
            change.plan.clone().or_else(|| change.grant.clone()).unwrap_or_default(),
            in_words(&change.effects, explanation),
        ]);
    }
    table.lines()
}

/// What a change did, in one line.
fn in_words(effects: &[ChangeEffect], explanation: &Explanation<'_>) -> String {
    let catalog = &explanation.evidence.catalog;
    let next = date_in_words(explanation.request.month.next().first_day());
    let effect = |effect: &ChangeEffect| match effect {
        ChangeEffect::SignedUp => "signed up (T3)".to_owned(),
        ChangeEffect::Upgraded(upgrade) => {
            let (plan, from) = (name(catalog, upgrade.to), name(catalog, upgrade.from));
            let first =
                if upgrade.first_ever { ", the first upgrade ever (P1, F2)" } else { " (P1)" };
            format!("{plan} instead of {from} from here{first}")
        }
        ChangeEffect::DowngradePending(plan) => {
            format!("{} from {next} (P2)", name(catalog, *plan))
        }
        ChangeEffect::DowngradeWithdrawn(plan) => {
            format!("{} no longer pending (P3)", name(catalog, *plan))
        }
        ChangeEffect::OverageOn => "overage on from here (O1, O2)".to_owned(),
        ChangeEffect::OverageOff => "overage off from here (O1)".to_owned(),
        ChangeEffect::GrantGiven => "a grant from here (G1)".to_owned(),
        ChangeEffect::GrantVoided => "the grant ends here (G5)".to_owned(),
        ChangeEffect::OverageLimited(Some(credits)) => {
            format!("overage of at most {} from here (O6)", quantity_of(*credits, "credit"))
        }
        ChangeEffect::OverageLimited(None) => "the catalogue's limit from here (O6)".to_owned(),
        ChangeEffect::Refused(kind) => format!("no effect: {}", refusal(*kind)),
    };
    match effects {
        [] => "no effect: all was so already".to_owned(),
        all => all.iter().map(effect).collect::<Vec<_>>().join("; "),
    }
}

fn refusal(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::BeforeSignup => "it lies before the signup (T4)",
        ExceptionKind::InvalidGrant => "the grant cannot be given, or ended (G6)",
        ExceptionKind::DuplicateSignup => "the account had signed up already (T3)",
        ExceptionKind::OverageUnavailable => "the plan offers no overage (O2)",
        ExceptionKind::UnknownPlan => "the catalogue lacks the plan",
        ExceptionKind::RetiredPlan => "nobody may enter the plan any more (V1)",
        other => other.name(),
    }
}
