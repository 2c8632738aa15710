//! An account's month for machines: the same as the text. Credits and amounts are decimals in
//! text, instants and dates as the tables write them.

use serde_json::{Map, Value, json};

use super::events;
use super::pool_draws::{Balance, Stretch};
use super::proof::Difference;
use super::published::Published;
use super::text::numbers;
use super::words::{asked, pool_plan};
use super::{Case, Request, rows};
use crate::base::credits::Credits;
use crate::base::exceptions::ExceptionKind;
use crate::billing::rollup::events::{Event, Fate};
use crate::billing::rules::overage::Unbilled;
use crate::billing::timeline::{ChangeEffect, EffectiveChange, Pool, Segment, SegmentEnd};
use crate::catalog::Catalog;
use crate::input::opening::State;

/// The whole result.
pub fn of(case: &Case<'_>, exit_code: u8) -> Value {
    let (evidence, published) = (case.evidence, case.published);
    let (catalog, currency) = (&evidence.catalog, evidence.catalog.currency);
    let mut result = about(case.request, published);
    let mut put = |key: &str, value: Value| drop(result.insert(key.to_owned(), value));
    put(
        "catalogue",
        json!({
            "name": catalog.name,
            "in_force_from": catalog.in_force_from.to_string(),
            "currency": currency.code(),
        }),
    );
    put(
        "opening",
        json!({
            "from": evidence.opening,
            "state": evidence.effects.opening.as_ref().map(|opening| state(opening, catalog)),
        }),
    );
    put("stale", json!(case.stale));
    put("changes", changes(case));
    put("segments", segments(case));
    if case.request.events {
        put("events", events(case));
        put("rejects", rejects(case));
    }
    put("statement", rows::statement(case.statement, currency));
    put("documents", rows::documents(published, currency));
    put("expired", rows::expired(published, currency));
    put("closing", rows::closing(published, currency));
    put("exceptions", rows::exceptions(published, currency));
    put("changed_inputs", changed(case));
    put("check", check(case.differences));
    put("exit_code", json!(exit_code));
    result.into()
}

/// What is told, of which revision.
pub fn about(request: &Request, published: &Published) -> Map<String, Value> {
    let about = json!({
        "account_id": request.account,
        "month": request.month.to_string(),
        "revision": published.revision.name,
        "folder": published.place(),
        "reason": published.revision.manifest.reason,
        "billed_in": published.billed.name,
        "in_force": published.overtaken.as_ref().unwrap_or(&published.revision.name),
    });
    about.as_object().cloned().unwrap_or_default()
}

fn quantity(credits: Credits) -> String {
    rows::credits(credits.micros().into())
}

fn state(state: &State, catalog: &Catalog) -> Value {
    json!({
        "plan": catalog.plan(state.plan).id,
        "overage_on": state.overage_on,
        "signed_up_at": state.signed_up_at.to_string(),
        "first_paid_at": state.first_paid_at.map(|at| at.to_string()),
        "trial_ends_at": state.trial.map(|trial| trial.ends_at.to_string()),
        "trial_left": quantity(state.trial.map(|trial| trial.left).unwrap_or_default()),
    })
}

fn changes(case: &Case<'_>) -> Value {
    let id = |plan| case.evidence.catalog.plan(plan).id.clone();
    let effect = |effect: &ChangeEffect| match effect {
        ChangeEffect::SignedUp => json!({ "effect": "signed-up" }),
        ChangeEffect::Upgraded(upgrade) => json!({
            "effect": "upgraded",
            "from_plan": id(upgrade.from),
            "plan": id(upgrade.to),
            "first_ever": upgrade.first_ever,
        }),
        ChangeEffect::DowngradePending(plan) => {
            json!({ "effect": "pending", "plan": id(*plan) })
        }
        ChangeEffect::DowngradeWithdrawn(plan) => {
            json!({ "effect": "no-longer-pending", "plan": id(*plan) })
        }
        ChangeEffect::OverageOn => json!({ "effect": "overage-on" }),
        ChangeEffect::OverageOff => json!({ "effect": "overage-off" }),
        ChangeEffect::Refused(kind) => {
            json!({ "effect": "refused", "reason": kind.name() })
        }
    };
    let change = |change: &EffectiveChange| {
        let (word, plan) = asked(change);
        json!({
            "change_id": change.id,
            "at": change.at.to_string(),
            "change": word,
            "plan": Some(plan).filter(|plan| !plan.is_empty()),
            "effects": change.effects.iter().map(effect).collect::<Vec<_>>(),
        })
    };
    case.evidence.effects.changes.iter().map(change).collect()
}

fn segments(case: &Case<'_>) -> Value {
    let segments = case.evidence.segments().iter().zip(&case.draws.stretches);
    segments
        .zip(numbers(case.evidence.segments()))
        .map(|((segment, stretch), number)| self::segment(case, segment, stretch, number))
        .collect()
}

fn segment(case: &Case<'_>, segment: &Segment, stretch: &Stretch, number: usize) -> Value {
    let id = |plan| case.evidence.catalog.plan(plan).id.clone();
    let Balance { trial: trial_before, plan: plan_before } = stretch.before;
    let Balance { trial: trial_after, plan: plan_after } = stretch.after;
    let reason = stretch.unbilled.filter(|_| !stretch.draw.over.is_zero());
    json!({
        "number": number,
        "from": segment.from.to_string(),
        "until": segment.until.to_string(),
        "end": end(segment.end),
        "before_month": segment.pool == Pool::BeforeMonth,
        "in_trial": segment.in_trial,
        "overage_on": segment.overage_on,
        "overage_offered": segment.overage_offered,
        "pool_plan": pool_plan(case.evidence, segment).map(id),
        "events": stretch.events,
        "usage_credits": quantity(stretch.credits),
        "trial_drawn": quantity(stretch.draw.trial),
        "plan_drawn": quantity(stretch.draw.plan),
        "overage_credits": quantity(stretch.overage()),
        "unbilled_credits": quantity(stretch.unbilled_credits()),
        "unbilled_reason": reason.map(Unbilled::name),
        "trial_before": trial_before.map(quantity),
        "trial_after": trial_after.map(quantity),
        "plan_before": plan_before.map(quantity),
        "plan_after": plan_after.map(quantity),
    })
}

fn end(end: SegmentEnd) -> &'static str {
    match end {
        SegmentEnd::FirstUpgrade => "first-upgrade",
        SegmentEnd::TrialEnded => "trial-ended",
        SegmentEnd::OverageOn => "overage-on",
        SegmentEnd::OverageOff => "overage-off",
        SegmentEnd::OverageAvailability => "overage-availability",
        SegmentEnd::MonthBegan => "month-began",
        SegmentEnd::MonthEnded => "month-ended",
    }
}

fn events(case: &Case<'_>) -> Value {
    let mut steps = case.draws.steps.iter();
    let numbers = numbers(case.evidence.segments());
    let events = case.evidence.events().filter(|event| event.fate != Fate::Nowhere);
    events
        .map(|event| {
            let mut entry = json!({
                "event_id": event.id,
                "at": event.at.to_string(),
                "file": case.evidence.file(event.place),
                "row": event.place.1,
                "credits": quantity(event.credits),
                "counted": matches!(event.fate, Fate::Used(_)),
            });
            if let Fate::Used(_) = event.fate
                && let Some(step) = steps.next()
            {
                let billed = case.draws.stretches[step.segment].unbilled.is_none();
                let over = |is: bool| if is { step.draw.over } else { Credits::ZERO };
                entry["segment"] = json!(numbers[step.segment]);
                entry["trial"] = json!(quantity(step.draw.trial));
                entry["plan"] = json!(quantity(step.draw.plan));
                entry["overage"] = json!(quantity(over(billed)));
                entry["unbilled"] = json!(quantity(over(!billed)));
                entry["trial_left"] = json!(step.left.trial.map(quantity));
                entry["plan_left"] = json!(step.left.plan.map(quantity));
            } else {
                entry["kind"] = json!(kind(event));
                entry["reason"] = json!(events::reason(case, event));
            }
            entry
        })
        .collect()
}

/// Why an event does not count, as one word.
fn kind(event: &Event) -> &'static str {
    match &event.fate {
        Fate::Used(_) => "used",
        Fate::Nowhere => "of-no-concern",
        Fate::SetAside(kind) => kind.name(),
        Fate::Duplicate(_) => "duplicate",
        Fate::Conflict(_) => ExceptionKind::ConflictingDuplicate.name(),
        Fate::Dropped(_) => ExceptionKind::DroppedUsage.name(),
    }
}

fn rejects(case: &Case<'_>) -> Value {
    case.evidence
        .rejects()
        .iter()
        .map(|reject| {
            json!({
                "file": reject.file,
                "row": reject.row,
                "column": reject.column,
                "value": reject.value,
                "reason": reject.reason,
            })
        })
        .collect()
}

fn changed(case: &Case<'_>) -> Value {
    case.evidence
        .changed
        .iter()
        .map(|input| {
            json!({
                "file": input.file,
                "path": input.path.display().to_string(),
                "bytes_recorded": input.recorded,
                "bytes": input.bytes,
            })
        })
        .collect()
}

/// Whether all sums agree, and which do not.
pub fn check(differences: &[Difference]) -> Value {
    let difference = |difference: &Difference| {
        let Difference { sum, inputs, published } = difference;
        json!({ "sum": sum, "now": inputs, "published": published })
    };
    json!({
        "agrees": differences.is_empty(),
        "differences": differences.iter().map(difference).collect::<Vec<_>>(),
    })
}
