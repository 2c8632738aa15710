//! Months in parts: by processes of their own, or one after the other where memory does not hold all
//! accounts. They come to the bytes of one run, and what does not belong together is not put together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use monthend::base::part::Part;
use monthend::book::Book;
use monthend::run;
use monthend::run::request::Request;
use monthend_tests::generator::{Compression, Encoding, Format, Month, Order, Settings, generate};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::common::{Outcome, differing, json, monthend, result, root, run as run_it, words};
use crate::months::bench::Bench;
use crate::months::files::{self, PLAIN};
use crate::months::holding::{self, holds};
use crate::months::population::{Kind, population};
use crate::months::revision::Revision;
use crate::rollup::engine::Rollup;
use crate::rollup::nasty::Nasty;

fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Bills a month in so many parts, the last one first, and puts them together.
fn in_parts(job: &Request, parts: u32) -> holding::Outcome<()> {
    let all: Vec<Part> = Part::all(parts).collect();
    for part in all.into_iter().rev() {
        run::bill_part(job, part, &|_| {})?;
    }
    let together = Request { puts_together: true, ..job.clone() };
    run::run(&together, &|_| {}).map(drop).map_err(failed)
}

/// Whatever is in its logs, by its own rollup or by one made elsewhere.
#[test]
fn any_month_in_parts_comes_to_the_same_bytes() {
    let kind = Kind { conflicts: true, states: true, giving: true };
    let all = (population(kind), 1_u32..7, any::<bool>());
    holds(48, all, |(population, parts, elsewhere)| {
        let bench = Bench::new(&population)?;
        bench.write_changes("own", &[(PLAIN, population.changes.clone())])?;
        bench.write_adjustments("own", &[(PLAIN, population.adjustments.clone())])?;
        let format = if elsewhere { files::Format::Parquet } else { PLAIN };
        bench.write_usage("own", &[(format, population.usage.clone())])?;
        let mut own = bench.job("own")?;
        if elsewhere {
            let place = bench.path("rollup");
            run::request_rollup(&own, &place)?;
            Rollup::of(&place).and_then(|rollup| rollup.write(&place)).map_err(failed)?;
            own.rollup = Some(place);
        }
        let other = Request { book: Some(Book::at(&bench.path("parts"))), ..own.clone() };
        run::run(&own, &|_| {})?;
        in_parts(&other, parts)?;
        let [one, other] = [&own, &other].map(Revision::of);
        let (bytes, others) = (one.bytes()?, other.bytes()?);
        for (file, bytes) in &bytes {
            prop_assert!(others.get(file) == Some(bytes), "{} differs", file);
        }
        prop_assert_eq!(bytes.len(), others.len());
        let [one, other] = [one, other].map(|own| json(&own.path("manifest.json")));
        prop_assert_eq!(one.map_err(failed)?, other.map_err(failed)?);
        prop_assert!(!bench.path("parts/.staging/2026-04.parts").exists(), "parts are left");
        Ok(())
    });
}

/// Two months of a log in which ids are shared by accounts of different parts, and many a row cannot be read.
#[test]
fn nasty_rows_in_parts_come_to_the_same_bytes() -> Outcome {
    let nasty = Nasty::new()?;
    for month in ["2026-04", "2026-05"] {
        nasty.bill(month, "own", None)?;
        nasty.roll_up(month)?.write(&nasty.place(month))?;
        for (book, rollup) in [("parts", None), ("rolled-up", Some(month))] {
            for part in ["0/3", "1/3", "2/3"] {
                let told = run_it(nasty.billing(month, book, rollup).args(["--part", part]), 0)?;
                let told = result(&told)?;
                assert_eq!(told["status"], "part-billed", "{told:#}");
            }
            let mut together = nasty.named("publish", month, book, rollup);
            run_it(&mut together, 3)?;
            let revision = Path::new(month).join("r001");
            let [own, other] = ["own", book].map(|book| nasty.path(book).join(&revision));
            assert_eq!(differing(&own, &other)?, Vec::<PathBuf>::new(), "{book} {month}");
        }
    }
    Ok(())
}

/// A month of more accounts than a row group has rows, and than a small budget holds.
#[test]
fn accounts_beyond_the_budget_are_billed_in_parts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let logs = folder.path().join("logs");
    let settings = Settings {
        month: Month::parse("2026-04").ok_or("no month")?,
        seed: 5,
        events: 60_000,
        accounts: 70_000,
        duplicates: 30,
        conflicts: 100,
        format: Format::Parquet,
        files: 2,
        order: Order::Shuffled,
        encoding: Encoding { binary_ids: false, dictionary: false },
        compression: Compression::Snappy,
        row_group: 10_000,
    };
    generate(&settings, &logs).map_err(|e| e.to_string())?;
    let bill = |book: &str, more: &[&str]| -> Outcome<Output> {
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.arg("--catalog").arg(logs.join("catalog.toml"));
        command.arg("--changes").arg(logs.join("changes.parquet"));
        command.args([logs.join("usage-001.parquet"), logs.join("usage-002.parquet")].map(
            |file| {
                let mut option = std::ffi::OsString::from("--usage=");
                option.push(file);
                option
            },
        ));
        command.arg("--book").arg(folder.path().join(book)).args(more);
        run_it(&mut command, 3)
    };
    let said = words(&bill("whole", &[])?);
    assert!(!said.contains("in parts"), "{said}");
    // What a run left that was killed.
    fs::create_dir_all(folder.path().join("parts/.staging/2026-04.in-turn/.monthend-killed"))?;
    let said = bill("parts", &["--memory-budget", "16MiB", "--log-format", "json"])?;
    let said = words(&said);
    assert!(said.contains("billing them in parts"), "{said}");
    let [one, other] = ["whole", "parts"].map(|book| folder.path().join(book).join("2026-04/r001"));
    assert_eq!(differing(&one, &other)?, Vec::<PathBuf>::new());
    let run = json(&other.join("run.json"))?;
    let stages = run["stages"].as_array().ok_or("no stages")?;
    let names: BTreeSet<_> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
    assert_eq!((names.len(), stages.len()), (8, 8), "{run:#}");
    // A dry run says the same digest.
    let digest = |more: &[&str]| -> Outcome<String> {
        let told = result(&bill("planned", &[&["--dry-run", "--json"], more].concat())?)?;
        Ok(told["digest"].as_str().ok_or("no digest")?.to_owned())
    };
    assert_eq!(digest(&[])?, digest(&["--memory-budget", "16MiB"])?);
    let left = fs::read_dir(folder.path().join("parts/.staging"))?.count();
    assert_eq!(left, 0, "something is left in .staging");
    Ok(())
}

/// A command about April of the fixtures.
fn april(name: &str, book: &Path, more: &[&str]) -> Command {
    let mut command = monthend([name, "--month", "2026-04", "--opening", "genesis"]);
    command.arg("--job").arg(root().join("fixtures/job.toml")).arg("--book").arg(book).args(more);
    command
}

#[test]
fn what_does_not_belong_together_is_not_put_together() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    let parts = book.join(".staging/2026-04.parts");
    let refused = |more: &[&str], code: i32, told: &[&str]| -> Outcome {
        let said = words(&run_it(&mut april("publish", &book, more), code)?);
        for told in told {
            assert!(said.contains(told), "{told}: {said}");
        }
        assert!(!book.join("2026-04").exists(), "it was published");
        Ok(())
    };
    refused(&[], 75, &["ME0524", "any"])?;
    run_it(&mut april("run", &book, &["--part", "2/3"]), 0)?;
    refused(&[], 75, &["ME0524", "1/3, 3/3", "--part K/N"])?;
    run_it(&mut april("run", &book, &["--part", "1/3"]), 0)?;
    // By other options, which the manifest records.
    run_it(&mut april("run", &book, &["--part", "3/3", "--recent-hours", "5"]), 0)?;
    refused(&[], 1, &["ME0525", "part 3/3", "other options"])?;
    // From other inputs.
    let usage = folder.path().join("usage.csv");
    fs::write(&usage, "event_id,account_id,at,credits\ne-1,acorn,2026-04-02T10:00:00Z,1\n")?;
    let other = usage.to_str().ok_or("no UTF-8")?;
    run_it(&mut april("run", &book, &["--part", "3/3", "--usage", other]), 0)?;
    refused(&[], 1, &["ME0525", "billed from"])?;
    // Of another number of parts.
    run_it(&mut april("run", &book, &["--part", "3/3"]), 0)?;
    run_it(&mut april("run", &book, &["--part", "1/2"]), 0)?;
    refused(&[], 1, &["ME0525", "several numbers"])?;
    fs::remove_dir_all(parts.join("1-of-2"))?;
    // Tables of a part that are another's.
    fs::copy(parts.join("2-of-3/statements.parquet"), parts.join("1-of-3/statements.parquet"))?;
    refused(&[], 1, &["ME0525", "statements.parquet", "another part has one of them"])?;
    run_it(&mut april("run", &book, &["--part", "1/3"]), 0)?;
    let keep = fs::read(parts.join("1-of-3/expired_credits.parquet"))?;
    fs::copy(parts.join("2-of-3/grants.parquet"), parts.join("1-of-3/expired_credits.parquet"))?;
    refused(&[], 1, &["1-of-3/expired_credits.parquet"])?;
    fs::write(parts.join("1-of-3/expired_credits.parquet"), keep)?;
    // A part that lost a table's rows to an older one.
    let old = fs::read(parts.join("1-of-3/part.json"))?;
    let text = String::from_utf8(old.clone())?.replacen("\"rows\": 1", "\"rows\": 2", 1);
    fs::write(parts.join("1-of-3/part.json"), text)?;
    refused(&[], 4, &["K5"])?;
    fs::write(parts.join("1-of-3/part.json"), "{}")?;
    refused(&[], 1, &["ME0525", "part 1/3"])?;
    fs::write(parts.join("1-of-3/part.json"), old)?;
    // From other logs than there are now.
    refused(&["--usage", other], 1, &["ME0525", "the logs are others by now"])?;
    let published = words(&run_it(&mut april("publish", &book, &[]), 3)?);
    assert!(published.contains("2026-04 published"), "{published}");
    assert!(!parts.exists(), "parts are left");
    let again = words(&run_it(&mut april("run", &book, &["--part", "1/3"]), 2)?);
    assert!(again.contains("2026-04 is published"), "{again}");
    // What was tried again though it had published: it tells of the findings, and clears what was left.
    fs::create_dir_all(parts.join("1-of-3"))?;
    let again = words(&run_it(&mut april("publish", &book, &[]), 3)?);
    assert!(again.contains("every month up to 2026-04 is published"), "{again}");
    assert!(!parts.exists() && !book.join("2026-04/r002").exists());
    run_it(&mut april("run", &folder.path().join("whole"), &[]), 3)?;
    let [one, other] = ["whole", "book"].map(|book| folder.path().join(book).join("2026-04/r001"));
    assert_eq!(differing(&one, &other)?, Vec::<PathBuf>::new());
    Ok(())
}
