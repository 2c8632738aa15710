//! Rollups made elsewhere, by an engine of the tests that keeps to docs/ROLLUP.md: they come to the same bytes, and
//! what does not add up is refused.

pub mod engine;
mod faults;
pub mod nasty;
mod tables;

use std::fs;
use std::path::Path;

use engine::Rollup;
use monthend::base::scope::Scope;
use monthend::book::Book;
use monthend::run;
use monthend::run::request::{DroppedEvents, Request};
use nasty::Nasty;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::common::{Outcome, differing, json, result, words};
use crate::months::bench::Bench;
use crate::months::files::{Format, PLAIN};
use crate::months::holding::{self, holds};
use crate::months::population::{Kind, population};
use crate::months::revision::Revision;

/// An error of a step, as a property fails by it.
fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Has a month's usage rolled up elsewhere, in a folder.
fn roll_up(job: &Request, place: &Path) -> holding::Outcome<()> {
    run::request_rollup(job, place)?;
    Rollup::of(place).and_then(|rollup| rollup.write(place)).map_err(failed)
}

#[test]
fn any_month_comes_to_the_same_bytes() {
    let kind = Kind { conflicts: true, states: true, giving: true };
    let all = (population(kind), 1_usize..4, vec(any::<Index>(), 0..4));
    holds(48, all, |(population, files, dropped)| {
        let bench = Bench::new(&population)?;
        bench.write_changes("own", &[(PLAIN, population.changes.clone())])?;
        bench.write_adjustments("own", &[(PLAIN, population.adjustments.clone())])?;
        let part = |file: usize| {
            let rows = population.usage.iter().skip(file).step_by(files);
            (Format::Parquet, rows.cloned().collect())
        };
        bench.write_usage("own", &(0..files).map(part).collect::<Vec<_>>())?;
        let mut own = bench.job("own")?;
        let (start, end) = (own.month.start().micros(), own.month.end().micros());
        let within = population.usage.iter().filter(|event| (start..end).contains(&event.at));
        let within: Vec<_> = within.collect();
        if !dropped.is_empty() && !within.is_empty() {
            let list = bench.path("dropped.csv");
            let ids: std::collections::BTreeSet<_> =
                dropped.iter().map(|index| &index.get(&within).id).collect();
            let rows = ids.iter().map(|id| format!("{id},disputed\n"));
            fs::write(&list, format!("event_id,reason\n{}", rows.collect::<String>()))?;
            let (given, accounts) = (Some(list), Scope::All);
            own.inputs.dropped = DroppedEvents { given, accounts, ..DroppedEvents::default() };
        }
        let place = bench.path("rollup");
        roll_up(&own, &place)?;
        let elsewhere = Request {
            book: Some(Book::at(&bench.path("elsewhere"))),
            rollup: Some(place),
            ..own.clone()
        };
        let reports = [run::run(&own, &|_| {})?, run::run(&elsewhere, &|_| {})?];
        prop_assert_eq!(reports[0].exit_code, reports[1].exit_code);
        let [one, other] = [&own, &elsewhere].map(Revision::of);
        let (bytes, others) = (one.bytes()?, other.bytes()?);
        for (file, bytes) in &bytes {
            prop_assert!(others.get(file) == Some(bytes), "{} differs", file);
        }
        let manifests = [&one, &other].map(|revision| {
            let mut manifest = json(&revision.path("manifest.json")).map_err(failed)?;
            let by = manifest.as_object_mut().and_then(|all| all.remove("rolled_up_by"));
            Ok::<_, TestCaseError>((manifest, by))
        });
        let [(one, _), (other, by)] = manifests.map(Result::unwrap_or_default);
        prop_assert_eq!(one, other);
        prop_assert_eq!(&by.unwrap_or_default()["engine"], "a test");
        Ok(())
    });
}

/// Two months of a nasty log are the same by both ways: what the first bills in its last hours comes again in the
/// second, and many a row cannot be read.
#[test]
fn nasty_rows_come_to_the_same_bytes() -> Outcome {
    for told in [true, false] {
        let nasty = Nasty::new()?;
        let mut result = Value::Null;
        for month in ["2026-04", "2026-05"] {
            result = nasty.bill(month, "own", None)?;
            let mut rollup = nasty.roll_up(month)?;
            if !told {
                // An engine that cannot tell rows by their numbers.
                rollup.rejects.iter_mut().for_each(|(_, row)| *row = None);
                rollup.rejects.dedup();
            }
            rollup.write(&nasty.place(month))?;
            nasty.bill(month, "elsewhere", Some(month))?;
            let revision = Path::new(month).join("r001");
            let [own, other] = ["own", "elsewhere"].map(|book| nasty.path(book).join(&revision));
            assert_eq!(differing(&own, &other)?, Vec::<std::path::PathBuf>::new(), "{month}");
        }
        for kind in ["billed-before", "conflicting-duplicate", "unknown-account"] {
            assert!(result["exceptions"][kind].as_u64() > Some(0), "no {kind}: {result:#}");
        }
        assert!(result["rejects"].as_u64() > Some(20), "{result:#}");
    }
    Ok(())
}

/// A rerun that leaves out events, and a dry run, likewise; a rollup of one is none of the other.
#[test]
fn a_rerun_is_rolled_up_elsewhere_too() -> Outcome {
    let nasty = Nasty::new()?;
    nasty.bill("2026-04", "own", None)?;
    nasty.bill("2026-04", "elsewhere", None)?;
    let list = nasty.path("dropped.csv");
    let events = nasty.roll_up("2026-04")?.recent.into_iter().take(3);
    let rows: String = events.map(|id| format!("{},a test\n", id.event)).collect();
    fs::write(&list, format!("event_id,reason\n{rows}"))?;
    let rerun = |book: &str, more: &[&str], code: i32| {
        let mut command = nasty.command("rerun", "2026-04", book);
        command.arg("--drop-events").arg(&list).args(["--reason", "dispute"]).args(more);
        crate::common::run(&mut command, code)
    };
    let place = nasty.path("rerun");
    let at = place.to_str().ok_or("no UTF-8")?;
    rerun("elsewhere", &["--request-rollup", at], 0)?;
    Rollup::of(&place)?.write(&place)?;
    let planned = result(&rerun("elsewhere", &["--rollup", at, "--dry-run", "--json"], 3)?)?;
    rerun("own", &[], 3)?;
    let published = result(&rerun("elsewhere", &["--rollup", at, "--json"], 3)?)?;
    assert_eq!(published["exceptions"]["dropped-usage"], planned["exceptions"]["dropped-usage"]);
    let [own, other] = ["own", "elsewhere"].map(|book| nasty.path(book).join("2026-04/r002"));
    assert_eq!(differing(&own, &other)?, Vec::<std::path::PathBuf>::new());
    let refused = words(&rerun("own", &["--rollup", at, "--accounts", "pro-within-cap"], 2)?);
    assert!(refused.contains("cannot be used with"), "{refused}");
    // Of the month without the list.
    nasty.roll_up("2026-04")?.write(&nasty.place("2026-04"))?;
    let mut command = nasty.command("rerun", "2026-04", "own");
    command.args(["--reason", "again", "--rollup"]).arg(nasty.place("2026-04"));
    let refused = words(&crate::common::run(&mut command, 1)?);
    assert!(refused.contains("ME0337") && refused.contains("dropped was"), "{refused}");
    Ok(())
}
