//! Months of a book, as they are typed.

use super::values::month;
use crate::base::calendar::{Month, MonthRange};
use crate::base::error::{Code, Error, Result};
use crate::book::Book;

/// The last month that the book has.
pub const LATEST: &str = "latest";

/// A month of a book: by its name, or `latest` for the last one that is published.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is no month, or the book has none.
pub fn published_month(text: &str, book: &Book) -> Result<Month> {
    match text {
        LATEST => book.months()?.pop().ok_or_else(|| {
            Error::new(Code::MONTH_NOT_IN_BOOK, "--month latest: no month is published")
                .in_file(book.folder())
                .hint("check --book; the first monthend run publishes one")
        }),
        text => month(text).map_err(|e| match Month::parse(text) {
            None => e.expected("a month such as 2026-04, or `latest`"),
            Some(_) => e,
        }),
    }
}

/// Months of a book: one, or `FIRST..LAST`.
///
/// # Errors
/// As [`published_month`], and where the last month comes before the first.
pub fn published_months(text: &str, book: &Book) -> Result<MonthRange> {
    let (first, last) = text.split_once(MonthRange::BETWEEN).unwrap_or((text, text));
    let (first, last) = (published_month(first, book)?, published_month(last, book)?);
    MonthRange::of(first, last).ok_or_else(|| {
        Error::new(Code::MONTH_RANGE, format!("--month {text}: {last} comes before {first}"))
            .expected("the first month, two points, and the last one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_month_is_the_books() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::at(folder.path());
        let none = published_month("latest", &book).unwrap_err();
        assert_eq!(none.kind().exit_code(), 2, "{none}");
        for name in ["2026-04", "2025-12", ".staging", "openings"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let told = |text| published_months(text, &book).map(|months| months.to_string());
        assert_eq!(told("latest").unwrap(), "2026-04");
        assert_eq!(told("2025-11").unwrap(), "2025-11");
        assert_eq!(told("2026-01..latest").unwrap(), "2026-01 to 2026-04");
        for wrong in ["2026-05..latest", "2026-04..", "..", "last", "2026-04..2026-13"] {
            assert_eq!(told(wrong).unwrap_err().kind().exit_code(), 2, "{wrong}");
        }
    }
}
