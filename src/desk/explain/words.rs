//! Instants, plans and states in words.

use super::evidence::Evidence;
use crate::base::calendar::{Instant, Month, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::{decimal_with_thousands, with_thousands};
use crate::base::exceptions::ExceptionKind;
use crate::billing::rules::overage::Unbilled;
use crate::billing::timeline::{ChangeEffect, EffectiveChange, Pool, Segment, SegmentEnd};
use crate::catalog::{Catalog, PlanRank};
use crate::input::changes::Ask;
use crate::input::opening::State;

/// An instant in UTC, such as `15 April 10:00`: the year only where it is not the month's,
/// seconds only where there are any.
pub fn moment(at: Instant, month: Month) -> String {
    let date = date_in_words(at.date());
    let year = month.in_words().split_once(' ').map(|(_, year)| format!(" {year}"));
    let date = year.as_deref().and_then(|year| date.strip_suffix(year)).unwrap_or(&date);
    format!("{date} {}", time(at))
}

/// An instant in UTC, such as `15 April 2026 10:00`.
pub fn full_moment(at: Instant) -> String {
    format!("{} {}", date_in_words(at.date()), time(at))
}

fn time(at: Instant) -> String {
    let text = at.to_string();
    let time = text.split_once('T').map_or("", |(_, time)| time.trim_end_matches('Z'));
    time.strip_suffix(":00").unwrap_or(time).to_owned()
}

/// `1 event`, `2 events`.
pub fn counted(number: u64, what: &str) -> String {
    let digits = with_thousands(number);
    if number == 1 { format!("{digits} {what}") } else { format!("{digits} {what}s") }
}

/// The plan of an id as customers read it.
pub fn plan_name<'a>(catalog: &'a Catalog, id: &'a str) -> &'a str {
    catalog.rank(id).map_or(id, |rank| name(catalog, rank))
}

/// A plan as customers read it.
pub fn name(catalog: &Catalog, plan: PlanRank) -> &str {
    &catalog.plan(plan).name
}

/// How an account stands, such as `Kiro Pro, overage on, …, no trial`.
pub fn standing(state: &State, catalog: &Catalog) -> String {
    let overage = match (catalog.offers_overage(state.plan), state.overage_on) {
        (_, true) => "overage on",
        (true, false) => "overage off",
        (false, false) => "without overage",
    };
    let paid = match state.first_paid_at {
        Some(at) => format!("first paid {}", full_moment(at)),
        None => "never paid".to_owned(),
    };
    let trial = match &state.trial {
        Some(trial) => {
            format!("trial until {}, {} credits left", full_moment(trial.ends_at), trial.left)
        }
        None => "no trial".to_owned(),
    };
    let signup = full_moment(state.signed_up_at);
    format!("{}, {overage}, signed up {signup}, {paid}, {trial}", name(catalog, state.plan))
}

/// What a change asked for, in the words of the log.
pub fn asked(change: &EffectiveChange) -> (&'static str, &str) {
    let word = match change.ask {
        Ask::Signup => "signup",
        Ask::Plan => "plan",
        Ask::OverageOn => "overage_on",
        Ask::OverageOff => "overage_off",
    };
    (word, change.plan.as_deref().unwrap_or_default())
}

/// What a change did, in one line.
pub fn effects(did: &[ChangeEffect], evidence: &Evidence) -> String {
    let (catalog, next) = (&evidence.catalog, evidence.timeline.month.next());
    let next = date_in_words(next.first_day());
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
        ChangeEffect::Refused(kind) => format!("no effect: {}", refusal(*kind)),
    };
    match did {
        [] => "no effect: all was so already".to_owned(),
        all => all.iter().map(effect).collect::<Vec<_>>().join("; "),
    }
}

fn refusal(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::BeforeSignup => "it lies before the signup (T4)",
        ExceptionKind::DuplicateSignup => "the account had signed up already (T3)",
        ExceptionKind::OverageUnavailable => "the plan offers no overage (O2)",
        ExceptionKind::UnknownPlan => "the catalogue lacks the plan",
        other => other.name(),
    }
}

/// Why a segment ends; `next` is the one after it.
pub fn end(segment: &Segment, next: Option<&Segment>) -> &'static str {
    match segment.end {
        SegmentEnd::FirstUpgrade => "until the first upgrade ever (C4)",
        SegmentEnd::TrialEnded => "until the trial's end (C2)",
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

/// What holds in a segment.
pub fn circumstances(segment: &Segment) -> String {
    if segment.pool == Pool::BeforeMonth {
        return "before the month, in the trial".to_owned();
    }
    let overage = match (segment.overage_on, segment.overage_offered) {
        (true, _) => "overage on",
        (false, true) => "overage off",
        (false, false) => "no overage offered",
    };
    if segment.in_trial { format!("in the trial, {overage}") } else { overage.to_owned() }
}

/// The plan whose pool a segment draws on; none before S.
pub fn pool_plan(evidence: &Evidence, segment: &Segment) -> Option<PlanRank> {
    let month = evidence.month();
    match segment.pool {
        Pool::BeforeMonth => None,
        Pool::Earlier => month.upgrades.first().map(|upgrade| upgrade.from),
        Pool::Main => Some(month.billed_plan),
    }
}

/// Why usage over the cap is charged nothing.
pub fn unbilled(reason: Unbilled) -> &'static str {
    match reason {
        Unbilled::OverageOff => "overage was off (O5)",
        Unbilled::PlanWithoutOverage => "the plan offers no overage (O5)",
    }
}

/// Credits for people; nothing where there are none.
pub fn some(credits: Credits, decimals: u32) -> String {
    match credits.is_zero() {
        true => String::new(),
        false => quantity(credits.micros().into(), decimals),
    }
}

/// How many decimals quantities need, in micro-credits, so that they align.
pub fn decimals(quantities: impl Iterator<Item = i128>) -> u32 {
    let needed = quantities.map(|micros| {
        let finest = (0..6).find(|&digits| micros % 10_i128.pow(6 - digits) == 0);
        finest.unwrap_or(6)
    });
    needed.max().unwrap_or(0)
}

/// A quantity with as many decimals, and its thousands set apart.
pub fn quantity(micros: i128, decimals: u32) -> String {
    decimal_with_thousands(micros / 10_i128.pow(6 - decimals), decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_say_no_more_than_is_needed() {
        let december = Month::parse("2026-12").unwrap();
        for (text, told) in [
            ("2026-12-01T00:00:00Z", "1 December 00:00"),
            ("2026-12-15T10:00:30Z", "15 December 10:00:30"),
            ("2026-12-15T00:00:00.000001Z", "15 December 00:00:00.000001"),
            ("2027-01-01T00:00:00Z", "1 January 2027 00:00"),
        ] {
            assert_eq!(moment(Instant::parse(text).unwrap(), december), told);
        }
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(1_000, "row"), "1,000 rows");
    }

    #[test]
    fn quantities_have_the_decimals_that_the_finest_needs() {
        let all = [1_234_500_000, 0, 70_000, -1_500_000];
        let decimals = decimals(all.into_iter());
        let told = all.map(|micros| quantity(micros, decimals));
        assert_eq!(told, ["1,234.50", "0.00", "0.07", "-1.50"]);
        assert_eq!(super::decimals([5_000_000].into_iter()), 0);
        assert_eq!(super::decimals([1].into_iter()), 6);
        assert_eq!(quantity(5_000_000, 0), "5");
    }
}
