//! Numbers of documents: one series a month for documents of all types, without gaps.

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};

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
        Err(Error::book("the numbers of its documents are not without gaps")
            .with_value(*id)
            .expected(self.id(due))
            .hint("the book may have been changed by hand; restore it from a copy"))
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
