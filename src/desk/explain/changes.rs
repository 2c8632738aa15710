//! The account's changes, and what each did.

use serde_json::{Value, json};

use super::explanation::Explanation;
use super::words::{moment, name};
use crate::base::calendar::date_in_words;
use crate::base::digits::quantity_of;
use crate::base::exceptions::ExceptionKind;
use crate::base::text_table::{Column, TextTable};
use crate::billing::timeline::{ChangeEffect, EffectiveChange};
use crate::catalog::{Catalog, PlanRank};

/// A change for machines, under the catalogue that billed the month.
pub fn json(change: &EffectiveChange, catalog: &Catalog) -> Value {
    let plan = change.plan.as_deref().filter(|plan| !plan.is_empty());
    let mut result = json!({
        "change_id": change.id,
        "at": change.at,
        "change": change.kind,
        "plan": plan,
    });
    let of_grants = [
        ("grant", json!(change.grant)),
        ("credits", json!(change.credits)),
        ("expires_at", json!(change.expires_at)),
    ];
    for (key, value) in of_grants.into_iter().filter(|(_, value)| !value.is_null()) {
        result[key] = value;
    }
    result["effects"] = change.effects.iter().map(|effect| effect_json(effect, catalog)).collect();
    result
}

/// What a change did.
fn effect_json(effect: &ChangeEffect, catalog: &Catalog) -> Value {
    let id = |plan: PlanRank| &catalog.plan(plan).id;
    match effect {
        ChangeEffect::SignedUp => json!({ "effect": "signed-up" }),
        ChangeEffect::Upgraded(upgrade) => json!({
            "effect": "upgraded",
            "from_plan": id(upgrade.from),
            "plan": id(upgrade.to),
            "first_ever": upgrade.first_ever,
        }),
        ChangeEffect::DowngradePending(plan) => json!({ "effect": "pending", "plan": id(*plan) }),
        ChangeEffect::DowngradeWithdrawn(plan) => {
            json!({ "effect": "no-longer-pending", "plan": id(*plan) })
        }
        ChangeEffect::OverageOn => json!({ "effect": "overage-on" }),
        ChangeEffect::OverageOff => json!({ "effect": "overage-off" }),
        ChangeEffect::GrantGiven => json!({ "effect": "grant-given" }),
        ChangeEffect::GrantVoided => json!({ "effect": "grant-voided" }),
        ChangeEffect::OverageLimited(credits) => {
            json!({ "effect": "overage-limited", "credits": credits })
        }
        ChangeEffect::Refused(kind) => json!({ "effect": "refused", "reason": kind }),
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
