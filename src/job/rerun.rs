//! What `rerun` and `diff --what-if` mean: a month's manifest, and where the request departs from it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::environment::{self, Beginning};
use super::replacements::{self, Known};
use super::settings::{CorrectionSettings, RerunSettings, STALE_OK};
use super::values::{self, reject_share};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::book::{Book, Expectations, Revision, Role, Whereabouts};
use crate::catalog;
use crate::run::complete;
use crate::run::recorded_run::{RecordedRun, Rerun, published};
use crate::run::request::{Corrections, OpeningChoice, Purpose, Reach, Request};

/// The request to bill a published month again. `on_completed` is told of a revision that is put in
/// force for it, since a crash had cut its publication short.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or names an input that the manifest does
/// not record; [`crate::base::error::Kind::Book`]: the month is not in the book.
pub fn rerun_request(
    settings: RerunSettings,
    on_completed: &mut dyn FnMut(u32),
) -> Result<Request> {
    let began = Beginning::now();
    let RerunSettings { month, book, options } = &settings;
    let mut correction = options.correction.clone().resolve(began)?;
    correction.reach.through = through(&settings)?;
    let memory = environment::memory(options.memory_budget.as_deref())?;
    let machine = environment::machine(memory, environment::threads(options.threads)?);
    let process = began.process(machine, options.findings_exit_code)?;
    if options.purpose == Purpose::Publish
        && let Some(revision) = complete(book, *month, &process.holder)?
    {
        on_completed(revision);
    }
    let revision = published(book, *month)?;
    let working = environment::working_folder()?;
    let corrections = corrections(&settings, &revision, &working, correction.reach)?;
    let rerun = Rerun { purpose: options.purpose, correction, corrections, process };
    let mut request = rerun.request(book, *month, &revision)?;
    if let Some(path) = &options.corrections.catalog {
        request.catalog = catalog::load(path, *month)?.named(&request.names);
    }
    match options.opening.as_deref() {
        None => {}
        Some("book") => request.opening = OpeningChoice::Book,
        Some("genesis") => request.opening = OpeningChoice::Genesis,
        Some(STALE_OK) => {
            request.stale_ok = true;
            request.keep_opening(&revision.manifest);
        }
        Some(path) => request.opening = OpeningChoice::File(path.into()),
    }
    if let Some(list) = &options.corrections.drop_events {
        let accounts = request.corrections.scope.clone();
        request.leave_out(list, &accounts);
    }
    if !request.corrections.scope.is_all() {
        on_the_same_terms(&settings, &request)?;
        request.narrow(&revision.manifest);
    }
    Ok(request)
}

/// The request to bill a published month under another catalogue, without publishing it; the tables
/// of what differs are written into the folder `differences`.
///
/// # Errors
/// As [`rerun_request`].
pub fn what_if_request(
    month: Month,
    book: &Book,
    whereabouts: Whereabouts,
    catalog: &Path,
    differences: Option<PathBuf>,
) -> Result<Request> {
    let began = Beginning::now();
    let correction = CorrectionSettings { differences, ..CorrectionSettings::default() };
    let machine = environment::machine(environment::memory(None)?, environment::threads(None)?);
    let rerun = Rerun {
        purpose: Purpose::DryRun,
        correction: correction.resolve(began)?,
        corrections: Corrections {
            whereabouts,
            working_folder: environment::working_folder()?,
            ..Corrections::default()
        },
        process: began.process(machine, values::findings_exit_code(None)?)?,
    };
    let revision = published(book, month)?;
    let mut request = rerun.request(book, month, &revision)?;
    request.catalog = catalog::load(catalog, month)?.named(&request.names);
    // Only the catalogue is to differ, and nothing is published.
    request.expect = Expectations::default();
    request.stale_ok = true;
    request.keep_opening(&revision.manifest);
    Ok(request)
}

/// The last of the months that are billed again: one that is published, and not before the first.
fn through(settings: &RerunSettings) -> Result<Option<Month>> {
    let Some(text) = settings.options.through.as_deref() else { return Ok(None) };
    let published = settings.book.months()?;
    let last = match text {
        "last" => published.last().copied(),
        text => published.iter().copied().find(|month| month.to_string() == text),
    };
    let last = last.filter(|last| *last >= settings.month);
    let (first, newest) = (settings.month, published.last());
    last.map(Some).ok_or_else(|| {
        let message = format!("--through {text} is no month of the book from {first} on");
        Error::new(Code::OPTION_VALUE, message).expected(match newest {
            Some(newest) => format!("a published month up to {newest}, or `last`"),
            None => "a published month, or `last`".to_owned(),
        })
    })
}

/// Corrections of the logs, as the manifests of the month and of the later ones in reach understand
/// them.
fn corrections(
    settings: &RerunSettings,
    revision: &Revision,
    working: &Path,
    reach: Reach,
) -> Result<Corrections> {
    let RerunSettings { book, month, options } = settings;
    let whereabouts = &options.corrections.whereabouts;
    let recorded = RecordedRun::of(revision, whereabouts);
    let names = recorded.names(working, []);
    let resolve = |option: &str, pairs: &[String], role: Role| {
        let files = |revision: &Revision| RecordedRun::of(revision, whereabouts).files(role);
        let before = || {
            let before = book.revisions(*month)?.into_iter().rev();
            let before = before.skip_while(|name| *name != revision.name).skip(1);
            before.map(|name| Ok(files(&book.revision(*month, &name)?))).collect()
        };
        let later = || {
            let later = reach.later_months(book, *month)?.into_iter();
            let later = later.map(|month| Ok(files(&published(book, month)?)));
            later.collect::<Result<Vec<_>>>().map(|months| months.concat())
        };
        let known = Known { files: &recorded.files(role), names: &names };
        replacements::resolve(option, pairs, known, before, later)
    };
    Ok(Corrections {
        replace_usage: resolve("--replace-usage", &options.replace_usage, Role::Usage)?,
        replace_changes: resolve("--replace-changes", &options.replace_changes, Role::Changes)?,
        working_folder: working.to_owned(),
        scope: accounts(&options.accounts)?,
        max_reject_share: options.max_reject_share.as_deref().map(reject_share).transpose()?,
        ..options.corrections.clone()
    })
}

/// A dispute: makes sure that what all accounts share stays as it is, since all others are carried over.
fn on_the_same_terms(settings: &RerunSettings, request: &Request) -> Result<()> {
    let opening = settings.options.opening.as_deref().filter(|opening| *opening != STALE_OK);
    if settings.options.corrections.catalog.is_some() || opening.is_some() {
        let message = "--accounts bills some accounts anew, on the same terms as all";
        return Err(Error::new(Code::OPTIONS_TOGETHER, message)
            .expected("no --catalog, and no --opening but stale-ok")
            .hint("bill the whole month again: leave --accounts out"));
    }
    if !request.stale_ok && settings.book.stale(request.month)?.is_some() {
        let message = format!("{} rests on a stale opening state", request.month);
        return Err(Error::new(Code::OPENING_STALE, message)
            .hint("bill the whole month again first; or say --opening stale-ok"));
    }
    Ok(())
}

/// The accounts that are named: ids, or `@FILE` with one id a line; all where none are.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: a list cannot be read, or names none.
pub fn accounts(given: &[String]) -> Result<Scope> {
    let mut accounts = BTreeSet::new();
    for one in given {
        match one.strip_prefix('@') {
            None => drop(accounts.insert(one.as_str().into())),
            Some(path) => accounts.extend(list(Path::new(path))?),
        }
    }
    if !given.is_empty() && accounts.is_empty() {
        return Err(Error::new(Code::ACCOUNT_LIST, "--accounts names no account")
            .expected("ids, or @FILE with one id a line"));
    }
    Ok(if given.is_empty() { Scope::All } else { Scope::Accounts(accounts) })
}

/// The ids in a file, one a line, as any editor writes them: with a byte order mark, with either
/// line end, with blanks at a line's end.
fn list(path: &Path) -> Result<Vec<AccountId>> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        Error::new(Code::ACCOUNT_LIST, "the list of accounts cannot be read")
            .in_file(path)
            .caused_by(e)
            .expected("UTF-8 text with one account id a line")
    })?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end);
    Ok(lines.filter(|line| !line.is_empty()).map(Into::into).collect())
}
