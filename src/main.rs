//! The command: parse, run, exit code.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use monthend::cli::{CatalogCommand, Cli, Command, InputArgs, LogFormat};
use monthend::error::{Error, Result};
use monthend::job::{self, Manner, Purpose};
use monthend::{catalog, pipeline};
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (outcome, manner) = match cli.command {
        Command::Run(args) => {
            let purpose = if args.dry_run { Purpose::DryRun } else { Purpose::Publish };
            (run(&args.input, purpose), Some(Manner::of(&args.input)))
        }
        Command::Check(args) => (run(&args, Purpose::Check), Some(Manner::of(&args))),
        Command::Catalog(CatalogCommand::Show { path }) => (show_catalog(&path), None),
        Command::Catalog(CatalogCommand::Check { path }) => {
            (catalog::load_versions(&path).map(|_| 0), None)
        }
    };
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

fn run(args: &InputArgs, purpose: Purpose) -> Result<u8> {
    let manner = Manner::of(args);
    start_log(manner);
    let job = job::resolve(args, purpose)?;
    tracing::info!(
        month = %job.month,
        catalog = job.catalog.file,
        threads = job.threads,
        "billing"
    );
    let bar = progress_bar(manner);
    let result = pipeline::run(&job, &|rows| bar.inc(rows));
    bar.finish_and_clear();
    let report = result?;
    match manner.log_format {
        LogFormat::Json => tracing::info!(result = %report.to_json(), "done"),
        LogFormat::Text if !manner.quiet => eprint!("{}", report.summary()),
        LogFormat::Text => {}
    }
    if manner.json {
        print_line(&report.to_json());
    }
    Ok(report.exit_code())
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

/// Rows read, on a terminal only.
fn progress_bar(manner: Manner) -> ProgressBar {
    let shown = std::io::stderr().is_terminal() && !manner.quiet;
    if !shown || manner.log_format == LogFormat::Json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {human_pos} rows of usage, {per_sec}, {elapsed}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

fn show_catalog(path: &std::path::Path) -> Result<u8> {
    let versions = catalog::load_versions(path)?;
    let text: Vec<String> = versions.iter().map(catalog::describe).collect();
    let mut out = std::io::stdout().lock();
    let written = write!(out, "{}", text.join("\n")).and_then(|()| out.flush());
    written.map_err(|e| Error::usage("standard output cannot be written").caused_by(e))?;
    Ok(0)
}

/// Prints one JSON object as the last line; a reader that has gone away is no failure.
fn print_line(value: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}
