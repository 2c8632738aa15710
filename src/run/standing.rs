//! A month that a run of several finds published, and leaves as it is: what someone should look at
//! there, so that a retry hides nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::findings::{Finding, Found, ToLookAt};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::book::{BilledUsage, Book, LateUsage, MonthTotals, RunRecord, months_in};
use crate::input::logs::PassedOver;

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
    /// That of a month; `None` where it is not published, or archived. `findings` is the exit code
    /// where there are some; late usage is told to a command in the working folder.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month cannot be read.
    pub fn of(book: &Book, month: Month, findings: u8, working: &Path) -> Result<Option<Self>> {
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
        let found = Found {
            rejects: totals.rejects,
            exceptions: &exceptions,
            passed_over: manifest.passed_over.len(),
            revision: Some(revision.folder()),
            late_is_in_table: false,
        };
        let found = found.findings();
        Ok(Some(Standing {
            month,
            exit_code: if found.is_empty() { 0 } else { findings },
            findings: found,
            passed_over: manifest.passed_over.clone(),
            late_usage,
            revision: revision.name.clone(),
        }))
    }

    /// What someone should look at, in words.
    pub fn to_look_at(&self) -> ToLookAt {
        ToLookAt::of(&self.findings, &self.passed_over, &self.late_usage)
    }
}
