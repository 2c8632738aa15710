//! Months billed, and told of while they are; accounts given something by a rerun, and what the customers see then.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::args::{OutputOptions, RunArgs};
use super::{monitoring, output, published, run_requests, summary};
use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::progress::{Meter, Step, Teller};
use crate::book::{Book, OverWaived};
use crate::desk::explain::{Seen, seen};
use crate::input::waivers::Window;
use crate::job::{Beginning, DueMonths, Given, Giving};
use crate::run::recorded_run::published;
use crate::run::request::{Purpose, Request};
use crate::run::{self, Report, Reports, Standing};

/// What came of months that were billed.
struct Billed {
    reports: Vec<Report>,
    /// The digest of the result, where it is known.
    digest: Option<String>,
    exit_code: u8,
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
fn bill(
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

/// The result, for machines.
#[derive(Serialize)]
struct GivingResult<'a> {
    adjustments: Vec<AdjustmentResult<'a>>,
    nothing_for: &'a [AccountId],
    rerun: Reports<'a>,
    exit_code: u8,
}

/// An adjustment, and what its customer sees.
#[derive(Serialize)]
struct AdjustmentResult<'a> {
    account_id: &'a str,
    adjustment_id: &'a str,
    at: String,
    amount: String,
    description: &'a str,
    given_by: Option<&'a str>,
    documents: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_waived: Option<OverWaived>,
}

/// Gives the accounts what they are to be given, and tells what they see then.
pub(super) fn give(giving: Giving, output: OutputOptions) -> Result<u8> {
    let Giving { book, request, adjustments, nothing_for, currency, .. } = &giving;
    let Billed { reports, digest, exit_code } = bill([Ok(request.clone())], None, output)?;
    let folder = tables_now(book, request)?;
    let (mut text, mut results) = (String::new(), Vec::new());
    for Given { adjustment, given_by } in adjustments {
        let Seen { lines, documents, over_waived } = seen(&folder, &adjustment.account, *currency)?;
        let amount = currency.amount(adjustment.amount);
        let (id, code) = (&adjustment.id, currency.code());
        let is_planned = request.purpose == Purpose::DryRun;
        let how = match (given_by, is_planned) {
            (Some(document), _) => format!("was given already by {document}; nothing is given now"),
            (None, true) => "would be given".to_owned(),
            (None, false) => "is given".to_owned(),
        };
        let account = &adjustment.account;
        text.push_str(&format!("{account}: {amount} {code} {how} ({id})\n"));
        if given_by.is_some() && id.starts_with("adjust-") {
            text.push_str("  to give it once more, on purpose: --id with an id of its own\n");
        }
        let over_waived = over_waived.filter(|_| Window::of_waiver(id).is_some());
        if let Some(over) = &over_waived {
            text.push_str(&format!("  {}\n", over.in_words()));
        }
        let sees = if is_planned && given_by.is_none() { "would see" } else { "sees" };
        text.push_str(&format!("  the customer {sees}\n"));
        lines.iter().for_each(|line| text.push_str(&format!("    {}\n", line.trim_end())));
        results.push(AdjustmentResult {
            account_id: account,
            adjustment_id: id,
            at: adjustment.at.to_string(),
            amount: currency.plain(adjustment.amount),
            description: &adjustment.description,
            given_by: given_by.as_deref(),
            documents,
            over_waived,
        });
    }
    for account in nothing_for {
        text.push_str(&format!("{account}: no overage of that time is left to give back\n"));
    }
    let rerun = Reports::of(&reports, digest);
    let result = GivingResult { adjustments: results, nothing_for, rerun, exit_code };
    output.give(&Answer::new(text, &result, exit_code))
}

/// Where the month's tables are now: those of a dry run, where it wrote any, else those in force.
fn tables_now(book: &Book, request: &Request) -> Result<PathBuf> {
    let planned = request.correction.out.as_ref().map(|out| out.join(request.month.to_string()));
    if let Some(planned) = planned.filter(|folder| folder.exists()) {
        return Ok(planned);
    }
    Ok(published(book, request.month)?.tables()?.to_owned())
}
