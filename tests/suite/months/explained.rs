//! Every account of a published month, explained.

use monthend::base::calendar::Month;
use monthend::book::{Book, Whereabouts};
use monthend::desk::explain::{self, Request};
use proptest::prelude::*;
use serde_json::Value;

use super::holding::Outcome;
use super::revision::{Revision, Row};

/// Explains every account that has a statement, and checks that each sum of what is listed is the statement's.
pub fn holds(book: &Book, month: Month, revision: &Revision) -> Outcome<()> {
    for statement in revision.table("statements")? {
        let told = explain(book, month, &statement["account_id"])?;
        prop_assert_eq!(&told["check"]["differences"], &Value::Array(Vec::new()), "{}", told);
        events(&told, &statement)?;
    }
    Ok(())
}

fn explain(book: &Book, month: Month, account: &str) -> Outcome<Value> {
    let (book, account) = (book.clone(), account.into());
    let (document, revision, events) = (None, None, true);
    let whereabouts = Whereabouts::default();
    let answer =
        explain::run(&Request { book, month, account, document, revision, events, whereabouts })?;
    prop_assert_eq!(answer.exit_code, 0, "{}", answer.text);
    Ok(answer.result)
}

/// The listed events of the month, added up one by one.
fn events(told: &Value, statement: &Row) -> Outcome<()> {
    let listed = told["events"].as_array().cloned().unwrap_or_default();
    let (counted, others): (Vec<&Value>, Vec<&Value>) =
        listed.iter().partition(|event| event["counted"] == true);
    let within = counted.iter().filter(|event| event["segment"] != 0);
    let within: Vec<&Value> = within.copied().collect();
    prop_assert_eq!(within.len().to_string(), statement["events"].clone());
    for (key, column) in [
        ("credits", "usage_credits"),
        ("trial", "trial_drawn"),
        ("plan", "plan_drawn"),
        ("overage", "overage_credits"),
        ("unbilled", "unbilled_credits"),
    ] {
        let sum: i128 = within.iter().map(|event| micros(&event[key])).sum();
        prop_assert_eq!(sum, micros(&statement[column].clone().into()), "{}: {}", key, told);
    }
    let mut of_grants = 0;
    for event in within {
        let parts = ["trial", "plan", "overage", "unbilled"].map(|key| micros(&event[key]));
        let grants = event["grants"].as_array().into_iter().flatten();
        let grants: i128 = grants.map(|grant| micros(&grant["drawn"])).sum();
        of_grants += grants;
        prop_assert_eq!(
            parts.iter().sum::<i128>() + grants,
            micros(&event["credits"]),
            "{}",
            event
        );
    }
    prop_assert_eq!(of_grants, micros(&statement["grants_drawn"].clone().into()), "{}", told);
    for event in others {
        let kind = event["kind"].as_str().unwrap_or_default();
        let known = UNBILLED.contains(&kind);
        prop_assert!(known && event.get("plan").is_none(), "{}", event);
    }
    Ok(())
}

/// Kinds of events that are billed nowhere in the month.
const UNBILLED: [&str; 5] =
    ["duplicate", "conflicting-duplicate", "before-signup", "dropped-usage", "billed-before"];

/// A decimal in text as millionths.
fn micros(text: &Value) -> i128 {
    let text = text.as_str().unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(-1)
}
