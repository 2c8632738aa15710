//! What must hold of a catalogue, wherever it is written.

use std::collections::HashSet;

use chrono::NaiveDate;
use toml::value::Datetime;

use super::plans::{Catalog, Draws, GrantKind, Plan, Proration, Trial};
use super::refusal::{Entry, Refusal};
use super::text::{CatalogText, CreditsText, GrantText, PlanText, TrialText};
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::money::{self, Currency, Money, MoneyFault, Rounding};
use crate::base::nearest::nearest;

/// The catalogue that a text says.
pub(super) fn check(text: CatalogText, refusal: &Refusal<'_>) -> Result<Catalog> {
    let top = Entries { refusal, at: |_, key| Entry::Top(key), place: 0 };
    let currency = Currency::parse(&text.currency).ok_or_else(|| {
        let message = format!("`{}` is no currency of ISO 4217", text.currency);
        top.refuse("currency", message).expected("a code such as \"USD\"")
    })?;
    let overage_limit = text.overage_limit.map(|limit| top.credits("overage_limit", &limit));
    Ok(Catalog {
        name: text.name.unwrap_or_default(),
        in_force_from: date(text.in_force_from, top)?,
        currency,
        rounding: top.convention("rounding", text.rounding.as_ref())?,
        proration: top.convention("proration", text.proration.as_ref())?,
        trial: text.trial.map(|trial| check_trial(&trial, refusal)).transpose()?,
        overage_limit: overage_limit.transpose()?,
        plans: check_plans(&text.plan, currency, refusal)?,
        grants: check_grants(&text.grant, currency, refusal)?,
    })
}

/// A convention, by the names that catalogues give it.
pub(super) trait Convention: Copy + Default + 'static {
    const ALL: &'static [Self];

    fn name(self) -> &'static str;
}

impl Convention for Rounding {
    const ALL: &'static [Self] = &[Rounding::HalfUp, Rounding::HalfEven];

    fn name(self) -> &'static str {
        match self {
            Rounding::HalfUp => "half-up",
            Rounding::HalfEven => "half-even",
        }
    }
}

impl Convention for Proration {
    const ALL: &'static [Self] =
        &[Proration::DaysAfter, Proration::DaysInclusive, Proration::Seconds];

    fn name(self) -> &'static str {
        match self {
            Proration::DaysAfter => "days-after",
            Proration::DaysInclusive => "days-inclusive",
            Proration::Seconds => "seconds",
        }
    }
}

impl Convention for Draws {
    const ALL: &'static [Self] = &[Draws::BeforePlan, Draws::AfterPlan];

    fn name(self) -> &'static str {
        Draws::name(self)
    }
}

/// The entries of a table of the catalogue.
#[derive(Clone, Copy)]
struct Entries<'a> {
    refusal: &'a Refusal<'a>,
    /// Where one stands, given the table's place in its list.
    at: fn(usize, &'static str) -> Entry<'static>,
    place: usize,
}

impl Entries<'_> {
    fn refuse(self, key: &'static str, message: impl Into<String>) -> Error {
        self.refusal.at((self.at)(self.place, key), message)
    }

    /// The convention that an entry names; the usual one where it is left out.
    fn convention<T: Convention>(self, key: &'static str, text: Option<&String>) -> Result<T> {
        let Some(text) = text else {
            return Ok(T::default());
        };
        T::ALL.iter().copied().find(|known| known.name() == text).ok_or_else(|| {
            let names: Vec<String> = T::ALL.iter().map(|c| format!("\"{}\"", c.name())).collect();
            let near = nearest(text, T::ALL.iter().map(|known| known.name()));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            let message = format!("`{text}` is not a known convention{near}");
            self.refuse(key, message).expected(names.join(" or "))
        })
    }

    fn credits(self, key: &'static str, text: &CreditsText) -> Result<Credits> {
        let text = match text {
            CreditsText::Whole(number) => number.to_string(),
            CreditsText::Text(text) => text.clone(),
        };
        let fault = |reason: String| self.refuse(key, format!("credits `{text}` {reason}"));
        let parsed = Credits::parse(&text).map_err(|f| fault(f.to_string()))?;
        let finer = || fault("has more than six decimals; expected at most six".to_owned());
        parsed.exact().ok_or_else(finer)
    }

    /// The days that a pool of credits lasts.
    fn length(self, key: &'static str, of: &str, days: i64) -> Result<u32> {
        let fits = u32::try_from(days).ok().filter(|days| (1..=36_500).contains(days));
        let refused = || self.refuse(key, format!("{of} of {days} days"));
        fits.ok_or_else(|| refused().expected("1 to 36500 days"))
    }
}

fn date(written: Datetime, top: Entries<'_>) -> Result<NaiveDate> {
    let plain = written.date.filter(|_| written.time.is_none() && written.offset.is_none());
    let date = plain.and_then(|d| {
        NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))
    });
    date.ok_or_else(|| {
        let message = format!("`{written}` is not a date");
        top.refuse("in_force_from", message).expected("a date such as 2025-11-15")
    })
}

fn check_trial(text: &TrialText, refusal: &Refusal<'_>) -> Result<Trial> {
    let own = Entries { refusal, at: |_, key| Entry::Trial(key), place: 0 };
    let days = own.length("days", "a trial", text.days)?;
    Ok(Trial { credits: own.credits("credits", &text.credits)?, days })
}

fn check_grants(
    texts: &[GrantText],
    currency: Currency,
    refusal: &Refusal<'_>,
) -> Result<Vec<GrantKind>> {
    if texts.len() > usize::from(u16::MAX) {
        let message = format!("the catalogue has {} kinds of grants", texts.len());
        return Err(refusal.error(Code::CATALOGUE_GRANT, message).expected("at most 65,535"));
    }
    let mut ids = HashSet::new();
    let check = |(place, text): (usize, &GrantText)| {
        let own = Entries { refusal, at: Entry::Grant, place };
        let kind = check_grant(text, own, currency)?;
        if !ids.insert(kind.id.clone()) {
            let message = format!("two kinds of grants share the id `{}`", kind.id);
            return Err(own.refuse("id", message).hint("give each kind its own id"));
        }
        Ok(kind)
    };
    texts.iter().enumerate().map(check).collect()
}

fn check_grant(text: &GrantText, own: Entries<'_>, currency: Currency) -> Result<GrantKind> {
    let id = &text.id;
    if let Err(fault) = crate::base::ids::check_id(id) {
        return Err(own.refuse("id", format!("id `{id}` of a kind of grant {fault}")));
    }
    let price = text.price.as_ref().map(|price| {
        money::parse_amount(price, currency).map_err(|fault| {
            own.refuse("price", format!("price `{price}` of grant `{id}` {fault}"))
        })
    });
    let credits = text.credits.as_ref().map(|credits| own.credits("credits", credits));
    let credits = credits.transpose()?;
    if credits.is_some_and(Credits::is_zero) {
        let message = format!("grant `{id}` has no credits");
        return Err(own
            .refuse("credits", message)
            .expected("more than 0, or no such entry where each change names its own"));
    }
    let days = text.expires_after_days;
    let days = days.map(|days| own.length("expires_after_days", "a grant", days));
    Ok(GrantKind {
        id: id.clone(),
        name: text.name.as_ref().unwrap_or(id).clone(),
        credits,
        price: price.transpose()?.unwrap_or(Money::ZERO),
        draws: own.convention("draws", text.draws.as_ref())?,
        expires_after_days: days.transpose()?,
    })
}

fn check_plans(texts: &[PlanText], currency: Currency, refusal: &Refusal<'_>) -> Result<Vec<Plan>> {
    if texts.is_empty() || texts.len() > usize::from(u16::MAX) {
        let message = format!("the catalogue has {} plans", texts.len());
        return Err(refusal
            .error(Code::CATALOGUE_LADDER, message)
            .expected("at least one [[plan]], the lowest first"));
    }
    let mut ids = HashSet::new();
    let mut plans: Vec<Plan> = Vec::with_capacity(texts.len());
    for (rank, text) in texts.iter().enumerate() {
        let own = Entries { refusal, at: Entry::Plan, place: rank };
        let plan = check_plan(text, own, currency)?;
        let first = std::iter::once(("id", &plan.id));
        for (key, id) in first.chain(plan.formerly.iter().map(|id| ("formerly", id))) {
            if !ids.insert(id.clone()) {
                let message = format!("two plans share the id `{id}`");
                return Err(own.refuse(key, message).hint("give each plan its own ids"));
            }
        }
        if let Some((fault, hint)) = rank_fault(&plans, &plan, currency) {
            return Err(refusal.at(Entry::Price(rank), fault).hint(hint));
        }
        plans.push(plan);
    }
    let starts = plans.iter().position(|plan| !plan.retired);
    match starts.map(|rank| (rank, &plans[rank])) {
        None => Err(refusal
            .error(Code::CATALOGUE_LADDER, "every plan is retired")
            .expected("a plan of 0.00 that is not, for accounts that sign up")),
        Some((rank, plan)) if plan.price > Money::ZERO => {
            let price = currency.plain(plan.price);
            let message = format!(
                "the lowest plan that is not retired, `{}`, costs {price}; accounts that sign up \
                 start on it, so it must be free of charge",
                plan.id
            );
            Err(refusal.at(Entry::Price(rank), message))
        }
        Some(_) => Ok(plans),
    }
}

fn check_plan(text: &PlanText, own: Entries<'_>, currency: Currency) -> Result<Plan> {
    let id = &text.id;
    let first = std::iter::once(("id", id));
    for (key, id) in first.chain(text.formerly.iter().map(|id| ("formerly", id))) {
        if let Err(fault) = crate::base::ids::check_id(id) {
            return Err(own.refuse(key, format!("plan id `{id}` {fault}")));
        }
    }
    let no_amount = |key, text: &str, fault: MoneyFault| -> Error {
        own.refuse(key, format!("{key} `{text}` of plan `{id}` {fault}"))
    };
    let price = money::parse_amount(&text.price, currency);
    let price = price.map_err(|fault| no_amount("price", &text.price, fault))?;
    let rate = text.overage_rate.as_ref().map(|rate| {
        money::parse_rate(rate).map_err(|fault| no_amount("overage_rate", rate, fault))
    });
    Ok(Plan {
        id: id.clone(),
        name: text.name.as_ref().unwrap_or(id).clone(),
        price,
        credits: own.credits("credits", &text.credits)?,
        overage_rate: rate.transpose()?,
        retired: text.retired,
        formerly: text.formerly.clone(),
    })
}

/// Why a plan cannot stand above those below it, or be the lowest, and what to do.
fn rank_fault(below: &[Plan], plan: &Plan, currency: Currency) -> Option<(String, &'static str)> {
    const BY_PRICE: &str = "list the plans by rising price";
    const RETIRE: &str = "list the plans by rising price; of plans with one price, keep for those \
                          who are on it what nobody may enter any more, with retired = true";
    let price = currency.plain(plan.price);
    let Some(highest) = below.last() else {
        let fault =
            format!("the lowest plan `{}` costs {price}; it must be free of charge", plan.id);
        return (plan.price > Money::ZERO).then_some((fault, BY_PRICE));
    };
    if highest.price > plan.price {
        let fault = format!(
            "prices fall with rank: `{}` costs {price}, `{}` below it {}",
            plan.id,
            highest.id,
            currency.plain(highest.price)
        );
        return Some((fault, BY_PRICE));
    }
    let same = below.iter().find(|other| other.price == plan.price && !other.retired)?;
    let fault = format!("`{}` and `{}` cost {price}, and neither is retired", same.id, plan.id);
    (!plan.retired).then_some((fault, RETIRE))
}
