//! What `run` and `check` mean: a month by command line and job file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dialects::{self, LogName};
use super::environment::{self, Beginning};
use super::expectations;
use super::job_file::JobFile;
use super::job_file::Layers;
use super::settings::{CorrectionSettings, STALE_OK, Settings};
use super::values::{
    self, approved, date, issued_on, line, missing, missing_book, missing_catalog, missing_month,
    month_or_previous, on_this_machine, reject_share,
};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::nearest::nearest;
use crate::base::scope::Scope;
use crate::book::{Book, Whereabouts};
use crate::catalog;
use crate::input::logs::{CsvDialect, Dialect, Mapping, Words};
use crate::run::request::{
    Correction, Corrections, DroppedEvents, Inputs, Log, OpeningChoice, Purpose, Reach, Request,
};

/// The share of unreadable rows that stops a run unless told otherwise: 0.1 %.
const MAX_REJECT_SHARE: &str = "0.001";

impl CorrectionSettings {
    /// Checked, with today's date where none was said.
    pub(super) fn resolve(self, now: Beginning) -> Result<Correction> {
        let issued_on =
            self.issued_on.as_deref().map(|text| issued_on(text, now.at)).transpose()?;
        Ok(Correction {
            reason: line("--reason", self.reason.as_deref(), "which every note will carry")?,
            accept: line("--accept", self.accept.as_deref(), "which the manifest will carry")?,
            notes_on: issued_on.unwrap_or_else(|| now.at.date_naive()),
            invoices_on: issued_on,
            reach: Reach { cascade: self.cascade, through: None },
            differences: self.differences,
            only_if: self.only_if.as_deref().map(approved).transpose()?,
            out: self.out.map(|out| on_this_machine("--out", out)).transpose()?,
        })
    }
}

/// The last month that is over: today, or by the day that was said.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is no day.
pub fn due_month(as_of: Option<&str>) -> Result<Month> {
    let today = || Ok(Beginning::now().at.date_naive());
    Ok(Month::of_date(as_of.map_or_else(today, |text| date("--as-of", text))?).previous())
}

/// The request to bill a month by what was typed and what the job file says.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is missing or wrong, the job file cannot be
/// understood, or no catalogue is in force.
pub fn month_request(
    typed: &Settings,
    job_file: &JobFile,
    correction: CorrectionSettings,
    purpose: Purpose,
) -> Result<Request> {
    let began = Beginning::now();
    let said = Layers::read(typed, job_file.path())?;
    check_all_is_said(&said, purpose)?;
    let month =
        said.setting("month", |s| s.month.as_deref(), |text| month_or_previous(text, began.at))?;
    let catalog = said.paths(|s| s.catalog.as_slice(), Some(month))?.pop();
    let book = said.book(Some(month))?;
    let opening = opening(&said, month, book.as_deref())?;
    let memory =
        said.setting("memory_budget", |s| s.memory_budget.as_deref(), environment::memory)?;
    let threads = said.setting("threads", |s| s.threads, environment::threads)?;
    let machine = environment::machine(memory, threads);
    let working = environment::working_folder()?;
    let names = said.names(&working);
    let findings_exit_code =
        said.setting("findings_exit_code", |s| s.findings_exit_code, values::findings_exit_code)?;
    Ok(Request {
        purpose,
        month,
        book: book.as_deref().map(Book::at),
        catalog: catalog::load(&catalog.ok_or_else(missing_catalog)?, month)?.named(&names),
        names,
        inputs: inputs(&said, month)?,
        payment_term: said.setting(
            "payment_term_days",
            |s| s.payment_term_days,
            values::payment_term,
        )?,
        rollup: said.paths(|s| s.rollup.as_slice(), Some(month))?.pop(),
        puts_together: false,
        repeated_changes: Arc::default(),
        opening,
        stale_ok: said.opening() == Some(STALE_OK),
        scope: Scope::All,
        expect: expectations::resolve(&said)?,
        correction: correction.resolve(began)?,
        based_on: None,
        corrections: Corrections {
            whereabouts: Whereabouts { job_folder: job_file.folder(), ..Whereabouts::default() },
            working_folder: working,
            ..Corrections::default()
        },
        plan: None,
        expected: None,
        process: began.process(machine, findings_exit_code)?,
    })
}

/// What is read row by row, and how.
fn inputs(said: &Layers<'_>, month: Month) -> Result<Inputs> {
    let changes = said.paths(|s| &s.changes, Some(month))?;
    let usage = said.paths(|s| &s.usage, Some(month))?;
    Ok(Inputs {
        changes: log(said, changes, LogName::Changes)?,
        usage: log(said, usage, LogName::Usage)?,
        adjustments: Log { given: said.paths(|s| &s.adjustments, Some(month))?, ..Log::default() },
        dropped: DroppedEvents::default(),
        event_ids: !(said.typed.no_event_ids || said.file.no_event_ids),
        passed_over: Vec::new(),
        max_reject_share: said.setting(
            "max_reject_share",
            |s| s.max_reject_share.as_deref(),
            |text| reject_share(text.unwrap_or(MAX_REJECT_SHARE)),
        )?,
        recent_hours: said.setting("recent_hours", |s| s.recent_hours, values::recent_hours)?,
    })
}

/// Makes sure that what a month needs is typed or in the job file.
fn check_all_is_said(said: &Layers<'_>, purpose: Purpose) -> Result<()> {
    let is_said = |of: fn(&Settings) -> bool| of(said.typed) || of(&said.file);
    let rests_on_book = matches!(said.opening(), None | Some("book" | STALE_OK));
    let mut faults = Faults::default();
    let needs_book = purpose == Purpose::Publish || rests_on_book;
    let needed = [
        (is_said(|s| s.month.is_some()), missing_month()),
        (is_said(|s| s.catalog.is_some()), missing_catalog()),
        (is_said(|s| !s.changes.is_empty()), missing("changes", "the change log's files")),
        (is_said(|s| !s.usage.is_empty()), missing("usage", "the usage log's files")),
        (is_said(|s| s.book.is_some()) || !needs_book, missing_book()),
    ];
    needed.into_iter().filter(|(is_said, _)| !is_said).for_each(|(_, fault)| faults.add(fault));
    faults.check("options are missing")
}

/// A log of files; what was typed of its columns goes before the job file's.
pub(super) fn log(said: &Layers<'_>, files: Vec<PathBuf>, name: LogName) -> Result<Log> {
    let columns: fn(&Settings) -> &Mapping = match name {
        LogName::Usage => |said| &said.map_usage,
        LogName::Changes => |said| &said.map_changes,
    };
    let words = match name {
        LogName::Usage => Words::default(),
        LogName::Changes => {
            let (change, plan) =
                (said.mapping(|s| &s.change_values), said.mapping(|s| &s.plan_values));
            values::words(change, plan)
                .map_err(|e| said.blame(e, said.typed.has_words(), "change_values"))?
        }
    };
    let (columns, dialect) = (said.mapping(columns), dialect(said, name)?);
    Ok(Log { given: files, columns, dialect, words, ..Log::default() })
}

/// How a log is written.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: what is said of it is not understood.
fn dialect(said: &Layers<'_>, log: LogName) -> Result<Dialect> {
    let key = |key: &str| format!("{key}.{}", log.name());
    Ok(Dialect {
        assume_utc: said.setting(
            &key("assume_utc"),
            |s| s.assume_utc.of(log).copied(),
            |is| Ok(is.unwrap_or_default()),
        )?,
        instants: said.setting(
            &key("instants"),
            |s| s.instants.of(log).map(String::as_str),
            |unit| unit.map(dialects::epoch_unit).transpose(),
        )?,
        csv: CsvDialect {
            delimiter: said.setting(
                &key("csv"),
                |s| s.csv.of(log).and_then(|csv| csv.delimiter.as_deref()),
                |text| text.map_or(Ok(b','), dialects::delimiter),
            )?,
            decimal: said.setting(
                &key("csv"),
                |s| s.csv.of(log).and_then(|csv| csv.decimal.as_deref()),
                |text| text.map_or(Ok(b'.'), dialects::decimal),
            )?,
        },
    })
}

/// What the month starts from.
fn opening(said: &Layers<'_>, month: Month, book: Option<&Path>) -> Result<OpeningChoice> {
    let typed = said.typed.opening.is_some();
    Ok(match said.opening() {
        None | Some("book" | STALE_OK) => OpeningChoice::Book,
        Some(text) if let Some(slip) = slip_of_opening(said, text, month)? => {
            return Err(said.blame(slip, typed, "opening"));
        }
        Some(text) if !typed => {
            holds_for_the_first_month(said, text, month, book)?;
            match text {
                "genesis" => OpeningChoice::Genesis,
                path => OpeningChoice::File(said.path_in_file(path, Some(month))?),
            }
        }
        Some("genesis") => OpeningChoice::Genesis,
        Some(path) => OpeningChoice::File(path.into()),
    })
}

/// That an opening which is no file is near to a word.
fn slip_of_opening(said: &Layers<'_>, text: &str, month: Month) -> Result<Option<Error>> {
    let near = nearest(text, ["book", "genesis", STALE_OK]).filter(|near| *near != text);
    let path = match said.typed.opening {
        Some(_) => text.into(),
        None => said.path_in_file(text, Some(month))?,
    };
    Ok(near.filter(|_| !path.exists()).map(|near| {
        Error::new(Code::OPTION_VALUE, format!("--opening {text}: did you mean `{near}`?"))
            .expected("book, genesis, stale-ok, or the path of a state file")
    }))
}

/// Makes sure that an opening of a job file that is the same for each month is not taken for a later
/// month of a book: it would be billed as if there had been none before.
fn holds_for_the_first_month(
    said: &Layers<'_>,
    opening: &str,
    month: Month,
    book: Option<&Path>,
) -> Result<()> {
    let is_of_month = opening.contains('{');
    let Some(book) = book.filter(|_| !is_of_month) else { return Ok(()) };
    let Some(first) = Book::at(book).months()?.into_iter().find(|first| *first < month) else {
        return Ok(());
    };
    let message = format!(
        "`opening = \"{opening}\"` in a job file holds for the first month of a book only, and \
         {first} is in the book"
    );
    let fault = Error::new(Code::OPENING_IN_JOB_FILE, message).hint(format!(
        "take it out of the job file: {month} begins with how the month before closes; or say \
         --opening {opening} for once"
    ));
    Err(said.blame(fault, false, "opening"))
}
