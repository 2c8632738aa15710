//! The opening state, from wherever the request says.

use std::path::{Path, PathBuf};

use super::input_files::{changed, input_file, recorded_file};
use super::request::{OpeningChoice, Request};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::billing::timeline::Opening;
use crate::book::{InputFile, OpeningRecord, Revision, Role, Stale, StateInBook};
use crate::input::logs::LogFile;
use crate::tables::opening::{self, Blame};

/// An opening state and where it comes from.
pub(super) struct Opened {
    pub opening: Opening,
    pub record: OpeningRecord,
    /// The file, where it is an input.
    pub file: Option<InputFile>,
    /// The folder with the ids that were billed before, where they are known.
    pub recent_ids: Option<PathBuf>,
}

/// Finds and reads the opening state of the month.
pub(super) fn open_state(request: &Request) -> Result<Opened> {
    let before = request.month.previous();
    let book = || request.book.as_ref().ok_or_else(|| no_opening(before, None, true));
    match &request.opening {
        OpeningChoice::Genesis => {
            let (opening, record) = (Opening::Genesis, OpeningRecord::Genesis);
            Ok(Opened { opening, record, file: None, recent_ids: None })
        }
        OpeningChoice::File(path) => {
            let file = as_log(path)?;
            let name = request.names.name(&file.path);
            of_file(request, file.named(&name))
        }
        OpeningChoice::Recorded(recorded) => {
            let file = recorded_file(recorded)?;
            if input_file(Role::Opening, &file)?.sha256 != recorded.input.sha256 {
                return Err(changed(recorded, "has another digest"));
            }
            of_file(request, file)
        }
        OpeningChoice::Book => {
            let book = book()?;
            let Some(state) = book.opening_now(request.month)? else {
                return Err(no_opening(before, book.current(request.month)?, book.is_empty()));
            };
            if matches!(state.record, OpeningRecord::Book { .. }) {
                if !request.stale_ok
                    && let Some(stale) = book.stale(before)?
                {
                    return Err(is_stale(before, &stale));
                }
                if book.import_folder(request.month).exists() {
                    tracing::warn!("the imported opening is left aside: {before} is in the book");
                }
            }
            of_book(request, state)
        }
        OpeningChoice::Revision(name) => {
            of_book(request, StateInBook::closing(&book()?.revision(before, name)?)?)
        }
        OpeningChoice::Imported(sha256) => {
            of_book(request, book()?.import_with(request.month, sha256)?)
        }
    }
}

/// The states, or those of the accounts that are billed anew.
fn read(request: &Request, file: LogFile, blame: Blame<'_>) -> Result<Opening> {
    let (catalog, month) = (&request.catalog.catalog, request.month);
    opening::read(file, catalog, month, &request.scope, blame).map(Opening::States)
}

fn as_log(path: &Path) -> Result<LogFile> {
    LogFile::of(path).ok_or_else(|| {
        Error::new(Code::OPENING_FORMAT, "is of no format that is read")
            .in_file(path)
            .expected("--opening genesis, or a .parquet, .csv or .ndjson file")
    })
}

/// A state file, under the name that the manifest gives it.
fn of_file(request: &Request, state: LogFile) -> Result<Opened> {
    let opening = read(request, state.clone(), Blame::Either)?;
    let input = input_file(Role::Opening, &state)?;
    let record = OpeningRecord::File { file: input.file.clone(), sha256: input.sha256.clone() };
    Ok(Opened { opening, record, file: Some(input), recent_ids: None })
}

/// A state in the book.
fn of_book(request: &Request, state: StateInBook) -> Result<Opened> {
    let opening = read(request, state.log()?, Blame::Catalogue(&request.catalog.file))?;
    let recent_ids = state.recent_ids()?.map(Path::to_owned);
    Ok(Opened { opening, record: state.record, file: None, recent_ids })
}

fn is_stale(before: Month, stale: &Stale) -> Error {
    let Stale { month, opened_with, in_force } = stale;
    Error::new(Code::OPENING_STALE, format!(
        "the closing state of {before} is stale: it rests on {month} {opened_with}, and {in_force} \
         has changed how that month closes"
    ))
    .hint(format!(
        "bring the months up to date first: monthend rerun --month {} --cascade --reason TEXT; or \
         say --opening stale-ok",
        month.next()
    ))
}

fn no_opening(before: Month, published: Option<Revision>, empty_book: bool) -> Error {
    let opening = published.map(|revision| revision.manifest.opening);
    let hint = match (opening, empty_book) {
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
    Error::new(
        Code::NO_OPENING,
        format!("{before} is not in the book, so the month has no opening state"),
    )
    .hint(hint)
}
