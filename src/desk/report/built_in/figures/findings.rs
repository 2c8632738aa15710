//! What someone should look at: rows that could not be billed or read.

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::tables::Table;

/// What rows are called that cannot be read.
const REJECTS: &str = "rejects";

/// The section, of the exceptions of all months.
pub(super) fn section(source: &Source, exceptions: &Frame) -> Result<Section> {
    let mut rows = Vec::new();
    for (key, sums) in exceptions.sums(&[MONTH, "kind"], &["rows", "credits"])? {
        let [month, kind] = &key[..] else { continue };
        let needs_a_look = ExceptionKind::parse(kind).is_none_or(ExceptionKind::needs_a_look);
        if let Some(month) = source.shown(month).filter(|_| needs_a_look) {
            rows.push((month, kind.clone(), sums.rows, sums.of[0], Some(sums.of[1])));
        }
    }
    let rejects = Frame::read(&source.span.revisions, Table::Rejects, "reason")?;
    for (key, sums) in rejects.sums(&[MONTH], &[])? {
        if let Some(month) = source.shown(&key[0]) {
            rows.push((month, REJECTS.to_owned(), sums.rows, sums.rows, None));
        }
    }
    rows.sort();
    let rows = rows.into_iter().map(|(month, kind, groups, rows, credits)| {
        let credits = credits.map_or(Cell::Empty, Cell::Number);
        vec![month.into(), Cell::Text(kind), groups.into(), rows.into(), credits]
    });
    Ok(Section {
        id: "findings",
        title: "What to look at",
        question: "Which rows could not be billed or read?",
        columns: columns![
            month: Month, kind: Text, groups: Integer, rows: Integer, credits: Credits,
        ],
        rows: rows.collect(),
        picture: Picture::None,
    })
}
