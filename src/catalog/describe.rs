//! A catalogue as a table for people.

use std::fmt::Write as _;

use super::{Proration, Version};
use crate::base::money::Rounding;

/// The catalogue's plans and conventions, as `monthend catalog show` prints them.
pub fn describe(version: &Version) -> String {
    let catalog = &version.catalog;
    let rounding = match catalog.rounding {
        Rounding::HalfUp => "half away from zero",
        Rounding::HalfEven => "half to even",
    };
    let proration = match catalog.proration {
        Proration::DaysAfter => "(D − d) / D",
        Proration::DaysInclusive => "(D − d + 1) / D",
        Proration::Seconds => "(E − t) / (E − S)",
    };
    let trial = match catalog.trial {
        Some(trial) => format!("{} credits, {} days from signup", trial.credits, trial.days),
        None => "none".to_owned(),
    };
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(format!("{} ({})", catalog.name, version.file));
    line(format!("  in force from  {}", catalog.in_force_from));
    line(format!("  currency       {}, rounded {rounding}", catalog.currency.code()));
    line(format!("  proration      {proration}"));
    line(format!("  trial          {trial}"));
    line(String::new());
    line(format!("  {:<12} {:<20} {:>14} {:>14}  overage", "plan", "name", "price", "credits"));
    for plan in catalog.plans() {
        let overage = match plan.overage_rate {
            Some(rate) => format!("{rate} a credit"),
            None => "not offered".to_owned(),
        };
        let (price, credits) = (catalog.currency.plain(plan.price), plan.credits.to_string());
        line(format!("  {:<12} {:<20} {price:>14} {credits:>14}  {overage}", plan.id, plan.name));
    }
    text
}
