//! Only sound months are archived: nobody looks at them for long.

use super::request::ArchiveRequest;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};

/// Makes sure that the months which are to be archived are sound, complete and up to date; of those
/// that are archived already, what the book has of them.
///
/// # Errors
/// [`crate::base::error::Kind::Conservation`] where `verify` has findings, [`crate::base::error::Kind::Book`]
/// where a publication was cut
/// short, or a month, or the one after the last, is stale.
pub(super) fn check(
    request: &ArchiveRequest,
    months: &[Month],
    verify: &dyn Fn(&ArchiveRequest) -> Result<Answer>,
) -> Result<()> {
    let ArchiveRequest { book, before, .. } = request;
    let answer = verify(request)?;
    if answer.exit_code != 0 {
        let code = match answer.exit_code == Code::NOT_SOUND.kind().exit_code() {
            true => Code::NOT_SOUND,
            false => Code::NOT_VERIFIED,
        };
        let findings = answer.result["findings"].as_array().map_or(0, Vec::len);
        let findings = counted(findings as u64, "finding");
        let first = answer.result["findings"][0]["what"].as_str().unwrap_or_default().to_owned();
        let place = answer.result["findings"][0]["month"].as_str().unwrap_or("the book").to_owned();
        return Err(Error::new(code, format!("the months are not sound: {findings}"))
            .in_file(book.folder())
            .caused_by(format!("{place}: {first}"))
            .hint(format!(
                "nothing was moved; monthend verify --book {} tells all",
                book.folder().display()
            )));
    }
    let rests = book.months()?.into_iter().find(|month| month >= before);
    for month in months.iter().copied().chain(rests) {
        if let Some(stale) = book.stale(month)? {
            return Err(Error::new(
                Code::ARCHIVE_STALE,
                format!("{month} is stale: {}", stale.in_words()),
            )
            .in_file(book.month_folder(month))
            .hint(format!(
                "bring it up to date first: monthend rerun --month {} --cascade --reason TEXT",
                stale.month.next()
            )));
        }
    }
    Ok(())
}
