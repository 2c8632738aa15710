//! An account's month for machines: the same as the text. Credits and amounts are decimals in
//! text, instants and dates as the tables write them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::changes::ChangeResult;
use super::explanation::Explanation;
use super::inputs::{ChangedInput, MissingInput};
use super::listed_events::ListedEvent;
use super::pool_draws::SegmentDraws;
use super::proof::Difference;
use super::published::{Issued, Published};
use super::request::Request;
use super::text::Told;
use crate::base::calendar::Month;
use crate::base::money::Currency;
use crate::base::rejects::Reject;
use crate::billing::account_rows::{grant_cells, state_cells};
use crate::book::{OpeningRecord, Stale};
use crate::catalog::Catalog;
use crate::tables::{DocumentRow, GrantRow, LineRow, StateRow, StatementRow};

/// The whole result.
#[derive(Serialize)]
pub struct ExplainResult<'a> {
    #[serde(flatten)]
    about: About<'a>,
    catalogue: CatalogueResult<'a>,
    opening: OpeningResult<'a>,
    stale: Option<&'a Stale>,
    changes: Vec<ChangeResult<'a>>,
    segments: &'a [SegmentDraws],
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a [ListedEvent<'a>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejects: Option<&'a [Reject]>,
    #[serde(flatten)]
    tables: FromTables,
    changed_inputs: &'a [ChangedInput],
    check: Check<'a>,
    exit_code: u8,
}

/// What is explained, of which revision.
#[derive(Serialize)]
struct About<'a> {
    account_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<&'a str>,
    month: Month,
    revision: &'a str,
    folder: String,
    reason: Option<&'a str>,
    billed_in: &'a str,
    in_force: &'a str,
}

#[derive(Serialize)]
struct CatalogueResult<'a> {
    name: &'a str,
    in_force_from: String,
    currency: &'static str,
}

#[derive(Serialize)]
struct OpeningResult<'a> {
    from: &'a OpeningRecord,
    state: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Value>,
}

/// The account's rows of the tables.
#[derive(Serialize)]
struct FromTables {
    statement: Value,
    documents: Value,
    expired: Value,
    closing: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Value>,
    exceptions: Value,
}

impl FromTables {
    fn of(published: &Published, statement: &StatementRow, currency: Currency) -> Self {
        FromTables {
            statement: statement_json(statement, currency),
            documents: documents_json(&published.issued(), currency),
            expired: expired_json(published, currency),
            closing: published.state.as_ref().map(|row| state_json(row, currency)).into(),
            grants: published.grants.iter().map(|row| grant_json(row, currency)).collect(),
            exceptions: exceptions_json(published, currency),
        }
    }
}

/// Whether all sums agree, and which do not.
#[derive(Serialize)]
struct Check<'a> {
    agrees: bool,
    differences: &'a [Difference],
}

impl<'a> ExplainResult<'a> {
    /// The result of an explanation.
    pub fn of(explanation: &'a Explanation<'a>, exit_code: u8) -> Self {
        let (evidence, published) = (explanation.evidence, explanation.published);
        let (catalog, currency) = (&evidence.catalog, evidence.catalog.currency);
        let opening = evidence.effects.opening.as_ref();
        let grants = opening.into_iter().flat_map(|state| {
            let row = |grant| grant_cells(&state.account, grant, catalog).to_row();
            state.grants.iter().map(move |grant| grant_json(&row(grant), currency))
        });
        let grants = grants.collect();
        let opening =
            opening.map(|state| state_json(&state_cells(state, catalog).to_row(), currency));
        let listed = explanation.request.events;
        ExplainResult {
            about: About::of(explanation.request, published),
            catalogue: CatalogueResult::of(catalog),
            opening: OpeningResult { from: &evidence.opening, state: opening, grants },
            stale: explanation.stale.as_ref(),
            changes: {
                let changes = evidence.effects.changes.iter();
                changes.map(|change| ChangeResult::of(change, catalog)).collect()
            },
            segments: &explanation.draws.segments,
            events: listed.then_some(&explanation.events),
            rejects: listed.then_some(&evidence.found.rejects),
            tables: FromTables::of(published, explanation.statement, currency),
            changed_inputs: &evidence.changed,
            check: Check::of(explanation.differences),
            exit_code,
        }
    }
}

/// The result where the logs are not there: what the tables hold.
#[derive(Serialize)]
pub struct FromTablesResult<'a> {
    #[serde(flatten)]
    about: About<'a>,
    catalogue: CatalogueResult<'a>,
    opening: OpeningResult<'a>,
    #[serde(flatten)]
    tables: FromTables,
    missing_inputs: &'a [MissingInput],
    check: Check<'a>,
    exit_code: u8,
}

impl<'a> FromTablesResult<'a> {
    /// What the tables hold of the account, which began with `opening`.
    pub fn of(
        told: &'a Told<'a>,
        opening: Option<&StateRow>,
        missing_inputs: &'a [MissingInput],
        differences: &'a [Difference],
        exit_code: u8,
    ) -> Self {
        let Told { request, published, statement, catalog } = told;
        let currency = catalog.currency;
        FromTablesResult {
            about: About::of(request, published),
            catalogue: CatalogueResult::of(catalog),
            opening: OpeningResult {
                from: &published.billed.manifest.opening,
                state: opening.map(|row| state_json(row, currency)),
                grants: Vec::new(),
            },
            tables: FromTables::of(published, statement, currency),
            missing_inputs,
            check: Check::of(differences),
            exit_code,
        }
    }
}

impl<'a> CatalogueResult<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        CatalogueResult {
            name: &catalog.name,
            in_force_from: catalog.in_force_from.to_string(),
            currency: catalog.currency.code(),
        }
    }
}

/// The result where there is no statement any more.
#[derive(Serialize)]
pub struct NoStatementResult<'a> {
    #[serde(flatten)]
    about: About<'a>,
    statement: (),
    documents: Value,
    exceptions: Value,
    check: Check<'a>,
    exit_code: u8,
}

impl<'a> NoStatementResult<'a> {
    /// What is left of the account.
    pub fn of(
        request: &'a Request,
        published: &'a Published,
        currency: Currency,
        differences: &'a [Difference],
        exit_code: u8,
    ) -> Self {
        NoStatementResult {
            about: About::of(request, published),
            statement: (),
            documents: documents_json(&published.issued(), currency),
            exceptions: exceptions_json(published, currency),
            check: Check::of(differences),
            exit_code,
        }
    }
}

impl<'a> About<'a> {
    fn of(request: &'a Request, published: &'a Published) -> Self {
        let Published { revision, billed, superseded_by, .. } = published;
        About {
            account_id: &request.account,
            document_id: request.document.as_ref().map(|document| document.id.as_str()),
            month: request.month,
            revision: &revision.name,
            folder: published.place(),
            reason: revision.manifest.reason.as_deref(),
            billed_in: &billed.name,
            in_force: superseded_by.as_ref().unwrap_or(&revision.name),
        }
    }
}

impl<'a> Check<'a> {
    fn of(differences: &'a [Difference]) -> Self {
        Check { agrees: differences.is_empty(), differences }
    }
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

/// The account, and the month.
const WHOSE: [&str; 2] = ["account_id", "month"];

/// The statement.
fn statement_json(row: &StatementRow, currency: Currency) -> Value {
    without(row.json(currency), &WHOSE).into()
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

/// What expired.
fn expired_json(published: &Published, currency: Currency) -> Value {
    let rows = published.expired.iter();
    rows.map(|row| without(row.json(currency), &WHOSE)).collect::<Vec<_>>().into()
}

/// An account's state.
fn state_json(row: &StateRow, currency: Currency) -> Value {
    without(row.json(currency), &WHOSE).into()
}

/// A grant that goes on.
fn grant_json(row: &GrantRow, currency: Currency) -> Value {
    without(row.json(currency), &WHOSE).into()
}

/// What could not be billed.
fn exceptions_json(published: &Published, currency: Currency) -> Value {
    const LAST: [&str; 5] = ["rows", "credits", "first_at", "last_at", "sample_id"];
    let rows = published.exceptions.iter();
    rows.map(|row| ending(without(row.json(currency), &WHOSE), &LAST)).collect::<Vec<_>>().into()
}
