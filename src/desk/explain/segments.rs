//! Each segment with what was drawn on which pool, as lines.

use super::explanation::Explanation;
use super::pool_draws::{MonthDraws, SegmentDraws};
use super::words::{self, moment, name, plan_name, quantity};
use crate::base::credits::Credits;
use crate::base::digits::{counted, quantity_of};
use crate::base::printable::on_one_line;
use crate::base::text_table::{Column, TextTable};
use crate::billing::rollup::events::EventOutcome;
use crate::billing::rules::overage::Unbilled;
use crate::billing::timeline::SegmentEnd;

/// The segments, and their sum.
pub fn lines(explanation: &Explanation<'_>) -> Vec<String> {
    let decimals = decimals(explanation.draws);
    let mut table = TextTable::new([
        Column::text(""),
        Column::numbers("before").optional(),
        Column::numbers("used"),
        Column::numbers("after").optional(),
    ]);
    let segments = &explanation.draws.segments;
    for (at, segment) in segments.iter().enumerate() {
        table.line(format!(
            "{}, {}: {}, {}",
            heading(segment, explanation),
            end(segment, segments.get(at + 1)),
            counted(segment.events, "event"),
            quantity_of(segment.usage_credits, "credit")
        ));
        for (pool, before, used, after) in pools(segment, explanation) {
            let [before, used, after] = [before, Some(used), after]
                .map(|credits| credits.map_or(String::new(), |c| quantity(c, decimals)));
            table.row([format!("    {pool}"), before, used, after]);
        }
    }
    let mut lines = Vec::from_iter(rated_under(explanation));
    lines.extend(table.lines());
    lines.push(in_all(explanation));
    lines
}

/// Why a segment may draw on the pool of a plan that was not in force then.
fn rated_under(explanation: &Explanation<'_>) -> Option<String> {
    let month = explanation.evidence.month();
    let plan = name(&explanation.evidence.catalog, month.billed_plan);
    match (month.first_upgrade(), month.upgrades.is_empty()) {
        (_, true) => None,
        (Some(_), false) => {
            Some(format!("from the first upgrade on, all usage is rated under {plan} (C3, C4)"))
        }
        (None, false) => Some(format!("the whole month is rated under {plan} (C3)")),
    }
}

/// A segment's number, when it is, and what holds then.
pub fn heading(segment: &SegmentDraws, explanation: &Explanation<'_>) -> String {
    let [from, until] =
        [segment.from, segment.until].map(|at| moment(at, explanation.request.month));
    format!("{}  {from} – {until}, {}", segment.number, circumstances(segment))
}

/// What holds in a segment.
fn circumstances(segment: &SegmentDraws) -> String {
    if segment.before_month {
        return "before the month, in the trial".to_owned();
    }
    let overage = match (segment.overage_on, segment.overage_offered) {
        (true, _) => "overage on",
        (false, true) => "overage off",
        (false, false) => "no overage offered",
    };
    if segment.in_trial { format!("in the trial, {overage}") } else { overage.to_owned() }
}

/// Why a segment ends; `next` is the one after it.
fn end(segment: &SegmentDraws, next: Option<&SegmentDraws>) -> &'static str {
    match segment.end {
        SegmentEnd::FirstUpgrade => "until the first upgrade ever (C4)",
        SegmentEnd::TrialEnded => "until the trial's end (C2)",
        SegmentEnd::GrantBegan => "until a grant is given (G1)",
        SegmentEnd::GrantEnded => "until a grant's end (G5)",
        SegmentEnd::OverageLimit => "until overage is limited anew (O6)",
        SegmentEnd::OverageOn => "until overage is switched on (O1)",
        SegmentEnd::OverageOff => "until overage is switched off (O1)",
        SegmentEnd::OverageAvailability => match next.is_some_and(|next| next.overage_offered) {
            true => "until a plan with overage is in force (O5)",
            false => "until a plan without overage is in force (O5)",
        },
        SegmentEnd::MonthBegan => "until the month's start (C2)",
        SegmentEnd::MonthEnded => "until the month's end",
    }
}

/// A pool, or what lies beyond it: what was in it before, what was used of it, and what was left.
type PoolUse = (String, Option<Credits>, Credits, Option<Credits>);

fn pools(segment: &SegmentDraws, explanation: &Explanation<'_>) -> Vec<PoolUse> {
    let trial = segment
        .trial_before
        .map(|before| ("trial".to_owned(), Some(before), segment.trial_drawn, segment.trial_after));
    let plan = segment.pool_plan.as_ref().map(|plan| {
        let pool = format!("{}'s pool", plan_name(&explanation.evidence.catalog, plan));
        (pool, segment.plan_before, segment.plan_drawn, segment.plan_after)
    });
    let grants = |before_plan: bool| {
        let own = segment.grants.iter().filter(move |own| own.before_plan == before_plan);
        own.map(|own| {
            let pool = format!("grant {} ({})", own.grant_id, own.grant);
            (pool, Some(own.left + own.drawn), own.drawn, Some(own.left))
        })
    };
    let all = trial.into_iter().chain(grants(true)).chain(plan).chain(grants(false));
    let mut pools: Vec<PoolUse> = all.collect();
    let billed = (segment.overage_credits, "over the cap: billed as overage (O1)");
    let why = match segment.unbilled_reason {
        Some(Unbilled::OverageLimit) => "over the cap: unbilled, the limit was reached (O6)",
        Some(Unbilled::PlanWithoutOverage) => {
            "over the cap: unbilled, the plan offers no overage (O5)"
        }
        Some(Unbilled::OverageOff) | None => "over the cap: unbilled, overage was off (O5)",
    };
    for (used, pool) in [billed, (segment.unbilled_credits, why)] {
        if !used.is_zero() {
            pools.push((pool.to_owned(), None, used, None));
        }
    }
    pools
}

/// The decimals that all quantities of the month need, so that they align.
pub fn decimals(draws: &MonthDraws) -> u32 {
    let events = draws.events.iter().flat_map(|event| {
        let drawn = [event.credits, event.trial, event.plan, event.overage, event.unbilled];
        let grants = event.grants.iter().flat_map(|own| [own.drawn, own.left]);
        drawn.into_iter().chain(grants).chain(event.trial_left).chain(event.plan_left)
    });
    let segments = draws.segments.iter();
    let segments = segments.flat_map(|one| one.trial_before.into_iter().chain(one.plan_before));
    words::decimals(events.chain(segments))
}

fn in_all(explanation: &Explanation<'_>) -> String {
    let (statement, evidence) = (explanation.statement, explanation.evidence);
    let not_counted = evidence
        .events()
        .filter(|event| !matches!(event.outcome, EventOutcome::Used(_) | EventOutcome::Nowhere));
    let not_counted = match not_counted.count() + evidence.found.rejects.len() {
        0 => String::new(),
        rows => format!("; {} not counted", counted(rows as u64, "row")),
    };
    format!("{}{not_counted}", words::in_all(statement))
}

/// The events, each segment's beneath its heading; what cannot be read at the end.
pub fn events(explanation: &Explanation<'_>) -> Vec<String> {
    let mut table = TextTable::new([
        Column::text("at"),
        Column::text("event").optional(),
        Column::numbers("credits"),
        Column::numbers("trial").optional(),
        Column::numbers("grants").optional(),
        Column::numbers("plan").optional(),
        Column::numbers("overage").optional(),
        Column::numbers("unbilled").optional(),
        Column::numbers("trial left").optional(),
        Column::numbers("plan left").optional(),
        Column::text("file and row"),
    ]);
    let decimals = decimals(explanation.draws);
    let segments = &explanation.draws.segments;
    let mut last = None;
    for event in &explanation.events {
        let segment = segments.iter().rposition(|segment| segment.from <= event.at);
        if last != segment {
            last = segment;
            segment.into_iter().for_each(|at| table.line(heading(&segments[at], explanation)));
        }
        table.row(event.cells(decimals));
    }
    let mut lines = table.lines();
    lines.extend(explanation.evidence.found.rejects.iter().map(|reject| {
        let (file, row, column) = (&reject.file, reject.row, &reject.column);
        let value = on_one_line(&reject.value);
        format!("{file}, row {row}: cannot be read, {column} `{value}` {}", reject.reason)
    }));
    // The events were asked for, so the section stays.
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    lines
}
