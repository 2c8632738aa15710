//! The months of a book for machines.

use serde_json::{Value, json};

use super::findings::Finding;
use super::inputs::{Condition, InputNow};
use super::months::{Entry, Published, Standing};
use crate::base::digits::plain_decimal;
use crate::book::Book;
use crate::tables::DocumentType;

/// The whole answer.
pub(super) fn to_json(
    book: &Book,
    entries: &[Entry],
    findings: &[Finding],
    exit_code: u8,
) -> Value {
    json!({
        "status": if exit_code == 0 { "well" } else { "look" },
        "exit_code": exit_code,
        "book": book.folder().display().to_string(),
        "months": entries.iter().map(entry).collect::<Vec<_>>(),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "month": finding.month.to_string(),
        "code": finding.code,
        "deserves_a_look": finding.look,
        "message": finding.words,
    })
}

fn entry(entry: &Entry) -> Value {
    let month = entry.month.to_string();
    let (standing, facts) = match &entry.standing {
        Standing::Published(published) => ("published", Some(facts(published))),
        Standing::Missing => ("missing", None),
        Standing::Damaged(error) => {
            return json!({ "month": month, "standing": "damaged", "error": error.to_json() });
        }
    };
    let mut value = json!({ "month": month, "standing": standing });
    if let (Some(value), Some(Value::Object(facts))) = (value.as_object_mut(), facts) {
        value.extend(facts);
        let stale = entry.stale.as_ref().ok().and_then(Option::as_ref);
        value.insert("stale".to_owned(), json!(stale));
        let inputs = entry.inputs.as_ref();
        let inputs = inputs.map(|inputs| inputs.iter().map(input).collect::<Vec<_>>());
        value.insert("inputs".to_owned(), inputs.into());
    }
    value
}

fn facts(published: &Published) -> Value {
    let amount = |at: usize| {
        plain_decimal(published.documents.sums[at], u32::from(published.currency.decimals()))
    };
    let documents = &published.documents;
    let issued = documents.issued;
    json!({
        "revision": published.manifest.revision,
        "revisions": published.revisions,
        "unfinished": published.unfinished(),
        "reason": published.manifest.reason,
        "started_at": published.started_at,
        "issued_first": issued.map(|(first, _)| first.to_string()),
        "issued_last": issued.map(|(_, last)| last.to_string()),
        "accounts": published.accounts,
        "documents": {
            "invoice": documents.count(DocumentType::Invoice),
            "credit_note": documents.count(DocumentType::CreditNote),
            "debit_note": documents.count(DocumentType::DebitNote),
        },
        "currency": published.currency.code(),
        "subscription_amount": amount(0),
        "overage_amount": amount(1),
        "total_amount": amount(2),
        "exceptions": published.exceptions,
        "to_look_at": published.to_look_at(),
        "rejects": published.rejects,
        "opening": published.manifest.opening,
    })
}

fn input(input: &InputNow) -> Value {
    let InputNow { recorded, path, condition } = input;
    json!({
        "role": recorded.role,
        "file": recorded.file,
        "now": path.display().to_string(),
        "condition": condition.name(),
        "bytes": match condition {
            Condition::Grown { bytes } => Some(*bytes),
            Condition::Same => Some(recorded.bytes),
            _ => None,
        },
        "recorded_bytes": recorded.bytes,
    })
}
