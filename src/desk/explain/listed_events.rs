//! Every usage event: the row of which file it is, where its credits went or why it does not count, and what it
//! left in the pools.

use serde::Serialize;

use super::evidence::Evidence;
use super::pool_draws::{EventDraw, MonthDraws};
use super::words::quantity;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::exceptions::ExceptionKind;
use crate::billing::rollup::events::{Event, EventOutcome, Place};

/// An event of the account; for machines in this order.
#[derive(Debug, Serialize)]
pub struct ListedEvent<'a> {
    event_id: &'a str,
    /// When.
    pub at: Instant,
    file: &'a str,
    row: u64,
    credits: Credits,
    /// Whether it counts.
    counted: bool,
    #[serde(flatten)]
    what: What<'a>,
}

/// What became of an event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What<'a> {
    Drawn(&'a EventDraw),
    NotCounted {
        /// Why, as one word.
        kind: &'static str,
        /// Why, in words.
        reason: String,
    },
}

/// The account's events in the order in which they draw (C1), those that do not count among them.
pub fn listed<'a>(evidence: &'a Evidence, draws: &'a MonthDraws) -> Vec<ListedEvent<'a>> {
    let mut drawn = draws.events.iter();
    let listed = evidence.events().filter_map(|event| {
        let what = match &event.outcome {
            EventOutcome::Nowhere => return None,
            EventOutcome::Used(_) => What::Drawn(drawn.next()?),
            EventOutcome::Exception(kind) => {
                What::set_aside(*kind, reason_in_words(*kind).to_owned())
            }
            EventOutcome::Duplicate(first) => {
                let reason = format!("the same again as {}", place(evidence, *first));
                What::NotCounted { kind: "duplicate", reason }
            }
            EventOutcome::Conflict(first) => What::set_aside(
                ExceptionKind::ConflictingDuplicate,
                conflict(evidence, event, *first),
            ),
            EventOutcome::Dropped(why) => {
                What::set_aside(ExceptionKind::DroppedUsage, format!("left out: {why}"))
            }
        };
        Some(ListedEvent {
            event_id: &event.id,
            at: event.at,
            file: evidence.file(event.place),
            row: event.place.row,
            credits: event.credits,
            counted: matches!(what, What::Drawn(_)),
            what,
        })
    });
    listed.collect()
}

impl What<'_> {
    fn set_aside(kind: ExceptionKind, reason: String) -> Self {
        What::NotCounted { kind: kind.name(), reason }
    }
}

fn reason_in_words(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::BeforeSignup => "before the signup (T4)",
        ExceptionKind::BilledBefore => "its id was billed in the month before (L1)",
        other => other.name(),
    }
}

/// That an event's id came first with other content, maybe as another account's.
fn conflict(evidence: &Evidence, event: &Event, first: Place) -> String {
    let owner = evidence.event_at(first).map(|first| &first.account);
    let owner = owner.filter(|owner| **owner != event.account);
    let of = owner.map_or(String::new(), |owner| format!(" of {owner}"));
    let first = place(evidence, first);
    format!("the same id with other content; the event{of} in {first} came first (X3)")
}

fn place(evidence: &Evidence, place: Place) -> String {
    format!("{}, row {}", evidence.file(place), place.row)
}

impl ListedEvent<'_> {
    /// The event as cells of a table.
    pub fn cells(&self, decimals: u32) -> [String; 11] {
        let plain = |credits: Credits| quantity(credits, decimals);
        let some = |credits: Credits| match credits.is_zero() {
            true => String::new(),
            false => plain(credits),
        };
        let left = |credits: Option<Credits>| credits.map(plain).unwrap_or_default();
        let place = format!("{}, row {}", self.file, self.row);
        let (drawn, place) = match &self.what {
            What::Drawn(draw) => {
                let [trial_left, plan_left] = [draw.trial_left, draw.plan_left].map(left);
                let grants = draw.grants.iter().map(|own| own.drawn).sum();
                let [trial, grants, plan, overage, unbilled] =
                    [draw.trial, grants, draw.plan, draw.overage, draw.unbilled].map(some);
                ([trial, grants, plan, overage, unbilled, trial_left, plan_left], place)
            }
            What::NotCounted { reason, .. } => {
                (Default::default(), format!("{place}: not counted, {reason}"))
            }
        };
        let (at, id, credits) =
            (self.at.to_string(), self.event_id.to_owned(), plain(self.credits));
        let [trial, grants, plan, overage, unbilled, trial_left, plan_left] = drawn;
        [at, id, credits, trial, grants, plan, overage, unbilled, trial_left, plan_left, place]
    }
}
