//! `archive`: months before a day of reckoning leave the book.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::moved::{MovedMonth, Way, answer};
use super::request::ArchiveRequest;
use super::sound;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use crate::book::{Book, JOURNAL, Lock, Moved, make_archive};

/// Moves all published months before one into an archive. A run that was cut short is completed by
/// the same request. `verify` is the auditor's check of those months.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where there is no such month, none would stay, or the archive
/// cannot be where it is said to be; [`crate::base::error::Kind::Conservation`] where a month is not
/// sound; [`crate::base::error::Kind::Locked`] where one is being billed;
/// [`crate::base::error::Kind::Book`] where something cannot be read or written. The months that were
/// moved before are named by the error; all others are whole in the book.
pub fn archive(
    request: &ArchiveRequest,
    verify: &dyn Fn(&ArchiveRequest) -> Result<Answer>,
) -> Result<Answer> {
    let ArchiveRequest { book, before, holder, .. } = request;
    let months = months_before(book, *before)?;
    let archive = folder_of(book, &request.to)?;
    let locks: Result<Vec<Lock>> =
        months.iter().map(|month| book.lock_alone(*month, holder)).collect();
    let _locks = locks?;
    sound::check(request, &months, verify)?;
    make_archive(&archive).map_err(|e| {
        Error::new(Code::BOOK_UNWRITABLE, "the archive cannot be made")
            .in_file(&archive)
            .caused_by(e)
            .hint("check --to")
    })?;
    let mut done: Vec<MovedMonth> = Vec::new();
    for month in months {
        let moved = book.archive_month(month, &archive, &holder.since);
        let moved = moved.map_err(|e| e.after(done.iter().map(|m| m.in_words(Way::Archived))))?;
        // It is told where it was asked to go, and recorded as an absolute path.
        let folder = match moved.folder == archive.join(month.to_string()) {
            true => request.to.join(month.to_string()),
            false => moved.folder.clone(),
        };
        done.push(MovedMonth::of(month, &Moved { folder, ..moved }));
    }
    Ok(answer(book, Way::Archived, &done))
}

/// The published months before one, in order; at least one month stays.
fn months_before(book: &Book, before: Month) -> Result<Vec<Month>> {
    let all = book.months()?;
    let months: Vec<Month> = all.iter().copied().filter(|month| *month < before).collect();
    let stay = all.len() - months.len();
    let error = match (months.is_empty(), stay) {
        (false, 1..) => return Ok(months),
        (true, _) => {
            Error::new(Code::NOTHING_TO_ARCHIVE, format!("no month before {before} is in the book"))
        }
        (false, _) => Error::new(Code::NOTHING_TO_ARCHIVE, "all months would be archived")
            .expected("--before a month of the book, which stays with those after it"),
    };
    Err(error.in_file(book.folder()).hint("monthend status shows the months of a book"))
}

/// The archive's folder as an absolute path, by which the book finds it again.
fn folder_of(book: &Book, to: &Path) -> Result<PathBuf> {
    let [archive, home] = [to, book.folder()].map(absolute);
    let failed = |e| {
        Error::new(Code::ARCHIVE_PLACE, "the archive's place is unknown").in_file(to).caused_by(e)
    };
    let (archive, home) = (archive.map_err(failed)?, home.map_err(failed)?);
    let is_book = match storage::about(&archive.join(JOURNAL)) {
        Ok(_) => true,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => false,
        Err(e) => return Err(failed(e)),
    };
    if archive.starts_with(&home) || is_book {
        return Err(Error::new(Code::ARCHIVE_PLACE, "is in a book, or a book itself")
            .in_file(to)
            .expected("--to DIR outside of the book, which the months are moved to"));
    }
    Ok(archive)
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    if storage::is_address(path) {
        return Ok(path.to_owned());
    }
    std::path::absolute(path).and_then(real)
}

/// A path without links, though its end need not be there.
fn real(path: PathBuf) -> io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Err(e), Some(parent), Some(name)) if e.kind() == io::ErrorKind::NotFound => {
            Ok(real(parent.to_owned())?.join(name))
        }
        (real, ..) => real,
    }
}
