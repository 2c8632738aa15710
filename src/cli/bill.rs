//! Months billed, and told of while they are.

use std::sync::Arc;

use super::args::{OutputOptions, RunArgs};
use super::{monitoring, output, published, run_requests, summary};
use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::progress::{Meter, Step, Teller};
use crate::job::{Beginning, DueMonths};
use crate::run::request::{Purpose, Request};
use crate::run::{self, Report, Reports, Standing};

/// What came of months that were billed.
pub(super) struct Billed {
    pub reports: Vec<Report>,
    /// The digest of the result, where it is known.
    pub digest: Option<String>,
    pub exit_code: u8,
}

/// Bills a part of a month, which others will put together.
pub(super) fn run_part(args: RunArgs, output: OutputOptions) -> Result<Answer> {
    let Some(part) = args.part else {
        return Err(Error::new(Code::IMPOSSIBLE, "it is not said which part is billed"));
    };
    let request = run_requests::run_part(args)?;
    let meter = Arc::new(Meter::of(Beginning::now().stopwatch(), 1));
    let _teller = Teller::start(output::progress_form(output), &meter);
    meter.begin_month(request.month, 0);
    run::bill_part(&request, part, &|step| meter.note(step))
}

/// Bills a month, or all that are due, tells what came of it, and what stood before, and gives the result.
pub(super) fn run(
    requests: impl IntoIterator<Item = Result<Request>>,
    due: Option<(&DueMonths, &[Standing])>,
    output: OutputOptions,
) -> Result<u8> {
    let Billed { reports, digest, exit_code } = bill(requests, due, output)?;
    if output.json {
        output::print_line(&match due {
            Some((_, standing)) => Reports::of_due(&reports, standing, digest),
            None => Reports::of(&reports, digest),
        })?;
    }
    Ok(exit_code)
}

/// Bills a month, or all that are due, and tells what came of it, and what stood before.
pub(super) fn bill(
    requests: impl IntoIterator<Item = Result<Request>>,
    due: Option<(&DueMonths, &[Standing])>,
    output: OutputOptions,
) -> Result<Billed> {
    let (mut reports, mut digest) = (Vec::new(), None);
    let months = due.map_or(1, |(due, _)| due.months.len());
    let meter = Arc::new(Meter::of(Beginning::now().stopwatch(), months));
    let teller = Teller::start(output::progress_form(output), &meter);
    for (place, request) in requests.into_iter().enumerate() {
        let request = request?;
        meter.begin_month(request.month, place);
        digest = bill_one(&request, output, &meter, &teller, &mut reports)?;
    }
    drop(teller);
    if let Some((due, standing)) = due {
        tell_of_standing(due, standing, output);
    }
    let standing = due.map(|(_, standing)| standing);
    let exit_code = match (Reports::exit_code(&reports, standing.unwrap_or_default()), standing) {
        (Some(exit_code), _) => exit_code,
        (None, Some(_)) => 0,
        (None, None) => {
            let message = "the run has ended without a report";
            return Err(Error::new(Code::IMPOSSIBLE, message)
                .hint("this is a fault of the program: keep the inputs and report it"));
        }
    };
    let untold = monitoring::end(exit_code);
    if let Some(last) = reports.last_mut() {
        last.warnings.extend(untold);
    }
    Ok(Billed { reports, digest, exit_code })
}

/// Tells that nothing is due, where that is so, and what someone should look at in months that were
/// published before.
fn tell_of_standing(due: &DueMonths, standing: &[Standing], output: OutputOptions) {
    if due.months.is_empty() {
        let message = format!("nothing is due: every month up to {} is published", due.through);
        match output.is_for_people() {
            true => output::tell(&format!("{message}\n")),
            false => tracing::info!("{message}"),
        }
    }
    for month in standing {
        if let Some(findings) = month.to_look_at().in_a_line() {
            output.tell_of_findings(month.month, &findings);
        }
    }
}

/// Bills a month, with the later ones that it reaches; gives the digest of the result, where it is
/// known.
fn bill_one(
    request: &Request,
    output: OutputOptions,
    meter: &Meter,
    teller: &Teller,
    reports: &mut Vec<Report>,
) -> Result<Option<String>> {
    tracing::info!(
        month = %request.month,
        catalog = request.catalog.file,
        threads = request.process.machine.threads,
        "billing"
    );
    let tell = |step| match (step, &request.book) {
        (Step::Published { month, revision }, Some(book)) => published::note(book, month, revision),
        _ => meter.note(step),
    };
    monitoring::begin_month(request.month);
    let before = reports.len();
    let digest = run::run_all(request, &tell, &mut |report| {
        monitoring::note_month(report);
        teller.above(|| tell_of(report, output));
        reports.push(report.clone());
    })?;
    if let Some(digest) = digest.as_ref().filter(|_| request.purpose == Purpose::DryRun) {
        teller.above(|| tell_of_plan(&reports[before..], digest, output));
    }
    Ok(digest)
}

/// Tells what a dry run comes to over all its months.
fn tell_of_plan(reports: &[Report], digest: &str, output: OutputOptions) {
    if output.is_for_people() {
        output::tell(&summary::plan(reports, digest, output::width(std::io::stderr())));
    } else {
        tracing::info!(digest, "planned");
    }
}

/// Tells what a month came to, in the form of the log.
fn tell_of(report: &Report, output: OutputOptions) {
    if output.is_for_people() {
        return output::tell(&summary::summary(report, output::width(std::io::stderr())));
    }
    if let Some(findings) = report.to_look_at().in_a_line().filter(|_| output.quiet) {
        output.tell_of_findings(report.month, &findings);
    }
    report.warnings.iter().for_each(|warning| tracing::warn!(month = %report.month, "{warning}"));
    if let Ok(result) = serde_json::to_string(report) {
        tracing::info!(result, "done");
    }
}
