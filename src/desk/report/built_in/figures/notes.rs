//! Which credit and debit notes there were, and why.

use super::super::frames::MONTH;
use super::super::model::{Picture, Section, columns};
use super::source::Source;
use crate::base::error::Result;
use crate::tables::DocumentType;

pub(super) fn section(source: &Source) -> Result<Section> {
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
