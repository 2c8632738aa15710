//! A catalogue as it is written, before it is checked. Plans, kinds of grants and the trial are
//! written alike in a catalogue file and in a manifest.

use serde::{Deserialize, Serialize};

/// A catalogue file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogText {
    pub name: Option<String>,
    pub in_force_from: toml::value::Datetime,
    pub currency: String,
    pub rounding: Option<String>,
    pub proration: Option<String>,
    pub overage_limit: Option<CreditsText>,
    pub trial: Option<TrialText>,
    #[serde(default)]
    pub plan: Vec<PlanText>,
    #[serde(default)]
    pub grant: Vec<GrantText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialText {
    pub credits: CreditsText,
    pub days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanText {
    pub id: String,
    pub name: Option<String>,
    pub price: String,
    pub credits: CreditsText,
    pub overage_rate: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formerly: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantText {
    pub id: String,
    pub name: Option<String>,
    pub credits: Option<CreditsText>,
    pub price: Option<String>,
    pub draws: Option<String>,
    pub expires_after_days: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Credits are a whole number, or text where they have decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "credits are no quantity; expected a whole number, or text such as \"0.5\""
)]
pub(super) enum CreditsText {
    Whole(i64),
    Text(String),
}
