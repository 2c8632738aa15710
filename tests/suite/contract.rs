//! What others rely on: the tables' columns, the commands, the exit codes; and that the check before every publication
//! catches what would break them.
//!
//! A snapshot that differs is a breaking change, unless it only adds.
//! `INSTA_UPDATE=always cargo test --test suite contract::`
//! writes the snapshots anew.

mod errors;
mod in_april;
mod in_may;
mod plants;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use arrow_schema::{DataType, TimeUnit};
use clap::CommandFactory;
use in_april::IN_APRIL;
use in_may::IN_MAY;
use monthend::base::error::{self, Kind};
use monthend::billing::replay::AccountReplays;
use monthend::book::Book;
use monthend::cli::Cli;
use monthend::run::request::{Purpose, Request};
use monthend::run::{self, BilledAccounts, Prepared, Replayed, Report, Stages};
use monthend::tables::Table;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use plants::{Plant, Planted};

use crate::common::Outcome;
use crate::common::golden::{check_page, wants_update};
use crate::fixtures_job::job;
use crate::months::table_text::table_text;

fn run(job: &Request) -> error::Result<Report> {
    run::run(job, &|_| {})
}

#[test]
fn the_tables_keep_their_columns() -> Outcome {
    let book = tempfile::tempdir()?;
    run(&job("2026-04", book.path())?)?;
    let revision = book.path().join("2026-04/r001");
    let mut text = String::new();
    for table in Table::ALL {
        let columns = columns(&revision, table)?;
        writeln!(text, "{}\n{columns}", table.name())?;
        let csv = table_text(&revision, table.name())?;
        let names = columns.lines().filter_map(|line| line.split_whitespace().next());
        let header = names.collect::<Vec<_>>().join(",");
        assert_eq!(csv.lines().next(), Some(header.as_str()), "CSV and Parquet alike");
    }
    insta::assert_snapshot!("tables", text);
    Ok(())
}

/// The columns of a table, as a reader of its Parquet file sees them.
fn columns(revision: &Path, table: Table) -> Outcome<String> {
    let file = File::open(revision.join(format!("{}.parquet", table.name())))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load(&file, options)?;
    let mut text = String::new();
    for field in metadata.schema().fields() {
        let column_type = match field.data_type() {
            DataType::Utf8 => "text".to_owned(),
            DataType::Int64 => "INT64".to_owned(),
            DataType::Decimal128(precision, scale) => format!("DECIMAL({precision},{scale})"),
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => {
                format!("TIMESTAMP(MICROS, {zone})")
            }
            DataType::Date32 => "DATE".to_owned(),
            DataType::Boolean => "BOOLEAN".to_owned(),
            other => return Err(format!("{} is of type {other}", field.name()).into()),
        };
        let nullable = if field.is_nullable() { "  may be empty" } else { "" };
        writeln!(text, "  {:20} {column_type:22}{nullable}", field.name())?;
    }
    Ok(text.lines().fold(String::new(), |all, line| all + line.trim_end() + "\n"))
}

#[test]
fn the_tables_are_described_as_they_are_defined() -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FILES.md");
    let kept = fs::read_to_string(&path)?;
    let mut page = kept.clone();
    for table in Table::ALL {
        let mut rows = "| column | type | meaning |\n| --- | --- | --- |\n".to_owned();
        for column in table.columns() {
            let null = if column.nullable { ", null" } else { "" };
            let (name, of_type) = (column.name, column.column_type.name());
            writeln!(rows, "| `{name}` | {of_type}{null} | {} |", column.meaning.trim())?;
        }
        let title = format!("\n### {}\n", table.name());
        let section = page.find(&title).ok_or("no section for the table")?;
        let from = section + page[section..].find("| column |").ok_or("no table in the section")?;
        let to = from + page[from..].find("|\n\n").ok_or("a table without an end")? + 2;
        page.replace_range(from..to, &rows);
    }
    if wants_update() {
        fs::write(&path, &page)?;
        return Ok(());
    }
    let lines = kept.lines().zip(page.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == page,
        "docs/FILES.md does not describe the tables as they are defined: {lines:?}; to write them anew: \
         UPDATE_GOLDENS=1 cargo test --test suite contract::"
    );
    Ok(())
}

#[test]
fn the_commands_keep_their_options() -> Outcome {
    let mut root = Cli::command().term_width(100);
    root.build();
    let exit_codes = root.render_long_help().to_string();
    let exit_codes = exit_codes.find("\nExit codes:").map(|at| exit_codes[at..].to_owned());
    let exit_codes = exit_codes.ok_or("the help has no exit codes")?;
    let mut page = CLI_PAGE.to_owned();
    help(&mut page, root, &exit_codes)?;
    let advice = "An option that goes or changes breaks whoever types it";
    check_page("docs/CLI.md", &page, "`--help` says", advice)
}

/// How the page of all commands begins.
const CLI_PAGE: &str = "\
# The command line

Every command and option, as `--help` prints them; this page is made from it. What goes into a job file is in
[FILES.md](FILES.md#the-job-file), what the exit codes ask of you in [OPERATIONS.md](OPERATIONS.md#exit-codes).
";

/// Adds the long help of a command and of all below it to the page; the exit codes stand there once.
fn help(page: &mut String, mut command: clap::Command, exit_codes: &str) -> Outcome {
    let text = command.render_long_help().to_string();
    let own = match command.get_bin_name().filter(|name| name.contains(' ')) {
        Some(_) => text.replace(exit_codes, "\n"),
        None => text,
    };
    let name = command.get_bin_name().unwrap_or("monthend").to_owned();
    let lines: String =
        own.trim_end().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    write!(page, "\n## {name}\n\n```text\n{lines}```\n")?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        help(page, below.clone().term_width(100), exit_codes)?;
    }
    Ok(())
}

#[test]
fn the_exit_codes_stay() -> Outcome {
    let kinds = [Kind::Usage, Kind::Input, Kind::Book, Kind::Conservation, Kind::Locked];
    let codes = kinds.map(|kind| (kind.name(), kind.exit_code()));
    let expected = [("usage", 2), ("input", 1), ("book", 1), ("conservation", 4), ("locked", 75)];
    assert_eq!(codes, expected);

    let help = Cli::command().render_long_help().to_string();
    let table = help.split("Exit codes:\n").nth(1).ok_or("the help has no exit codes")?;
    let told = table.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    let mut known: BTreeSet<u8> = codes.iter().map(|(_, code)| *code).collect();
    known.extend([0, 3]);
    assert_eq!(told.collect::<BTreeSet<u8>>(), known, "the help's exit codes");
    Ok(())
}

#[test]
fn a_run_ends_with_the_exit_code_of_its_result() -> Outcome {
    let book = tempfile::tempdir()?;
    let job = job("2026-04", book.path())?;
    let code = |purpose: Purpose| run(&Request { purpose, ..job.clone() }).map(|r| r.exit_code);
    assert_eq!(code(Purpose::Check)?, 3, "a check finds the exceptions");
    assert_eq!(code(Purpose::DryRun)?, 3, "a dry run as well");
    assert_eq!(code(Purpose::Publish)?, 3, "published with exceptions");
    assert_eq!(code(Purpose::Publish)?, 3, "nothing to change, and they are still there");

    let quiet = tempfile::tempdir()?;
    let usage = quiet.path().join("usage.csv");
    fs::write(&usage, "event_id,account_id,at,credits\ne,no-usage,2026-04-02T00:00:00Z,60\n")?;
    let changes = quiet.path().join("changes.csv");
    fs::write(
        &changes,
        "change_id,account_id,at,change,plan\nc,no-usage,2025-04-02T00:00:00Z,signup,\n\
         d,no-usage,2026-04-02T00:00:00Z,overage_on,\n",
    )?;
    let book = Some(Book::at(&quiet.path().join("book")));
    let mut job = Request { book, ..job };
    job.inputs.usage.given = vec![usage];
    job.inputs.changes.given = vec![changes];
    let report = run(&job)?;
    assert_eq!(report.exit_code, 0, "unbilled usage and unavailable overage need no look");
    assert!(serde_json::to_value(&report)?["exceptions"]["unbilled-usage"] == 1);
    Ok(())
}

#[test]
fn the_check_catches_every_fault_planted_in_april() -> Outcome {
    every_one_is_caught("2026-04", IN_APRIL)
}

#[test]
fn the_check_catches_every_fault_planted_in_may() -> Outcome {
    every_one_is_caught("2026-05", IN_MAY)
}

fn every_one_is_caught(month: &str, plants: &[Plant]) -> Outcome {
    let book = tempfile::tempdir()?;
    if month != "2026-04" {
        run(&job("2026-04", book.path())?)?;
    }
    let job = job(month, book.path())?;
    let mut faults = Vec::new();
    for plant in plants {
        let fault = caught(&job, plant)?;
        faults.extend(fault.map(|fault| format!("{}: {fault}", plant.name)));
    }
    let sound = Plant { name: "nothing", fault: |_| Ok(()), told: "" };
    assert_eq!(caught(&job, &sound)?, Some("it was published".to_owned()), "without a fault");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

/// What is wrong with how the check takes a planted fault, if anything.
fn caught(job: &Request, plant: &Plant) -> Outcome<Option<String>> {
    let mut stages = Stages::start(&job.process, &|_| {});
    let Prepared { facts, months, .. } = run::prepare(job, &mut stages)?;
    let replay = months.replay(&job.catalog.catalog);
    let outcomes = (0..replay.count()).map(|place| replay.at(place)).collect::<Result<_, _>>()?;
    let mut planted = Planted { facts, months, outcomes };
    (plant.fault)(&mut planted)?;
    let Planted { facts, mut months, outcomes } = planted;
    months.replayed = Replayed::of(&outcomes, &months.timeline.accounts)?;
    let accounts = BilledAccounts::Here { months: &months, replays: &outcomes };
    let book = job.book.as_ref().map_or(Path::new(""), Book::folder);
    let published = book.join(job.month.to_string());
    let Err(error) = run::publish(job, &facts, accounts, &mut stages) else {
        fs::remove_dir_all(published)?; // for the next one
        return Ok(Some("it was published".to_owned()));
    };
    let words = error.to_string();
    if error.kind() != Kind::Conservation || error.kind().exit_code() != 4 {
        return Ok(Some(format!("it failed, but not the conservation check: {words}")));
    }
    if !words.contains(plant.told) {
        return Ok(Some(format!("the message should say `{}`:\n{words}", plant.told)));
    }
    let left = published.exists() || fs::read_dir(book.join(".staging"))?.next().is_some();
    Ok(left.then(|| "it left something in the book".to_owned()))
}
