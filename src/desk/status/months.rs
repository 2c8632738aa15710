//! What is known of each month of the book, from its manifest and a few columns of its tables.

use rayon::prelude::*;

use super::month::{ArchivedTo, BookMonth, MonthStatus, PublishedMonth};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::{Book, ChainedMonth, MonthTotals, Revision, RunRecord, Stale, revision_number};

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
        Some(revision) => published(book, revision, book.revisions(month)?, stale).map(Some),
        None => Ok(None),
    };
    match published() {
        Ok(Some(month)) if month.archived.is_some() => MonthStatus::Archived(Box::new(month)),
        Ok(Some(published)) => MonthStatus::Published(Box::new(published)),
        Ok(None) => MonthStatus::Missing,
        Err(error) => MonthStatus::Damaged { error },
    }
}

fn published(
    book: &Book,
    revision: Revision,
    revisions: Vec<String>,
    stale: Result<Option<Stale>>,
) -> Result<PublishedMonth> {
    let archive = book.archived(revision.manifest.month)?;
    let archived = archive.as_ref().map(|record| ArchivedTo {
        archived_at: record.archived_at.clone(),
        folder: book.archive_of(record).display().to_string(),
        at_hand: revision.tables().is_ok(),
    });
    let totals = match archive {
        Some(record) => record.totals,
        None => MonthTotals::of(&revision)?,
    };
    let folder = revision.folder().to_owned();
    let manifest = revision.manifest;
    let in_force = revision_number(&manifest.revision);
    let unfinished = revisions.iter().filter(|name| revision_number(name) > in_force);
    let run = RunRecord::read(&folder)?;
    Ok(PublishedMonth {
        unfinished: unfinished.cloned().collect(),
        revisions,
        started_at: run.started_at,
        inputs_folder: run.inputs_folder,
        totals,
        passed_over: manifest.passed_over,
        stale,
        inputs: None,
        revision: manifest.revision,
        reason: manifest.reason,
        accepted: manifest.accepted,
        opening: manifest.opening,
        recorded: manifest.inputs,
        archived,
        folder,
    })
}
