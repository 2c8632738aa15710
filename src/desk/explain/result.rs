//! An account's month for machines: the same as the text. Credits and amounts are decimals in
//! text, instants and dates as the tables write them.

use serde_json::{Map, Value, json};

use super::changes;
use super::explanation::Explanation;
use super::inputs::MissingInput;
use super::proof::Difference;
use super::published::{Issued, Published};
use super::request::Request;
use super::text::Told;
use crate::base::money::Currency;
use crate::billing::account_rows::{grant_cells, state_cells};
use crate::book::OpeningRecord;
use crate::catalog::Catalog;
use crate::tables::{DocumentRow, LineRow, StateRow};

/// The result of an explanation.
pub fn followed(explanation: &Explanation<'_>, exit_code: u8) -> Value {
    let Explanation { request, published, statement, evidence, .. } = explanation;
    let (catalog, currency) = (&evidence.catalog, evidence.catalog.currency);
    let state = evidence.effects.opening.as_ref();
    let grants = state.into_iter().flat_map(|state| {
        let row = |grant| grant_cells(&state.account, grant, catalog).to_row();
        state.grants.iter().map(move |grant| own(row(grant).json(currency)))
    });
    let grants: Vec<Value> = grants.collect();
    let state = state.map(|state| state_cells(state, catalog).to_row());
    let changes = evidence.effects.changes.iter();
    let mut result = about(request, published);
    result["catalogue"] = catalogue(catalog);
    result["opening"] = opening(&evidence.opening, state.as_ref(), currency);
    if !grants.is_empty() {
        result["opening"]["grants"] = grants.into();
    }
    result["stale"] = json!(explanation.stale);
    result["changes"] = changes.map(|change| changes::json(change, catalog)).collect();
    result["segments"] = json!(explanation.draws.segments);
    if request.events {
        result["events"] = json!(explanation.events);
        result["rejects"] = json!(evidence.found.rejects);
    }
    put_tables(&mut result, &Told { request, published, statement, catalog });
    result["changed_inputs"] = json!(evidence.changed);
    checked(result, explanation.differences, exit_code)
}

/// The result where the logs are not there: what the tables hold of the account, which began with
/// `state`.
pub fn from_tables(
    told: &Told<'_>,
    state: Option<&StateRow>,
    missing_inputs: &[MissingInput],
    differences: &[Difference],
    exit_code: u8,
) -> Value {
    let Told { request, published, catalog, .. } = told;
    let from = &published.billed.manifest.opening;
    let mut result = about(request, published);
    result["catalogue"] = catalogue(catalog);
    result["opening"] = opening(from, state, catalog.currency);
    put_tables(&mut result, told);
    result["missing_inputs"] = json!(missing_inputs);
    checked(result, differences, exit_code)
}

/// The result where there is no statement any more: what is left of the account.
pub fn no_statement(
    request: &Request,
    published: &Published,
    currency: Currency,
    differences: &[Difference],
    exit_code: u8,
) -> Value {
    let mut result = about(request, published);
    result["statement"] = Value::Null;
    result["documents"] = documents_json(&published.issued(), currency);
    result["exceptions"] = exceptions_json(published, currency);
    checked(result, differences, exit_code)
}

/// What is explained, of which revision.
fn about(request: &Request, published: &Published) -> Value {
    let Published { revision, billed, superseded_by, .. } = published;
    let mut about = json!({ "account_id": request.account });
    if let Some(document) = &request.document {
        about["document_id"] = json!(document.id);
    }
    about["month"] = json!(request.month);
    about["revision"] = json!(revision.name);
    about["folder"] = json!(published.place());
    about["reason"] = json!(revision.manifest.reason);
    about["billed_in"] = json!(billed.name);
    about["in_force"] = json!(superseded_by.as_ref().unwrap_or(&revision.name));
    about
}

fn catalogue(catalog: &Catalog) -> Value {
    json!({
        "name": catalog.name,
        "in_force_from": catalog.in_force_from.to_string(),
        "currency": catalog.currency.code(),
    })
}

fn opening(from: &OpeningRecord, state: Option<&StateRow>, currency: Currency) -> Value {
    json!({ "from": from, "state": state.map(|row| own(row.json(currency))) })
}

/// Adds the account's rows of the tables.
fn put_tables(result: &mut Value, told: &Told<'_>) {
    let (published, currency) = (told.published, told.catalog.currency);
    let expired = published.expired.iter().map(|row| own(row.json(currency)));
    let grants = published.grants.iter().map(|row| own(row.json(currency)));
    result["statement"] = own(told.statement.json(currency));
    result["documents"] = documents_json(&published.issued(), currency);
    result["expired"] = expired.collect();
    result["closing"] = published.state.as_ref().map(|row| own(row.json(currency))).into();
    if !published.grants.is_empty() {
        result["grants"] = grants.collect();
    }
    result["exceptions"] = exceptions_json(published, currency);
}

/// The result with whether all sums agree, and which do not.
fn checked(mut result: Value, differences: &[Difference], exit_code: u8) -> Value {
    result["check"] = json!({ "agrees": differences.is_empty(), "differences": differences });
    result["exit_code"] = exit_code.into();
    result
}

/// A row but for the columns that are the same in all that is said of an account.
fn without(mut row: Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    row.retain(|name, _| !columns.contains(&name.as_str()));
    row
}

/// A row with some columns at its end: the order of keys is older than that of the tables' columns.
fn ending(mut row: Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    for &name in columns {
        if let Some(value) = row.shift_remove(name) {
            row.insert(name.to_owned(), value);
        }
    }
    row
}

/// A row of the account but for itself and the month.
fn own(row: Map<String, Value>) -> Value {
    without(row, &["account_id", "month"]).into()
}

/// The documents with their lines.
pub fn documents_json(issued: &Issued<'_>, currency: Currency) -> Value {
    let line = |row: &LineRow| {
        let left_out = ["document_id", "account_id", "service_start", "service_end"];
        Value::from(without(row.json(currency), &left_out))
    };
    let document = |row: &DocumentRow| {
        let document = without(row.json(currency), &["account_id", "month", "line_count"]);
        let mut document = ending(document, &["currency", "relates_to", "reason"]);
        document.insert("lines".to_owned(), issued.lines_of(row).map(line).collect());
        Value::from(document)
    };
    issued.documents.iter().map(document).collect()
}

/// What could not be billed.
fn exceptions_json(published: &Published, currency: Currency) -> Value {
    const LAST: [&str; 5] = ["rows", "credits", "first_at", "last_at", "sample_id"];
    let row = |row: Map<String, Value>| ending(without(row, &["account_id", "month"]), &LAST);
    published
        .exceptions
        .iter()
        .map(|exception| Value::from(row(exception.json(currency))))
        .collect()
}
