//! What must hold of an export and what `focus-validator` does not look at, or only to a tolerance.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::rows::{Row, sums};
use crate::common::Outcome;

/// The mandatory columns of FOCUS 1.2.
pub const MANDATORY: [&str; 21] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
];

/// Those that may be empty: no account has a name, no ordinary charge a class; a correction of an amount alone has no
/// quantity.
const NULLABLE: [&str; 4] = ["BillingAccountName", "ChargeClass", "PricingQuantity", "PricingUnit"];

/// What does not hold of the export of a month; the currency is that of its catalogue.
pub fn faults(rows: &[Row], month: &str, currency: &str) -> Outcome<Vec<String>> {
    let mut faults = Vec::new();
    for (number, row) in (1..).zip(rows) {
        let mut broken = Vec::new();
        columns(row, &mut broken);
        products(row, &mut broken)?;
        periods(row, month, &mut broken);
        category(row, &mut broken)?;
        allowed_values(row, &mut broken);
        if row.get("BillingCurrency") != currency {
            broken.push("BillingCurrency".to_owned());
        }
        if ![currency, "Credits"].contains(&row.get("PricingCurrency")) {
            broken.push("PricingCurrency".to_owned());
        }
        faults.extend(broken.into_iter().map(|fault| format!("row {number}: {fault}")));
    }
    let billed = sums(rows, "BillingAccountId", "BilledCost")?;
    let effective = sums(rows, "BillingAccountId", "EffectiveCost")?;
    faults.extend(unequal("EffectiveCost is BilledCost, by account", &billed, &effective));
    Ok(faults)
}

/// The sums that differ.
pub fn unequal(
    what: &str,
    one: &BTreeMap<String, Decimal>,
    other: &BTreeMap<String, Decimal>,
) -> Vec<String> {
    let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
    keys.filter(|&key| one.get(key) != other.get(key))
        .map(|key| format!("{what}: {key}: {:?}, {:?}", one.get(key), other.get(key)))
        .collect()
}

fn columns(row: &Row, broken: &mut Vec<String>) {
    for column in MANDATORY {
        let correction = row.get("ChargeClass") == "Correction";
        let may_be_empty = match column {
            "PricingQuantity" | "PricingUnit" => correction,
            _ => NULLABLE.contains(&column),
        };
        if !row.0.contains_key(column) || (row.get(column).trim().is_empty() && !may_be_empty) {
            broken.push(format!("{column} is empty"));
        }
    }
}

/// Unit price × quantity is the cost, to the last digit.
fn products(row: &Row, broken: &mut Vec<String>) -> Outcome {
    for (price, cost) in [("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")]
    {
        let quantity = row.some_decimal("PricingQuantity")?;
        let product = match row.some_decimal(price)?.zip(quantity) {
            Some((price, quantity)) => price * quantity,
            // Without a price, a cost is what is billed.
            None => row.decimal("BilledCost")?,
        };
        if product != row.decimal(cost)? {
            broken.push(format!("{cost} is not {price} × PricingQuantity"));
        }
        if row.some_decimal(price)?.is_some_and(|price| price.is_sign_negative()) {
            broken.push(format!("{price} is negative"));
        }
    }
    Ok(())
}

/// Half-open, whole seconds in UTC, and within their months.
fn periods(row: &Row, month: &str, broken: &mut Vec<String>) {
    let (start, end) = bounds(month);
    if (row.get("BillingPeriodStart"), row.get("BillingPeriodEnd")) != (&*start, &*end) {
        broken.push("the billing period is not the month".to_owned());
    }
    let charged = row.get("x_Month");
    let (start, end) = bounds(charged);
    let (from, to) = (row.get("ChargePeriodStart"), row.get("ChargePeriodEnd"));
    let form = "2026-04-01T00:00:00Z";
    if !(*start <= *from && *from < *to && *to <= *end)
        || [from, to].iter().any(|at| at.len() != form.len())
    {
        broken.push("the charge period is not within the month charged".to_owned());
    }
    let corrects = row.get("x_Revision") != "r001";
    if corrects != (row.get("ChargeClass") == "Correction") || (!corrects && charged != month) {
        broken.push("ChargeClass".to_owned());
    }
}

/// First instants of a month and of the next, as text that sorts like the instants.
fn bounds(month: &str) -> (String, String) {
    let (year, number) = month.split_once('-').unwrap_or((month, ""));
    let next = match number.parse::<u32>() {
        Ok(12) | Err(_) => format!("{}-01", year.parse::<u32>().unwrap_or(0) + 1),
        Ok(number) => format!("{year}-{:02}", number + 1),
    };
    (format!("{month}-01T00:00:00Z"), format!("{next}-01T00:00:00Z"))
}

fn category(row: &Row, broken: &mut Vec<String>) -> Outcome {
    let zero = |column| row.decimal(column).map(|value| value.is_zero());
    let filled = |column: &str| !row.get(column).is_empty();
    let holds = match row.get("ChargeCategory") {
        "Purchase" => {
            zero("EffectiveCost")?
                && filled("InvoiceId")
                && !filled("ConsumedQuantity")
                && row.get("ChargeFrequency") != "Usage-Based"
        }
        "Usage" => {
            zero("BilledCost")?
                && !filled("InvoiceId")
                && filled("ConsumedQuantity")
                && row.get("ConsumedUnit") == "Credits"
                && row.get("ChargeFrequency") == "Usage-Based"
        }
        _ => false,
    };
    if !holds {
        broken.push("is neither what is bought nor what is used".to_owned());
    }
    Ok(())
}

/// One of the values that FOCUS allows. The validator is content where any row of the file has one.
fn allowed_values(row: &Row, broken: &mut Vec<String>) {
    let service = row.get("ServiceCategory");
    let subcategory = format!("Other ({service})");
    let allowed: [(&str, &[&str]); 6] = [
        ("ChargeCategory", &["Purchase", "Usage"]),
        ("ChargeClass", &["", "Correction"]),
        ("ChargeFrequency", &["One-Time", "Recurring", "Usage-Based"]),
        ("PricingCategory", &["Standard"]),
        ("ServiceCategory", &["Developer Tools", "Other"]),
        ("ServiceSubcategory", &[&subcategory]),
    ];
    let wrong = allowed.iter().filter(|(column, values)| !values.contains(&row.get(column)));
    broken.extend(wrong.map(|(column, _)| format!("{column} is `{}`", row.get(column))));
}
