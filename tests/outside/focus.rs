//! What PyPI's `focus-validator` says of exports: nothing but the false alarms of `tests/focus/false-alarms.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use monthend_tests::focus_story::{Story, export};
use monthend_tests::{Outcome, april, root, run};
use serde::Deserialize;

use crate::python;

/// What the validator says of a file.
#[derive(Debug, Deserialize)]
struct Verdict {
    /// How many rules it keeps to.
    passed: usize,
    /// Those that it breaks, each with what is said.
    failed: BTreeMap<String, String>,
}

/// What the validator says of each file, in their order.
fn verdicts(files: &[PathBuf]) -> Outcome<Vec<Verdict>> {
    let run = python::script("MONTHEND_FOCUS_PYTHON", |command| {
        command.arg(root().join("tests/focus/validate.py")).args(files);
    })?;
    assert!(run.status.success(), "{}", python::words_of(&run));
    let mut told: BTreeMap<PathBuf, Verdict> = serde_json::from_slice(&run.stdout)?;
    let said =
        |file: &PathBuf| told.remove(file).ok_or_else(|| format!("nothing of {}", file.display()));
    Ok(files.iter().map(said).collect::<Result<_, _>>()?)
}

/// The rules of the list of false alarms.
fn false_alarms() -> Outcome<BTreeSet<String>> {
    let file = Path::new("tests/focus/false-alarms.txt");
    let text = fs::read_to_string(root().join(file))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            Some((rule, reason)) if !reason.trim().is_empty() => Ok(rule.to_owned()),
            _ => Err(format!("{}: `{line}` has no reason", file.display()).into()),
        })
        .collect()
}

/// A copy of the CSV export in which a purchase bears a cost of its own.
fn with_a_fault(folder: &Path) -> Outcome<PathBuf> {
    let text = fs::read_to_string(folder.join("focus.csv"))?;
    let doctored = text.replacen(",0.00,INV-", ",0.01,INV-", 1);
    assert_ne!(text, doctored);
    let file = folder.join("doctored.csv");
    fs::write(&file, doctored)?;
    Ok(file)
}

pub fn focus_validator_finds_nothing_but_false_alarms() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    let mut files = Vec::new();
    for month in ["2026-04", "2026-06"] {
        let folder = story.export(month)?;
        files.extend([folder.join("focus.csv"), folder.join("focus.parquet")]);
    }
    let (book, out) = (story.path("example"), story.path("example-focus"));
    run(&mut april("run", &book), 3)?;
    export(&book, "2026-04", &out)?;
    files.push(out.join("focus.parquet"));
    files.push(with_a_fault(&out)?);
    let mut verdicts = verdicts(&files)?;
    // It would have said so.
    let doctored = verdicts.pop().ok_or("no verdicts")?;
    assert!(doctored.failed.contains_key("EffectiveCost-C-005-C"), "{doctored:?}");

    let known = false_alarms()?;
    let mut fired = BTreeMap::new();
    for (file, verdict) in files.iter().zip(verdicts) {
        assert!(verdict.passed > 200, "only {} rules passed: {}", verdict.passed, file.display());
        for (rule, said) in verdict.failed {
            fired.entry(rule).or_insert_with(|| format!("{said} ({})", file.display()));
        }
    }
    let new: Vec<_> = fired.iter().filter(|(rule, _)| !known.contains(*rule)).collect();
    assert!(new.is_empty(), "broken rules: {new:#?}");
    let gone: Vec<_> = known.iter().filter(|rule| !fired.contains_key(*rule)).collect();
    assert!(gone.is_empty(), "no longer reported, take them out of the list: {gone:?}");
    Ok(())
}
