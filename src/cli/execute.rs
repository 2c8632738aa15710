//! The command: parse, run, exit code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use super::args::{
    ArchiveArgs, BookCommand, CatalogCommand, Cli, Command, ExportCommand, InitArgs, InputArgs,
    OutputOptions, RollupCommand, StateCommand,
};
use super::run_requests::Runs;
use super::{
    bill, errors, generated, guard, interrupt, monitoring, output, payment_requests, prompt,
    published, requests, run_requests,
};
use crate::base::answer::Answer;
use crate::base::error::Result;
use crate::base::threads;
use crate::base::undivided::undivided;
use crate::catalog;
use crate::desk::export::{account, focus, invoice, journal};
use crate::desk::{
    self, archive, copy, diff, explain, grant, reconcile, report, state, status, verify,
};
use crate::run::request::Request;
use crate::run::{self, DIFFERENCES_TOLD};

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
    let writes = command.writes();
    let answer = match command {
        Command::Init(args) => on_threads(|| init(args)),
        Command::Run(args) if args.part.is_some() => bill::run_part(args, output),
        Command::Publish(args) => return run_months(&run_requests::publish(args)?, output),
        Command::Run(args) => return run_months(&run_requests::run(args)?, output),
        Command::Check(args) => return check(args, output),
        Command::Rerun(mut args) => match args.request_rollup.take() {
            Some(to) => request_rollup(&requests::rerun_to_roll_up(args)?, &to),
            None => return bill::run([requests::rerun(args)], None, output),
        },
        Command::Rollup(RollupCommand::Request(args)) => {
            let (request, to) = requests::rollup_request(args)?;
            request_rollup(&request, &to)
        }
        Command::Adjust(args) => return bill::give(run_requests::adjust(args)?, output),
        Command::Waive(args) => return bill::give(run_requests::waive(args)?, output),
        Command::Catalog(CatalogCommand::Show { path }) => return show_catalog(&path),
        Command::Catalog(CatalogCommand::Check { path, book }) => {
            return desk::catalog::check(&requests::catalog_check(path, book)?).map(|()| 0);
        }
        Command::Completions(args) => {
            return output::print(&generated::completions(args.shell)).map(|()| 0);
        }
        Command::Man(args) => {
            let count = generated::manual_pages(&args.dir)?;
            return output::print(&format!("{count} manual pages written\n")).map(|()| 0);
        }
        Command::Errors { code, .. } => errors::look_up(code.as_deref()),
        Command::Diff(mut args) => match args.catalog.take() {
            Some(catalog) => what_if(&requests::what_if(args, &catalog)?),
            None => on_threads(|| diff::run(&requests::diff(args)?)),
        },
        Command::Grant(args) => on_threads(|| {
            let (book, request) = run_requests::grant(args)?;
            grant::run(&book, &request)
        }),
        Command::Explain(args) => on_threads(|| explain::answer(&requests::explain(args)?)),
        Command::Status(args) => on_threads(|| status::run(&requests::status(args)?)),
        Command::Verify(args) => on_threads(|| verify::run(&requests::verify(args)?)),
        Command::Archive(args) => on_threads(|| archive(args)),
        Command::Unarchive(args) => on_threads(|| archive::put_back(&requests::unarchive(args)?)),
        Command::Book(BookCommand::Copy(args)) => {
            on_threads(|| copy::run(&requests::book_copy(args)))
        }
        Command::Reconcile(args) => {
            on_threads(|| reconcile::run(&payment_requests::reconcile(args)?))
        }
        Command::Report(args) => on_threads(|| report::run(&payment_requests::report(args)?)),
        Command::Export(ExportCommand::Invoice(args)) if args.print_template => {
            return output::print(invoice::TEMPLATE).map(|()| 0);
        }
        Command::Export(command) => on_threads(|| export(command)),
        Command::State(command) => on_threads(|| state(command)),
    }?;
    monitoring::note_answer(&answer);
    let given = output.give(&answer);
    // What stands is said, though the answer cannot be given.
    given.map_err(|e| match answer.text.lines().next() {
        Some(done) if writes => e.after([done.to_owned()]),
        _ => e,
    })
}

/// Bills months and publishes them.
fn run_months(runs: &Runs, output: OutputOptions) -> Result<u8> {
    let standing = runs.begin()?;
    tell_of_job_file(runs, output);
    bill::run(runs.requests(), runs.due.as_ref().zip(Some(&standing[..])), output)
}

/// Does all the work of a month, and publishes nothing.
fn check(args: InputArgs, output: OutputOptions) -> Result<u8> {
    let runs = run_requests::check(args)?;
    tell_of_job_file(&runs, output);
    bill::run(runs.requests(), None, output)
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

/// Writes what an engine is to roll up.
fn request_rollup(request: &Request, to: &Path) -> Result<Answer> {
    threads::start(request.process.machine.threads)?.install(|| run::request_rollup(request, to))
}

/// Archives months, which are verified before and after.
fn archive(args: ArchiveArgs) -> Result<Answer> {
    let verify = |asked: &_| verify::run(&requests::verify_before(asked));
    archive::archive(&requests::archive(args)?, &verify)
}

fn state(command: StateCommand) -> Result<Answer> {
    match command {
        StateCommand::Import(args) => state::import(&requests::state_import(args)?),
        StateCommand::Show(args) => state::show(&requests::state_show(args)?),
    }
}

fn export(command: ExportCommand) -> Result<Answer> {
    match command {
        ExportCommand::Focus(args) => focus::run(&requests::focus(args)?),
        ExportCommand::Invoice(args) => invoice::run(&requests::invoice(args)?),
        ExportCommand::Journal(args) => match requests::journal(args)?.as_slice() {
            [month] => journal::run(month),
            months => journal::run_all(months),
        },
        ExportCommand::Account(args) => account::run(&requests::account(args)?),
    }
}

/// Answers on a thread for each core.
fn on_threads(answer: impl FnOnce() -> Result<Answer> + Send) -> Result<Answer> {
    threads::start(0)?.install(answer)
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

fn show_catalog(path: &Path) -> Result<u8> {
    let versions = catalog::load_versions(path)?;
    let text: Vec<String> = versions.iter().map(catalog::describe).collect();
    output::print(&text.join("\n")).map(|()| 0)
}
