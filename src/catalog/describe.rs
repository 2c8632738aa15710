//! A catalogue as a table for people.

use super::plans::{Catalog, GrantKind, Proration};
use super::select::Version;
use crate::base::digits::{counted, quantity_of};
use crate::base::money::Rounding;
use crate::base::text_table::{Column, TextTable};

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
        Some(trial) => {
            let (credits, days) = (trial.credits, u64::from(trial.days));
            format!("{}, {} from signup", quantity_of(credits, "credit"), counted(days, "day"))
        }
        None => "none".to_owned(),
    };
    let mut facts = TextTable::new([Column::text(""), Column::text("")]);
    facts.entry("in force from", catalog.in_force_from.to_string());
    facts.entry("currency", format!("{}, rounded {rounding}", catalog.currency.code()));
    facts.entry("proration", proration);
    facts.entry("trial", trial);
    if let Some(limit) = catalog.overage_limit {
        facts.entry("overage", format!("at most {} a month (O6)", quantity_of(limit, "credit")));
    }
    let mut plans = table("plan", "overage");
    for plan in catalog.plans() {
        let mut notes = match plan.overage_rate {
            Some(rate) => format!("{rate} a credit"),
            None => "not offered".to_owned(),
        };
        if plan.retired {
            notes += "; retired";
        }
        if !plan.formerly.is_empty() {
            notes += &format!("; formerly {}", plan.formerly.join(", "));
        }
        let (price, credits) =
            (catalog.currency.amount(plan.price).to_string(), plan.credits.to_string());
        plans.row([plan.id.clone(), plan.name.clone(), price, credits, notes]);
    }
    let (facts, plans) = (facts.text("  "), plans.text("  "));
    let grants = match catalog.grant_kinds() {
        [] => String::new(),
        kinds => format!("\n{}", grants(kinds, catalog)),
    };
    format!("{} ({})\n{facts}\n{plans}{grants}", catalog.name, version.file)
}

/// A table of what has a price and credits.
fn table(of: &'static str, notes: &'static str) -> TextTable<5> {
    TextTable::new([
        Column::text(of).at_least(12),
        Column::text("name").at_least(20).gap(1),
        Column::numbers("price").at_least(14).gap(1),
        Column::numbers("credits").at_least(14).gap(1),
        Column::text(notes),
    ])
}

/// The kinds of grants, a line each.
fn grants(kinds: &[GrantKind], catalog: &Catalog) -> String {
    let mut table = table("grant", "drawn");
    for kind in kinds {
        let end = match kind.expires_after_days {
            Some(days) => format!("for {}", counted(days.into(), "day")),
            None => "without an end".to_owned(),
        };
        let credits = kind.credits.map_or_else(|| "as named".to_owned(), |own| own.to_string());
        let price = catalog.currency.amount(kind.price).to_string();
        let drawn = format!("{}, {end}", kind.draws.in_words());
        table.row([kind.id.clone(), kind.name.clone(), price, credits, drawn]);
    }
    table.text("  ")
}
