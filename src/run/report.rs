//! What a month came to, as `--json` gives it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::documents::RevisionDocuments;
use super::draft::Draft;
use super::expectations::Verdict;
use super::findings::{Finding, Standing, ToLookAt, findings};
use super::request::Request;
use super::stages::{StageTime, seconds};
use super::status::Status;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Kind, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Amount;
use crate::book::differences::Differences;
use crate::book::{Accepted, ControlTotals, LateUsage, Manifest, OverWaived, Revision, Unmet};
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
    /// The folder of the revision in force; none where there is none.
    pub revision_folder: Option<String>,
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
    /// Grants that cost something.
    pub grants_amount: Amount,
    /// Adjustments.
    pub adjustments_amount: Amount,
    /// Overage.
    pub overage_amount: Amount,
    /// All together.
    pub total_amount: Amount,
    /// Accounts whose overage changes, and who were given back more than that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_waived: Vec<OverWaived>,
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
    /// Earlier months that were billed from a file that was replaced, and stand as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Month>,
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
    /// What the revision says of itself, or would say.
    #[serde(skip)]
    pub manifest: Manifest,
    /// The folder that relative paths of its inputs lead from.
    #[serde(skip)]
    pub inputs_folder: PathBuf,
}

/// How many rows a table has.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// The table's name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

impl TableRows {
    /// Those of all tables of a revision.
    fn all(manifest: &Manifest) -> Vec<Self> {
        let rows = manifest.outputs.iter().filter_map(|output| {
            let Content { table, rows, .. } = output.content()?;
            Some(TableRows { table: table.to_owned(), rows })
        });
        rows.collect()
    }
}

/// What a serializer comes to.
type Serialized<S> = std::result::Result<<S as Serializer>::Ok, <S as Serializer>::Error>;

fn rows_by_table<S: Serializer>(tables: &[TableRows], to: S) -> Serialized<S> {
    to.collect_map(tables.iter().map(|rows| (&rows.table, rows.rows)))
}

fn seconds_by_stage<S: Serializer>(stages: &[StageTime], to: S) -> Serialized<S> {
    let times = stages.iter().map(|time| Ok((time.stage, seconds(time.took)?)));
    let times: serde_json::Result<Vec<_>> = times.collect();
    to.collect_map(times.map_err(S::Error::custom)?)
}

fn differences<S: Serializer>(found: &Option<Differences>, to: S) -> Serialized<S> {
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
        place: &Path,
    ) -> Result<Self> {
        let Draft { request, facts, .. } = draft;
        let usage = &facts.usage;
        let tables = TableRows::all(manifest);
        let statements = tables.iter().find(|rows| rows.table == Table::Statements.name());
        let statements =
            statements.ok_or_else(|| Error::new(Code::IMPOSSIBLE, "has no table of statements"))?;
        let rejects = facts.rejects;
        let is_published = matches!(status, Status::Published { .. });
        let is_the_same = |before: &Revision| manifest.changed_tables(&before.manifest).is_empty();
        let late_is_in_table = is_published || draft.before.as_ref().is_some_and(is_the_same);
        let folder = in_force(request, &status, place)?;
        let revision = status.in_force().and(folder.as_deref());
        let findings =
            findings(rejects, &exceptions, &facts.passed_over, revision, late_is_in_table);
        let home = request.book.as_ref().map(|book| book.month_folder(request.month));
        let (amounts, currency) = (documents.amounts, request.catalog.catalog.currency);
        Ok(Report {
            status,
            exit_code: if findings.is_empty() { 0 } else { request.process.findings_exit_code },
            findings,
            unmet: Vec::new(),
            accepted: None,
            folder: home.as_deref().map(told),
            revision_folder: folder.as_deref().map(told),
            accounts: statements.rows,
            billed_anew: request.scope.accounts().map(|accounts| accounts.len() as u64),
            events: usage.used.rows,
            duplicates: request.inputs.event_ids.then_some(usage.duplicates.rows),
            outside: usage.rows_outside(),
            documents: documents.count,
            new_documents: documents.added,
            is_later: draft.before.is_some(),
            currency: currency.code(),
            subscription_amount: currency.amount(amounts.subscription),
            grants_amount: currency.amount(amounts.grants),
            adjustments_amount: currency.amount(amounts.adjustments),
            overage_amount: currency.amount(amounts.overage),
            total_amount: currency.amount(amounts.total),
            over_waived: documents.over_waived(draft),
            rejects,
            passed_over: facts.passed_over.clone(),
            late_usage: facts.late_usage.clone(),
            exceptions,
            tables,
            stale_after: Vec::new(),
            touched: Vec::new(),
            earlier: Vec::new(),
            warnings: Vec::new(),
            stages: Vec::new(),
            differences: None,
            month: request.month,
            control_totals: manifest.control_totals.clone(),
            manifest: manifest.clone(),
            inputs_folder: request.names.folder().to_owned(),
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

    /// What someone should look at, table by table, and late usage of each month, in words.
    pub fn to_look_at(&self) -> ToLookAt {
        ToLookAt::of(&self.findings, &self.passed_over, &self.late_usage)
    }

    /// What became of the month, in a line.
    pub fn headline(&self) -> String {
        let month = self.month;
        let place = |revision: &str| match (&self.revision_folder, &self.folder) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => format!("{folder}/{revision}"),
            (None, None) => revision.to_owned(),
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
                "{month} is published as {}; this run comes to the same result from other inputs or \
                 another opening state\n",
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

fn told(folder: &Path) -> String {
    folder.display().to_string()
}

/// The folder of the revision that is in force, or will be: then it lies at this place.
fn in_force(request: &Request, status: &Status, place: &Path) -> Result<Option<PathBuf>> {
    let named = match status {
        Status::Published { .. } => return Ok(Some(place.to_owned())),
        Status::WouldDiffer { revision, .. } => Some(&**revision),
        other => other.in_force(),
    };
    let of_book = request.book.as_ref().zip(named);
    of_book.map(|(book, name)| book.revision_folder(request.month, name)).transpose()
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
        /// What stands in the book of the months that were asked for.
        #[serde(skip_serializing_if = "<[Standing]>::is_empty")]
        already_published: &'a [Standing],
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

    /// Those of all months that were due, of which there may be none, and what stood before.
    pub fn of_due(
        months: &'a [Report],
        already_published: &'a [Standing],
        digest: Option<String>,
    ) -> Self {
        let status = months.last().map_or("nothing-due", |last| last.status.word());
        let exit_code = Reports::exit_code(months, already_published).unwrap_or(0);
        Reports::Due { status, exit_code, months, already_published, digest }
    }

    /// The highest exit code of all months, if there is one.
    pub fn exit_code(months: &[Report], already_published: &[Standing]) -> Option<u8> {
        let billed = months.iter().map(|report| report.exit_code);
        billed.chain(already_published.iter().map(|month| month.exit_code)).max()
    }
}
