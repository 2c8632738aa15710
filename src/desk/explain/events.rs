//! Every usage event: where it stands, where its credits went, and what it left in the pools.

use super::Case;
use super::pool_draws::Step;
use super::text::{digits, segment_heading};
use super::words::{quantity, some};
use crate::base::credits::Credits;
use crate::base::exceptions::ExceptionKind;
use crate::base::text_table::{Column, TextTable};
use crate::billing::rollup::events::{Event, Fate, Place};

/// The events in the order in which they draw (C1), each segment's beneath its line; what does
/// not count among them, and what cannot be read at the end.
pub fn events(case: &Case<'_>) -> Vec<String> {
    let mut table = TextTable::new([
        Column::text("at"),
        Column::text("event").optional(),
        Column::numbers("credits"),
        Column::numbers("trial").optional(),
        Column::numbers("plan").optional(),
        Column::numbers("overage").optional(),
        Column::numbers("unbilled").optional(),
        Column::numbers("trial left").optional(),
        Column::numbers("plan left").optional(),
        Column::text("file and row"),
    ]);
    let digits = digits(case);
    let mut steps = case.draws.steps.iter();
    let segments = case.evidence.segments();
    let mut last = None;
    for event in case.evidence.events().filter(|event| event.fate != Fate::Nowhere) {
        let segment = segments.iter().rposition(|segment| segment.from <= event.at);
        if last != segment {
            segment.into_iter().for_each(|at| table.line(segment_heading(case, at)));
            last = segment;
        }
        match event.fate {
            Fate::Used(_) => {
                let step = steps.next();
                step.into_iter().for_each(|step| table.row(used(case, event, step, digits)));
            }
            _ => {
                let credits = quantity(event.credits.micros().into(), digits);
                let mut row: [String; 10] = Default::default();
                let (place, reason) = (place(case, event.place), reason(case, event));
                [row[0], row[1], row[2]] = [event.at.to_string(), event.id.clone(), credits];
                row[9] = format!("{place}: not counted, {reason}");
                table.row(row);
            }
        }
    }
    let mut lines = table.lines();
    lines.extend(case.evidence.rejects().iter().map(|reject| {
        let (file, row, column) = (&reject.file, reject.row, &reject.column);
        let value = reject.value.replace(char::is_control, "·");
        format!("{file}, row {row}: cannot be read, {column} `{value}` {}", reject.reason)
    }));
    // The events were asked for, so the section stays, though it is empty.
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn used(case: &Case<'_>, event: &Event, step: &Step, digits: u32) -> [String; 10] {
    let billed = case.draws.stretches[step.segment].unbilled.is_none();
    let (overage, unbilled) = match billed {
        true => (step.draw.over, Credits::ZERO),
        false => (Credits::ZERO, step.draw.over),
    };
    let told = |credits: Credits| quantity(credits.micros().into(), digits);
    [
        event.at.to_string(),
        event.id.clone(),
        told(event.credits),
        some(step.draw.trial, digits),
        some(step.draw.plan, digits),
        some(overage, digits),
        some(unbilled, digits),
        step.left.trial.map(told).unwrap_or_default(),
        step.left.plan.map(told).unwrap_or_default(),
        place(case, event.place),
    ]
}

/// `usage.csv, row 3`.
fn place(case: &Case<'_>, place: Place) -> String {
    format!("{}, row {}", case.evidence.file(place), place.1)
}

/// Why an event does not count.
pub fn reason(case: &Case<'_>, event: &Event) -> String {
    match &event.fate {
        Fate::Used(_) | Fate::Nowhere => String::new(),
        Fate::SetAside(ExceptionKind::BeforeSignup) => "before the signup (T4)".to_owned(),
        Fate::SetAside(kind) => kind.name().to_owned(),
        Fate::Duplicate(other) => format!("the same again as {}", place(case, *other)),
        Fate::Conflict(other) => {
            let owner = case.evidence.event_at(*other).map(|event| &event.account);
            let owner = owner.filter(|owner| **owner != event.account);
            let of = owner.map_or(String::new(), |owner| format!(" of {owner}"));
            let other = place(case, *other);
            format!("the same id with other content; the event{of} in {other} came first (X3)")
        }
        Fate::Dropped(why) => format!("left out: {why}"),
    }
}
