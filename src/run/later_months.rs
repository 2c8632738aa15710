//! The months after one, whose opening state is its closing state.

use super::request::{Purpose, Request};
use super::status::Status;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::{Book, OpeningRecord};
use crate::tables::Table;

/// The published months after `month`, each opened with the closing state of the one before.
pub(super) fn chain(book: &Book, month: Month) -> Result<Vec<Month>> {
    let mut months = Vec::new();
    let mut next = month.next();
    while let Some(revision) = book.current(next)? {
        if !matches!(revision.manifest.opening, OpeningRecord::Book { .. }) {
            break;
        }
        months.push(next);
        next = next.next();
    }
    Ok(months)
}

/// The later months whose opening state changes, or would change, with this one's closing state;
/// those that a cascade is about to bill again are not told.
pub(super) fn stale_after(request: &Request, status: &Status) -> Result<Vec<Month>> {
    let are_next = request.correction.cascade && request.purpose == Purpose::Publish;
    let Some(book) = request.book.as_ref().filter(|_| !are_next) else {
        return Ok(Vec::new());
    };
    let months = match status {
        Status::Published { .. } | Status::Unchanged { .. } => chain(book, request.month)?,
        Status::WouldDiffer { tables, .. } if tables.iter().any(|t| t == Table::State.name()) => {
            return chain(book, request.month);
        }
        _ => return Ok(Vec::new()),
    };
    let mut stale = Vec::new();
    for month in months {
        if book.stale(month)?.is_some() {
            stale.push(month);
        }
    }
    Ok(stale)
}
