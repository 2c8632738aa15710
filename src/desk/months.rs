//! Months of a book that a question names or spans.

use crate::base::calendar::Month;
use crate::base::error::{Code, Error};
use crate::base::money::Currency;
use crate::book::Book;
use crate::tables::did_you_mean;

/// What is said where months of a span are in several currencies.
pub fn other_currency(month: Month, its: Currency, others: Currency) -> Error {
    let (its, others) = (its.code(), others.code());
    Error::new(
        Code::MONTH_RANGE,
        format!("{month} is in {its}, and later months of the span in {others}"),
    )
    .expected("months of one currency")
    .hint(format!("begin with a later month: --from {}", month.next()))
}

/// What is said of a month that is not published.
pub fn not_in_book(book: &Book, month: Month) -> Error {
    Error::new(Code::MONTH_NOT_IN_BOOK, format!("{month} is not in the book"))
        .in_file(book.folder())
        .hint("monthend status shows the months of a book")
}

/// What to do about an account that is not known: those that are like it in the newest month. It is only a hint,
/// whether they can be looked up or not.
pub fn look_for(book: &Book, account: &str) -> String {
    let similar = || {
        let revision = book.current(book.months().ok()?.pop()?).ok()??;
        did_you_mean(revision.tables().ok()?, account).ok()?
    };
    similar().unwrap_or_else(|| COMPARED.to_owned())
}

/// How ids of accounts compare.
pub const COMPARED: &str = "ids compare byte by byte; statements.csv lists all accounts";
