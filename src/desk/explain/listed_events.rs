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
            _ => not_counted(evidence, event),
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

/// Why an event does not count.
fn not_counted<'a>(evidence: &Evidence, event: &Event) -> What<'a> {
    let place = |place: Place| format!("{}, row {}", evidence.file(place), place.row);
    let (kind, reason) = match &event.outcome {
        EventOutcome::Used(_) | EventOutcome::Nowhere => ("", String::new()),
        EventOutcome::Exception(kind) => (
            kind.name(),
            match kind {
                ExceptionKind::BeforeSignup => "before the signup (T4)".to_owned(),
                kind => kind.name().to_owned(),
            },
        ),
        EventOutcome::Duplicate(other) => {
            ("duplicate", format!("the same again as {}", place(*other)))
        }
        EventOutcome::Conflict(other) => {
            let owner = evidence.event_at(*other).map(|event| &event.account);
            let owner = owner.filter(|owner| **owner != event.account);
            let of = owner.map_or(String::new(), |owner| format!(" of {owner}"));
            let other = place(*other);
            let reason =
                format!("the same id with other content; the event{of} in {other} came first (X3)");
            (ExceptionKind::ConflictingDuplicate.name(), reason)
        }
        EventOutcome::Dropped(why) => {
            (ExceptionKind::DroppedUsage.name(), format!("left out: {why}"))
        }
    };
    What::NotCounted { kind, reason }
}

impl ListedEvent<'_> {
    /// The event as cells of a table.
    pub fn cells(&self, decimals: u32) -> [String; 10] {
        let plain = |credits: Credits| quantity(credits, decimals);
        let some = |credits: Credits| match credits.is_zero() {
            true => String::new(),
            false => plain(credits),
        };
        let left = |credits: Option<Credits>| credits.map(plain).unwrap_or_default();
        let place = format!("{}, row {}", self.file, self.row);
        let ([trial, plan, overage, unbilled, trial_left, plan_left], place) = match &self.what {
            What::Drawn(draw) => {
                let [trial_left, plan_left] = [draw.trial_left, draw.plan_left].map(left);
                let [trial, plan, overage, unbilled] =
                    [draw.trial, draw.plan, draw.overage, draw.unbilled].map(some);
                ([trial, plan, overage, unbilled, trial_left, plan_left], place)
            }
            What::NotCounted { reason, .. } => {
                (Default::default(), format!("{place}: not counted, {reason}"))
            }
        };
        let (at, id, credits) =
            (self.at.to_string(), self.event_id.to_owned(), plain(self.credits));
        [at, id, credits, trial, plan, overage, unbilled, trial_left, plan_left, place]
    }
}
