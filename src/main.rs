//! The command: parse, run, exit code.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use monthend::base::answer::Answer;
use monthend::base::error::{Error, Result};
use monthend::base::progress::Line;
use monthend::catalog;
use monthend::cli::{
    CatalogCommand, Cli, Command, CorrectionArgs, ExportCommand, LogFormat, SpeakArgs, StateCommand,
};
use monthend::desk::diff;
use monthend::desk::explain;
use monthend::desk::export::focus;
use monthend::desk::reconcile;
use monthend::desk::state;
use monthend::desk::status;
use monthend::desk::verify;
use monthend::job::{self, Manner};
use monthend::run;
use monthend::run::request::{Purpose, Request};
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (outcome, manner) = execute(cli.command);
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            match manner.map(|manner| manner.log_format) {
                Some(LogFormat::Json) => tracing::error!(error = %error.to_json(), "failed"),
                _ => eprintln!("error: {error}"),
            }
            if manner.is_some_and(|manner| manner.json) {
                print_line(&serde_json::json!({ "status": "failed", "error": error.to_json() }));
            }
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// Does what was asked; gives the exit code, and how the command speaks.
fn execute(command: Command) -> (Result<u8>, Option<Manner>) {
    match command {
        Command::Run(args) => {
            let purpose = if args.dry_run { Purpose::DryRun } else { Purpose::Publish };
            let resolve = || job::resolve(&args.input, &args.correction, purpose);
            (bill(&args.input.speak, resolve), Some(Manner::of(&args.input.speak)))
        }
        Command::Check(args) => {
            let resolve = || job::resolve(&args, &CorrectionArgs::default(), Purpose::Check);
            (bill(&args.speak, resolve), Some(Manner::of(&args.speak)))
        }
        Command::Rerun(args) => {
            (bill(&args.speak, || job::rerun(&args)), Some(Manner::of(&args.speak)))
        }
        Command::Diff(args) if args.what_if => {
            answer(&args.speak, || run::what_if(&job::what_if(&args)?))
        }
        Command::Diff(args) => answer(&args.speak, || diff::run(&job::diff(&args)?)),
        Command::Explain(args) => answer(&args.speak, || explain::run(&job::explain(&args)?)),
        Command::Status(args) => answer(&args.speak, || status::run(&job::status(&args)?)),
        Command::Verify(args) => answer(&args.speak, || verify::run(&job::verify(&args)?)),
        Command::Reconcile(args) => answer(&args.speak, || reconcile::run(&job::reconcile(&args)?)),
        Command::Export(ExportCommand::Focus(args)) => {
            answer(&args.speak, || focus::run(&job::focus(&args)?))
        }
        Command::State(StateCommand::Import(args)) => {
            answer(&args.speak, || state::import(&job::state_import(&args)?))
        }
        Command::State(StateCommand::Show(args)) => {
            answer(&args.speak, || state::show(&job::state_show(&args)?))
        }
        Command::Catalog(CatalogCommand::Show { path }) => (show_catalog(&path), None),
        Command::Catalog(CatalogCommand::Check { path }) => {
            (catalog::load_versions(&path).map(|_| 0), None)
        }
    }
}

/// Gives an answer on standard output: as text, or with `--json` as one object.
fn answer(speak: &SpeakArgs, ask: impl FnOnce() -> Result<Answer>) -> (Result<u8>, Option<Manner>) {
    let manner = Manner::of(speak);
    start_log(manner);
    let told = ask().and_then(|answer| {
        if manner.json {
            print_line(&answer.result);
        } else if !manner.quiet {
            print(&answer.text)?;
        }
        Ok(answer.exit_code)
    });
    (told, Some(manner))
}

/// Bills a month, and tells what came of it.
fn bill(speak: &SpeakArgs, resolve: impl FnOnce() -> Result<Request>) -> Result<u8> {
    let manner = Manner::of(speak);
    start_log(manner);
    let request = resolve()?;
    tracing::info!(
        month = %request.month,
        catalog = request.catalog.file,
        threads = request.process.machine.threads,
        "billing"
    );
    let for_people = manner.log_format == LogFormat::Text && !manner.quiet;
    let line = Line::new(for_people && std::io::stderr().is_terminal());
    let mut reports = Vec::new();
    let result = run::run_all(&request, &|step| line.tell(step), &mut |report| {
        match manner.log_format {
            LogFormat::Json => tracing::info!(result = %report.to_json(), "done"),
            LogFormat::Text if !manner.quiet => {
                line.above(|| eprint!("{}", report.summary()));
            }
            LogFormat::Text => {}
        }
        reports.push(report.clone());
    });
    line.end();
    result?;
    if manner.json {
        print_line(&run::to_json(&reports));
    }
    Ok(run::exit_code(&reports))
}

fn start_log(manner: Manner) {
    let level = match (manner.quiet, manner.verbose, manner.log_format) {
        (true, _, _) => LevelFilter::WARN,
        (_, true, _) => LevelFilter::DEBUG,
        (_, _, LogFormat::Json) => LevelFilter::INFO,
        // For people the summary says it all.
        (_, _, LogFormat::Text) => LevelFilter::WARN,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match manner.log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
}

fn show_catalog(path: &std::path::Path) -> Result<u8> {
    let versions = catalog::load_versions(path)?;
    let text: Vec<String> = versions.iter().map(catalog::describe).collect();
    print(&text.join("\n"))?;
    Ok(0)
}

/// Prints what was asked for; a reader that has gone away, such as `head`, is no failure.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::usage("standard output cannot be written").caused_by(e))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON object as the last line; a reader that has gone away is no failure.
fn print_line(value: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}
