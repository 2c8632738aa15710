//! Arguments -> requests: of months that are billed.

use std::path::Path;

use super::args::{CorrectionArgs, InputArgs, PlanArgs, PublishArgs, RunArgs};
use super::published;
use super::requests::{correction, job_file, purpose, settings};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::progress::Step;
use crate::book::PartsPlace;
use crate::job::{self, CorrectionSettings, DueMonths, JobFile, Settings};
use crate::run::request::{Purpose, Request};
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
    pub fn requests(&self) -> Box<dyn Iterator<Item = Result<Request>> + '_> {
        let request = |typed: &Settings| {
            let correction = self.correction.clone();
            let request = job::month_request(typed, &self.job_file, correction, self.purpose)?;
            Ok(Request { puts_together: self.puts_together, ..request })
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
