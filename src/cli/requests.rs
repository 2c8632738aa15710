//! Arguments -> requests: of a rerun, and of the desk.

use std::path::{Path, PathBuf};

use super::args::{
    AccountArgs, ArchiveArgs, BookArgs, CopyArgs, CorrectionArgs, DiffArgs, ExplainArgs, FocusArgs,
    InitArgs, InputArgs, InvoiceArgs, JobArgs, JournalArgs, JournalDetail, LedgerFormat, PlanArgs,
    ReadArgs, RerunArgs, RollupRequestArgs, StateImportArgs, StateShowArgs, StatusArgs,
    UnarchiveArgs, VerifyArgs,
};
use super::{output, published};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::path_names;
use crate::base::storage;
use crate::book::{Book, Whereabouts};
use crate::desk::export::{account, focus, invoice, journal};
use crate::desk::{archive, catalog, copy, diff, explain, init, state, status, verify};
use crate::job::{self, CorrectionSettings, JobFile, RerunOptions, RerunSettings, Settings};
use crate::run::request::{Corrections, Purpose, Request};

/// What `init` asks.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the working folder cannot be found.
pub fn init(args: InitArgs) -> Result<init::Request> {
    Ok(init::Request {
        folder: path_names::plain(&args.folder), // without a leading ./
        job_file: job::JOB_FILE,
        usage: args.usage,
        changes: args.changes,
        month: job::due_month(None)?,
        currency: args.currency,
        plans: args.plan,
        catalog: args.catalog,
        force: args.force,
        working_folder: job::working_folder()?,
    })
}

/// Which job file there is; the log tells of one that was come upon.
pub(super) fn job_file(args: &JobArgs) -> Result<JobFile> {
    let file = JobFile::of(args.job.clone(), args.no_job)?;
    if let Some(path) = file.unsaid() {
        tracing::info!(file = %path.display(), "job file");
    }
    Ok(file)
}

/// What was typed.
pub(super) fn settings(args: InputArgs) -> Result<Settings> {
    Ok(Settings {
        month: args.month,
        catalog: args.catalog,
        changes: args.changes,
        usage: args.usage,
        adjustments: args.adjustments,
        book: args.book,
        rollup: args.rollup,
        opening: args.opening,
        map_usage: job::mapping(&args.map_usage, "--map-usage")?,
        map_changes: job::mapping(&args.map_changes, "--map-changes")?,
        change_values: job::meanings(&args.change_values, "--change-values")?,
        plan_values: job::meanings(&args.plan_values, "--plan-values")?,
        no_event_ids: args.no_event_ids,
        assume_utc: job::assume_utc(&args.assume_utc)?,
        instants: job::per_log(&args.instants),
        csv: job::csv(&args.csv_delimiter, &args.csv_decimal),
        max_reject_share: args.max_reject_share,
        recent_hours: args.recent_hours,
        payment_term_days: args.payment_term_days,
        threads: args.process.threads,
        memory_budget: args.process.memory_budget,
        findings_exit_code: args.process.findings_exit_code,
        ..Settings::default()
    })
}

pub(super) fn correction(correction: CorrectionArgs, plan: PlanArgs) -> CorrectionSettings {
    let CorrectionArgs { reason, accept, issued_on, cascade, differences } = correction;
    let PlanArgs { only_if, out, .. } = plan;
    CorrectionSettings { reason, accept, issued_on, cascade, differences, only_if, out }
}

pub(super) fn purpose(plan: &PlanArgs) -> Purpose {
    if plan.dry_run { Purpose::DryRun } else { Purpose::Publish }
}

/// What `rerun` asks.
pub fn rerun(args: RerunArgs) -> Result<Request> {
    let Place { job_file, whereabouts, book } = place(args.book, &args.moved)?;
    let code = args.process.findings_exit_code;
    let findings_exit_code = job::findings_exit_code(code, &job_file)?;
    let month = job::published_month(&args.month, &book)?;
    let options = RerunOptions {
        purpose: purpose(&args.plan),
        correction: correction(args.correction, args.plan),
        corrections: Corrections {
            whereabouts,
            add_usage: args.add_usage,
            add_changes: args.add_changes,
            add_adjustments: args.add_adjustments,
            drop_events: args.drop_events,
            catalog: args.catalog,
            ..Corrections::default()
        },
        through: args.through,
        replace_usage: args.replace_usage,
        replace_changes: args.replace_changes,
        accounts: args.accounts,
        opening: args.opening,
        max_reject_share: args.max_reject_share,
        threads: args.process.threads,
        memory_budget: args.process.memory_budget,
        findings_exit_code,
    };
    let request = job::rerun_request(RerunSettings { month, book, options }, published::note)?;
    Ok(Request { rollup: args.rollup, ..request })
}

/// What `rerun --request-rollup` asks: the rerun, of which nothing is published.
pub fn rerun_to_roll_up(args: RerunArgs) -> Result<Request> {
    rerun(RerunArgs { plan: PlanArgs { dry_run: true, ..args.plan }, ..args })
}

/// What `rollup request` asks: the month, and where the request goes.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is not said; and those of [`super::run_requests::run`].
pub fn rollup_request(args: RollupRequestArgs) -> Result<(Request, PathBuf)> {
    let job_file = job_file(&args.input.job)?;
    let (typed, correction) = (settings(args.input)?, CorrectionSettings::default());
    let request = job::month_request(&typed, &job_file, correction, Purpose::Check)?;
    let to = args.out.or_else(|| request.rollup.clone()).ok_or_else(|| {
        Error::new(Code::OPTION_MISSING, "it is not said where the request goes")
            .expected("--out DIR, or `rollup` in the job file")
    })?;
    if storage::is_of_web(&to) {
        return Err(Error::new(Code::OPTION_VALUE, "nothing can be written to a web server")
            .with_value(to.display().to_string())
            .expected("a folder, or an address such as s3://bucket/rollup, gs://… or az://…"));
    }
    Ok((request, to))
}

/// What `diff --what-if` asks: the month under another catalogue.
pub fn what_if(args: DiffArgs, catalog: &Path) -> Result<Request> {
    let Place { whereabouts, book, .. } = place(args.ask.book.at, &args.moved)?;
    let month = job::published_month(&args.month, &book)?;
    job::what_if_request(month, &book, whereabouts, catalog, args.out)
}

/// What `diff` asks about two published revisions.
pub fn diff(args: DiffArgs) -> Result<diff::Request> {
    let book = read(args.ask.book)?;
    Ok(diff::Request {
        month: job::published_month(&args.month, &book)?,
        book,
        revisions: args.revisions.first().cloned().zip(args.revisions.get(1).cloned()),
        out: args.out,
    })
}

/// What `explain` asks.
pub fn explain(args: ExplainArgs) -> Result<explain::Question> {
    let Place { whereabouts, book, .. } = read_place(args.ask.book, &args.moved)?;
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
    let Place { whereabouts, book, .. } = read_place(args.ask.book, &args.moved)?;
    Ok(status::Request {
        inputs: args.inputs,
        due: job::due_month(args.as_of.as_deref())?,
        working_folder: job::working_folder()?,
        whereabouts,
        book,
        width: output::width(std::io::stdout()),
    })
}

/// What `verify` asks.
pub fn verify(args: VerifyArgs) -> Result<verify::Request> {
    let Place { whereabouts, book, .. } = read_place(args.book, &args.moved)?;
    Ok(verify::Request { whereabouts, book, since: args.since, before: None })
}

/// What `archive` asks.
pub fn archive(args: ArchiveArgs) -> Result<archive::ArchiveRequest> {
    let Place { whereabouts, book, .. } = place(args.book, &args.moved)?;
    Ok(archive::ArchiveRequest {
        whereabouts,
        book,
        before: job::month(&args.before)?,
        to: job::book_folder("--to", args.to)?,
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

/// What `book copy` asks.
pub fn book_copy(args: CopyArgs) -> copy::Request {
    copy::Request {
        from: Book::at(&args.from).with_archive(args.archive),
        to: Book::at(&args.to),
        holder: job::holder(),
    }
}

/// What `catalog check` asks.
pub fn catalog_check(path: PathBuf, args: BookArgs) -> Result<catalog::Request> {
    let job_file = job_file(&args.job)?;
    let is_asked = args.book.is_some() || job_file.is_typed();
    let book = match is_asked {
        true => Some(job::book(args.book, &job_file)?),
        false => job::book_if_named(None, &job_file)?,
    };
    Ok(catalog::Request { path, book, is_asked })
}

/// What `export focus` asks.
pub fn focus(args: FocusArgs) -> Result<focus::Request> {
    let book = read(args.ask.book)?;
    Ok(focus::Request {
        month: job::published_month(&args.month, &book)?,
        book,
        out: args.out,
        provider: args.provider.as_deref().map(provider).transpose()?,
        service_category: focus::service_category(&args.service_category)?,
    })
}

/// What `export journal` asks.
pub fn journal(args: JournalArgs) -> Result<Vec<journal::Request>> {
    let book = read(args.ask.book)?;
    let face = |format: &LedgerFormat| match format {
        LedgerFormat::Ledger => journal::Face::Ledger,
        LedgerFormat::Beancount => journal::Face::Beancount,
        LedgerFormat::Quickbooks => journal::Face::QuickBooks,
        LedgerFormat::Xero => journal::Face::Xero,
    };
    let months = job::published_months(&args.month, &book)?;
    let only = months.only().is_some();
    if let Some(revision) = args.revision.as_ref().filter(|_| !only) {
        let message = format!("--revision {revision} is of one month");
        return Err(Error::new(Code::OPTION_VALUE, message)
            .expected("--revision with one month, or several months without it"));
    }
    let request = journal::Request {
        month: months.first(),
        book,
        revision: args.revision,
        out: args.out,
        detail: match args.detail {
            JournalDetail::Summary => journal::Detail::Summary,
            JournalDetail::Document => journal::Detail::Document,
        },
        faces: args.format.iter().map(face).collect(),
        account_names: args.account_names,
        open_from: args.open_from.map(|text| job::date("--open-from", &text)).transpose()?,
    };
    let of_month = |month: Month| {
        let out = if only { request.out.clone() } else { request.out.join(month.to_string()) };
        journal::Request { month, out, ..request.clone() }
    };
    Ok(months.all().map(of_month).collect())
}

/// What `export account` asks.
pub fn account(args: AccountArgs) -> Result<account::Request> {
    Ok(account::Request { book: read(args.ask.book)?, account: args.account.into() })
}

/// What `export invoice` asks.
pub fn invoice(args: InvoiceArgs) -> Result<invoice::Request> {
    let book = read(args.ask.book)?;
    let asked = match (args.document, args.month) {
        (Some(id), _) => invoice::Asked::Document(id),
        (None, Some(month)) => {
            let month = job::published_month(&month, &book)?;
            invoice::Asked::Month(month, job::accounts(&args.accounts)?)
        }
        (None, None) => return Err(missing("a document or --month")),
    };
    Ok(invoice::Request {
        book,
        asked,
        out: args.out.ok_or_else(|| missing("--out"))?,
        seller: args.seller,
        buyers: args.buyers,
        template: args.template,
        replace: args.replace,
    })
}

fn missing(what: &str) -> Error {
    Error::new(Code::OPTION_MISSING, format!("{what} is missing"))
}

/// A name that stands in every row of an export.
fn provider(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_control) {
        let message = "--provider is empty or holds control characters";
        return Err(Error::new(Code::OPTION_VALUE, message)
            .expected("a name such as --provider 'Acme Inc.'"));
    }
    Ok(name.to_owned())
}

/// What `state import` asks.
pub fn state_import(args: StateImportArgs) -> Result<state::ImportRequest> {
    let month = job::month(&args.month)?;
    let job_file = job_file(&args.book.job)?;
    let catalog = job::catalog(args.catalog, &job_file, month)?.catalog;
    Ok(state::ImportRequest {
        book: job::book(args.book.book, &job_file)?,
        month,
        path: args.path,
        recent_ids: args.recent_ids,
        grants: args.grants,
        catalog,
        replace: args.replace,
        holder: job::holder(),
    })
}

/// What `state show` asks.
pub fn state_show(args: StateShowArgs) -> Result<state::ShowRequest> {
    let Place { whereabouts, book, .. } = read_place(args.ask.book, &[])?;
    Ok(state::ShowRequest {
        whereabouts,
        month: job::published_month(&args.month, &book)?,
        book,
        account: args.account.into(),
    })
}

/// Where a command finds what it is about.
pub(super) struct Place {
    pub job_file: JobFile,
    pub whereabouts: Whereabouts,
    pub book: Book,
}

/// The book that a command is about, and where its recorded inputs are now.
pub(super) fn place(args: BookArgs, moved: &[String]) -> Result<Place> {
    let job_file = job_file(&args.job)?;
    let whereabouts = job::whereabouts(moved, &job_file, args.book.as_deref())?;
    Ok(Place { book: job::book(args.book, &job_file)?, job_file, whereabouts })
}

/// The same, with what was archived of the book.
fn read_place(args: ReadArgs, moved: &[String]) -> Result<Place> {
    let place = place(args.at, moved)?;
    Ok(Place { book: place.book.with_archive(args.archive), ..place })
}

/// The book that a command is about.
fn book(args: BookArgs) -> Result<Book> {
    let job_file = job_file(&args.job)?;
    job::book(args.book, &job_file)
}

/// The book that a command reads, with what was archived of it.
pub(super) fn read(args: ReadArgs) -> Result<Book> {
    Ok(book(args.at)?.with_archive(args.archive))
}
