//! What accounts are to be given back of a month's overage: that of a window of time, worked out event
//! by event, or all of it.

use std::collections::{BTreeMap, BTreeSet};

use super::inputs::missing;
use super::published::Published;
use super::words::full_moment;
use super::{followed, request};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Money, TooLarge};
use crate::billing::rollup::events::EventOutcome;
use crate::book::{Book, Whereabouts};
use crate::catalog::{Catalog, PlanRank};
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
        false => {
            format!("from {} to {} (UTC)", full_moment(window.from), full_moment(window.until))
        }
    };
    format!("Overage {of} is not charged: {}", quantity_of(credits, "credit"))
}

fn too_large(account: &AccountId, e: &TooLarge) -> Error {
    let message = format!("account `{account}`: what it is given back {e}");
    Error::new(Code::FIGURE_TOO_LARGE, message)
}

/// An account's overage of a month.
struct Overage {
    catalog: Catalog,
    billed_plan: PlanRank,
    /// Credits that were billed, each with its event's instant.
    events: Vec<(Instant, Credits)>,
}

/// Follows the account's month anew, which must come to what was published.
///
/// # Errors
/// Those of [`super::run`]; [`crate::base::error::Kind::Input`] where a recorded input is not there,
/// [`crate::base::error::Kind::Conservation`] where the inputs come to something else by now.
fn overage(request: &request::Request) -> Result<Overage> {
    let (account, month) = (&request.account, request.month);
    let published = Published::read(request)?;
    let not_as_published = |message: String| {
        let how = format!("monthend explain '{account}' --month {month} says what differs");
        Error::new(Code::INPUTS_DENY_STATEMENT, message).hint(how)
    };
    let Some(statement) = &published.statement else {
        return Err(not_as_published(format!("account `{account}` has no statement of {month}")));
    };
    if let Some(input) = missing(&published.billed, &request.whereabouts).first() {
        return Err(Error::new(
            Code::INPUT_GONE,
            format!("{month} cannot be followed event by event: {} is not there", input.path),
        )
        .hint(
            "restore it, or say where it is now: --moved OLD=NEW; without --from and --until, \
               the whole month's overage is known from the tables alone",
        ));
    }
    let (evidence, draws, differences) = followed(request, &published, statement)?;
    if !differences.is_empty() {
        return Err(not_as_published(format!(
            "account `{account}`: the inputs of {month} come to something else by now than was \
             published"
        )));
    }
    let used = evidence.events().filter(|event| matches!(event.outcome, EventOutcome::Used(_)));
    let billed = used.zip(&draws.events).map(|(event, draw)| (event.at, draw.overage));
    Ok(Overage {
        events: billed.filter(|(_, credits)| !credits.is_zero()).collect(),
        billed_plan: evidence.month().billed_plan,
        catalog: evidence.catalog,
    })
}

impl Overage {
    /// The credits of the events that are `within`.
    fn credits(&self, within: impl Fn(Instant) -> bool) -> Credits {
        self.events.iter().filter(|(at, _)| within(*at)).map(|(_, credits)| *credits).sum()
    }

    /// What the month's overage comes to without that many of its credits, rounded once (O4).
    ///
    /// # Errors
    /// [`TooLarge`]
    fn charge_without(&self, credits: Credits) -> std::result::Result<Money, TooLarge> {
        let rest = self.credits(|_| true) - credits;
        match self.catalog.plan(self.billed_plan).overage_rate {
            Some(rate) => rate.charge(rest, self.catalog.currency, self.catalog.rounding),
            None => Ok(Money::ZERO),
        }
    }
}
