//! What accounts are to be given back of a month's overage: that of a window of time, worked out event
//! by event, or all of it.

use std::collections::{BTreeMap, BTreeSet};

use super::overage::overage;
use super::request;
use crate::base::calendar::{Instant, Month, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Money, TooLarge};
use crate::book::{Book, Whereabouts};
use crate::input::adjustments::Adjustment;
use crate::input::waivers::Window;
use crate::tables::{LineRow, StatementRow};

/// What is asked.
pub struct Request<'a> {
    /// The book.
    pub book: &'a Book,
    /// The published month.
    pub month: Month,
    /// The first instant whose overage is given back.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    /// Where recorded inputs are now.
    pub whereabouts: &'a Whereabouts,
    /// The accounts.
    pub accounts: &'a BTreeSet<AccountId>,
    /// What the customers read; window and credits where it is not said.
    pub description: Option<&'a str>,
    /// When the adjustments fall due.
    pub at: Instant,
}

/// What accounts are given back.
#[derive(Debug, Default)]
pub struct Waivers {
    /// An adjustment for each account; one that was given before as it was given.
    pub adjustments: Vec<Adjustment>,
    /// Accounts that have no such overage, or had it given back.
    pub nothing_for: Vec<AccountId>,
}

impl Request<'_> {
    fn window(&self) -> Window {
        Window { from: self.from, until: self.until }
    }
}

/// Gives an account's statement in force, and the lines of its documents.
pub type RowsOf<'a> = &'a dyn Fn(&AccountId) -> Result<(StatementRow, Vec<LineRow>)>;

/// What all accounts are given back, of whose statement and document lines `rows` has those in force.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where none is given anything; those of `rows`;
/// [`crate::base::error::Kind::Input`] where the month cannot be followed event by event any more,
/// [`crate::base::error::Kind::Conservation`] where it comes to something else by now.
pub fn waivers(request: &Request<'_>, rows: RowsOf<'_>) -> Result<Waivers> {
    let (month, window) = (request.month, request.window());
    let mut waivers = Waivers::default();
    for account in request.accounts {
        let (statement, lines) = rows(account)?;
        let id = window.waiver_of(account);
        let before = given(&lines, &id).map_err(|e| too_large(account, &e))?;
        let (amount, text) = if let Some((amount, text)) = before {
            (amount, text.to_owned())
        } else if let Some((credits, amount)) = waiver(request, account, &statement, &lines)? {
            let amount = Money::ZERO.minus(amount).map_err(|e| too_large(account, &e))?;
            let described = || description(month, window, credits);
            (amount, request.description.map_or_else(described, str::to_owned))
        } else {
            waivers.nothing_for.push(account.clone());
            continue;
        };
        let (id, description) = (id.into(), text.into());
        let account = account.clone();
        waivers.adjustments.push(Adjustment { at: request.at, id, account, amount, description });
    }
    match waivers.adjustments.is_empty() {
        false => Ok(waivers),
        true => Err(Error::new(
            Code::NOTHING_TO_WAIVE,
            format!("no overage from {} to {} is left to give back", window.from, window.until),
        )
        .hint(format!(
            "monthend explain ACCOUNT --month {month} --events lists what was billed as overage"
        ))),
    }
}

/// What is left to be given back to an account, credits and amount, by its `statement` and document
/// `lines`; `None` where that is nothing. What earlier waivers gave back is not given again: each gives the
/// difference of two charges, and all together never more than was charged.
fn waiver(
    request: &Request<'_>,
    account: &AccountId,
    statement: &StatementRow,
    lines: &[LineRow],
) -> Result<Option<(Credits, Money)>> {
    if statement.overage_credits.is_zero() {
        return Ok(None);
    }
    let earlier = earlier(lines).map_err(|e| too_large(account, &e))?;
    let earlier: Vec<Window> = earlier.into_values().map(|(window, _)| window).collect();
    let (credits, amount) = match earlier[..] {
        // Known from the tables alone.
        [] if request.window() == Window::whole(request.month) => {
            (statement.overage_credits, statement.overage_amount)
        }
        _ => of_window(request, account, &earlier)?,
    };
    Ok((amount > Money::ZERO).then_some((credits, amount)))
}

/// The credits of the window and what they cost, beyond what `earlier` ones hold.
fn of_window(
    request: &Request<'_>,
    account: &AccountId,
    earlier: &[Window],
) -> Result<(Credits, Money)> {
    let overage = overage(&request::Request {
        book: request.book.clone(),
        month: request.month,
        account: account.clone(),
        document: None,
        revision: None,
        events: false,
        whereabouts: request.whereabouts.clone(),
    })?;
    let before = |at: Instant| earlier.iter().any(|earlier| earlier.contains(at));
    let credits = overage.credits(|at| request.window().contains(at) && !before(at));
    let without = overage.credits(before);
    let amount = overage
        .charge_without(without)
        .and_then(|charged| charged.minus(overage.charge_without(without + credits)?));
    Ok((credits, amount.map_err(|e| too_large(account, &e))?))
}

/// Earlier waivers by their ids: window, and amount in force.
type Earlier<'a> = BTreeMap<&'a str, (Window, Money)>;

/// Waivers that the account's documents have.
fn earlier(lines: &[LineRow]) -> std::result::Result<Earlier<'_>, TooLarge> {
    let mut earlier = BTreeMap::new();
    for line in lines {
        let Some(id) = line.adjustment_id.as_deref() else { continue };
        let Some(window) = Window::of_waiver(id) else { continue };
        let (_, amount) = earlier.entry(id).or_insert((window, Money::ZERO));
        *amount = amount.plus(line.amount)?;
    }
    earlier.retain(|_, (_, amount)| *amount != Money::ZERO);
    Ok(earlier)
}

/// What a waiver of this id gave, where the account's documents have it: amount and description.
fn given<'a>(
    lines: &'a [LineRow],
    id: &str,
) -> std::result::Result<Option<(Money, &'a str)>, TooLarge> {
    let before = earlier(lines)?.remove(id);
    let line = lines.iter().find(|line| line.adjustment_id.as_deref() == Some(id));
    Ok(before.zip(line).map(|((_, amount), line)| (amount, &*line.explanation)))
}

/// What the customer reads on the line, unless told otherwise.
fn description(month: Month, window: Window, credits: Credits) -> String {
    let of = match window == Window::whole(month) {
        true => format!("for {}", month.in_words()),
        false => format!("from {} to {} (UTC)", moment(window.from), moment(window.until)),
    };
    format!("Overage {of} is not charged: {}", quantity_of(credits, "credit"))
}

/// An instant such as `21 May 2026 02:00`, to the second where it has seconds.
fn moment(at: Instant) -> String {
    let text = at.to_string();
    let time = text.split_once('T').map_or("", |(_, time)| time.trim_end_matches('Z'));
    format!("{} {}", date_in_words(at.date()), time.strip_suffix(":00").unwrap_or(time))
}

fn too_large(account: &AccountId, e: &TooLarge) -> Error {
    let message = format!("account `{account}`: what it is given back {e}");
    Error::new(Code::FIGURE_TOO_LARGE, message)
}

#[cfg(test)]
mod tests {
    use crate::base::calendar::Instant;

    #[test]
    fn instants_are_told_to_the_second_where_they_have_some() {
        let moment = |text: &str| super::moment(Instant::parse(text).unwrap());
        assert_eq!(moment("2026-05-21T02:00:00.5Z"), "21 May 2026 02:00:00.500000");
        assert_eq!(moment("2026-05-22T00:00:00Z"), "22 May 2026 00:00");
    }
}
