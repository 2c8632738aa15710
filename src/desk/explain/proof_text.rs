//! Whether what is shown adds up to what was published.

use super::explanation::Explanation;
use super::proof::Difference;
use crate::base::text_table::{Column, TextTable};

/// Whether they agree, for people.
pub fn lines(explanation: &Explanation<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    match explanation.differences.is_empty() {
        true => lines.push(
            "events, credits, draws, lines, documents and states agree with the published tables"
                .to_owned(),
        ),
        false => {
            lines.push("what the inputs come to now is not what was published:".to_owned());
            lines.extend(table(explanation.differences));
        }
    }
    let so = match explanation.differences.is_empty() {
        true => "; what concerns this account has not changed",
        false => ", which may be why",
    };
    lines.extend(explanation.evidence.changed.iter().map(|input| format!("{input}{so}")));
    lines
}

/// The sums that differ.
pub fn table(differences: &[Difference]) -> Vec<String> {
    let mut table =
        TextTable::new([Column::text("sum"), Column::text("now"), Column::text("published")]);
    let some = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    for Difference { sum, now, published } in differences {
        table.row([format!("  {sum}"), some(now), some(published)]);
    }
    table.lines()
}
