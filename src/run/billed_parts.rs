//! A month that was billed in parts, each of which lies in a folder with its own tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;

use super::facts::PartFacts;
use super::month_tables::{exception_row, plans_group};
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::exceptions::Exception;
use crate::base::money::Amounts;
use crate::billing::timeline::Opening;
use crate::book::OpeningRecord;
use crate::catalog::Catalog;
use crate::check::{self, RunSums};
use crate::tables::{
    BatchBuilder, DocumentNumbers, Form, Outputs, RevisionTables, RowsDigest, Table, Together,
    arrow_schema,
};

/// A month that was billed in parts.
pub struct BilledParts {
    /// The folders, in the order of the parts.
    folders: Vec<PathBuf>,
    /// What is known of each.
    facts: Vec<PartFacts>,
    /// Whether there was a state that the month began with; its accounts are in the parts.
    pub(super) opening: Opening,
    /// The folder with the ids that the month before keeps.
    pub(super) billed_before: Option<PathBuf>,
}

impl BilledParts {
    /// All parts of a month, in their order.
    pub(super) fn of(
        parts: Vec<(PathBuf, PartFacts)>,
        opening: &OpeningRecord,
        billed_before: Option<PathBuf>,
    ) -> Self {
        let opening = match opening {
            OpeningRecord::Genesis => Opening::Genesis,
            _ => Opening::States(Vec::new()),
        };
        let (folders, facts) = parts.into_iter().unzip();
        BilledParts { folders, facts, opening, billed_before }
    }

    /// How many documents there are, and what they come to.
    pub(super) fn documents(&self) -> (u64, Amounts) {
        let documents = self.facts.iter().map(|part| part.documents).sum();
        (documents, self.facts.iter().map(|part| part.amounts).sum())
    }

    /// Puts the tables together, with the exceptions that are no account's, and begins to flush them.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a part is damaged, the disk is full, or the folder cannot be written.
    pub(super) fn write(
        &self,
        request: &Request,
        revision: &str,
        of_no_account: &[Exception],
        folder: &Path,
    ) -> Result<Outputs> {
        let catalog = &request.catalog.catalog;
        let of_no_account = rows_of(of_no_account, request.month, catalog)?;
        let month = request.month.to_string();
        let together = Together {
            revision: RevisionTables {
                month: &month,
                revision,
                currency: catalog.currency,
                groups: vec![plans_group(catalog)],
                carried_over: None,
                form: Form::ToRead,
            },
            parts: &self.folders,
            of_no_account,
            numbers: DocumentNumbers::of(request.month),
        };
        together.write(folder)
    }

    /// Checks tables that were put together, given what they were put together with.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Conservation`] where anything does not agree.
    pub(super) fn check(
        &self,
        inputs: &check::Inputs<'_>,
        of_no_account: &[Exception],
        folder: &Path,
    ) -> Result<RunSums> {
        let mut totals = RunSums::default();
        let mut rows: BTreeMap<Table, RowsDigest> = BTreeMap::new();
        for (part, facts) in self.facts.iter().enumerate() {
            totals.add(&facts.totals);
            for table in Table::ALL.into_iter().filter(|table| *table != Table::Plans) {
                // The rows of files are the first part's.
                let own = facts.rows.get(table.name());
                let own = own.filter(|_| part == 0 || table.is_of_accounts());
                own.into_iter().for_each(|own| rows.entry(table).or_default().merge(*own));
            }
        }
        let late = rows_of(of_no_account, inputs.month, inputs.catalog)?;
        let late = RowsDigest::of_batch(Table::Exceptions, &late)?;
        rows.entry(Table::Exceptions).or_default().merge(late);
        check::check_together(inputs, folder, &totals, &rows).map(|()| totals)
    }
}

/// Groups of exceptions as rows of their table.
fn rows_of(exceptions: &[Exception], month: Month, catalog: &Catalog) -> Result<RecordBatch> {
    let schema = arrow_schema(Table::Exceptions, catalog.currency);
    let mut rows = BatchBuilder::new(&schema, exceptions.len());
    for exception in exceptions {
        exception_row(exception, month)?.push(&mut rows)?;
    }
    rows.finish()
}
