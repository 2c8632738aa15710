//! Tests that need something from outside of the repository: other programs, the real logs, or rights that not every
//! user has. Where it is not there, a test is ignored and says why: `cargo test --test outside`.
//!
//! `MONTHEND_PYTHON` names a Python with what `.ci/requirements.txt` lists (pyarrow, DuckDB and its program, pandas
//! and, better, Polars), `MONTHEND_FOCUS_PYTHON` one with `focus-validator`, `MONTHEND_SPARK_PYTHON` one with
//! `pyspark`, which needs Java, `MONTHEND_SAIL_PYTHON` one with `pysail`, `MONTHEND_JOBS_PYTHON` one with
//! `kubernetes-validate` and `hadolint`; otherwise `python3` is tried. `MONTHEND_AIRFLOW_PYTHON` names one with
//! Airflow, and `MONTHEND_WEED`, `MONTHEND_RCLONE` and `MONTHEND_AZURITE` the programs `weed` of SeaweedFS, `rclone`
//! and `azurite-blob`, where they are not on the path. Who names one wants it used: what it lacks is a failure then.
//! The real logs are those of `../shared/data`.

mod browser;
#[cfg(target_os = "linux")]
mod faults;
mod focus;
mod invoice;
#[cfg(target_os = "linux")]
mod jobs;
mod journal;
mod lineage;
#[cfg(target_os = "linux")]
mod metrics;
mod peers;
mod python;
mod readers;
mod real_logs;
mod rehearsal;
mod report;
#[cfg(target_os = "linux")]
mod rights;
mod rollup;
mod servers;
mod shells;
mod spreadsheet;
mod sql;
mod storage;
mod stored_book;
mod terminal;
mod version;
mod writers;
mod year;

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use monthend_tests::{Outcome, root};

/// Why a test cannot run here.
#[derive(Debug)]
struct CannotRun(String);

impl fmt::Display for CannotRun {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Error for CannotRun {}

/// Ends a test that cannot run here; with the reason, which is shown.
fn cannot_run<T>(reason: impl fmt::Display) -> Outcome<T> {
    Err(CannotRun(reason.to_string()).into())
}

/// The folder of a real log.
fn real_log(name: &str) -> Outcome<PathBuf> {
    let folder = root().join("../shared/data").join(name);
    if folder.is_dir() { Ok(folder) } else { cannot_run("the real logs are not in ../shared/data") }
}

type Test = (&'static str, fn() -> Outcome);

/// Tests by the names of their functions.
macro_rules! tests {
    ($($module:ident::$test:ident,)+) => {
        &[$((concat!(stringify!($module), "::", stringify!($test)), $module::$test)),+]
    };
}

const TESTS: &[Test] = tests! {
    focus::focus_validator_finds_nothing_but_false_alarms,
    invoice::a_browser_shows_and_prints_every_page,
    journal::beancount_has_nothing_to_object_to,
    journal::hledger_and_ledger_have_nothing_to_object_to,
    journal::random_books_are_nothing_to_object_to,
    lineage::openlineage_reads_its_run_events,
    peers::peers_bill_as_we_do,
    readers::other_readers_see_the_contract_in_every_table,
    readers::other_readers_see_each_month_once_in_the_tables_of_all_months,
    readers::spark_sees_the_contract_in_every_table,
    real_logs::two_months_of_a_model_serving_platform,
    real_logs::twenty_one_months_of_a_coding_tool_and_a_dispute,
    real_logs::a_coding_tools_months_as_journal_entries,
    rehearsal::the_reference_knows_the_worked_examples,
    rehearsal::years_come_to_what_the_reference_bills_once,
    report::a_browser_shows_and_prints_the_page,
    rollup::sail_comes_to_the_same_on_a_made_log,
    rollup::sail_comes_to_the_same_on_a_month_of_the_year,
    rollup::sail_comes_to_the_same_on_a_real_log,
    rollup::sail_comes_to_the_same_on_nasty_rows,
    rollup::sail_comes_to_the_same_on_the_fixtures,
    rollup::spark_comes_to_the_same_on_nasty_rows,
    shells::bash_completes_every_command_and_option,
    shells::fish_completes_every_command_and_option,
    shells::zsh_reads_its_completions,
    shells::mandoc_finds_nothing_to_warn_of_in_the_manual_pages,
    spreadsheet::a_spreadsheet_has_the_workbook_as_the_report_has_it,
    spreadsheet::a_spreadsheet_that_guesses_makes_another_table,
    spreadsheet::a_spreadsheet_that_is_told_the_types_answers_the_pages_questions,
    sql::questions_about_a_year_are_answered_as_its_tables_say,
    sql::questions_about_payments_are_answered_as_the_report_does,
    sql::questions_are_exact_where_prices_change_and_are_crooked,
    storage::seaweedfs_gives_the_same_bytes_as_the_disk,
    storage::seaweedfs_that_is_gone_is_waited_for_and_nothing_is_published,
    stored_book::a_book_in_azurite_is_that_of_a_disk,
    stored_book::a_run_killed_on_seaweedfs_leaves_no_month_and_the_next_one_publishes_it,
    stored_book::of_runs_that_race_on_seaweedfs_one_publishes_each_revision,
    stored_book::rclone_which_ignores_conditions_is_refused,
    version::a_release_says_of_which_commit_it_was_built,
    terminal::a_terminal_shows_one_bar_for_the_whole_run,
    terminal::what_cannot_be_told_is_asked_on_a_terminal,
    writers::every_writers_logs_come_to_the_same_tables,
    writers::logs_by_spark_come_to_the_same_tables,
    year::the_logs_of_the_year_are_those_that_its_table_makes,
};

#[cfg(target_os = "linux")]
const TESTS_OF_RIGHTS: &[Test] = tests! {
    faults::a_month_on_its_way_to_an_archive_and_back_is_never_lost,
    faults::a_machine_that_fails_leaves_a_whole_book_and_true_words,
    jobs::airflow_runs_the_dag_with_findings_a_retry_and_a_failure,
    jobs::alerts_fire_in_their_tests,
    jobs::alerts_fire_on_what_the_program_writes,
    jobs::crons_daemon_bills_a_month_and_mails_what_it_says,
    jobs::kubernetes_manifests_are_valid,
    jobs::systemd_bills_a_month_and_tells_of_findings_and_failures,
    jobs::systemds_units_are_sound_and_shut_the_job_in,
    jobs::the_image_is_built_unpacked_and_bills_a_month,
    jobs::the_package_serves_an_operator_from_the_first_month_to_the_last,
    jobs::the_static_program_needs_nothing_and_bills_the_same,
    metrics::a_process_that_dies_while_it_writes_metrics_leaves_the_old_ones,
    metrics::promtool_finds_nothing_in_metrics,
    rights::a_book_that_may_not_be_written,
    rights::a_folder_that_may_not_be_read,
    rights::a_full_disk_publishes_nothing_and_the_next_run_does,
    terminal::a_slow_run_without_a_terminal_says_a_line,
};
#[cfg(not(target_os = "linux"))]
const TESTS_OF_RIGHTS: &[Test] = &[];

/// Runs a test, and makes of what it comes to what the harness shows.
fn outcome(test: fn() -> Outcome) -> Result<Completion, Failed> {
    match test() {
        Ok(()) => Ok(Completion::Completed),
        Err(error) if error.is::<CannotRun>() => Ok(Completion::ignored_with(error)),
        Err(error) => Err(error.to_string().into()),
    }
}

fn main() -> ExitCode {
    let tests = TESTS.iter().chain(TESTS_OF_RIGHTS);
    let trials = tests.map(|&(name, test)| Trial::ignorable_test(name, move || outcome(test)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
