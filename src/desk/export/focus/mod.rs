//! A month as cost and usage rows of FOCUS 1.2, the FinOps Open Cost and Usage Specification.
//!
//! What is charged is a Purchase: each line of a document is a row, and their BilledCost sums to
//! the document's total. What was used is Usage: an account's credits by what they were drawn on,
//! with BilledCost 0; the cost of the purchases is spread over them as EffectiveCost, so that the
//! two sums are equal, too.
//!
//! A billing period that is closed stays as it is. A month's export is the month as its first
//! revision published it, and what later revisions of this and of earlier months corrected on a
//! date in this month, as ChargeClass Correction. So each document is in exactly one export.

mod answer;
mod book;
mod columns;
mod purchases;
mod request;
mod row;
#[cfg(test)]
pub(super) mod samples;
mod usage;
mod words;

use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};

pub use request::{Request, service_category};

/// Writes the export, and says what is in it.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the book has nothing for the month,
/// [`crate::base::error::Kind::Book`] where it cannot be read or the export not be written,
/// [`crate::base::error::Kind::Conservation`] where its documents, lines and statements do not agree.
pub fn run(request: &Request) -> Result<Answer> {
    let export = book::gather(&request.book, request.month)?;
    let something = export.published || !export.rows.is_empty();
    let Some(finest) = export.finest.filter(|_| something) else {
        return Err(Error::new(
            Code::MONTH_NOT_IN_BOOK,
            format!("the book has nothing for {}", request.month),
        )
        .in_file(request.book.folder())
        .expected("a month that is published, or in which an earlier one was corrected")
        .hint("monthend status shows the months of a book"));
    };
    row::reconciled(&export.rows)?;
    let seller = columns::Seller {
        finest,
        provider: request.provider.as_deref(),
        service_category: request.service_category,
        period: request.month,
    };
    let outputs = columns::write(&export.rows, &seller, &request.out)?;
    Ok(answer::answer(request, &export, &outputs))
}
