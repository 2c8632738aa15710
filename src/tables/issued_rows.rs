//! Documents and their lines are issued once and stand from then on: a revision's held against
//! those of the revision before.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::definitions::{DocumentRow, LineRow, OfAccount, Record};
use crate::base::error::Result;

/// A row that is issued once. Their tables are sorted by account, document and line.
pub trait IssuedRow: Record + OfAccount {
    /// The document's id.
    fn document(&self) -> &str;

    /// The line's number; 0 for a document.
    fn line(&self) -> u64;
}

impl IssuedRow for DocumentRow {
    fn document(&self) -> &str {
        &self.document_id
    }

    fn line(&self) -> u64 {
        0
    }
}

impl IssuedRow for LineRow {
    fn document(&self) -> &str {
        &self.document_id
    }

    fn line(&self) -> u64 {
        self.line_number
    }
}

/// What became of a row from one revision to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession<R> {
    /// It stands as it was.
    Unchanged(R),
    /// It stands with other cells.
    Changed {
        /// As it was.
        was: R,
        /// As it is.
        is: R,
    },
    /// It is no more.
    Gone(R),
    /// The revision before does not have it.
    New(R),
}

impl<R> Succession<R> {
    /// Whether a row does not stand as it was.
    pub fn is_broken(&self) -> bool {
        matches!(self, Succession::Changed { .. } | Succession::Gone(_))
    }

    /// The row, unless the revision before has it as it is.
    pub fn into_new(self) -> Option<R> {
        match self {
            Succession::Changed { is, .. } | Succession::New(is) => Some(is),
            Succession::Unchanged(_) | Succession::Gone(_) => None,
        }
    }
}

/// What became of each row of `before`, and which rows of `after` are new; both are in their
/// table's order.
pub fn succession<R: IssuedRow>(
    before: impl Iterator<Item = Result<R>>,
    after: impl Iterator<Item = Result<R>>,
) -> impl Iterator<Item = Result<Succession<R>>> {
    let (mut before, mut after) = (before.peekable(), after.peekable());
    std::iter::from_fn(move || next(&mut before, &mut after).transpose())
}

fn next<R: IssuedRow>(
    before: &mut Peekable<impl Iterator<Item = Result<R>>>,
    after: &mut Peekable<impl Iterator<Item = Result<R>>>,
) -> Result<Option<Succession<R>>> {
    let order = match (before.peek(), after.peek()) {
        (Some(Ok(was)), Some(Ok(is))) => {
            fn key<R: IssuedRow>(row: &R) -> (&str, &str, u64) {
                (row.account(), row.document(), row.line())
            }
            key(was).cmp(&key(is))
        }
        // A row that cannot be read is told before any other.
        (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
        (_, Some(_)) => Ordering::Greater,
        (None, None) => return Ok(None),
    };
    let was = if order.is_le() { before.next().transpose()? } else { None };
    let is = if order.is_ge() { after.next().transpose()? } else { None };
    Ok(match (was, is) {
        (Some(was), Some(is)) if was == is => Some(Succession::Unchanged(is)),
        (Some(was), Some(is)) => Some(Succession::Changed { was, is }),
        (Some(was), None) => Some(Succession::Gone(was)),
        (None, is) => is.map(Succession::New),
    })
}
