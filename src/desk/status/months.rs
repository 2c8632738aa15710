//! What is known of each month of the book, from its manifest and a few columns of its tables.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use rayon::prelude::*;

use super::inputs::InputNow;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::book::{Book, ChainedMonth, Manifest, Revision, RunRecord, Stale, revision_number};
use crate::tables::{DocumentType, Table, batches, column, view};

view! {
    /// What was issued, and when.
    struct Issued of Documents.documents {
        document_type, issued_on, subscription_amount, overage_amount, total_amount,
    }
}

/// A month between the first and the last of the book.
pub(super) struct Entry {
    pub month: Month,
    pub standing: Standing,
    /// Why its opening is stale, if it is; or why that cannot be told.
    pub stale: Result<Option<Stale>>,
    /// Its recorded inputs as they are now, where that was asked.
    pub inputs: Option<Vec<InputNow>>,
}

/// Whether a month is there.
pub(super) enum Standing {
    Published(Box<Published>),
    Missing,
    Damaged(Error),
}

/// A published month, as the revision in force has it.
pub(super) struct Published {
    pub manifest: Manifest,
    /// All its revisions, in order.
    pub revisions: Vec<String>,
    /// When the run started that published the revision in force.
    pub started_at: String,
    pub currency: Currency,
    /// The rows of `statements`.
    pub accounts: u64,
    /// The rows of `rejects`.
    pub rejects: u64,
    pub documents: Documents,
    /// Groups by kind.
    pub exceptions: BTreeMap<String, u64>,
}

/// The documents of a revision.
#[derive(Default)]
pub(super) struct Documents {
    /// How many there are, by type.
    pub counts: BTreeMap<String, u64>,
    /// The first and the last day on which any was issued.
    pub issued: Option<(NaiveDate, NaiveDate)>,
    /// Fees, overage, both; in minor units.
    pub sums: [i128; 3],
}

impl Published {
    /// Revisions after the one in force: a publication was cut short, or is under way.
    pub fn unfinished(&self) -> Vec<&str> {
        let in_force = revision_number(&self.manifest.revision);
        let later = self.revisions.iter().filter(|name| revision_number(name) > in_force);
        later.map(String::as_str).collect()
    }

    /// Groups of exceptions that someone should look at.
    pub fn to_look_at(&self) -> u64 {
        let harmless =
            |kind: &&str| ExceptionKind::parse(kind).is_some_and(|kind| !kind.needs_a_look());
        let groups = self.exceptions.iter();
        groups.filter(|(kind, _)| !harmless(&kind.as_str())).map(|(_, groups)| groups).sum()
    }
}

impl Documents {
    /// Documents of one type.
    pub fn count(&self, of: DocumentType) -> u64 {
        self.counts.get(of.name()).copied().unwrap_or(0)
    }

    /// Credit notes and debit notes.
    pub fn notes(&self) -> u64 {
        self.count(DocumentType::CreditNote) + self.count(DocumentType::DebitNote)
    }
}

/// All months from the first published one to the last.
pub(super) fn read(book: &Book) -> Result<Vec<Entry>> {
    let links: BTreeMap<Month, Result<Option<Stale>>> =
        book.chain()?.into_iter().map(|ChainedMonth { month, stale }| (month, stale)).collect();
    let (Some(&first), Some(&last)) = (links.keys().next(), links.keys().next_back()) else {
        return Ok(Vec::new());
    };
    let mut months = vec![first];
    while let Some(&month) = months.last().filter(|month| **month < last) {
        months.push(month.next());
    }
    let standings: Vec<Standing> = months.par_iter().map(|&month| standing(book, month)).collect();
    let mut links = links;
    let entries = months.into_iter().zip(standings).map(|(month, standing)| Entry {
        month,
        standing,
        stale: links.remove(&month).unwrap_or(Ok(None)),
        inputs: None,
    });
    Ok(entries.collect())
}

fn standing(book: &Book, month: Month) -> Standing {
    let published = || match book.current(month)? {
        Some(revision) => published(revision, book.revisions(month)?).map(Some),
        None => Ok(None),
    };
    match published() {
        Ok(Some(published)) => Standing::Published(Box::new(published)),
        Ok(None) => Standing::Missing,
        Err(error) => Standing::Damaged(error),
    }
}

fn published(revision: Revision, revisions: Vec<String>) -> Result<Published> {
    let Revision { folder, manifest, .. } = revision;
    let damaged = |key: &str| {
        Error::book(format!("does not tell its {key}"))
            .in_file(folder.join(Manifest::FILE))
            .hint("the book may have been changed by hand; restore it from a copy")
    };
    let rows = |table: Table| {
        let output = manifest.output(&format!("{}.parquet", table.name()));
        output.map(|output| output.rows).ok_or_else(|| damaged(table.name()))
    };
    let currency = manifest.catalogue.currency();
    Ok(Published {
        revisions,
        started_at: RunRecord::read(&folder)?.started_at,
        currency: currency.ok_or_else(|| damaged("currency"))?,
        accounts: rows(Table::Statements)?,
        rejects: rows(Table::Rejects)?,
        documents: documents(&folder)?,
        exceptions: exceptions(&folder)?,
        manifest,
    })
}

fn documents(folder: &Path) -> Result<Documents> {
    let mut found = Documents::default();
    for batch in batches(folder, Issued::TABLE, Issued::COLUMNS, &Scope::All)? {
        for row in Issued::rows(&batch?)? {
            let day = row.issued_on;
            let (first, last) = found.issued.unwrap_or((day, day));
            found.issued = Some((first.min(day), last.max(day)));
            *found.counts.entry(row.document_type.name().to_owned()).or_insert(0) += 1;
            let amounts = [row.subscription_amount, row.overage_amount, row.total_amount];
            let sums = found.sums.iter_mut().zip(amounts);
            sums.for_each(|(sum, amount)| *sum += i128::from(amount));
        }
    }
    Ok(found)
}

fn exceptions(folder: &Path) -> Result<BTreeMap<String, u64>> {
    let mut groups = BTreeMap::new();
    for batch in batches(folder, Table::Exceptions, &[column::exceptions::kind.name], &Scope::All)?
    {
        let batch = batch?;
        for kind in (0..batch.len()).map(batch.column(column::exceptions::kind)?) {
            *groups.entry(kind.name().to_owned()).or_insert(0) += 1;
        }
    }
    Ok(groups)
}
