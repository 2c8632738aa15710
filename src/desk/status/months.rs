//! What is known of each month of the book, from its manifest and a few columns of its tables.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::month::{BookMonth, MonthStatus, PublishedMonth};
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Amount, Currency};
use crate::base::scope::Scope;
use crate::book::{Book, ChainedMonth, Manifest, Revision, RunRecord, Stale, revision_number};
use crate::tables::{DocumentType, Table, Value, Word, batches, column, view};

view! {
    /// What was issued, and when.
    struct Issued of Documents.documents {
        document_type, issued_on, subscription_amount, overage_amount, total_amount,
    }
}

/// All months from the first published one to the last.
pub(super) fn read(book: &Book) -> Result<Vec<BookMonth>> {
    let mut months: Vec<(Month, Result<Option<Stale>>)> = Vec::new();
    for ChainedMonth { month, stale } in book.chain()? {
        // Months between two that are published are missing.
        let next = |months: &[(Month, _)]| months.last().map(|(last, _)| last.next());
        while let Some(missing) = next(&months).filter(|next| *next < month) {
            months.push((missing, Ok(None)));
        }
        months.push((month, stale));
    }
    let months = months.into_par_iter();
    Ok(months
        .map(|(month, stale)| BookMonth { month, status: status(book, month, stale) })
        .collect())
}

fn status(book: &Book, month: Month, stale: Result<Option<Stale>>) -> MonthStatus {
    let published = || match book.current(month)? {
        Some(revision) => published(revision, book.revisions(month)?, stale).map(Some),
        None => Ok(None),
    };
    match published() {
        Ok(Some(published)) => MonthStatus::Published(Box::new(published)),
        Ok(None) => MonthStatus::Missing,
        Err(error) => MonthStatus::Damaged { error },
    }
}

fn published(
    revision: Revision,
    revisions: Vec<String>,
    stale: Result<Option<Stale>>,
) -> Result<PublishedMonth> {
    let Revision { folder, manifest, .. } = revision;
    let damaged = |key: &str| {
        Error::book(format!("does not tell its {key}"))
            .in_file(folder.join(Manifest::FILE))
            .changed_by_hand()
    };
    let rows = |table: Table| {
        let output = manifest.output(&format!("{}.parquet", table.name()));
        output.map(|output| output.rows).ok_or_else(|| damaged(table.name()))
    };
    let currency = manifest.catalogue.currency().ok_or_else(|| damaged("currency"))?;
    let in_force = revision_number(&manifest.revision);
    let unfinished = revisions.iter().filter(|name| revision_number(name) > in_force);
    let exceptions = exceptions(&folder)?;
    let harmless = |kind: &Word<ExceptionKind>| kind.known().is_some_and(|k| !k.needs_a_look());
    let to_look_at = exceptions.iter().filter(|(kind, _)| !harmless(kind));
    let mut month = PublishedMonth {
        unfinished: unfinished.cloned().collect(),
        revisions,
        started_at: RunRecord::read(&folder)?.started_at,
        issued_first: None,
        issued_last: None,
        accounts: rows(Table::Statements)?,
        documents: DocumentType::ALL.map(|document_type| (document_type, 0)).into(),
        currency,
        subscription_amount: nothing(currency),
        overage_amount: nothing(currency),
        total_amount: nothing(currency),
        to_look_at: to_look_at.map(|(_, groups)| groups).sum(),
        exceptions,
        rejects: rows(Table::Rejects)?,
        passed_over: manifest.passed_over,
        stale,
        inputs: None,
        revision: manifest.revision,
        reason: manifest.reason,
        opening: manifest.opening,
        recorded: manifest.inputs,
        folder,
    };
    month.add_documents()?;
    Ok(month)
}

fn nothing(currency: Currency) -> Amount {
    Amount { minor: 0, currency }
}

impl PublishedMonth {
    fn add_documents(&mut self) -> Result<()> {
        for batch in batches(&self.folder, Issued::TABLE, Issued::COLUMNS, &Scope::All)? {
            for row in Issued::rows(&batch?)? {
                let day = row.issued_on;
                self.issued_first = Some(self.issued_first.map_or(day, |first| first.min(day)));
                self.issued_last = Some(self.issued_last.map_or(day, |last| last.max(day)));
                if let Some(document_type) = row.document_type.known() {
                    *self.documents.entry(document_type).or_insert(0) += 1;
                }
                self.subscription_amount.minor += i128::from(row.subscription_amount);
                self.overage_amount.minor += i128::from(row.overage_amount);
                self.total_amount.minor += i128::from(row.total_amount);
            }
        }
        Ok(())
    }
}

fn exceptions(folder: &Path) -> Result<BTreeMap<Word<ExceptionKind>, u64>> {
    let mut groups = BTreeMap::new();
    for batch in batches(folder, Table::Exceptions, &[column::exceptions::kind.name], &Scope::All)?
    {
        let batch = batch?;
        for kind in (0..batch.len()).map(batch.column(column::exceptions::kind)?) {
            *groups.entry(Value::owned(kind)).or_insert(0) += 1;
        }
    }
    Ok(groups)
}
