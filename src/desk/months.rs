//! Months that one question spans.

use crate::base::calendar::Month;
use crate::base::error::{Code, Error};
use crate::base::money::Currency;

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
