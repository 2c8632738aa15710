//! Which months a report tells of, and the revisions that have their figures.

use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::Revision;
use crate::catalog::Catalog;
use crate::desk::months::{not_in_book, other_currency};
use crate::desk::report::{Asked, Request};

/// The months of a report.
#[derive(Debug)]
pub(super) struct Span {
    /// The revisions in force, in the order of their months. The first one may be of the month before those that the
    /// report tells of, so that it can say what changed.
    pub revisions: Vec<Revision>,
    /// The catalogue of each revision.
    pub catalogs: Vec<Catalog>,
    /// How many of the revisions are before those that the report tells of: none or one.
    pub before: usize,
    /// Whether nothing of the book is before the first of them.
    pub is_from_the_first: bool,
}

impl Span {
    /// The months that are asked for, and the one that the book has before them, if it is in the same currency.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the book lacks the month that the report is about, or months of a span
    /// are in several currencies; [`crate::base::error::Kind::Book`] where a month cannot be understood.
    pub fn of(Request { book, asked, .. }: &Request) -> Result<Self> {
        let (first, last) = (asked.months().first(), asked.months().last());
        let mut months = book.months()?;
        months.retain(|month| *month <= last);
        if months.last() != Some(&last) {
            return Err(not_in_book(book, last));
        }
        let mut span = Span {
            revisions: Vec::new(),
            catalogs: Vec::new(),
            before: 0,
            is_from_the_first: false,
        };
        let first_of_book = months.first().copied();
        // From the newest month back, as far as the currency is the same.
        for month in months.into_iter().rev() {
            let is_before = month < first;
            if span.before > 0 || is_before && span.revisions.is_empty() {
                break;
            }
            let revision = book.current(month)?.ok_or_else(|| not_in_book(book, month))?;
            let is_wanted = !is_before && matches!(asked, Asked::Span(_));
            if !is_wanted && !span.revisions.is_empty() && revision.tables().is_err() {
                // Archived, and not at hand: the book begins after it, for all that can be said.
                span.is_from_the_first = true;
                break;
            }
            let catalog = revision.catalog()?;
            let currency = span.catalogs.last().map_or(catalog.currency, |newer| newer.currency);
            if catalog.currency != currency {
                match is_wanted {
                    true => return Err(other_currency(month, catalog.currency, currency)),
                    false => break,
                }
            }
            span.before = usize::from(is_before);
            span.is_from_the_first = Some(month) == first_of_book;
            span.revisions.push(revision);
            span.catalogs.push(catalog);
        }
        span.revisions.reverse();
        span.catalogs.reverse();
        Ok(span)
    }

    /// The months of the revisions.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        self.revisions.iter().map(|revision| revision.manifest.month)
    }
    /// Each month with the one after it, as tables write them.
    pub fn months_and_next(&self) -> impl Iterator<Item = (String, String)> {
        let months = self.months().zip(self.months().skip(1));
        months.map(|(month, next)| (month.to_string(), next.to_string()))
    }
}
