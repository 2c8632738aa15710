//! What an account was billed as overage, event by event.

use super::followed;
use super::inputs::missing;
use super::published::Published;
use super::request::Request;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Money, TooLarge};
use crate::billing::rollup::events::EventOutcome;
use crate::catalog::{Catalog, PlanRank};

/// An account's overage of a month.
pub struct Overage {
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
pub fn overage(request: &Request) -> Result<Overage> {
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
            format!("{month} cannot be followed event by event: {input} is not there"),
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
    pub fn credits(&self, within: impl Fn(Instant) -> bool) -> Credits {
        self.events.iter().filter(|(at, _)| within(*at)).map(|(_, credits)| *credits).sum()
    }

    /// What the month's overage comes to without that many of its credits, rounded once (O4).
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn charge_without(&self, credits: Credits) -> std::result::Result<Money, TooLarge> {
        let rest = self.credits(|_| true) - credits;
        match self.catalog.plan(self.billed_plan).overage_rate {
            Some(rate) => rate.charge(rest, self.catalog.currency, self.catalog.rounding),
            None => Ok(Money::ZERO),
        }
    }
}
