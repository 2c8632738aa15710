//! The command: parse, run, exit code.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use super::args::{
    CatalogCommand, Cli, Command, ExportCommand, InitArgs, OutputOptions, StateCommand,
};
use super::requests::Runs;
use super::summary::summary;
use super::{
    completions, errors, guard, interrupt, manual, monitoring, output, plan, progress, prompt,
    published, requests,
};
use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::progress::{Meter, Step, Teller};
use crate::base::threads;
use crate::base::undivided::undivided;
use crate::catalog;
use crate::desk::export::{account, focus, invoice};
use crate::desk::{self, archive, diff, explain, reconcile, state, status, verify};
use crate::job::{Beginning, DueMonths};
use crate::run::request::{Purpose, Request};
use crate::run::{self, DIFFERENCES_TOLD, Report, Reports, Standing};

/// Does what the command line says, and tells how it went.
pub fn main() -> ExitCode {
    guard::keep_panics();
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(said) => return ExitCode::from(output::say_of_command_line(&said)),
    };
    let output = command.output();
    output.start_log();
    let code = guard::guarded(|| execute(command, output));
    let code = code.unwrap_or_else(|error| {
        // While a signal ends the process, what fails by that is not told.
        let _undivided = undivided();
        monitoring::note_failure(&error);
        output.fail(error, &published::so_far())
    });
    monitoring::end(code);
    ExitCode::from(code)
}

/// Does what was asked; gives the exit code.
fn execute(command: Command, output: OutputOptions) -> Result<u8> {
    monitoring::begin(&command)?;
    if command.watched().is_some()
        && let Err(error) = interrupt::watch(output)
    {
        tracing::warn!("a signal would end the run without a word: {error}");
    }
    let writes = matches!(
        command,
        Command::State(StateCommand::Import(_)) | Command::Archive(_) | Command::Unarchive(_)
    );
    let answer = match command {
        Command::Init(args) => on_threads(|| init(args)),
        Command::Run(args) => {
            let runs = requests::run(args)?;
            let standing = runs.begin()?;
            tell_of_job_file(&runs, output);
            return bill(runs.requests(), runs.due.as_ref().zip(Some(&standing[..])), output);
        }
        Command::Check(args) => {
            let runs = requests::check(args)?;
            tell_of_job_file(&runs, output);
            return bill(runs.requests(), None, output);
        }
        Command::Rerun(args) => return bill([requests::rerun(args)], None, output),
        Command::Catalog(CatalogCommand::Show { path }) => return show_catalog(&path),
        Command::Catalog(CatalogCommand::Check { path, book }) => {
            return desk::catalog::check(&requests::catalog_check(path, book)?).map(|()| 0);
        }
        Command::Completions(args) => {
            return output::print(&completions::script(args.shell)).map(|()| 0);
        }
        Command::Man(args) => {
            let count = manual::write(&args.dir)?;
            return output::print(&format!("{count} manual pages written\n")).map(|()| 0);
        }
        Command::Errors { code, .. } => errors::look_up(code.as_deref()),
        Command::Diff(mut args) => match args.catalog.take() {
            Some(catalog) => what_if(&requests::what_if(args, &catalog)?),
            None => on_threads(|| diff::run(&requests::diff(args)?)),
        },
        Command::Explain(args) => on_threads(|| explain::answer(&requests::explain(args)?)),
        Command::Status(args) => on_threads(|| status::run(&requests::status(args)?)),
        Command::Verify(args) => on_threads(|| verify::run(&requests::verify(args)?)),
        Command::Archive(args) => on_threads(|| {
            let verify = |asked: &_| verify::run(&requests::verify_before(asked));
            archive::archive(&requests::archive(args)?, &verify)
        }),
        Command::Unarchive(args) => on_threads(|| archive::put_back(&requests::unarchive(args)?)),
        Command::Reconcile(args) => on_threads(|| reconcile::run(&requests::reconcile(args)?)),
        Command::Export(ExportCommand::Invoice(args)) if args.print_template => {
            return output::print(invoice::TEMPLATE).map(|()| 0);
        }
        Command::Export(command) => on_threads(|| export(command)),
        Command::State(StateCommand::Import(args)) => {
            on_threads(|| state::import(&requests::state_import(args)?))
        }
        Command::State(StateCommand::Show(args)) => {
            on_threads(|| state::show(&requests::state_show(args)?))
        }
    }?;
    monitoring::note_answer(&answer);
    let given = give(&answer, output);
    // What stands is said, though the answer cannot be given.
    given.map_err(|e| match answer.text.lines().next() {
        Some(done) if writes => e.after([done.to_owned()]),
        _ => e,
    })
}

/// Writes a new job; on a terminal, what is not said is asked.
fn init(mut args: InitArgs) -> Result<Answer> {
    let is_answered = !args.no_input && !args.output.json && prompt::is_answered();
    if is_answered {
        for (name, paths) in [("usage log", &mut args.usage), ("change log", &mut args.changes)] {
            let question = format!("A sample of the {name} (a path, or nothing to go without): ");
            if paths.is_empty() {
                paths.extend(prompt::line(&question).map(PathBuf::from));
            }
        }
    }
    desk::init::run(&requests::init(args)?, &mut |question, options| {
        if is_answered { prompt::choice(question, options) } else { None }
    })
}

fn export(command: ExportCommand) -> Result<Answer> {
    match command {
        ExportCommand::Focus(args) => focus::run(&requests::focus(args)?),
        ExportCommand::Invoice(args) => invoice::run(&requests::invoice(args)?),
        ExportCommand::Account(args) => account::run(&requests::account(args)?),
    }
}

/// Answers on a thread for each core.
fn on_threads(answer: impl FnOnce() -> Result<Answer> + Send) -> Result<Answer> {
    threads::start(0)?.install(answer)
}

/// Gives an answer on standard output: as text, or with `--json` as one object.
fn give(answer: &Answer, output: OutputOptions) -> Result<u8> {
    if output.json {
        output::print_line(&answer.result)?;
    } else if !output.quiet {
        output::print(&answer.text)?;
    }
    Ok(answer.exit_code)
}

/// Rates a published month under another catalogue, and says what would differ.
fn what_if(request: &Request) -> Result<Answer> {
    let report = run::run(request, &|_| {})?;
    let (text, result) = match &report.differences {
        Some(found) => (found.summary(DIFFERENCES_TOLD), found.to_json()),
        None => (
            format!("{} comes to the same: nothing would differ\n", request.month),
            serde_json::json!({ "month": request.month, "differs": false }),
        ),
    };
    Ok(Answer::new(text, &result, 0))
}

/// Tells which job file is used, where nobody said so on the command line; the log knows already.
fn tell_of_job_file(runs: &Runs, output: OutputOptions) {
    if let Some(file) = runs.unsaid_job_file().filter(|_| output.is_for_people()) {
        output::tell(&format!("job file: {}\n", file.display()));
    }
}

/// Bills a month, or all that are due, and tells what came of it, and what stood before.
fn bill(
    requests: impl IntoIterator<Item = Result<Request>>,
    due: Option<(&DueMonths, &[Standing])>,
    output: OutputOptions,
) -> Result<u8> {
    let (mut reports, mut digest) = (Vec::new(), None);
    let months = due.map_or(1, |(due, _)| due.months.len());
    let meter = Arc::new(Meter::of(Beginning::now().stopwatch(), months));
    let teller = Teller::start(progress::form(output), &meter);
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
    if output.json {
        output::print_line(&match standing {
            Some(standing) => Reports::of_due(&reports, standing, digest),
            None => Reports::of(&reports, digest),
        })?;
    }
    Ok(exit_code)
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
        output::tell(&plan::plan(reports, digest, output::width(std::io::stderr())));
    } else {
        tracing::info!(digest, "planned");
    }
}

/// Tells what a month came to, in the form of the log.
fn tell_of(report: &Report, output: OutputOptions) {
    if output.is_for_people() {
        return output::tell(&summary(report, output::width(std::io::stderr())));
    }
    if let Some(findings) = report.to_look_at().in_a_line().filter(|_| output.quiet) {
        output.tell_of_findings(report.month, &findings);
    }
    report.warnings.iter().for_each(|warning| tracing::warn!(month = %report.month, "{warning}"));
    if let Ok(result) = serde_json::to_string(report) {
        tracing::info!(result, "done");
    }
}

fn show_catalog(path: &std::path::Path) -> Result<u8> {
    let versions = catalog::load_versions(path)?;
    let text: Vec<String> = versions.iter().map(catalog::describe).collect();
    output::print(&text.join("\n"))?;
    Ok(0)
}
