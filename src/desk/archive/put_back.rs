//! `unarchive`: archived months come back into the book.

use super::moved::{MovedMonth, Way, answer};
use super::request::PutBackRequest;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::book::Lock;

/// Puts archived months back; a month that is not archived stays as it is. A run that was cut short is
/// completed by the same request.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the month is not in the book;
/// [`crate::base::error::Kind::Conservation`] where the archive does not hold what the book records of
/// it; [`crate::base::error::Kind::Locked`] where a run holds the month's lock;
/// [`crate::base::error::Kind::Book`] where something cannot be read or written. The months that came
/// back before are named by the error; all others are archived as before.
pub fn put_back(request: &PutBackRequest) -> Result<Answer> {
    let PutBackRequest { book, month, holder } = request;
    let known = book.months()?;
    let asked: Vec<Month> =
        known.into_iter().filter(|known| month.is_none_or(|m| m == *known)).collect();
    if let (Some(month), true) = (month, asked.is_empty()) {
        return Err(Error::new(Code::MONTH_NOT_IN_BOOK, format!("{month} is not in the book"))
            .in_file(book.folder())
            .hint("monthend status shows the months of a book"));
    }
    let mut months = Vec::new();
    for month in asked {
        if book.archived(month)?.is_some() {
            months.push(month);
        }
    }
    let locks: Result<Vec<Lock>> =
        months.iter().map(|month| book.lock_alone(*month, holder)).collect();
    let _locks = locks?;
    book.try_to_renew_current_tables();
    let mut done: Vec<MovedMonth> = Vec::new();
    for month in months {
        let moved = book.put_back(month);
        let moved = moved.map_err(|e| e.after(done.iter().map(|m| m.in_words(Way::PutBack))))?;
        done.push(MovedMonth::of(month, &moved));
    }
    Ok(answer(book, Way::PutBack, &done))
}
