//! Files beside the book that say how a command went.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{
    Outcome, april, json, may, monthend, result, root, run, tree, unchanged, words,
};

/// A folder with a book and a file of metrics in it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Outcome<Self> {
        Ok(Bench { folder: tempfile::tempdir()? })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on the book; gives the metrics.
    fn after(&self, command: &mut assert_cmd::Command, code: i32) -> Outcome<String> {
        run(command.arg("--metrics-file").arg(self.path("metrics.prom")), code)?;
        self.metrics()
    }

    fn metrics(&self) -> Outcome<String> {
        Ok(fs::read_to_string(self.path("metrics.prom"))?)
    }

    fn verify(&self) -> assert_cmd::Command {
        let mut verify = monthend(["verify", "--book"]);
        verify.arg(self.path("book"));
        verify
    }
}

/// The value of a metric, by its name and labels.
fn value<'a>(metrics: &'a str, sample: &str) -> Option<&'a str> {
    metrics.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))
}

/// The metrics without what depends on clock and machine.
fn masked(metrics: &str) -> String {
    let is_timed = |name: &str| {
        let parts = ["last_run", "last_success", "stage_seconds", "run_seconds", "peak_memory"];
        parts.iter().any(|part| name.starts_with(&format!("monthend_{part}")))
    };
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((sample, value)) if is_timed(sample) => {
            assert!(value.trim_matches(|c: char| c.is_ascii_digit() || c == '.').is_empty());
            format!("{sample} …\n")
        }
        _ => format!("{line}\n"),
    };
    metrics.lines().map(line).collect()
}

#[test]
fn metrics_tell_what_commands_came_to() -> Outcome {
    let bench = Bench::new()?;
    bench.after(&mut april("run", &bench.path("book")), 3)?;
    bench.after(&mut bench.verify(), 0)?;
    let payments = bench.path("payments.csv");
    fs::write(&payments, "payment_id,account_id,document_id,at,amount,currency\n")?;
    let mut reconcile = monthend(["reconcile", "--month", "2026-04", "--payments"]);
    reconcile.arg(payments).arg("--book").arg(bench.path("book"));
    let metrics = bench.after(&mut reconcile, 4)?;
    insta::assert_snapshot!("metrics", masked(&metrics));
    Ok(())
}

#[test]
fn a_failure_keeps_what_was_known_of_the_last_success() -> Outcome {
    let bench = Bench::new()?;
    let book = bench.path("book");
    let first = bench.after(&mut april("run", &book), 3)?;
    let success = "monthend_last_success_timestamp_seconds{command=\"run\"}";
    let at = value(&first, success).ok_or("no success")?;
    assert_eq!(value(&first, "monthend_exit_code{command=\"run\"}"), Some("3"));
    assert_eq!(Some(at), value(&first, "monthend_last_run_timestamp_seconds{command=\"run\"}"));
    let old = first.replace(&format!("{success} {at}"), &format!("{success} 1234"));
    fs::write(bench.path("metrics.prom"), old)?;

    let failed = bench.after(may("run", &book).args(["--usage", "no-such-file.csv"]), 1)?;
    assert_eq!(value(&failed, success), Some("1234"));
    assert_eq!(value(&failed, "monthend_exit_code{command=\"run\"}"), Some("1"));
    assert_eq!(value(&failed, "monthend_billed_until_timestamp_seconds"), Some("1777593600"));
    let rejects = "monthend_findings{command=\"run\",kind=\"rejects\"}";
    assert!(value(&first, rejects).is_some_and(|count| count != "0"));
    assert_eq!(value(&failed, rejects), value(&first, rejects), "they are there still");

    let next = bench.after(&mut may("run", &book), 3)?;
    assert!(value(&next, success).is_some_and(|at| at != "1234"));
    assert_eq!(value(&next, "monthend_billed_until_timestamp_seconds"), Some("1780272000"));
    assert!(!next.contains("month=\"2026-04\""), "the months of this run alone: {next}");
    Ok(())
}

#[test]
fn a_first_failure_has_no_success() -> Outcome {
    let bench = Bench::new()?;
    let job = bench.path("job.toml");
    fs::write(&job, "metrics_file = \"metrics.prom\"\nbook = \"book\"\nno_such_key = 1\n")?;
    run(monthend(["run", "--job"]).arg(&job), 2)?;
    let metrics = bench.metrics()?;
    assert_eq!(value(&metrics, "monthend_exit_code{command=\"run\"}"), Some("2"));
    assert!(!metrics.contains("last_success"), "{metrics}");
    assert!(!metrics.contains("billed_until"), "{metrics}");
    Ok(())
}

#[test]
fn a_dry_run_is_no_run() -> Outcome {
    let bench = Bench::new()?;
    let metrics = bench.after(april("run", &bench.path("book")).arg("--dry-run"), 3)?;
    assert!(metrics.contains("monthend_exit_code{command=\"dry-run\"} 3"), "{metrics}");
    assert!(!metrics.contains("command=\"run\""), "{metrics}");
    Ok(())
}

#[test]
fn what_cannot_be_written_is_a_warning_after_the_publication() -> Outcome {
    let bench = Bench::new()?;
    let other = bench.path("other.csv");
    fs::write(&other, "not,ours\n")?;
    for (at, path) in [other.clone(), bench.path("no-such-folder/metrics.prom")].iter().enumerate()
    {
        let book = bench.path(&format!("book-{at}"));
        let output = run(april("run", &book).arg("--json").arg("--metrics-file").arg(path), 3)?;
        let told = result(&output)?;
        let warning = told["warnings"][0].as_str().ok_or("no warning")?;
        assert_eq!(
            (&told["status"], told["warnings"].as_array().map(Vec::len)),
            (&"published".into(), Some(1))
        );
        assert!(warning.contains("the metrics cannot be written"), "{warning}");
        assert!(words(&output).contains("the metrics cannot be written"), "{}", words(&output));
    }
    assert_eq!(fs::read_to_string(other)?, "not,ours\n");
    Ok(())
}

#[test]
#[cfg(unix)]
fn others_may_read_the_file_and_nothing_lies_beside_it() -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new()?;
    bench.after(&mut april("run", &bench.path("book")), 3)?;
    let book = tree(&bench.path("book"))?;
    bench.after(&mut bench.verify(), 0)?;
    unchanged(&book, &bench.path("book"))?;
    let names = fs::read_dir(bench.folder.path())?.count();
    assert_eq!(names, 2, "the book and the metrics");
    let mode = fs::metadata(bench.path("metrics.prom"))?.permissions().mode();
    let like = bench.path("like");
    fs::write(&like, "")?;
    assert_eq!(mode, fs::metadata(Path::new(&like))?.permissions().mode());
    Ok(())
}

/// The events of a lineage file.
fn events(path: &Path) -> Outcome<Vec<Value>> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

#[test]
fn each_month_is_a_run_of_the_lineage() -> Outcome {
    let bench = Bench::new()?;
    let (book, lineage) = (bench.path("book"), bench.path("lineage.ndjson"));
    let told = |command: &mut assert_cmd::Command, code| {
        run(command.arg("--lineage-file").arg(&lineage), code)
    };
    told(&mut april("run", &book), 3)?;
    told(may("run", &book).args(["--usage", "no-such-file.csv"]), 1)?;
    told(&mut may("check", &book), 3)?;
    told(&mut may("run", &book), 3)?;
    told(&mut bench.verify(), 0)?;
    told(&mut monthend(["run", "--job", "no-such-job.toml"]), 2)?;
    let events = events(&lineage)?;
    let words: Vec<String> = events
        .iter()
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let nominal = &event["run"]["facets"]["nominalTime"]["nominalStartTime"];
            [&event["eventType"], &event["job"]["name"], nominal].map(text).join(" ")
        })
        .collect();
    let expected = [
        "START monthend.run 2026-04-01T00:00:00Z",
        "COMPLETE monthend.run 2026-04-01T00:00:00Z",
        "START monthend.run 2026-05-01T00:00:00Z",
        "FAIL monthend.run 2026-05-01T00:00:00Z",
        "START monthend.check 2026-05-01T00:00:00Z",
        "COMPLETE monthend.check 2026-05-01T00:00:00Z",
        "START monthend.run 2026-05-01T00:00:00Z",
        "COMPLETE monthend.run 2026-05-01T00:00:00Z",
        "START monthend.verify -",
        "COMPLETE monthend.verify -",
        "START monthend.run -",
        "FAIL monthend.run -",
    ];
    assert_eq!(words, expected);
    for pair in events.chunks(2) {
        assert_eq!(pair[0]["run"]["runId"], pair[1]["run"]["runId"]);
    }
    let ids: BTreeSet<_> = events.iter().map(|e| e["run"]["runId"].to_string()).collect();
    assert_eq!(ids.len(), events.len() / 2);
    let message = events[3]["run"]["facets"]["errorMessage"]["message"].as_str();
    assert!(message.is_some_and(|message| message.contains("no-such-file.csv")), "{message:?}");
    let [april, may] = ["2026-04", "2026-05"].map(|month| book.join(month).join("r001"));
    holds_the_manifests_files(&events[1], &april, None)?;
    holds_the_manifests_files(&events[7], &may, Some(&april.join("state.parquet")))?;
    assert_eq!(events[5]["inputs"], events[7]["inputs"], "what is checked is what would be billed");
    assert_eq!(named(&events[9]["inputs"])?, [book]);
    let without = [(0, "inputs"), (3, "inputs"), (3, "outputs"), (5, "outputs"), (9, "outputs")];
    for (at, of) in without {
        assert_eq!(events[at][of], Value::Array(Vec::new()), "{of} of {at}");
    }
    Ok(())
}

/// The paths of datasets.
fn named(datasets: &Value) -> Outcome<Vec<PathBuf>> {
    let datasets = datasets.as_array().ok_or("no datasets")?.iter();
    let name = |dataset: &Value| dataset["name"].as_str().map(PathBuf::from);
    Ok(datasets.map(name).collect::<Option<_>>().ok_or("no name")?)
}

/// Holds a month's event against its manifest: the same files, opening state included, with sizes and rows.
fn holds_the_manifests_files(event: &Value, revision: &Path, opening: Option<&Path>) -> Outcome {
    let manifest = json(&revision.join("manifest.json"))?;
    let files = |of: &str| manifest[of].as_array().cloned().ok_or("no files");
    let file = |record: &Value| record["file"].as_str().map(PathBuf::from).ok_or("no file");
    let (inputs, outputs) = (files("inputs")?, files("outputs")?);

    let mut expected: Vec<PathBuf> = Vec::new();
    for input in &inputs {
        expected.push(root().join(file(input)?));
    }
    expected.extend(opening.map(Path::to_path_buf));
    assert_eq!(named(&event["inputs"])?, expected);
    for (dataset, input) in event["inputs"].as_array().into_iter().flatten().zip(&inputs) {
        let metrics = &dataset["inputFacets"]["dataQualityMetrics"];
        let rows = input["rows"].as_object();
        let rows = rows.map(|months| months.values().filter_map(Value::as_u64).sum::<u64>());
        assert_eq!((&metrics["bytes"], metrics["rowCount"].as_u64()), (&input["bytes"], rows));
    }

    let mut expected: Vec<PathBuf> = Vec::new();
    for output in &outputs {
        expected.push(revision.join(file(output)?));
    }
    assert_eq!(named(&event["outputs"])?, expected);
    for (dataset, output) in event["outputs"].as_array().into_iter().flatten().zip(&outputs) {
        let statistics = &dataset["outputFacets"]["outputStatistics"];
        let sizes = ["rowCount", "size"].map(|name| &statistics[name]);
        assert_eq!(sizes, [&output["rows"], &output["bytes"]]);
        assert_eq!(output["bytes"], fs::metadata(revision.join(file(output)?))?.len());
    }
    Ok(())
}
