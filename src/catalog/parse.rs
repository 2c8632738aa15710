//! From TOML to a [`Catalog`], or a refusal with the line and the reason.

use std::collections::HashSet;
use std::ops::Range;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;

use super::{Catalog, Plan, Proration, Trial};
use crate::base::credits::{Credits, CreditsFault};
use crate::base::error::{Error, Result};
use crate::base::money::{self, Currency, Rounding};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogText {
    name: Option<String>,
    in_force_from: Spanned<toml::value::Datetime>,
    currency: Spanned<String>,
    rounding: Option<Spanned<String>>,
    proration: Option<Spanned<String>>,
    trial: Option<TrialText>,
    #[serde(default)]
    plan: Vec<PlanText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialText {
    credits: Spanned<CreditsText>,
    days: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanText {
    id: Spanned<String>,
    name: Option<String>,
    price: Spanned<String>,
    credits: Spanned<CreditsText>,
    overage_rate: Option<Spanned<String>>,
}

/// Credits are a whole number, or text where they have decimals.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "credits are no quantity; expected a whole number, or text such as \"0.5\""
)]
enum CreditsText {
    Whole(i64),
    Text(String),
}

/// Reads a catalogue from TOML text; `file` is for messages.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] with the line and the reason, for every fault that the rules
/// page lists.
pub fn parse(text: &str, file: &str) -> Result<Catalog> {
    let refusal = Refusal { text, file };
    let raw: CatalogText = toml::from_str(text).map_err(|e| refusal.of_toml(&e))?;
    let currency = Currency::parse(raw.currency.get_ref()).ok_or_else(|| {
        let message = format!("`{}` is no currency of ISO 4217", raw.currency.get_ref());
        refusal.at(&raw.currency.span(), message).expected("a code such as \"USD\"")
    })?;
    let catalog = Catalog {
        name: raw.name.unwrap_or_default(),
        in_force_from: date(&raw.in_force_from, &refusal)?,
        currency,
        rounding: choice(raw.rounding.as_ref(), &ROUNDINGS, &refusal)?,
        proration: choice(raw.proration.as_ref(), &PRORATIONS, &refusal)?,
        trial: raw.trial.map(|trial| trial.check(&refusal)).transpose()?,
        plans: check_plans(&raw.plan, currency, &refusal)?,
    };
    Ok(catalog)
}

const ROUNDINGS: [(&str, Rounding); 2] =
    [("half-up", Rounding::HalfUp), ("half-even", Rounding::HalfEven)];
const PRORATIONS: [(&str, Proration); 3] = [
    ("days-after", Proration::DaysAfter),
    ("days-inclusive", Proration::DaysInclusive),
    ("seconds", Proration::Seconds),
];

fn choice<T: Copy + Default>(
    text: Option<&Spanned<String>>,
    choices: &[(&str, T)],
    refusal: &Refusal,
) -> Result<T> {
    let Some(text) = text else {
        return Ok(T::default());
    };
    if let Some((_, value)) = choices.iter().find(|(name, _)| name == text.get_ref()) {
        return Ok(*value);
    }
    let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let message = format!("`{}` is not a known convention", text.get_ref());
    Err(refusal.at(&text.span(), message).expected(names.join(" or ")))
}

fn date(value: &Spanned<toml::value::Datetime>, refusal: &Refusal) -> Result<NaiveDate> {
    let raw = value.get_ref();
    let plain = raw.date.filter(|_| raw.time.is_none() && raw.offset.is_none());
    let date = plain.and_then(|d| {
        NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))
    });
    date.ok_or_else(|| {
        let message = format!("`{raw}` is not a date");
        refusal.at(&value.span(), message).expected("a date such as 2025-11-15")
    })
}

impl TrialText {
    fn check(self, refusal: &Refusal) -> Result<Trial> {
        let days = u32::try_from(*self.days.get_ref()).ok().filter(|d| (1..=36_500).contains(d));
        let days = days.ok_or_else(|| {
            let message = format!("a trial of {} days", self.days.get_ref());
            refusal.at(&self.days.span(), message).expected("1 to 36500 days")
        })?;
        Ok(Trial { credits: credits(&self.credits, refusal)?, days })
    }
}

fn credits(value: &Spanned<CreditsText>, refusal: &Refusal) -> Result<Credits> {
    let text = match value.get_ref() {
        CreditsText::Whole(number) => number.to_string(),
        CreditsText::Text(text) => text.clone(),
    };
    let fault = |reason: String| refusal.at(&value.span(), format!("credits `{text}` {reason}"));
    let reading = Credits::parse(&text).map_err(|f: CreditsFault| fault(f.to_string()))?;
    match reading.moved {
        None => Ok(reading.credits),
        Some(_) => Err(fault("has more than six decimals; expected at most six".to_owned())),
    }
}

fn check_plans(plans: &[PlanText], currency: Currency, refusal: &Refusal) -> Result<Vec<Plan>> {
    if plans.is_empty() || plans.len() > usize::from(u16::MAX) {
        let message = format!("the catalogue has {} plans", plans.len());
        return Err(refusal.error(message).expected("at least one [[plan]], the lowest first"));
    }
    let mut ids = HashSet::new();
    let mut checked: Vec<Plan> = Vec::with_capacity(plans.len());
    for text in plans {
        let plan = text.check(currency, refusal)?;
        if !ids.insert(plan.id.clone()) {
            let message = format!("two plans share the id `{}`", plan.id);
            return Err(refusal.at(&text.id.span(), message).hint("give each plan its own id"));
        }
        check_rank(checked.last(), &plan, text, currency, refusal)?;
        checked.push(plan);
    }
    Ok(checked)
}

fn check_rank(
    below: Option<&Plan>,
    plan: &Plan,
    text: &PlanText,
    currency: Currency,
    refusal: &Refusal,
) -> Result<()> {
    let price = currency.plain(plan.price);
    let message = match below {
        None if plan.price == money::Money::ZERO => return Ok(()),
        None => format!("the lowest plan `{}` costs {price}; it must be free of charge", plan.id),
        Some(below) if below.price < plan.price => return Ok(()),
        Some(below) => format!(
            "prices do not rise with rank: `{}` costs {price}, `{}` below it {}",
            plan.id,
            below.id,
            currency.plain(below.price)
        ),
    };
    Err(refusal.at(&text.price.span(), message).hint("list the plans by rising price"))
}

impl PlanText {
    fn check(&self, currency: Currency, refusal: &Refusal) -> Result<Plan> {
        let id = self.id.get_ref();
        if let Err(fault) = crate::base::ids::check_id(id) {
            return Err(refusal.at(&self.id.span(), format!("plan id `{id}` {fault}")));
        }
        let price = money::parse_amount(self.price.get_ref(), currency)
            .map_err(|f| refusal.of_amount("price", &self.price, f, id))?;
        let rate = self.overage_rate.as_ref().map(|text| {
            money::parse_rate(text.get_ref())
                .map_err(|f| refusal.of_amount("overage_rate", text, f, id))
        });
        Ok(Plan {
            id: id.clone(),
            name: self.name.clone().unwrap_or_else(|| id.clone()),
            price,
            credits: credits(&self.credits, refusal)?,
            overage_rate: rate.transpose()?,
        })
    }
}

/// Makes refusals that name the catalogue's file and line.
struct Refusal<'a> {
    text: &'a str,
    file: &'a str,
}

impl Refusal<'_> {
    fn error(&self, message: impl Into<String>) -> Error {
        Error::usage(message).in_file(self.file)
    }

    fn at(&self, span: &Range<usize>, message: impl Into<String>) -> Error {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|&&b| b == b'\n').count() as u64 + 1;
        self.error(message).at_line(line)
    }

    fn of_toml(&self, error: &toml::de::Error) -> Error {
        let message = error.message().trim().replace('\n', "; ");
        let refused = match error.span() {
            Some(span) => self.at(&span, message),
            None => self.error(message),
        };
        if error.message().contains("floating point") {
            return refused.hint("write money as text, such as price = \"20.00\"");
        }
        if error.message().contains("TOML datetime") {
            return refused.hint("write the date without quotes: in_force_from = 2025-11-15");
        }
        refused
    }

    fn of_amount(
        &self,
        key: &str,
        text: &Spanned<String>,
        fault: money::MoneyFault,
        plan: &str,
    ) -> Error {
        let message = format!("{key} `{}` of plan `{plan}` {fault}", text.get_ref());
        self.at(&text.span(), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
in_force_from = 2025-11-15
currency = "USD"
[[plan]]
id = "free"
price = "0.00"
credits = 50
[[plan]]
id = "pro"
price = "20.00"
credits = 1000
overage_rate = "0.04"
"#;

    #[test]
    fn defaults_are_half_up_and_days_after() {
        let catalog = parse(GOOD, "good.toml").unwrap();
        assert_eq!(catalog.rounding, Rounding::HalfUp);
        assert_eq!(catalog.proration, Proration::DaysAfter);
        assert_eq!((catalog.trial, catalog.plans().len()), (None, 2));
        assert!(catalog.offers_overage(catalog.rank("pro").unwrap()));
    }

    #[test]
    fn a_refusal_names_the_line() {
        let text = GOOD.replace("\"20.00\"", "\"20.005\"");
        let error = parse(&text, "c.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "c.toml:10: price `20.005` of plan `pro` has more than 2 decimals"
        );
        assert_eq!(error.kind().exit_code(), 2);
    }
}
