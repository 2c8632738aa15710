//! What was charged, by plan and kind; and which credit and debit notes there were, and why.

use super::super::frames::MONTH;
use super::super::model::{Picture, Section, columns, in_order};
use super::source::Source;
use crate::base::error::Result;
use crate::tables::{DocumentType, LinePart, LineType};

/// What lines are counted to, in the order in which statements have it.
const PARTS: [(LinePart, &str); 4] = [
    (LinePart::Subscription, "subscription"),
    (LinePart::Grants, "grants"),
    (LinePart::Adjustments, "adjustments"),
    (LinePart::Overage, "overage"),
];

pub(super) fn section(source: &Source) -> Result<Section> {
    let kinds = source.lines.texts("line_type")?.map(|line_type| Some(PARTS[part(line_type)].1));
    let kinds: Vec<_> = kinds.collect();
    let lines = source.lines.clone().with_texts("kind", kinds.into_iter())?;
    let mut rows = Vec::new();
    for (key, sums) in lines.sums(&[MONTH, "plan", "kind"], &["amount"])? {
        let [month, plan, kind] = &key[..] else { continue };
        let Some(month) = source.shown(month) else { continue };
        let place = PARTS.iter().position(|(_, name)| name == kind);
        let order = (month, source.rank(month, plan), plan.clone(), place);
        let row = vec![month.into(), plan.clone().into(), kind.clone().into(), sums.of[0].into()];
        rows.push((order, row));
    }
    Ok(Section {
        id: "revenue",
        title: "Revenue by plan and kind",
        question: "What was charged, by plan and kind?",
        columns: columns![month: Month, plan: Text, kind: Text, amount: Money],
        rows: in_order(rows),
        picture: Picture::Stacked { by: "plan", of: "amount" },
    })
}

/// The place of what a line is counted to; of a word that no run writes, as plans' fees are.
fn part(line_type: Option<&str>) -> usize {
    let part = line_type.and_then(LineType::parse).map_or(LinePart::Subscription, LineType::part);
    PARTS.iter().position(|(known, _)| *known == part).unwrap_or_default()
}

/// Credit and debit notes.
pub(super) fn notes(source: &Source) -> Result<Section> {
    let mut rows = Vec::new();
    for (key, sums) in
        source.documents.sums(&[MONTH, "document_type", "reason"], &["total_amount"])?
    {
        let [month, document_type, reason] = &key[..] else { continue };
        let Some(month) = source.shown(month) else { continue };
        if document_type == DocumentType::Invoice.name() {
            continue;
        }
        let [document_type, reason] = [document_type, reason].map(|text| text.clone().into());
        rows.push(vec![month.into(), document_type, reason, sums.rows.into(), sums.of[0].into()]);
    }
    Ok(Section {
        id: "notes",
        title: "Credit and debit notes",
        question: "Which credit and debit notes were there, and why?",
        columns: columns![
            month: Month, document_type: Text, reason: Text, documents: Integer, amount: Money,
        ],
        rows,
        picture: Picture::Stacked { by: "document_type", of: "amount" },
    })
}
