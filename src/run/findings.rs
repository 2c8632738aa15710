//! What someone should look at of a month: by kind for machines, by table and file in words; also of one that a run of
//! several finds published, and leaves as it is, so that a retry hides nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::book::{BilledUsage, Book, LateUsage, MonthTotals, RunRecord, months_in};
use crate::input::logs::PassedOver;
use crate::tables::Table;

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

/// What someone should look at of a month, table by table: rows that cannot be read, groups of exceptions by kind, and
/// files that were not read. The tables are those in `folder`, where that is in force; late usage may be another by now
/// than when the month was published, and then is in none.
pub(super) fn findings(
    rejects: u64,
    exceptions: &BTreeMap<ExceptionKind, u64>,
    passed_over: &[PassedOver],
    folder: Option<&Path>,
    late_is_in_table: bool,
) -> Vec<Finding> {
    let of = |table: Table, kind, count, is_there| {
        let file = |folder: &Path| folder.join(format!("{}.csv", table.name()));
        let table = folder.filter(|_| is_there).map(|folder| file(folder).display().to_string());
        Finding { kind, count, table }
    };
    let is_late = |kind: ExceptionKind| kind == ExceptionKind::LateUsage;
    let exceptions = exceptions.iter().filter(|(kind, _)| kind.needs_a_look());
    let (late, exceptions): (Vec<_>, Vec<_>) = exceptions.partition(|(kind, _)| is_late(**kind));
    let exceptions = exceptions.into_iter().chain(late).map(|(kind, count)| {
        of(Table::Exceptions, kind.name(), *count, !is_late(*kind) || late_is_in_table)
    });
    let count = passed_over.len() as u64;
    let passed_over = Finding { kind: PassedOver::KIND, count, table: None };
    let rejects = of(Table::Rejects, REJECTS, rejects, true);
    let all = std::iter::once(rejects).chain(exceptions).chain([passed_over]);
    all.filter(|finding| finding.count > 0).collect()
}

/// What someone should look at, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToLookAt {
    /// For each table how many of which kind, and where it is.
    pub by_table: Vec<String>,
    /// Late usage of each month, and the command that bills it.
    pub late_by_month: Vec<String>,
}

impl ToLookAt {
    pub(super) fn of(findings: &[Finding], passed_over: &[PassedOver], late: &[LateUsage]) -> Self {
        let of_table = |findings: &[Finding]| {
            let count = |of: &Finding| match (of.count, of.kind) {
                (1, REJECTS) => "1 reject".to_owned(),
                (count, PassedOver::KIND) => {
                    let files = PassedOver::list(passed_over).unwrap_or_default();
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
        let tables = findings.chunk_by(|one, other| one.table == other.table);
        ToLookAt { by_table: tables.map(of_table).collect(), late_by_month: late_by_month(late) }
    }

    /// All of it, in a line; `None` where there is nothing.
    pub fn in_a_line(&self) -> Option<String> {
        let all = [&self.by_table[..], &self.late_by_month].concat();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

fn late_by_month(late: &[LateUsage]) -> Vec<String> {
    const TOLD: usize = 5;
    let mut months: Vec<&[LateUsage]> = LateUsage::by_month(late).collect();
    let more = months.len().saturating_sub(TOLD);
    months.truncate(TOLD);
    let told = months.into_iter().map(|late| {
        let month = late.first().map_or(String::new(), |late| late.month.to_string());
        format!("{month}: {}; {}", LateUsage::in_words(late), LateUsage::command(late))
    });
    let more = (more > 0).then(|| format!("and of {more} more months: see monthend status"));
    told.chain(more).collect()
}

/// A month as it stands in the book.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// The month.
    pub month: Month,
    /// Its revision in force.
    pub revision: String,
    /// The exit code that its findings give.
    pub exit_code: u8,
    /// What someone should look at.
    pub findings: Vec<Finding>,
    /// What was come upon where its logs are, and not read.
    #[serde(skip)]
    pub passed_over: Vec<PassedOver>,
    /// Rows of earlier months in its files, that those were not billed from, as it is now (L2).
    pub late_usage: Vec<LateUsage>,
}

impl Standing {
    /// That of a month; `None` where it is not published, or archived. `exit_code` is that
    /// where there are findings; late usage is told to a command in the working folder.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month cannot be read.
    pub fn of(book: &Book, month: Month, exit_code: u8, working: &Path) -> Result<Option<Self>> {
        let Some(revision) = book.current(month)? else { return Ok(None) };
        if book.archived(month)?.is_some() {
            return Ok(None);
        }
        let manifest = &revision.manifest;
        let folder = RunRecord::read(revision.folder()).ok().and_then(|run| run.inputs_folder);
        let folder = folder.as_deref().map(Path::new);
        let mut billed = BilledUsage::of(book);
        let mut late_usage = Vec::new();
        for earlier in months_in(&manifest.inputs).into_iter().filter(|earlier| *earlier < month) {
            let late = billed.late(earlier, &manifest.inputs, folder)?;
            late_usage.extend(late.into_iter().map(|late| late.seen_from(working, folder)));
        }
        let totals = MonthTotals::of(&revision)?;
        let known =
            totals.exceptions.iter().filter_map(|(kind, count)| Some((kind.known()?, *count)));
        let mut exceptions: BTreeMap<_, _> = known.collect();
        exceptions.insert(ExceptionKind::LateUsage, late_usage.len() as u64);
        let over = manifest.passed_over.clone();
        let found = findings(totals.rejects, &exceptions, &over, Some(revision.folder()), false);
        Ok(Some(Standing {
            month,
            exit_code: if found.is_empty() { 0 } else { exit_code },
            findings: found,
            passed_over: over,
            late_usage,
            revision: revision.name.clone(),
        }))
    }

    /// What someone should look at, in words.
    pub fn to_look_at(&self) -> ToLookAt {
        ToLookAt::of(&self.findings, &self.passed_over, &self.late_usage)
    }
}
