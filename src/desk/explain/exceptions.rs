//! What could not be billed, as text.

use super::words::moment;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::tables::ExceptionRow;

/// What could not be billed.
pub fn lines(rows: &[ExceptionRow], month: Month) -> Vec<String> {
    rows.iter().map(|row| line(row, month)).collect()
}

/// A group of rows that could not be billed, in one line.
fn line(row: &ExceptionRow, month: Month) -> String {
    let mut parts = vec![row.detail.clone()];
    parts.extend(row.rows.map(|rows| counted(rows, "row")));
    parts.extend(row.credits.map(|credits| format!("{credits} credits")));
    parts.extend(match (row.first_at, row.last_at) {
        (Some(first), Some(last)) if first != last => {
            Some(format!("{} to {}", moment(first, month), moment(last, month)))
        }
        (first, _) => first.map(|first| moment(first, month)),
    });
    parts.extend(row.sample_id.as_ref().map(|id| format!("such as {id}")));
    format!("{}: {}", row.kind, parts.join(", "))
}
