//! Instants, plans and states in words.

use crate::base::calendar::{Instant, Month, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::{counted, decimal_with_thousands, quantity_of};
use crate::catalog::{Catalog, PlanRank};
use crate::tables::{GrantCells, StateCells, StatementRow};

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

/// The plan of an id as customers read it.
pub fn plan_name<'a>(catalog: &'a Catalog, id: &'a str) -> &'a str {
    catalog.rank(id).map_or(id, |rank| name(catalog, rank))
}

/// A plan as customers read it.
pub fn name(catalog: &Catalog, plan: PlanRank) -> &str {
    &catalog.plan(plan).name
}

/// An account's state, such as `Kiro Pro, overage on, …, no trial`; `None` where the catalogue does
/// not know the plan.
pub fn state_in_words(state: &StateCells<'_>, catalog: &Catalog) -> Option<String> {
    let plan = catalog.rank(state.plan)?;
    let overage = match (catalog.offers_overage(plan), state.overage_on) {
        (_, true) => "overage on",
        (true, false) => "overage off",
        (false, false) => "without overage",
    };
    let limit = state.overage_limit.map(|limit| format!(" up to {}", quantity_of(limit, "credit")));
    let limit = limit.unwrap_or_default();
    let paid = match state.first_paid_at {
        Some(at) => format!("first paid {}", full_moment(at)),
        None => "never paid".to_owned(),
    };
    let trial = match state.trial_ends_at {
        Some(end) => {
            let left = quantity_of(state.trial_left, "credit");
            format!("trial until {}, {left} left", full_moment(end))
        }
        None => "no trial".to_owned(),
    };
    let signup = full_moment(state.signed_up_at);
    Some(format!("{}, {overage}{limit}, signed up {signup}, {paid}, {trial}", name(catalog, plan)))
}

/// A grant that goes on, such as `grant g-1 (125 add-on credits): 45 of 125 left, until …`.
pub fn grant_in_words(grant: &GrantCells<'_>, catalog: &Catalog) -> String {
    let GrantCells { grant_id, grant: kind, granted, left, expires_at, .. } = *grant;
    let name = catalog.grant_place(kind).map_or(kind, |at| &catalog.grant_kind(at).name);
    let until = match expires_at {
        Some(end) => format!("until {}", full_moment(end)),
        None => "without an end".to_owned(),
    };
    format!("grant {grant_id} ({name}): {left} of {granted} left, {until}")
}

/// What a statement says of the month's credits.
pub fn in_all(statement: &StatementRow) -> String {
    let StatementRow { events, usage_credits, trial_drawn, plan_drawn, .. } = statement;
    let StatementRow { overage_credits, unbilled_credits, .. } = statement;
    let grants = match statement.grants_opening.is_zero() {
        true => String::new(),
        false => format!(" {} from grants,", statement.grants_drawn),
    };
    format!(
        "in all {}, {}: {trial_drawn} from the trial,{grants} {plan_drawn} from plans, \
         {overage_credits} overage, {unbilled_credits} unbilled",
        counted(*events, "event"),
        quantity_of(*usage_credits, "credit"),
    )
}

/// How many decimals quantities need, so that they align.
pub fn decimals(quantities: impl Iterator<Item = Credits>) -> u32 {
    let needed = quantities.map(|credits| {
        let finest = (0..6).find(|&digits| credits.micros() % 10_i64.pow(6 - digits) == 0);
        finest.unwrap_or(6)
    });
    needed.max().unwrap_or(0)
}

/// A quantity with as many decimals, and its thousands set apart.
pub fn quantity(credits: Credits, decimals: u32) -> String {
    let last_decimals = i128::from(credits.micros()) / 10_i128.pow(6 - decimals);
    decimal_with_thousands(last_decimals, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_say_no_more_than_is_needed() {
        let december = Month::parse("2026-12").unwrap();
        for (text, expected) in [
            ("2026-12-01T00:00:00Z", "1 December 00:00"),
            ("2026-12-15T10:00:30Z", "15 December 10:00:30"),
            ("2026-12-15T00:00:00.000001Z", "15 December 00:00:00.000001"),
            ("2027-01-01T00:00:00Z", "1 January 2027 00:00"),
        ] {
            assert_eq!(moment(Instant::parse(text).unwrap(), december), expected);
        }
        let full = |text: &str| full_moment(Instant::parse(text).unwrap());
        assert_eq!(full("2026-05-21T02:00:00.5Z"), "21 May 2026 02:00:00.500000");
        assert_eq!(full("2026-05-22T00:00:00Z"), "22 May 2026 00:00");
    }

    #[test]
    fn quantities_have_the_decimals_that_the_finest_needs() {
        let all = [1_234_500_000, 0, 70_000, -1_500_000].map(Credits::of_table);
        let decimals = decimals(all.into_iter());
        let shown = all.map(|credits| quantity(credits, decimals));
        assert_eq!(shown, ["1,234.50", "0.00", "0.07", "-1.50"]);
        assert_eq!(all.map(|credits| credits.to_string()), ["1,234.5", "0", "0.07", "-1.5"]);
        let [five, least] = [5_000_000, 1].map(Credits::of_table);
        assert_eq!(super::decimals([five].into_iter()), 0);
        assert_eq!(super::decimals([least].into_iter()), 6);
        assert_eq!(quantity(five, 0), "5");
    }
}
