//! The files of `jobs/` agree with each other, and with the exit codes that the program tells. What runs them is in
//! `tests/outside/jobs.rs`.

use std::collections::BTreeSet;
use std::fs;

use crate::common::golden::wants_update;
use crate::common::{Outcome, monthend, root};

fn text(path: &str) -> Outcome<String> {
    Ok(fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))?)
}

/// The numbers in what follows `name` in its line.
fn numbers(text: &str, name: &str) -> Outcome<BTreeSet<u8>> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(name));
    let line = line.ok_or_else(|| format!("no line begins with `{name}`"))?;
    let words = line.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
    Ok(words.map(str::parse).collect::<Result<_, _>>()?)
}

/// The exit codes that `monthend --help` tells.
fn told_codes() -> Outcome<BTreeSet<u8>> {
    let help = String::from_utf8(monthend(["--help"]).output()?.stdout)?;
    let (_, table) = help.split_once("Exit codes:\n").ok_or("no table of exit codes")?;
    let mut codes = BTreeSet::new();
    for line in table.lines() {
        let (head, _) = line.trim_start().split_once("  ").unwrap_or_default();
        codes.extend(head.split(", ").filter_map(|word| word.parse::<u8>().ok()));
    }
    Ok(codes)
}

#[test]
fn schedulers_know_the_programs_exit_codes() -> Outcome {
    // What another attempt cannot mend, of all that it tells: neither success nor what passes.
    let mut last = told_codes()?;
    for code in [0, 3, 75, 130, 143] {
        assert!(last.remove(&code), "--help has no {code}");
    }
    assert_eq!(last, BTreeSet::from([1, 2, 4]), "a new code: what do schedulers make of it?");
    let unit = text("jobs/systemd/monthend.service")?;
    assert_eq!(numbers(&unit, "RestartPreventExitStatus=")?, last);
    assert_eq!(numbers(&unit, "SuccessExitStatus=")?, BTreeSet::from([3]));
    for manifest in ["cronjob.yaml", "parts/both.yaml"] {
        let manifest = text(&format!("jobs/kubernetes/{manifest}"))?;
        assert_eq!(numbers(&manifest, "values: ")?, last);
    }
    for dag in ["monthend.py", "monthend_parts.py"] {
        let dag = text(&format!("jobs/airflow/{dag}"))?;
        assert_eq!(numbers(&dag, "FINAL = ")?, last);
        assert_eq!(numbers(&dag, "PUBLISHED, WITH_FINDINGS = ")?, BTreeSet::from([0, 3]));
    }
    Ok(())
}

/// `UPDATE_GOLDENS=1` copies anew.
#[test]
fn copies_are_the_same() -> Outcome {
    for (copy, of) in [
        ("jobs/kubernetes/job.toml", "jobs/job.toml"),
        ("jobs/kubernetes/catalogs/2025-11-15.toml", "fixtures/catalogs/kiro-2025-11-15.toml"),
    ] {
        if wants_update() {
            fs::copy(root().join(of), root().join(copy))?;
        }
        assert_eq!(text(copy)?, text(of)?, "{copy} is not as {of}");
    }
    Ok(())
}

#[test]
fn schedulers_name_the_shipped_job_file() -> Outcome {
    let files = [
        "cron/monthend",
        "systemd/monthend.service",
        "kubernetes/cronjob.yaml",
        "kubernetes/parts/bill.yaml",
        "kubernetes/parts/publish.yaml",
        "airflow/monthend.py",
        "airflow/monthend_parts.py",
    ];
    for file in files {
        assert!(text(&format!("jobs/{file}"))?.contains("/etc/monthend/job.toml"), "{file}");
    }
    Ok(())
}
