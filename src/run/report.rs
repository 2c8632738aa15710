//! What a month came to, as `--json` gives it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::documents::RevisionDocuments;
use super::draft::Draft;
use super::expectations::Verdict;
use super::prepare::Prepared;
use super::stages::{StageTime, seconds};
use super::status::Status;
use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::error::{Error, Kind, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Amount;
use crate::book::differences::Differences;
use crate::book::{Accepted, ControlTotals, LateUsage, Manifest, Revision, Unmet};
use crate::input::logs::PassedOver;
use crate::tables::{Content, Table};

/// The result of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What became of the month.
    #[serde(flatten)]
    pub status: Status,
    /// The process exit code.
    pub exit_code: u8,
    /// What someone should look at.
    pub findings: Vec<Finding>,
    /// What is expected of the month and not met: it would not be published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<Unmet>,
    /// What was expected and not met, and accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// The month's folder in the book; none where there is no book.
    pub folder: Option<String>,
    /// Accounts.
    pub accounts: u64,
    /// Accounts that are billed anew, where they are not all.
    #[serde(skip)]
    pub billed_anew: Option<u64>,
    /// Events that are billed.
    pub events: u64,
    /// Events that came more than once; not known where the usage has no event ids.
    #[serde(skip)]
    pub duplicates: Option<u64>,
    /// Events of other months.
    #[serde(skip)]
    pub outside: u64,
    /// Documents, those of earlier revisions included.
    pub documents: u64,
    /// Documents that this revision adds.
    pub new_documents: u64,
    /// Whether it follows another revision.
    #[serde(skip)]
    pub is_later: bool,
    /// The currency's code.
    pub currency: &'static str,
    /// What the documents come to: fees.
    pub subscription_amount: Amount,
    /// Overage.
    pub overage_amount: Amount,
    /// Both.
    pub total_amount: Amount,
    /// Rows that cannot be read.
    pub rejects: u64,
    /// What was come upon where the logs are, and not read.
    pub passed_over: Vec<PassedOver>,
    /// Rows of earlier months that these were not billed from, by month and file.
    pub late_usage: Vec<LateUsage>,
    /// Groups of exceptions by kind.
    pub exceptions: BTreeMap<ExceptionKind, u64>,
    /// The tables and their rows.
    #[serde(serialize_with = "rows_by_table")]
    pub tables: Vec<TableRows>,
    /// Later months whose opening state is no longer, or would no longer be, in force.
    #[serde(rename = "stale")]
    pub stale_after: Vec<Month>,
    /// Later months of which there are rows in the files that were added or replaced.
    pub touched: Vec<Month>,
    /// What went wrong once all was published: it changes neither result nor exit code.
    pub warnings: Vec<String>,
    /// Wall-clock time by stage.
    #[serde(rename = "seconds", serialize_with = "seconds_by_stage")]
    pub stages: Vec<StageTime>,
    /// What differs from the revision before, and why.
    #[serde(serialize_with = "differences", skip_serializing_if = "Option::is_none")]
    pub differences: Option<Differences>,
    /// The month.
    pub month: Month,
    /// What became of every row that was read.
    pub control_totals: ControlTotals,
}

/// The kind of finding that are rows which cannot be read.
const REJECTS: &str = "rejects";

/// Something that someone should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `rejects`, a kind of exceptions, or `passed-over`.
    pub kind: &'static str,
    /// How many rejects, groups of exceptions, or files.
    pub count: u64,
    /// The table that has them, where it is in the book.
    pub table: Option<String>,
}

impl Finding {
    /// All kinds that a month may have.
    pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
        let exceptions = ExceptionKind::ALL.into_iter().filter(|kind| kind.needs_a_look());
        [REJECTS, PassedOver::KIND].into_iter().chain(exceptions.map(ExceptionKind::name))
    }
}

/// How many rows a table has.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// The table's name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

fn rows_by_table<S: Serializer>(
    tables: &[TableRows],
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.collect_map(tables.iter().map(|rows| (&rows.table, rows.rows)))
}

fn seconds_by_stage<S: Serializer>(
    stages: &[StageTime],
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    let times = stages.iter().map(|time| Ok((time.stage, seconds(time.took)?)));
    let times: serde_json::Result<Vec<_>> = times.collect();
    to.collect_map(times.map_err(S::Error::custom)?)
}

fn differences<S: Serializer>(
    found: &Option<Differences>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    found.as_ref().map(Differences::to_json).serialize(to)
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
        let Draft { request, prepared, .. } = draft;
        let usage = &prepared.usage;
        let tables = manifest.outputs.iter().filter_map(|output| {
            let Content { table, rows, .. } = output.content()?;
            Some(TableRows { table: table.to_owned(), rows })
        });
        let tables: Vec<TableRows> = tables.collect();
        let statements = tables.iter().find(|rows| rows.table == Table::Statements.name());
        let statements = statements.ok_or_else(|| Error::book("has no table of statements"))?;
        let rejects = prepared.rejects.rows();
        let folder = request.book.as_ref().map(|book| book.month_folder(request.month));
        let revision = folder.as_ref().zip(status.in_force());
        let is_published = matches!(status, Status::Published { .. });
        let is_the_same = |before: &Revision| manifest.changed_tables(&before.manifest).is_empty();
        let late_is_in_table = is_published || draft.before.as_ref().is_some_and(is_the_same);
        let revision = revision.map(|(folder, name)| folder.join(name));
        let findings = findings(prepared, &exceptions, revision, late_is_in_table);
        let (amounts, currency) = (documents.amounts(), request.catalog.catalog.currency);
        Ok(Report {
            status,
            exit_code: if findings.is_empty() { 0 } else { request.process.findings_exit_code },
            findings,
            unmet: Vec::new(),
            accepted: None,
            folder: folder.map(|folder| folder.display().to_string()),
            accounts: statements.rows,
            billed_anew: request.scope.accounts().map(|accounts| accounts.len() as u64),
            events: usage.used.rows,
            duplicates: request.inputs.event_ids.then_some(usage.duplicates.rows),
            outside: usage.rows_outside(),
            documents: documents.count(),
            new_documents: documents.added(),
            is_later: draft.before.is_some(),
            currency: currency.code(),
            subscription_amount: currency.amount(amounts.subscription),
            overage_amount: currency.amount(amounts.overage),
            total_amount: currency.amount(amounts.total),
            rejects,
            passed_over: prepared.passed_over.clone(),
            late_usage: prepared.late_usage.clone(),
            exceptions,
            tables,
            stale_after: Vec::new(),
            touched: Vec::new(),
            warnings: Vec::new(),
            stages: Vec::new(),
            differences: None,
            month: request.month,
            control_totals: manifest.control_totals.clone(),
        })
    }

    /// Takes in what is not met of what is expected: a month that would be refused has the exit code
    /// of the refusal.
    pub(super) fn take_verdict(&mut self, verdict: Verdict) {
        let Verdict { unmet, accepted } = verdict;
        if !unmet.is_empty() {
            self.exit_code = Kind::Expectation.exit_code();
        }
        (self.unmet, self.accepted) = (unmet, accepted);
    }

    /// What someone should look at: for each table how many of which kind, and where it is.
    pub fn findings_by_table(&self) -> Vec<String> {
        let tables = self.findings.chunk_by(|one, other| one.table == other.table);
        let of_table = |findings: &[Finding]| {
            let count = |of: &Finding| match (of.count, of.kind) {
                (1, REJECTS) => "1 reject".to_owned(),
                (count, PassedOver::KIND) => {
                    let files = PassedOver::list(&self.passed_over).unwrap_or_default();
                    format!("{} not read: {files}", with_thousands(count))
                }
                (count, kind) => format!("{} {kind}", with_thousands(count)),
            };
            let counts: Vec<String> = findings.iter().map(count).collect();
            let counts = counts.join(", ");
            match findings.first().and_then(|first| first.table.as_ref()) {
                Some(table) => format!("{counts}: {table}"),
                None => counts,
            }
        };
        tables.map(of_table).collect()
    }

    /// Late usage of each month, and the command that bills it.
    pub fn late_usage_by_month(&self) -> Vec<String> {
        const TOLD: usize = 5;
        let mut months: Vec<&[LateUsage]> = LateUsage::by_month(&self.late_usage).collect();
        let more = months.len().saturating_sub(TOLD);
        months.truncate(TOLD);
        let told = months.into_iter().map(|late| {
            let month = late.first().map_or(String::new(), |late| late.month.to_string());
            format!("{month}: {}; {}", LateUsage::in_words(late), LateUsage::command(late))
        });
        let more = (more > 0).then(|| format!("and of {more} more months: see monthend status"));
        told.chain(more).collect()
    }

    /// What became of the month, in a line.
    pub fn headline(&self) -> String {
        let month = self.month;
        let place = |revision: &str| match &self.folder {
            Some(folder) => format!("{folder}/{revision}"),
            None => revision.to_owned(),
        };
        if !self.unmet.is_empty() {
            return format!("{month} would not be published; nothing was written\n");
        }
        match &self.status {
            Status::Published { revision } => format!("{month} published: {}\n", place(revision)),
            Status::Unchanged { revision } => format!(
                "{month} is published already as {}, with the same result: nothing to change\n",
                place(revision)
            ),
            Status::WouldPublish { revision } => {
                format!("{month} would be published as {revision}; nothing was written\n")
            }
            Status::WouldDiffer { revision, tables } if tables.is_empty() => format!(
                "{month} is published as {}; this run comes to the same result from another opening \
                 state or further files\n",
                place(revision)
            ),
            Status::WouldDiffer { revision, tables } => format!(
                "{month} is published as {}; this run comes to another result in {}\n",
                place(revision),
                tables.join(", ")
            ),
            Status::Checked => format!("{month} checked; nothing was written\n"),
        }
    }
}

/// What someone should look at, table by table.
fn findings(
    prepared: &Prepared,
    exceptions: &BTreeMap<ExceptionKind, u64>,
    revision: Option<PathBuf>,
    late_is_in_table: bool,
) -> Vec<Finding> {
    let of = |table: Table, kind, count| {
        let file = |folder: &PathBuf| folder.join(format!("{}.csv", table.name()));
        let table = revision.as_ref().map(|folder| file(folder).display().to_string());
        Finding { kind, count, table }
    };
    let rejects = of(Table::Rejects, REJECTS, prepared.rejects.rows());
    let exceptions = exceptions.iter().filter(|(kind, _)| kind.needs_a_look());
    let (late, exceptions): (Vec<_>, Vec<_>) =
        exceptions.partition(|(kind, _)| **kind == ExceptionKind::LateUsage);
    let of_kind =
        |(kind, count): (&ExceptionKind, &u64)| of(Table::Exceptions, kind.name(), *count);
    let exceptions = exceptions.into_iter().map(of_kind);
    // Late usage may be another by now than when the month was published.
    let late = late.into_iter().map(of_kind).map(|finding| match late_is_in_table {
        true => finding,
        false => Finding { table: None, ..finding },
    });
    let count = prepared.passed_over.len() as u64;
    let passed_over = Finding { kind: PassedOver::KIND, count, table: None };
    let all = std::iter::once(rejects).chain(exceptions).chain(late).chain([passed_over]);
    all.filter(|finding| finding.count > 0).collect()
}

/// The results of several months.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Reports<'a> {
    /// That of a month, with those of the later months that were billed again with it.
    Cascade {
        /// The month's.
        #[serde(flatten)]
        month: Option<&'a Report>,
        /// Those of the later months.
        #[serde(skip_serializing_if = "<[Report]>::is_empty")]
        later: &'a [Report],
        /// The digest of the result, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// Those of all months that were due.
    Due {
        /// What became of the last of them.
        status: &'static str,
        /// The exit code.
        exit_code: u8,
        /// Each month's, in order.
        months: &'a [Report],
        /// The digest of the result, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
}

impl<'a> Reports<'a> {
    /// Those of a month and of the later ones that were billed again with it, and the digest of
    /// the result where it is known.
    pub fn of(reports: &'a [Report], digest: Option<String>) -> Self {
        let (month, later) = (reports.first(), reports.get(1..).unwrap_or_default());
        Reports::Cascade { month, later, digest }
    }

    /// Those of all months that were due, of which there may be none.
    pub fn of_due(months: &'a [Report], digest: Option<String>) -> Self {
        let status = months.last().map_or("nothing-due", |last| last.status.word());
        let exit_code = months.iter().map(|report| report.exit_code).max().unwrap_or(0);
        Reports::Due { status, exit_code, months, digest }
    }
}
