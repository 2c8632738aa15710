//! The command: parse, run, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use super::args::{CatalogCommand, Cli, Command, ExportCommand, OutputOptions, StateCommand};
use super::summary::summary;
use super::{output, requests};
use crate::base::answer::Answer;
use crate::base::error::{Error, Kind, Result};
use crate::base::progress::Line;
use crate::catalog;
use crate::desk::export::focus;
use crate::desk::{self, diff, explain, reconcile, state, status, verify};
use crate::run::request::Request;
use crate::run::{self, DIFFERENCES_TOLD, Reports};

/// Does what the command line says, and tells how it went.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    let output = command.output();
    output.start_log();
    let code = execute(command, output).unwrap_or_else(|error| {
        output.fail(&error);
        error.kind().exit_code()
    });
    ExitCode::from(code)
}

/// Does what was asked; gives the exit code.
fn execute(command: Command, output: OutputOptions) -> Result<u8> {
    let answer = match command {
        Command::Run(args) => return bill(&requests::run(args)?, output),
        Command::Check(args) => return bill(&requests::check(args)?, output),
        Command::Rerun(args) => return bill(&requests::rerun(args)?, output),
        Command::Catalog(CatalogCommand::Show { path }) => return show_catalog(&path),
        Command::Catalog(CatalogCommand::Check { path, book }) => {
            return desk::catalog::check(&requests::catalog_check(path, book)?).map(|()| 0);
        }
        Command::Diff(mut args) => match args.catalog.take() {
            Some(catalog) => what_if(&requests::what_if(args, &catalog)?),
            None => diff::run(&requests::diff(args)?),
        },
        Command::Explain(args) => explain::run(&requests::explain(args)?),
        Command::Status(args) => status::run(&requests::status(args)?),
        Command::Verify(args) => verify::run(&requests::verify(args)?),
        Command::Reconcile(args) => reconcile::run(&requests::reconcile(args)?),
        Command::Export(ExportCommand::Focus(args)) => focus::run(&requests::focus(args)?),
        Command::State(StateCommand::Import(args)) => state::import(&requests::state_import(args)?),
        Command::State(StateCommand::Show(args)) => state::show(&requests::state_show(args)?),
    };
    give(&answer?, output)
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
    Ok(Answer { text, result, exit_code: 0 })
}

/// Bills a month, and tells what came of it.
fn bill(request: &Request, output: OutputOptions) -> Result<u8> {
    tracing::info!(
        month = %request.month,
        catalog = request.catalog.file,
        threads = request.process.machine.threads,
        "billing"
    );
    let line = Line::new(output.is_for_people() && std::io::stderr().is_terminal());
    let mut reports = Vec::new();
    let result = run::run_all(request, &|step| line.tell(step), &mut |report| {
        if output.is_for_people() {
            line.above(|| output::tell(&summary(report)));
        } else if let Ok(result) = serde_json::to_string(report) {
            tracing::info!(result, "done");
        }
        reports.push(report.clone());
    });
    line.end();
    result?;
    if output.json {
        output::print_line(&Reports::of(&reports))?;
    }
    let exit_codes = reports.iter().map(|report| report.exit_code);
    exit_codes.max().ok_or_else(|| {
        Error::new(Kind::Conservation, "the run has ended without a report")
            .hint("this is a fault of the program: keep the inputs and report it")
    })
}

fn show_catalog(path: &std::path::Path) -> Result<u8> {
    let versions = catalog::load_versions(path)?;
    let text: Vec<String> = versions.iter().map(catalog::describe).collect();
    output::print(&text.join("\n"))?;
    Ok(0)
}
