//! From TOML to a [`Catalog`], or a refusal with the line and the reason.

use super::check::check;
use super::plans::Catalog;
use super::refusal::Refusal;
use crate::base::error::Result;

/// Reads a catalogue from TOML text; `file` is for messages.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] with the line and the reason, for every fault that the rules
/// page lists.
pub fn parse(text: &str, file: &str) -> Result<Catalog> {
    let refusal = Refusal { file, text: Some(text) };
    check(toml::from_str(text).map_err(|e| refusal.of_toml(text, &e))?, &refusal)
}

/// A catalogue for unit tests: `free`, `pro` at 20.00 with 1,000 credits and overage at 0.04, `power` at 200.00.
#[cfg(test)]
pub(crate) const SAMPLE: &str = r#"
name = "Two plans"
in_force_from = 2025-11-15
currency = "USD"
rounding = "half-up"
proration = "days-after"
[trial]
credits = 500
days = 30
[[plan]]
id = "free"
price = "0.00"
credits = 50
[[plan]]
id = "pro"
price = "20.00"
credits = 1000
overage_rate = "0.04"
[[plan]]
id = "power"
price = "200.00"
credits = 10000
overage_rate = "0.04"
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Rounding;
    use crate::catalog::Proration;

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
