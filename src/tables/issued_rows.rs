//! Documents and their lines: numbered without gaps, issued once and standing from then on. A
//! revision's are held against those of the revision before.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::definitions::{DocumentRow, LineRow, OfAccount, Record};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};

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

/// The series of a month.
#[derive(Debug, Clone)]
pub struct DocumentNumbers {
    prefix: String,
}

impl DocumentNumbers {
    /// The series of a month.
    pub fn of(month: Month) -> Self {
        DocumentNumbers { prefix: format!("INV-{month}-") }
    }

    /// The id of a number: `INV-2026-04-00000001`.
    pub fn id(&self, number: u64) -> String {
        format!("{}{number:08}", self.prefix)
    }

    /// The number of an id; `None` of any other text.
    pub fn number(&self, id: &str) -> Option<u64> {
        let digits = id.strip_prefix(&self.prefix)?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.len() == 8 || (digits.len() > 8 && !digits.starts_with('0')));
        let number = digits.parse().ok().filter(|number| *number > 0)?;
        is_plain.then_some(number)
    }

    /// The highest number that these ids have.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: they are not 1, 2, 3 and so on, in whatever order.
    pub fn last(&self, mut ids: Vec<&str>) -> Result<u64> {
        let mut seen = vec![false; ids.len()];
        let is_new = |number: Option<u64>| {
            let place = number.and_then(|number| usize::try_from(number - 1).ok());
            let seen = place.and_then(|place| seen.get_mut(place));
            seen.is_some_and(|seen| !std::mem::replace(seen, true))
        };
        if ids.iter().map(|id| self.number(id)).all(is_new) {
            return Ok(ids.len() as u64);
        }
        ids.sort_unstable();
        let other = ids.iter().zip(1..).find(|(id, number)| **id != self.id(*number));
        let (id, due) = other.unwrap_or((&"", ids.len() as u64 + 1));
        Err(Error::new(Code::REVISION_DAMAGED, "the numbers of its documents are not without gaps")
            .with_value(*id)
            .expected(self.id(due))
            .changed_by_hand())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_number_and_a_number_one_id() {
        let numbers = DocumentNumbers::of(Month::parse("2026-04").unwrap());
        for number in [1, 99_999_999, 100_000_000, u64::MAX] {
            assert_eq!(numbers.number(&numbers.id(number)), Some(number));
        }
        for other in ["00000000", "1", "000000001", "+0000001", "0000001x", "99999999999999999999"]
        {
            assert_eq!(numbers.number(&format!("INV-2026-04-{other}")), None, "{other}");
        }
        assert_eq!(numbers.number("INV-2026-05-00000001"), None);
    }

    #[test]
    fn a_gap_is_told() {
        let numbers = DocumentNumbers::of(Month::parse("2026-04").unwrap());
        let ids = |of: &[u64]| of.iter().map(|&number| numbers.id(number)).collect::<Vec<_>>();
        let last = |of: &[u64]| numbers.last(ids(of).iter().map(String::as_str).collect());
        assert_eq!(last(&[2, 3, 1]).unwrap(), 3);
        assert_eq!(last(&[]).unwrap(), 0);
        for gap in [&[2, 3][..], &[1, 3], &[1, 1, 2]] {
            assert!(last(gap).unwrap_err().to_string().contains("without gaps"), "{gap:?}");
        }
    }
}
