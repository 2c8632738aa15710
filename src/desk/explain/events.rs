//! The usage events as lines.

use super::explanation::Explanation;
use super::segments::{decimals, heading};
use crate::base::text_table::{Column, TextTable};

/// The events, each segment's beneath its heading; what cannot be read at the end.
pub fn lines(explanation: &Explanation<'_>) -> Vec<String> {
    let mut table = TextTable::new([
        Column::text("at"),
        Column::text("event").optional(),
        Column::numbers("credits"),
        Column::numbers("trial").optional(),
        Column::numbers("plan").optional(),
        Column::numbers("overage").optional(),
        Column::numbers("unbilled").optional(),
        Column::numbers("trial left").optional(),
        Column::numbers("plan left").optional(),
        Column::text("file and row"),
    ]);
    let decimals = decimals(explanation.draws);
    let segments = &explanation.draws.segments;
    let mut last = None;
    for event in &explanation.events {
        let segment = segments.iter().rposition(|segment| segment.from <= event.at);
        if last != segment {
            last = segment;
            segment.into_iter().for_each(|at| table.line(heading(&segments[at], explanation)));
        }
        table.row(event.cells(decimals));
    }
    let mut lines = table.lines();
    lines.extend(explanation.evidence.rejects().iter().map(|reject| {
        let (file, row, column) = (&reject.file, reject.row, &reject.column);
        let value = reject.value.replace(char::is_control, "·");
        format!("{file}, row {row}: cannot be read, {column} `{value}` {}", reject.reason)
    }));
    // The events were asked for, so the section stays, though it is empty.
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}
