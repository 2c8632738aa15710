//! The opening state, from wherever the request says.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::input_files::{check_digest, input_file, recorded_file, unreadable};
use super::request::{OpeningChoice, Request};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, EntryKind};
use crate::billing::timeline::Opening;
use crate::book::{
    Book, EarlierDigests, InputFile, OpeningRecord, RecordedInput, Role, Stale, StateInBook,
};
use crate::input::logs::LogFile;
use crate::tables::opening::{self, Blame, OpeningFiles};

/// An opening state and where it comes from.
pub(super) struct Opened {
    pub opening: Opening,
    pub record: OpeningRecord,
    /// The files, where they are inputs.
    pub files: Vec<InputFile>,
    /// The folder with the ids that were billed before, where they are known.
    pub recent_ids: Option<PathBuf>,
}

/// Finds and reads the opening state of the month.
pub(super) fn open_state(request: &Request) -> Result<Opened> {
    match &request.opening {
        OpeningChoice::Genesis => {
            let (opening, record) = (Opening::Genesis, OpeningRecord::Genesis);
            Ok(Opened { opening, record, files: Vec::new(), recent_ids: None })
        }
        OpeningChoice::File(path) => {
            let file = as_log(path)?;
            let named = |file: LogFile| {
                let name = request.names.name(&file.path);
                file.named(&name)
            };
            let grants = beside(&file)?;
            of_files(request, OpeningFiles { state: named(file), grants: grants.map(named) })
        }
        OpeningChoice::Recorded(files) => {
            let as_recorded = |recorded: &RecordedInput| {
                let file = recorded_file(recorded)?;
                check_digest(recorded, &file)?;
                Ok(file)
            };
            let grants = files.grants.as_ref().map(as_recorded).transpose()?;
            of_files(request, OpeningFiles { state: as_recorded(&files.state)?, grants })
        }
        choice => {
            let (book, before) = (request.book.as_ref(), request.month.previous());
            let Some(state) = in_book(request)? else { return Err(no_opening(request, before)?) };
            let is_closing = matches!(state.record, OpeningRecord::Book { .. });
            if let Some(book) = book.filter(|_| *choice == OpeningChoice::Book && is_closing) {
                check_not_stale(request, book)?;
                if book.imported_folder(request.month)?.is_some() {
                    tracing::warn!("the imported opening is left aside: {before} is in the book");
                }
            }
            of_book(request, state)
        }
    }
}

/// How many rows the opening state has, more or less.
///
/// # Errors
/// It cannot be found.
pub(super) fn rows_of_state(request: &Request) -> Result<u64> {
    let file = match &request.opening {
        OpeningChoice::File(path) => as_log(path)?,
        OpeningChoice::Recorded(files) => recorded_file(&files.state)?,
        _ => match in_book(request)? {
            Some(state) => state.files()?.state,
            None => return Ok(0),
        },
    };
    opening::rows(file)
}

/// The state in the book that the month starts from, where it does from one.
fn in_book(request: &Request) -> Result<Option<StateInBook>> {
    let Some(book) = &request.book else { return Ok(None) };
    match &request.opening {
        OpeningChoice::Book => book.opening_now(request.month),
        OpeningChoice::Revision(name) => {
            StateInBook::closing(&book.revision(request.month.previous(), name)?).map(Some)
        }
        OpeningChoice::Imported(sha256) => book.import_with(request.month, sha256).map(Some),
        OpeningChoice::Genesis | OpeningChoice::File(_) | OpeningChoice::Recorded(_) => Ok(None),
    }
}

/// The folder with the ids that were billed before the month, where they are known.
///
/// # Errors
/// The month before cannot be read.
pub(super) fn recent_ids_before(request: &Request) -> Result<Option<PathBuf>> {
    let state = in_book(request)?;
    let folder = state.as_ref().map(StateInBook::recent_ids).transpose()?.flatten();
    Ok(folder.map(Path::to_owned))
}

/// Makes sure that a month which was billed in parts still starts from what they started from.
///
/// # Errors
/// [`Code::PARTS_DISAGREE`]: the month before stands otherwise by now.
pub(super) fn check_opens_with(request: &Request, record: &OpeningRecord) -> Result<()> {
    let before = request.month.previous();
    let is_another = match (&request.opening, record) {
        (OpeningChoice::File(path), OpeningRecord::File { sha256, .. }) => {
            digest::of_file(path).map_err(|e| unreadable(path, e))?.1 != *sha256
        }
        (OpeningChoice::File(_), _) => true,
        _ => in_book(request)?.map_or(OpeningRecord::Genesis, |state| state.record) != *record,
    };
    if let (OpeningRecord::Book { .. }, Some(book)) = (record, &request.book) {
        check_not_stale(request, book)?;
    }
    match is_another {
        true => Err(Error::new(
            Code::PARTS_DISAGREE,
            format!(
                "the parts were billed from another closing state of {before} than there is now"
            ),
        )
        .hint("bill all parts again")),
        false => Ok(()),
    }
}

/// The states, or those of the accounts that are billed anew.
fn read(request: &Request, files: OpeningFiles, blame: Blame<'_>) -> Result<Opening> {
    let (catalog, month) = (&request.catalog.catalog, request.month);
    opening::read(files, catalog, month, &request.scope, blame).map(Opening::States)
}

fn as_log(path: &Path) -> Result<LogFile> {
    LogFile::of(path).ok_or_else(|| {
        Error::new(Code::OPENING_FORMAT, "is of no format that is read")
            .in_file(path)
            .expected("--opening genesis, or a .parquet, .csv or .ndjson file")
    })
}

/// The grants that belong to a state file: the file `grants` beside one that is called `state`, as
/// revisions have them.
fn beside(state: &LogFile) -> Result<Option<LogFile>> {
    let name = state.path.file_name().and_then(|name| name.to_str());
    let ending = name.and_then(|name| name.strip_prefix("state."));
    let grants = ending.map(|ending| state.path.with_file_name(format!("grants.{ending}")));
    let Some(grants) = grants.and_then(|path| LogFile::of(&path)) else {
        return Ok(None);
    };
    match storage::about(&grants.path) {
        Ok(about) => Ok((about.kind == EntryKind::File).then_some(grants)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(&grants.path, e)),
    }
}

/// A state file with its grants, under the names that the manifest gives them.
fn of_files(request: &Request, files: OpeningFiles) -> Result<Opened> {
    let opening = read(request, files.clone(), Blame::Either)?;
    let earlier = EarlierDigests::of(request.book.as_ref());
    let input = input_file(Role::Opening, &files.state, &earlier)?;
    // As other openings have theirs: this one may be the same state.
    let (_, sha256) =
        digest::of_file(&files.state.path).map_err(|e| unreadable(&files.state.path, e))?;
    let record = OpeningRecord::File { file: input.file.clone(), sha256 };
    let grants = files.grants.iter().map(|file| input_file(Role::OpeningGrants, file, &earlier));
    let files = std::iter::once(Ok(input)).chain(grants).collect::<Result<Vec<_>>>()?;
    Ok(Opened { opening, record, files, recent_ids: None })
}

/// A state in the book.
fn of_book(request: &Request, state: StateInBook) -> Result<Opened> {
    let opening = read(request, state.files()?, Blame::Catalogue(&request.catalog.file))?;
    let recent_ids = state.recent_ids()?.map(Path::to_owned);
    Ok(Opened { opening, record: state.record, files: Vec::new(), recent_ids })
}

/// Makes sure that the closing state of the month before is in force, unless it need not be.
fn check_not_stale(request: &Request, book: &Book) -> Result<()> {
    if request.stale_ok {
        return Ok(());
    }
    let before = request.month.previous();
    let Some(Stale { month, opened_with, in_force }) = book.stale(before)? else { return Ok(()) };
    let message = format!(
        "the closing state of {before} is stale: it rests on {month} {opened_with}, and {in_force} \
         has changed how that month closes"
    );
    Err(Error::new(Code::OPENING_STALE, message).hint(format!(
        "bring the months up to date first: monthend rerun --month {} --cascade --reason TEXT; or \
         say --opening stale-ok",
        month.next()
    )))
}

fn no_opening(request: &Request, before: Month) -> Result<Error> {
    let (published, is_empty) = match &request.book {
        Some(book) => {
            let is_empty = book.months()?.is_empty();
            (book.current(request.month)?, is_empty)
        }
        None => (None, true),
    };
    let opening = published.map(|revision| revision.manifest.opening);
    let hint = match (opening, is_empty) {
        (Some(OpeningRecord::Genesis), _) => {
            "the month was published with --opening genesis; say so again".to_owned()
        }
        (Some(OpeningRecord::File { file, .. }), _) => {
            format!("the month was published with --opening {file}; say so again")
        }
        (Some(OpeningRecord::Imported { .. }), _) => {
            "the month was published with an imported state; restore it from a copy of the book"
                .to_owned()
        }
        (_, true) => "for the first month of a book say --opening genesis, or --opening FILE with \
                 the state of accounts billed elsewhere until now"
            .to_owned(),
        (_, false) => format!("run {before} first: monthend run --month {before} …"),
    };
    let message = format!("{before} is not in the book, so the month has no opening state");
    Ok(Error::new(Code::NO_OPENING, message).hint(hint))
}
