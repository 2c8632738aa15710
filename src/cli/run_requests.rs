//! Arguments -> requests: of months that are billed, and of what accounts are given: money, overage of an incident,
//! credits.

use std::path::Path;

use super::args::{
    AdjustArgs, CorrectionArgs, GivingArgs, GrantArgs, InputArgs, PlanArgs, PublishArgs, RunArgs,
    WaiveArgs,
};
use super::published;
use super::requests::{Place, correction, job_file, place, purpose, settings};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::progress::Step;
use crate::book::{Book, PartsPlace};
use crate::desk::explain::waive::{self, Waivers};
use crate::input::grant_request::GrantRequest;
use crate::job::{
    self, AdjustSettings, CorrectionSettings, DueMonths, Giving, GrantSettings, JobFile,
    RerunOptions, RerunSettings, Settings, WaiveSettings,
};
use crate::run::request::{Corrections, Purpose, Request};
use crate::run::{self, Standing};

/// What `run` asks: a month, or all that are due.
pub struct Runs {
    typed: Settings,
    job_file: JobFile,
    correction: CorrectionSettings,
    purpose: Purpose,
    /// Where a range was asked for.
    pub due: Option<DueMonths>,
    /// Whether parts are put together that other processes have billed.
    puts_together: bool,
}

impl Runs {
    /// The job file, where the command line does not name it.
    pub fn unsaid_job_file(&self) -> Option<&Path> {
        self.job_file.unsaid()
    }

    /// Before months that are due: what a crash left of the last one is made good, which none of
    /// these runs would do. Gives how the months stand that were asked for and are published.
    pub fn begin(&self) -> Result<Vec<Standing>> {
        let Some(DueMonths { book, last, standing, .. }) = &self.due else {
            return Ok(Vec::new());
        };
        if let Some(last) = last.filter(|_| self.purpose == Purpose::Publish) {
            run::make_good(book, last, &job::holder(), &|step| {
                if let Step::Published { month, revision } = step {
                    published::note(book, month, revision);
                }
            })?;
        }
        if self.puts_together {
            // A run that was cut short once it had published left them.
            standing.iter().for_each(|month| PartsPlace::of(book, *month).clear());
        }
        let code = job::findings_exit_code(self.typed.findings_exit_code, &self.job_file)?;
        let working = job::working_folder()?;
        let stands = |month: &Month| Standing::of(book, *month, code, &working).transpose();
        standing.iter().filter_map(stands).collect()
    }

    /// The requests, each made when its month's turn has come.
    pub fn requests(&self) -> impl Iterator<Item = Result<Request>> {
        let typed: Vec<Settings> = match &self.due {
            None => vec![self.typed.clone()],
            Some(due) => due.months.iter().map(|at| due.settings_of(*at, &self.typed)).collect(),
        };
        typed.into_iter().map(|typed| {
            let correction = self.correction.clone();
            let request = job::month_request(&typed, &self.job_file, correction, self.purpose)?;
            Ok(Request { puts_together: self.puts_together, ..request })
        })
    }
}

/// What `run` asks.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where an option is missing or wrong, or an input that it
/// needs cannot be read; so with all of these.
pub fn run(args: RunArgs) -> Result<Runs> {
    let (job_file, purpose) = (job_file(&args.input.job)?, purpose(&args.plan));
    let correction = correction(args.correction, args.plan);
    let typed = Settings { through: args.through, ..settings(args.input)? };
    let due = job::due_months(&typed, &job_file)?;
    due.as_ref().map_or(Ok(()), |due| due.check(&correction, purpose == Purpose::DryRun))?;
    Ok(Runs { typed, job_file, correction, purpose, due, puts_together: false })
}

/// What `run --part` asks: the month, of which a part is billed.
pub fn run_part(args: RunArgs) -> Result<Request> {
    let job_file = job_file(&args.input.job)?;
    let correction = correction(args.correction, args.plan);
    job::month_request(&settings(args.input)?, &job_file, correction, Purpose::Publish)
}

/// What `publish` asks: the month whose parts are put together. One that is published already is left
/// alone, as in a range of months.
pub fn publish(args: PublishArgs) -> Result<Runs> {
    let job_file = job_file(&args.input.job)?;
    let PublishArgs { input, accept, issued_on } = args;
    let correction = CorrectionArgs { accept, issued_on, ..CorrectionArgs::default() };
    let correction = super::requests::correction(correction, PlanArgs::default());
    let typed = settings(input)?;
    let typed = Settings { through: typed.month.clone(), ..typed };
    let due = job::due_months(&typed, &job_file)?;
    let purpose = Purpose::Publish;
    Ok(Runs { typed, job_file, correction, purpose, due, puts_together: true })
}

/// What `check` asks.
pub fn check(args: InputArgs) -> Result<Runs> {
    let job_file = job_file(&args.job)?;
    let (typed, correction) = (settings(args)?, CorrectionSettings::default());
    let purpose = Purpose::Check;
    Ok(Runs { typed, job_file, correction, purpose, due: None, puts_together: false })
}

/// The rerun that `adjust` and `waive` come to, but for what they give.
fn giving(args: GivingArgs) -> Result<RerunSettings> {
    let Place { job_file, whereabouts, book } = place(args.book, &args.moved)?;
    let month = job::published_month(&args.month, &book)?;
    let options = RerunOptions {
        purpose: purpose(&args.plan),
        correction: correction(args.correction, args.plan),
        corrections: Corrections { whereabouts, ..Corrections::default() },
        threads: args.process.threads,
        memory_budget: args.process.memory_budget,
        findings_exit_code: job::findings_exit_code(args.process.findings_exit_code, &job_file)?,
        ..RerunOptions::default()
    };
    Ok(RerunSettings { month, book, options })
}

/// What `adjust` asks.
pub(super) fn adjust(args: AdjustArgs) -> Result<Giving> {
    let AdjustArgs { account, amount, description, at, id, giving: args } = args;
    let (rerun, account) = (giving(args)?, account.into());
    let settings = AdjustSettings { rerun, account, amount, description, at, id };
    job::adjusting(settings, published::note)
}

/// What `waive` asks.
pub(super) fn waive(args: WaiveArgs) -> Result<Giving> {
    let WaiveArgs { accounts, overage: _, from, until, description, giving: args } = args;
    let mut rerun = giving(args)?;
    rerun.options.accounts = accounts;
    let month = rerun.month;
    let settings = WaiveSettings { rerun, from, until, description };
    let asked = job::waiving(settings, published::note)?;
    let request = waive::Request {
        book: &asked.rerun.book,
        month,
        from: asked.from,
        until: asked.until,
        whereabouts: &asked.rerun.options.corrections.whereabouts,
        accounts: &asked.accounts,
        description: asked.description.as_deref(),
        at: asked.at(),
    };
    let Waivers { adjustments, nothing_for } =
        waive::waivers(&request, &|account| asked.rows(account))?;
    asked.giving(adjustments, nothing_for, published::note)
}

/// What `grant` asks, and of which book.
pub(super) fn grant(args: GrantArgs) -> Result<(Book, GrantRequest)> {
    let GrantArgs { account, kind, credits, expires, at, reason, id, dry_run, book, output: _ } =
        args;
    let job_file = job_file(&book.job)?;
    let book = book.book;
    let settings = GrantSettings { book, account, kind, credits, expires, at, reason, id, dry_run };
    job::grant_request(settings, &job_file)
}
