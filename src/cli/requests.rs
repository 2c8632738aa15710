//! Arguments -> requests: of a run, and of the desk.

use std::path::{Path, PathBuf};

use super::args::{
    ArchiveArgs, ArchiveOption, BookArgs, CorrectionArgs, DiffArgs, ExplainArgs, FocusArgs,
    InputArgs, PlanArgs, ReconcileArgs, RerunArgs, RunArgs, StateImportArgs, StateShowArgs,
    StatusArgs, UnarchiveArgs, VerifyArgs,
};
use super::{output, published};
use crate::base::error::{Error, Result};
use crate::base::progress::Step;
use crate::book::Book;
use crate::desk::export::focus;
use crate::desk::{archive, catalog, diff, explain, reconcile, state, status, verify};
use crate::job::{self, CorrectionSettings, DueMonths, RerunSettings, Settings};
use crate::run;
use crate::run::request::{Purpose, Request};

/// What `run` asks: a month, or all that are due.
pub struct Runs {
    typed: Settings,
    job_file: Option<PathBuf>,
    correction: CorrectionSettings,
    purpose: Purpose,
    /// Where a range was asked for.
    pub due: Option<DueMonths>,
}

impl Runs {
    /// Before months that are due: what a crash left of the last one is made good, which none of
    /// these runs would do.
    pub fn begin(&self) -> Result<()> {
        let due = self.due.as_ref().filter(|_| self.purpose == Purpose::Publish);
        let Some((DueMonths { book, .. }, last)) = due.and_then(|due| Some((due, due.last?)))
        else {
            return Ok(());
        };
        run::make_good(book, last, &job::holder(), &|step| {
            if let Step::Published { month, revision } = step {
                published::note(book, month, revision);
            }
        })
    }

    /// The requests, each made when its month's turn has come.
    pub fn requests(&self) -> Box<dyn Iterator<Item = Result<Request>> + '_> {
        let request = |typed: &Settings| {
            let job_file = self.job_file.as_deref();
            job::month_request(typed, job_file, self.correction.clone(), self.purpose)
        };
        let Some(due) = &self.due else {
            return Box::new(std::iter::once_with(move || request(&self.typed)));
        };
        let months = due.months.iter();
        Box::new(months.map(move |&month| request(&due.settings_of(month, &self.typed))))
    }
}

/// What `run` asks.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where an option is missing or wrong, or an input that it
/// needs cannot be read; so with all of these.
pub fn run(args: RunArgs) -> Result<Runs> {
    let (job_file, purpose) = (args.input.job.clone(), purpose(&args.plan));
    let correction = correction(args.correction, args.plan);
    let typed = Settings { through: args.through, ..settings(args.input)? };
    let due = job::due_months(&typed, job_file.as_deref())?;
    due.as_ref().map_or(Ok(()), |due| due.check(&correction, purpose == Purpose::DryRun))?;
    Ok(Runs { typed, job_file, correction, purpose, due })
}

/// What `check` asks.
pub fn check(args: InputArgs) -> Result<Request> {
    let job_file = args.job.clone();
    let correction = CorrectionSettings::default();
    job::month_request(&settings(args)?, job_file.as_deref(), correction, Purpose::Check)
}

/// What was typed.
fn settings(args: InputArgs) -> Result<Settings> {
    Ok(Settings {
        month: args.month,
        catalog: args.catalog,
        changes: args.changes,
        usage: args.usage,
        book: args.book,
        opening: args.opening,
        map_usage: job::mapping(&args.map_usage, "--map-usage")?,
        map_changes: job::mapping(&args.map_changes, "--map-changes")?,
        no_event_ids: args.no_event_ids,
        assume_utc: job::assume_utc(&args.assume_utc)?,
        instants: job::per_log(&args.instants),
        csv: job::csv(&args.csv_delimiter, &args.csv_decimal),
        max_reject_share: args.max_reject_share,
        recent_hours: args.recent_hours,
        threads: args.machine.threads,
        memory_budget: args.machine.memory_budget,
        findings_exit_code: args.findings.findings_exit_code,
        ..Settings::default()
    })
}

fn correction(correction: CorrectionArgs, plan: PlanArgs) -> CorrectionSettings {
    let CorrectionArgs { reason, accept, issued_on, cascade, differences } = correction;
    let PlanArgs { only_if, out, .. } = plan;
    CorrectionSettings { reason, accept, issued_on, cascade, differences, only_if, out }
}

fn purpose(plan: &PlanArgs) -> Purpose {
    if plan.dry_run { Purpose::DryRun } else { Purpose::Publish }
}

/// What `rerun` asks.
pub fn rerun(args: RerunArgs) -> Result<Request> {
    let (code, job_file) = (args.findings.findings_exit_code, args.book.job.as_deref());
    let findings_exit_code = job::findings_exit_code(code, job_file)?;
    let whereabouts = job::whereabouts(&args.moved, args.book.job.as_deref())?;
    let book = book(args.book)?;
    let settings = RerunSettings {
        month: job::published_month(&args.month, &book)?,
        whereabouts,
        book,
        purpose: purpose(&args.plan),
        correction: correction(args.correction, args.plan),
        through: args.through,
        add_usage: args.add_usage,
        add_changes: args.add_changes,
        replace_usage: args.replace_usage,
        replace_changes: args.replace_changes,
        drop_events: args.drop_events,
        catalog: args.catalog,
        accounts: args.accounts,
        opening: args.opening,
        max_reject_share: args.max_reject_share,
        threads: args.machine.threads,
        memory_budget: args.machine.memory_budget,
        findings_exit_code,
    };
    let (book, month) = (settings.book.clone(), settings.month);
    job::rerun_request(settings, &mut |revision| published::note(&book, month, revision))
}

/// What `diff --what-if` asks: the month under another catalogue.
pub fn what_if(args: DiffArgs, catalog: &Path) -> Result<Request> {
    let whereabouts = job::whereabouts(&args.moved, args.book.job.as_deref())?;
    let book = book(args.book)?;
    let month = job::published_month(&args.month, &book)?;
    job::what_if_request(month, &book, whereabouts, catalog, args.out)
}

/// What `diff` asks about two published revisions.
pub fn diff(args: DiffArgs) -> Result<diff::Request> {
    let book = read(args.book, args.archive)?;
    Ok(diff::Request {
        month: job::published_month(&args.month, &book)?,
        book,
        revisions: args.revisions.first().cloned().zip(args.revisions.get(1).cloned()),
        out: args.out,
    })
}

/// What `explain` asks.
pub fn explain(args: ExplainArgs) -> Result<explain::Question> {
    let whereabouts = job::whereabouts(&args.moved, args.book.job.as_deref())?;
    let book = read(args.book, args.archive)?;
    let months = args.month.map(|text| job::published_months(&text, &book)).transpose()?;
    Ok(explain::Question {
        book,
        id: args.account,
        months,
        revision: args.revision,
        events: args.events,
        whereabouts,
    })
}

/// What `status` asks.
pub fn status(args: StatusArgs) -> Result<status::Request> {
    Ok(status::Request {
        inputs: args.inputs,
        due: job::due_month(args.as_of.as_deref())?,
        working_folder: job::working_folder()?,
        whereabouts: job::whereabouts(&args.moved, args.book.job.as_deref())?,
        book: read(args.book, args.archive)?,
        width: output::width(std::io::stdout()),
    })
}

/// What `verify` asks.
pub fn verify(args: VerifyArgs) -> Result<verify::Request> {
    Ok(verify::Request {
        whereabouts: job::whereabouts(&args.moved, args.book.job.as_deref())?,
        book: read(args.book, args.archive)?,
        since: args.since,
        before: None,
    })
}

/// What `archive` asks.
pub fn archive(args: ArchiveArgs) -> Result<archive::ArchiveRequest> {
    Ok(archive::ArchiveRequest {
        whereabouts: job::whereabouts(&args.moved, args.book.job.as_deref())?,
        book: book(args.book)?,
        before: job::month(&args.before)?,
        to: args.to,
        holder: job::holder(),
    })
}

/// What `verify` is asked of the months that are to be archived.
pub fn verify_before(asked: &archive::ArchiveRequest) -> verify::Request {
    verify::Request {
        book: asked.book.clone(),
        whereabouts: asked.whereabouts.clone(),
        since: None,
        before: Some(asked.before),
    }
}

/// What `unarchive` asks.
pub fn unarchive(args: UnarchiveArgs) -> Result<archive::PutBackRequest> {
    Ok(archive::PutBackRequest {
        book: book(args.book)?.with_archive(args.from),
        month: args.month.as_deref().map(job::month).transpose()?,
        holder: job::holder(),
    })
}

/// What `reconcile` asks.
pub fn reconcile(args: ReconcileArgs) -> Result<reconcile::Request> {
    let book = read(args.book, args.archive)?;
    Ok(reconcile::Request {
        month: job::published_month(&args.month, &book)?,
        book,
        payments: args.payments,
        map: job::mapping(&args.map, "--map")?,
        csv: job::csv_dialect(args.csv_delimiter.as_deref(), args.csv_decimal.as_deref())?,
        kinds: reconcile::Kinds::of(&args.kinds, &args.refund_kinds, &args.other_kinds)?,
        minor_units: args.minor_units,
        tolerance: args.tolerance,
        out: args.out,
    })
}

/// What `catalog check` asks.
pub fn catalog_check(path: PathBuf, args: BookArgs) -> Result<catalog::Request> {
    let asked = args.book.is_some() || args.job.is_some();
    Ok(catalog::Request { path, book: asked.then(|| book(args)).transpose()? })
}

/// What `export focus` asks.
pub fn focus(args: FocusArgs) -> Result<focus::Request> {
    let book = read(args.book, args.archive)?;
    Ok(focus::Request {
        month: job::published_month(&args.month, &book)?,
        book,
        out: args.out,
        provider: args.provider.as_deref().map(provider).transpose()?,
        service_category: focus::service_category(&args.service_category)?,
    })
}

/// A name that stands in every row of an export.
fn provider(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_control) {
        return Err(Error::usage("--provider is empty or holds control characters")
            .expected("a name such as --provider 'Acme Inc.'"));
    }
    Ok(name.to_owned())
}

/// What `state import` asks.
pub fn state_import(args: StateImportArgs) -> Result<state::ImportRequest> {
    let month = job::month(&args.month)?;
    let catalog = job::catalog(args.catalog, args.book.job.as_deref(), month)?.catalog;
    Ok(state::ImportRequest {
        book: book(args.book)?,
        month,
        path: args.path,
        recent_ids: args.recent_ids,
        catalog,
        replace: args.replace,
        holder: job::holder(),
    })
}

/// What `state show` asks.
pub fn state_show(args: StateShowArgs) -> Result<state::ShowRequest> {
    let whereabouts = job::whereabouts(&[], args.book.job.as_deref())?;
    let book = read(args.book, args.archive)?;
    Ok(state::ShowRequest {
        whereabouts,
        month: job::published_month(&args.month, &book)?,
        book,
        account: args.account.into(),
    })
}

/// The book that a command is about.
fn book(args: BookArgs) -> Result<Book> {
    job::book(args.book, args.job.as_deref())
}

/// The book that a command reads, with what was archived of it.
fn read(args: BookArgs, archive: ArchiveOption) -> Result<Book> {
    Ok(book(args)?.with_archive(archive.archive))
}
