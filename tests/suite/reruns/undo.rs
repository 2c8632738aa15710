//! A correction and its reversal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::afresh::{Net, charges, net, text};
use super::chain::Chain;
use super::rerun::Rerun;
use super::story::LogFile;
use crate::months::holding::Outcome;
use crate::months::revision::{Revision, Row};

/// What a month's revision comes to.
#[derive(Debug, PartialEq, Eq)]
pub struct Result {
    tables: Vec<String>,
    charges: Vec<Row>,
    lines: Net,
}

impl Result {
    fn of(folder: &Path) -> Outcome<Self> {
        let tables = ["statements", "state", "expired_credits", "exceptions", "rejects"];
        let revision = Revision::at(folder);
        Ok(Result {
            tables: tables.iter().map(|table| text(folder, table)).collect::<Outcome<_>>()?,
            charges: charges(&revision)?,
            lines: net(&revision.table("invoice_lines")?),
        })
    }
}

impl Chain {
    /// What every month comes to.
    pub fn results(&self) -> Outcome<Vec<Result>> {
        (0..self.months.len()).map(|month| Result::of(&self.in_force(month)?)).collect()
    }

    /// The folders of the revisions in force.
    pub fn all_in_force(&self) -> Outcome<Vec<PathBuf>> {
        (0..self.months.len()).map(|month| self.in_force(month)).collect()
    }

    /// The rerun that takes a rerun's corrections back, once that is published. Files that were added are replaced by
    /// empty ones.
    pub fn reversal(&mut self, rerun: &Rerun, terms: usize) -> Outcome<Rerun> {
        let back = |pairs: &[(usize, usize)]| pairs.iter().map(|&(old, new)| (new, old)).collect();
        let mut reversal = Rerun {
            replace_usage: back(&rerun.replace_usage),
            replace_changes: back(&rerun.replace_changes),
            add_usage: Vec::new(),
            add_changes: Vec::new(),
            list: rerun.list.as_ref().map(|(list, _)| (*list, BTreeMap::new())),
            terms: rerun.terms.map(|_| terms),
            ..rerun.clone()
        };
        for &file in &rerun.add_usage {
            let format = self.usage[file].format;
            let empty = self.add_usage_file(LogFile { format, late: true, rows: Vec::new() })?;
            reversal.replace_usage.push((file, empty));
        }
        for &file in &rerun.add_changes {
            let format = self.changes[file].format;
            let empty = self.add_change_file(LogFile { format, late: true, rows: Vec::new() })?;
            reversal.replace_changes.push((file, empty));
        }
        Ok(reversal)
    }

    /// The notes and late invoices since the revisions in `first` come to nothing for every account and item.
    pub fn notes_net_to_nothing(&self, first: &[PathBuf]) -> Outcome<()> {
        for (month, before) in first.iter().enumerate() {
            let stood = Revision::at(before).table("documents")?;
            let now = Revision::at(&self.in_force(month)?).table("invoice_lines")?;
            let is_new =
                |line: &&Row| !stood.iter().any(|row| row["document_id"] == line["document_id"]);
            let since = net(now.iter().filter(is_new));
            prop_assert!(since.is_empty(), "{}: {:?}", self.months[month], since);
        }
        Ok(())
    }
}
