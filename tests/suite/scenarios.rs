//! The book over time as an analyst meets it: `tests/scenarios/<name>.txt`.
//!
//! A scenario is a session. Lines that begin with `#` tell what happens and work out every amount; below `$` stands a
//! command, which goes on with lines that begin with `>`; below that, all that it says, on standard output or standard
//! error, and `[3]` where its exit code is not 0. Commands are a shell's, and run one after the other in a folder that
//! holds nothing but `catalogs`, with the catalogue of the fixtures. `show FILE COLUMN …` is not a shell's: it prints
//! columns of a CSV table below each other, with `COLUMN=VALUE` only the rows that have it.
//!
//! Every scenario ends with `monthend verify`: whatever happened, the book is sound.
//!
//! To add one, write its prose and its commands, name it in the list below, and let `UPDATE_GOLDENS=1 cargo test --test
//! suite scenarios::` fill in what they say, in every scenario. Then check it against your prose, figure by figure: the
//! figures are worked out from the rules, not from what the program says.

mod script;
mod session;
mod show;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use script::Script;
use session::Session;

use crate::common::golden::wants_update;
use crate::common::{Outcome, root};

/// One test for every scenario.
macro_rules! scenarios {
    ($($test:ident: $name:literal),* $(,)?) => {
        const SCENARIOS: &[&str] = &[$($name),*];
        $(#[test] fn $test() -> Outcome { check($name) })*
    };
}

scenarios! {
    a_complaint_answered: "a-complaint-answered",
    a_complaint_in_yen: "a-complaint-in-yen",
    a_change_log_with_words_of_its_own: "a-change-log-with-words-of-its-own",
    accounts_in_a_list: "accounts-in-a-list",
    another_machine: "another-machine",
    apostrophes: "apostrophes",
    awkward_names: "awkward-names",
    catalogue_error: "catalogue-error",
    corrected_and_yet_the_same: "corrected-and-yet-the-same",
    corrected_file_of_an_earlier_month: "corrected-file-of-an-earlier-month",
    corrections_that_are_kept: "corrections-that-are-kept",
    dispute_about_nothing: "dispute-about-nothing",
    dispute_of_one_account: "dispute-of-one-account",
    dispute_with_rows_at_fault: "dispute-with-rows-at-fault",
    duplicate_export: "duplicate-export",
    expectations: "expectations",
    file_that_makes_a_difference_later: "file-that-makes-a-difference-later",
    from_another_folder: "from-another-folder",
    goodwill: "goodwill",
    input_that_changed: "input-that-changed",
    job_file_found: "job-file-found",
    late_file: "late-file",
    late_file_of_two_months: "late-file-of-two-months",
    late_signup: "late-signup",
    late_usage: "late-usage",
    late_usage_of_a_growing_log: "late-usage-of-a-growing-log",
    list_of_one_account: "list-of-one-account",
    less_than_a_cent: "less-than-a-cent",
    logs_of_a_spreadsheet: "logs-of-a-spreadsheet",
    months_that_are_due: "months-that-are-due",
    old_months_archived: "old-months-archived",
    one_event_for_two_accounts: "one-event-for-two-accounts",
    one_id_of_two_accounts: "one-id-of-two-accounts",
    one_name_in_every_month: "one-name-in-every-month",
    one_unreadable_row_in_many: "one-unreadable-row-in-many",
    payable_within_a_term: "payable-within-a-term",
    plan_change_on_the_wrong_day: "plan-change-on-the-wrong-day",
    retry_over_the_months_end: "retry-over-the-months-end",
    rows_of_far_years: "rows-of-far-years",
    run_without_a_reason: "run-without-a-reason",
    signup_that_was_none: "signup-that-was-none",
    stale_and_yet_the_same: "stale-and-yet-the-same",
    stale_opening: "stale-opening",
    test_traffic_over_two_months: "test-traffic-over-two-months",
    two_disputes_in_a_row: "two-disputes-in-a-row",
    upgrade_of_someone_else: "upgrade-of-someone-else",
    waivers_under_a_limit: "waivers-under-a-limit",
    wrong_price_for_three_months: "wrong-price-for-three-months",
    yen: "yen",
}

fn folder() -> PathBuf {
    root().join("tests/scenarios")
}

#[test]
fn every_scenario_is_run() -> Outcome {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder())? {
        let name = entry?.file_name().into_string().map_err(|name| format!("{name:?}"))?;
        let name = name.strip_suffix(".txt").ok_or_else(|| format!("{name} is no scenario"))?;
        found.insert(name.to_owned());
    }
    let named: BTreeSet<String> = SCENARIOS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        found, named,
        "the files of tests/scenarios and the list in tests/suite/scenarios.rs"
    );
    Ok(())
}

/// Runs a scenario's commands, and compares all that they say.
fn check(name: &str) -> Outcome {
    let path = folder().join(format!("{name}.txt"));
    let text = fs::read_to_string(&path)?;
    let script = Script::parse(&text).map_err(|e| format!("{name}: {e}"))?;
    let last = script.steps().last().map(|step| step.command.join(" ")).unwrap_or_default();
    assert!(last.contains("monthend verify "), "{name} does not end with an auditor's check");
    let session = Session::begin()?;
    let says = script.steps().map(|step| session.run(&step.command.join("\n")));
    let says = says.collect::<Outcome<Vec<_>>>().map_err(|e| format!("{name}: {e}"))?;
    session.end().map_err(|e| format!("{name}: {e}"))?;
    let told = script.with(&says).map_err(|e| format!("{name}: {e}"))?;
    if told == text {
        return Ok(());
    }
    if wants_update() {
        return Ok(fs::write(path, told)?);
    }
    let mut faults = Vec::new();
    for (step, says) in script.steps().zip(&says) {
        if step.says != *says {
            let (line, command) = (step.line, step.command.join("\n> "));
            let (expected, says) = (step.says.join("\n"), says.join("\n"));
            faults.push(format!(
                "tests/scenarios/{name}.txt:{line}\n$ {command}\nshould say\n{expected}\nbut says\n{says}"
            ));
        }
    }
    assert!(!faults.is_empty(), "{name}.txt is not laid out as it would be written");
    Err(faults.join("\n\n").into())
}

#[test]
fn a_scenario_is_read_as_it_is_written() -> Outcome {
    let text = "# Title\n\n$ cat > a.csv <<END\n> a,b\n>\n> END\n$ monthend run\nsaid\n\nmore\n[3]\n\n# Prose\n";
    let script = Script::parse(text)?;
    let steps: Vec<_> = script.steps().collect();
    assert_eq!(steps[0].command, ["cat > a.csv <<END", "a,b", "", "END"]);
    assert_eq!(
        (steps[1].line, &steps[1].says),
        (7, &["said", "", "more", "[3]"].map(str::to_owned).to_vec())
    );
    let says: Vec<_> = script.steps().map(|step| step.says.clone()).collect();
    assert_eq!(script.with(&says)?, text);
    for (fault, told) in [
        ("$ monthend run\n", "begins with its title"),
        ("# Title\nstray\n", "line 2 belongs to no command"),
        ("# Title\n$ ls\n", "runs the program"),
    ] {
        let error = Script::parse(fault).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(told), "{error}");
    }
    // What would be read back as something else is refused.
    let script = Script::parse("# Title\n$ monthend run\n")?;
    for line in ["# a comment", "> more", "$ ls"] {
        assert!(script.with(&[vec![line.to_owned()]]).is_err(), "{line}");
    }
    Ok(())
}

#[test]
fn what_the_clock_says_is_left_out() {
    let settled = |line: &str| session::settled(line, std::path::Path::new("/tmp/x"));
    assert_eq!(settled("  time        rules 0.01 s"), "  time        …");
    assert_eq!(settled("r001  2026-11-25 10:20  1 "), "r001  yyyy-mm-dd hh:mm  1");
    assert_eq!(settled("2026-11-25T10:20:00Z  WARN clearing /tmp/x/book"), "WARN clearing …/book");
    assert_eq!(settled("2026-04-10T12:00:00Z"), "2026-04-10T12:00:00Z");
}
