//! What a month came to.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::documents::RevisionDocuments;
use super::draft::Draft;
use super::stages::{StageSeconds, StageTime};
use super::status::Status;
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Amounts, Currency};
use crate::book::differences::Differences;
use crate::book::{ControlTotals, Manifest};
use crate::tables::Table;

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The month.
    pub month: Month,
    /// The month's folder in the book; none where there is no book.
    pub folder: Option<String>,
    /// What became of the month.
    pub status: Status,
    /// How many there are of what.
    pub counts: Counts,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the documents come to.
    pub amounts: Amounts,
    /// Groups of exceptions by kind.
    pub exceptions: BTreeMap<ExceptionKind, u64>,
    /// The tables and their rows.
    pub tables: Vec<TableRows>,
    /// What became of every row that was read.
    pub control_totals: ControlTotals,
    /// Whether the usage has event ids, without which no duplicates are looked for.
    pub event_ids: bool,
    /// What differs from the revision before, and why.
    pub differences: Option<Differences>,
    /// Later months whose opening state is no longer, or would no longer be, in force.
    pub stale_after: Vec<Month>,
    /// Wall-clock time by stage.
    pub stages: Vec<StageTime>,
}

/// How many there are of what.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Accounts.
    pub accounts: u64,
    /// Accounts that are billed anew, where they are not all.
    pub billed_anew: Option<u64>,
    /// Events that are billed.
    pub events: u64,
    /// Events that came more than once.
    pub duplicates: u64,
    /// Events of other months.
    pub outside: u64,
    /// Documents, those of earlier revisions included.
    pub documents: u64,
    /// Documents that a later revision adds.
    pub new_notes: Option<u64>,
    /// Rows that cannot be read.
    pub rejects: u64,
}

/// How many rows a table has.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// The table's name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

impl Report {
    /// What a draft comes to; its differences and times are put in as they are known.
    pub(super) fn of(
        draft: &Draft<'_>,
        documents: &RevisionDocuments,
        manifest: &Manifest,
        exceptions: BTreeMap<ExceptionKind, u64>,
        status: Status,
    ) -> Result<Self> {
        let (request, usage) = (draft.request, &draft.prepared.usage);
        let tables = manifest.outputs.iter().filter_map(|output| {
            let table = output.file.strip_suffix(".csv")?.to_owned();
            Some(TableRows { table, rows: output.rows })
        });
        let tables: Vec<TableRows> = tables.collect();
        let statements = tables.iter().find(|rows| rows.table == Table::Statements.name());
        let statements = statements.ok_or_else(|| Error::book("has no table of statements"))?;
        let counts = Counts {
            accounts: statements.rows,
            billed_anew: request.accounts.as_ref().map(|accounts| accounts.len() as u64),
            events: usage.used.rows,
            duplicates: usage.duplicates.rows,
            outside: usage.outside.values().map(|o| o.read.rows + o.unread_rows).sum(),
            documents: documents.count(),
            new_notes: documents.new_notes(),
            rejects: draft.prepared.rejects.len() as u64,
        };
        let folder = request.book.as_ref().map(|book| book.month_folder(request.month));
        Ok(Report {
            month: request.month,
            folder: folder.map(|folder| folder.display().to_string()),
            status,
            counts,
            currency: request.catalog.catalog.currency,
            amounts: documents.amounts(),
            exceptions,
            tables,
            control_totals: manifest.control_totals.clone(),
            event_ids: request.inputs.event_ids,
            differences: None,
            stale_after: Vec::new(),
            stages: Vec::new(),
        })
    }

    /// The process exit code.
    pub fn exit_code(&self) -> u8 {
        let has_unbilled = self.exceptions.keys().any(|kind| kind.needs_a_look());
        let needs_a_look = has_unbilled || self.counts.rejects > 0;
        match self.status {
            Status::Unchanged { .. } => 0,
            _ if needs_a_look => 3,
            _ => 0,
        }
    }

    /// A sum of amounts in plain digits.
    pub fn plain(&self, amount: i128) -> String {
        plain_decimal(amount, u32::from(self.currency.decimals()))
    }

    /// What became of the month, in a line.
    pub fn headline(&self) -> String {
        let month = self.month;
        let place = |revision: &str| match &self.folder {
            Some(folder) => format!("{folder}/{revision}"),
            None => revision.to_owned(),
        };
        match &self.status {
            Status::Published { revision } => format!("{month} published: {}\n", place(revision)),
            Status::Unchanged { revision } => format!(
                "{month} is published already as {}, with the same result: nothing to change\n",
                place(revision)
            ),
            Status::WouldPublish { revision } => {
                format!("{month} would be published as {revision}; nothing was written\n")
            }
            Status::WouldDiffer { revision, tables } => format!(
                "{month} is published as {}; this run comes to another result in {}\n",
                place(revision),
                tables.join(", ")
            ),
            Status::Checked => format!("{month} checked; nothing was written\n"),
        }
    }
}

/// A report as `--json` gives it.
#[derive(Serialize)]
struct Json<'a> {
    status: &'static str,
    revision: Option<&'a str>,
    exit_code: u8,
    folder: Option<&'a str>,
    accounts: u64,
    events: u64,
    documents: u64,
    new_documents: u64,
    currency: &'static str,
    subscription_amount: String,
    overage_amount: String,
    total_amount: String,
    rejects: u64,
    exceptions: BTreeMap<&'static str, u64>,
    tables: Map<String, Value>,
    stale: &'a [Month],
    seconds: StageSeconds<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Value>,
    month: Month,
    control_totals: &'a ControlTotals,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let (status, revision) = self.status.name_and_revision();
        let Counts { accounts, events, documents, new_notes, rejects, .. } = self.counts;
        let json = Json {
            status,
            revision,
            exit_code: self.exit_code(),
            folder: self.folder.as_deref(),
            accounts,
            events,
            documents,
            new_documents: new_notes.unwrap_or(documents),
            currency: self.currency.code(),
            subscription_amount: self.plain(self.amounts.subscription),
            overage_amount: self.plain(self.amounts.overage),
            total_amount: self.plain(self.amounts.total),
            rejects,
            exceptions: self.exceptions.iter().map(|(kind, n)| (kind.name(), *n)).collect(),
            tables: self.tables.iter().map(|t| (t.table.clone(), t.rows.into())).collect(),
            stale: &self.stale_after,
            seconds: StageSeconds(&self.stages),
            differences: self.differences.as_ref().map(Differences::to_json),
            month: self.month,
            control_totals: &self.control_totals,
        };
        json.serialize(serializer)
    }
}

/// The result of a month, with those of the later months that were billed again with it.
#[derive(Debug, Serialize)]
pub struct Reports<'a> {
    #[serde(flatten)]
    month: Option<&'a Report>,
    #[serde(skip_serializing_if = "<[Report]>::is_empty")]
    later: &'a [Report],
}

impl<'a> Reports<'a> {
    /// The reports in the order of the months.
    pub fn of(reports: &'a [Report]) -> Self {
        match reports {
            [] => Reports { month: None, later: reports },
            [month, later @ ..] => Reports { month: Some(month), later },
        }
    }
}
