//! What `explain --events --json` lists, added up and held against the statement that it shows.

use serde_json::Value;

use crate::Outcome;

/// Checks an account's result: the program finds no difference, and neither does adding up what it lists.
pub fn add_up(told: &Value) -> Outcome {
    assert_eq!(told["check"]["agrees"], true, "{told:#}");
    let (statement, none) = (&told["statement"], Vec::new());
    let events = told["events"].as_array().unwrap_or(&none);
    let counted: Vec<&Value> =
        events.iter().filter(|event| event["counted"] == true && event["segment"] != 0).collect();
    assert_eq!(statement["events"], counted.len(), "{told:#}");
    let segments = told["segments"].as_array().unwrap_or(&none);
    let segments: Vec<&Value> = segments.iter().filter(|part| part["number"] != 0).collect();
    for (of_event, of_segment, column) in [
        ("credits", "usage_credits", "usage_credits"),
        ("trial", "trial_drawn", "trial_drawn"),
        ("plan", "plan_drawn", "plan_drawn"),
        ("overage", "overage_credits", "overage_credits"),
        ("unbilled", "unbilled_credits", "unbilled_credits"),
    ] {
        let published = sum([statement], column)?;
        assert_eq!(sum(counted.iter().copied(), of_event)?, published, "{column} {told:#}");
        assert_eq!(sum(segments.iter().copied(), of_segment)?, published, "{column} {told:#}");
    }
    let documents = told["documents"].as_array().unwrap_or(&none);
    let lines = documents.iter().flat_map(|one| one["lines"].as_array().unwrap_or(&none));
    let total = sum([statement], "total_amount")?;
    assert_eq!(sum(documents, "total_amount")?, total, "{told:#}");
    assert_eq!(sum(lines, "amount")?, total, "{told:#}");
    Ok(())
}

/// Decimals in text, added up as integers of their last digit.
fn sum<'a>(of: impl IntoIterator<Item = &'a Value>, key: &str) -> Outcome<i128> {
    let mut sum = 0;
    for one in of {
        let text = one[key].as_str().ok_or_else(|| format!("`{key}` is no text in {one}"))?;
        sum += text.replace('.', "").parse::<i128>()?;
    }
    Ok(sum)
}
