//! A catalogue as a manifest records it: in full, so that the file is not needed any more.
#![expect(
    clippy::disallowed_types,
    reason = "serde's derive names floats where entries are flattened; no field here is one"
)]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check::{Convention, check};
use super::plans::{Catalog, GrantKind, Plan, Trial};
use super::refusal::Refusal;
use super::text::{CatalogText, CreditsText, GrantText, PlanText, TrialText};
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;

/// A catalogue in a manifest; money and credits in plain digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCatalog {
    name: String,
    in_force_from: String,
    currency: String,
    rounding: String,
    proration: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overage_limit: Option<CreditsText>,
    trial: Option<Recorded<TrialText>>,
    plans: Vec<Recorded<PlanText>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Recorded<GrantText>>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// What is known of an entry, and what a later version of the program says besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Recorded<T> {
    #[serde(flatten)]
    known: T,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl<T> From<T> for Recorded<T> {
    fn from(known: T) -> Self {
        Recorded { known, others: Map::new() }
    }
}

impl RecordedCatalog {
    /// The currency of all prices; `None` where it is none.
    pub fn currency(&self) -> Option<Currency> {
        Currency::parse(&self.currency)
    }

    /// The catalogue that was recorded; `file` is the manifest, for messages.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: it is no catalogue; the manifest was changed.
    pub fn read(&self, file: &str) -> Result<Catalog> {
        let damaged = || {
            Error::new(Code::MANIFEST_UNREADABLE, "the catalogue in the manifest cannot be read")
                .in_file(file)
                .changed_by_hand()
        };
        let recorded = self.clone();
        let text = CatalogText {
            name: Some(recorded.name),
            in_force_from: recorded.in_force_from.parse().map_err(|e| damaged().caused_by(e))?,
            currency: recorded.currency,
            rounding: Some(recorded.rounding),
            proration: Some(recorded.proration),
            overage_limit: recorded.overage_limit,
            trial: recorded.trial.map(|trial| trial.known),
            grant: recorded.grants.into_iter().map(|kind| kind.known).collect(),
            plan: recorded.plans.into_iter().map(|plan| plan.known).collect(),
        };
        check(text, &Refusal { file, text: None }).map_err(|e| damaged().caused_by(e))
    }
}

impl From<&Catalog> for RecordedCatalog {
    fn from(catalog: &Catalog) -> Self {
        let trial = |trial: Trial| {
            TrialText { credits: trial.credits.into(), days: trial.days.into() }.into()
        };
        let plan = |plan: &Plan| {
            let text = PlanText {
                id: plan.id.clone(),
                name: Some(plan.name.clone()),
                price: catalog.currency.plain(plan.price),
                credits: plan.credits.into(),
                overage_rate: plan.overage_rate.map(|rate| rate.to_string()),
                retired: plan.retired,
                formerly: plan.formerly.clone(),
            };
            text.into()
        };
        let grant = |kind: &GrantKind| {
            let text = GrantText {
                id: kind.id.clone(),
                name: Some(kind.name.clone()),
                credits: kind.credits.map(CreditsText::from),
                price: Some(catalog.currency.plain(kind.price)),
                draws: Some(kind.draws.name().to_owned()),
                expires_after_days: kind.expires_after_days.map(i64::from),
            };
            text.into()
        };
        RecordedCatalog {
            name: catalog.name.clone(),
            in_force_from: catalog.in_force_from.to_string(),
            currency: catalog.currency.code().to_owned(),
            rounding: catalog.rounding.name().to_owned(),
            proration: catalog.proration.name().to_owned(),
            overage_limit: catalog.overage_limit.map(CreditsText::from),
            trial: catalog.trial.map(trial),
            plans: catalog.plans.iter().map(plan).collect(),
            grants: catalog.grants.iter().map(grant).collect(),
            others: Map::new(),
        }
    }
}

impl From<Credits> for CreditsText {
    fn from(credits: Credits) -> Self {
        CreditsText::Text(plain_decimal(credits.micros().into(), 6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::parse;

    #[test]
    fn what_a_manifest_records_reads_back_the_same() {
        let text = r#"
            name = "Three \"tiers\""
            in_force_from = 2025-11-15
            currency = "KWD"
            rounding = "half-even"
            proration = "seconds"
            overage_limit = 10000
            [trial]
            credits = "0.5"
            days = 30
            [[plan]]
            id = "free"
            price = "0.000"
            credits = 50
            [[plan]]
            id = "pro"
            name = "Pro"
            price = "20.125"
            credits = "1000.25"
            overage_rate = "0.0375"
            [[plan]]
            id = "max-2024"
            price = "30.000"
            credits = 2000
            retired = true
            formerly = ["max", "Max"]
            [[grant]]
            id = "pack"
            name = "125 add-on credits"
            credits = "125.5"
            price = "5.000"
            draws = "after-plan"
            expires_after_days = 365
            [[grant]]
            id = "goodwill"
        "#;
        let catalog = parse(text, "catalog.toml").unwrap();
        let recorded = RecordedCatalog::from(&catalog);
        assert_eq!(recorded.read("manifest.json").unwrap(), catalog);
        let mut json = serde_json::to_value(&recorded).unwrap();
        json["plans"][1]["seats"] = 5.into();
        json["tax"] = "included".into();
        let newer: RecordedCatalog = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(newer.read("manifest.json").unwrap(), catalog);
        assert_eq!(serde_json::to_value(&newer).unwrap(), json);
    }
}
