//! Rollups by `jobs/spark/rollup.py`, on Sail and on Spark: what is requested, rolled up there, proved and billed comes
//! to the bytes that a run by itself comes to.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;
use monthend_tests::generator::{Settings, generate};
use monthend_tests::{Outcome, code, differing, json, monthend, root, run, words};
use tempfile::TempDir;

use crate::{python, real_log};

/// Who rolls up.
#[derive(Clone, Copy)]
enum Engine {
    Sail,
    Spark,
}

impl Engine {
    /// What the manifest calls it.
    fn name(self) -> &'static str {
        match self {
            Engine::Sail => "Sail",
            Engine::Spark => "Apache Spark",
        }
    }

    /// Rolls up what is requested in some folders.
    fn roll_up(self, scratch: &Path, places: &[PathBuf]) -> Outcome {
        let (variable, option) = match self {
            Engine::Sail => ("MONTHEND_SAIL_PYTHON", Some("--sail")),
            Engine::Spark => ("MONTHEND_SPARK_PYTHON", None),
        };
        let rolled_up = python::script(variable, |command| {
            command.arg(root().join("tests/spark/roll_up.py")).args(option).arg(scratch);
            command.args(places.iter().map(|place| place.join("request.json")));
        })?;
        assert!(rolled_up.status.success(), "{}", python::words_of(&rolled_up));
        Ok(())
    }

    /// What it cannot read of the nasty rows.
    fn cannot_read(self) -> &'static [&'static str] {
        match self {
            Engine::Sail => &["floats", "nanoseconds", "dictionaries"],
            Engine::Spark if java().is_some_and(|version| version >= 19) => &[],
            Engine::Spark => &["floats"],
        }
    }
}

/// The version of Java that Spark takes: 17, 21.
fn java() -> Option<u32> {
    let java = match python::named("JAVA_HOME") {
        Some(home) => Path::new(&home).join("bin/java"),
        None => PathBuf::from("java"),
    };
    let told = process::Command::new(java).arg("-version").output().ok()?;
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    told.split(['"', '.']).nth(1)?.parse().ok()
}

/// A log, whose months are billed in a row.
struct Job {
    folder: TempDir,
    months: &'static [&'static str],
    /// Options; `{month}` in them is the month.
    inputs: Vec<String>,
}

impl Job {
    fn new(folder: TempDir, months: &'static [&'static str]) -> Self {
        Job { folder, months, inputs: vec!["--max-reject-share=0.5".to_owned()] }
    }

    /// An input by its option.
    fn with(mut self, option: &str, path: impl AsRef<Path>) -> Self {
        self.inputs.push(format!("{option}={}", path.as_ref().display()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str], month: &str, book: &str) -> Command {
        let mut command = monthend(words.iter().copied());
        command.args(["--month", month]).arg("--book").arg(self.path(book));
        command.args(self.inputs.iter().map(|input| input.replace("{month}", month)));
        command.args(["--opening", if month == self.months[0] { "genesis" } else { "book" }]);
        command
    }

    fn bill(&self, month: &str, book: &str, rollup: Option<&Path>) -> Outcome {
        let mut command = self.command(&["run", "--quiet"], month, book);
        let output = command.args(rollup_options(rollup)).output()?;
        assert!(matches!(code(&output)?, 0 | 3), "{command:?}: {}", words(&output));
        Ok(())
    }

    /// What leaves out the events of `dropped.csv`.
    fn dispute(&self, book: &str) -> Command {
        let month = self.months[0];
        let mut command = monthend(["rerun", "--quiet", "--month", month, "--reason", "disputed"]);
        command.arg("--book").arg(self.path(book));
        command.arg("--drop-events").arg(self.path("dropped.csv"));
        command
    }

    /// Bills all months both ways, and after that the first one without the events of `dropped.csv`, if there are some.
    fn is_the_same_by(&self, engine: Engine) -> Outcome {
        let has_dispute = self.path("dropped.csv").exists();
        let mut places = Vec::new();
        for month in self.months {
            self.bill(month, "own", None)?;
            places.push(self.path(month));
            let mut request = self.command(&["rollup", "request"], month, "own");
            run(request.arg("--out").arg(self.path(month)), 0)?;
        }
        let of_dispute = self.path("dispute");
        if has_dispute {
            run(self.dispute("own").arg("--request-rollup").arg(&of_dispute), 0)?;
            places.push(of_dispute.clone());
        }
        engine.roll_up(&self.path("scratch"), &places)?;
        for month in self.months {
            self.bill(month, "elsewhere", Some(&self.path(month)))?;
            self.same(engine, month, "r001")?;
        }
        if has_dispute {
            run(&mut self.dispute("own"), 3)?;
            run(self.dispute("elsewhere").args(rollup_options(Some(&of_dispute))), 3)?;
            self.same(engine, self.months[0], "r002")?;
        }
        Ok(())
    }

    /// A revision's tables are the same, and so is the manifest but for who rolled up.
    fn same(&self, engine: Engine, month: &str, revision: &str) -> Outcome {
        let revisions = ["own", "elsewhere"].map(|book| self.path(book).join(month).join(revision));
        let [own, other] = &revisions;
        assert_eq!(differing(own, other)?, Vec::<PathBuf>::new(), "{month} {revision}");
        let [mut own, mut other] =
            [json(&own.join("manifest.json"))?, json(&other.join("manifest.json"))?];
        assert_eq!(other["rolled_up_by"]["engine"], engine.name());
        for manifest in [&mut own, &mut other] {
            let members = manifest.as_object_mut().ok_or("no object")?;
            members.remove("rolled_up_by");
            members.remove("previous"); // its digest is that of a manifest that names an engine, or none
        }
        assert!(own == other, "{month} {revision}:\n{own:#}\nis not\n{other:#}");
        Ok(())
    }
}

fn rollup_options(place: Option<&Path>) -> Vec<OsString> {
    place.into_iter().flat_map(|place| ["--rollup".into(), place.into()]).collect()
}

/// Runs a script of `tests/spark` that needs pyarrow.
fn script(name: &str, add: impl FnOnce(&mut process::Command)) -> Outcome {
    let made = python::script("MONTHEND_PYTHON", |command| {
        add(command.arg(root().join("tests/spark").join(name)));
    })?;
    assert!(made.status.success(), "{}", python::words_of(&made));
    Ok(())
}

/// The usage of some months of a folder as Parquet, in the folder `usage` of the job's.
fn as_parquet(fixtures: &str, months: &[&str], folder: &Path) -> Outcome {
    let mut logs = Vec::new();
    for entry in fs::read_dir(root().join(fixtures).join("usage"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if months.iter().any(|month| name.starts_with(month)) {
            logs.push(entry.path());
        }
    }
    script("text_to_parquet.py", |command| {
        command.arg(folder.join("usage")).args(logs);
    })
}

fn nasty(engine: Engine, months: &'static [&'static str]) -> Outcome<Job> {
    let job = Job::new(tempfile::tempdir()?, months);
    script("nasty_parquet.py", |command| {
        command.arg(job.path("usage")).arg("fixtures/changes/changes.csv");
        command.arg(job.path("dropped.csv")).current_dir(root());
        command.arg("--without").args(engine.cannot_read());
    })?;
    let usage = job.path("usage");
    Ok(job
        .with("--usage", usage)
        .with("--catalog", "fixtures/catalogs")
        .with("--changes", "fixtures/changes"))
}

pub fn sail_comes_to_the_same_on_the_fixtures() -> Outcome {
    let job = Job::new(tempfile::tempdir()?, &["2026-04", "2026-05"]);
    as_parquet("fixtures", job.months, job.folder.path())?;
    fs::write(
        job.path("dropped.csv"),
        "event_id,reason\nev-0090,the batch ran twice\nev-0080,so did this\n",
    )?;
    let usage = job.path("usage/{month}*");
    let job = job.with("--usage", usage).with("--catalog", "fixtures/catalogs");
    job.with("--changes", "fixtures/changes").is_the_same_by(Engine::Sail)
}

/// With grants, and credits that were bought.
pub fn sail_comes_to_the_same_on_a_month_of_the_year() -> Outcome {
    let job = Job::new(tempfile::tempdir()?, &["2026-07"]);
    as_parquet("fixtures/year", job.months, job.folder.path())?;
    let usage = job.path("usage");
    job.with("--usage", usage)
        .with("--catalog", "fixtures/year/catalogs")
        .with("--changes", "fixtures/year/changes.csv")
        .with("--adjustments", "fixtures/year/adjustments/2026-07.csv")
        .is_the_same_by(Engine::Sail)
}

pub fn sail_comes_to_the_same_on_a_real_log() -> Outcome {
    let folder = real_log("servegen")?;
    let job = Job::new(tempfile::tempdir()?, &["2026-01", "2026-02"]);
    // The fixtures' catalogue, in force from before the log begins.
    let catalog = fs::read_to_string(root().join("fixtures/catalogs/kiro-2025-11-15.toml"))?;
    let early = catalog.replace("in_force_from = 2025-11-15", "in_force_from = 2024-01-01");
    fs::write(job.path("kiro.toml"), early)?;
    let catalog = job.path("kiro.toml");
    job.with("--usage", folder.join("usage.parquet"))
        .with("--changes", folder.join("changes.csv"))
        .with("--catalog", catalog)
        .is_the_same_by(Engine::Sail)
}

pub fn sail_comes_to_the_same_on_a_made_log() -> Outcome {
    let job = Job::new(tempfile::tempdir()?, &["2026-04"]);
    let usual = Settings::usual("2026-04", 100_000, 2_000).ok_or("no month")?;
    let settings = Settings { duplicates: 10, conflicts: 100, files: 3, ..usual };
    generate(&settings, &job.path("logs")).map_err(|fault| fault.to_string())?;
    let [usage, changes, catalog] =
        ["usage-*", "changes*", "catalog.toml"].map(|name| job.path("logs").join(name));
    job.with("--usage", usage)
        .with("--changes", changes)
        .with("--catalog", catalog)
        .is_the_same_by(Engine::Sail)
}

pub fn sail_comes_to_the_same_on_nasty_rows() -> Outcome {
    nasty(Engine::Sail, &["2026-04", "2026-05"])?.is_the_same_by(Engine::Sail)
}

/// A month alone: it takes Spark more than a minute to plan so many types.
pub fn spark_comes_to_the_same_on_nasty_rows() -> Outcome {
    let job = nasty(Engine::Spark, &["2026-04"])?;
    fs::remove_file(job.path("dropped.csv"))?;
    job.is_the_same_by(Engine::Spark)
}
