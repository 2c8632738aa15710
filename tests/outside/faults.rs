//! The machine fails at one call: the N-th that opens, reads, writes, renames or flushes a file of the inputs or the
//! book, or starts a thread. Whatever it is, the book stays whole, the exit code and the words are true, and the next
//! run gets there.
//!
//! A library that is loaded before the program's own makes the call fail (`shim.c`). Which calls are tried is drawn by
//! seed; `MONTHEND_FAULTS` draws more of each kind, `MONTHEND_FAULTS_SEED` others.

mod archive;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use monthend_tests::{Outcome, code, copy_folder, program, result, root, tables, words};
use serde_json::Value;
use tempfile::TempDir;

use crate::cannot_run;

pub use archive::a_month_on_its_way_to_an_archive_and_back_is_never_lost;

/// What would be said of a panic, or of a damaged file: there is none.
const NEVER_SAID: [&str; 9] = [
    "panicked",
    "please report",
    "restore",
    "changed by hand",
    "damaged",
    "truncated",
    "not a whole",
    "is not there",
    "does not tell",
];

/// How many calls of a kind are made to fail unless told otherwise.
const TRIED: u64 = 2;

/// A kind of call, and the errors that it fails with.
type Kind = (&'static str, &'static [i32]);

const EINTR: i32 = 4;
const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;

const KINDS: [Kind; 6] = [
    ("open", &[EMFILE, EIO]),
    ("read", &[EIO, EINTR]),
    ("write", &[ENOSPC, EIO]),
    ("rename", &[EIO]),
    ("flush", &[EIO, ENOSPC]),
    ("thread", &[EAGAIN]),
];

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// April, for the first time.
    Run,
    /// April with a late file.
    Rerun,
    /// The same, and May with it.
    Cascade,
    /// The same, after a crash between the two renames of its publication.
    Completion,
}

/// A call that fails.
struct Fault {
    act: Act,
    call: &'static str,
    at: u64,
    error: i32,
    /// Whether standard error is a full disk.
    deaf: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { act, call, at, error, deaf } = self;
        write!(f, "{act:?}, {call} {at} fails with error {error}, standard error is full: {deaf}")
    }
}

/// The revisions in force, by month.
type InForce = BTreeMap<String, String>;
/// The tables of all revisions in force, by month.
type Tables = BTreeMap<String, BTreeMap<PathBuf, Vec<u8>>>;

/// Compiles the library into a folder; makes sure that it is loaded.
pub fn shim(folder: &Path) -> Outcome<PathBuf> {
    let (shim, count) = (folder.join("shim.so"), folder.join("count"));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim);
    cc.arg(root().join("tests/outside/faults/shim.c")).arg("-ldl");
    match cc.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => return cannot_run(format!("cc: {}", words(&output))),
        Err(error) => return cannot_run(format!("cc: {error}")),
    }
    let mut version = Command::new(program());
    version.arg("--version").env("LD_PRELOAD", &shim).env("FAULT_COUNT", &count).output()?;
    match count.exists() {
        true => Ok(shim),
        false => cannot_run("no library can be loaded before the program's own"),
    }
}

struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A copy of the fixtures, and a book with April and May.
    fn new() -> Outcome<Self> {
        let bench = Bench { folder: tempfile::tempdir()? };
        shim(bench.folder.path())?;
        copy_folder(&root().join("fixtures"), &bench.path("work/fixtures"))?;
        fs::write(
            bench.path("work/late.csv"),
            "event_id,account_id,at,credits\n\
             late-1,ten-over-the-cap,2026-04-28T12:00:00Z,100\n\
             late-2,trial-over-month-end,2026-04-28T12:00:00Z,1\n",
        )?;
        for month in ["2026-04", "2026-05"] {
            bench.finish(bench.run_of(month))?;
        }
        copy_folder(&bench.book(), &bench.path("two-months"))?;
        bench.finish(bench.command(Act::Rerun))?;
        fs::write(bench.book().join("2026-04/CURRENT"), "r001\n")?;
        let journal = fs::read_to_string(bench.book().join(".journal"))?;
        let kept = journal.lines().filter(|line| !line.starts_with("2026-04 r002"));
        let kept: String = kept.map(|line| format!("{line}\n")).collect();
        fs::write(bench.book().join(".journal"), kept)?;
        copy_folder(&bench.book(), &bench.path("cut-short"))?;
        Ok(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn book(&self) -> PathBuf {
        self.path("work/book")
    }

    fn run_of(&self, month: &str) -> Command {
        let fixtures = self.path("work/fixtures");
        let mut run = Command::new(program());
        run.args(["run", "--month", month, "--max-reject-share", "0.05", "--catalog"]);
        run.arg(fixtures.join("catalogs")).arg("--changes").arg(fixtures.join("changes"));
        run.arg("--usage").arg(fixtures.join(format!("usage/{month}*")));
        if month == "2026-04" {
            run.args(["--opening", "genesis"]);
        }
        self.answering(run)
    }

    fn answering(&self, mut command: Command) -> Command {
        command.arg("--book").arg(self.book()).args(["--json", "--threads", "2"]);
        command.current_dir(self.folder.path());
        command
    }

    fn command(&self, act: Act) -> Command {
        if act == Act::Run {
            return self.run_of("2026-04");
        }
        let mut rerun = Command::new(program());
        rerun.args([
            "rerun",
            "--month",
            "2026-04",
            "--reason",
            "late",
            "--issued-on",
            "2026-06-15",
        ]);
        rerun.arg("--add-usage").arg(self.path("work/late.csv"));
        if act == Act::Cascade {
            rerun.arg("--cascade");
        }
        self.answering(rerun)
    }

    /// The book as an act finds it.
    fn prepare(&self, act: Act) -> Outcome {
        if self.book().exists() {
            fs::remove_dir_all(self.book())?;
        }
        match act {
            Act::Run => Ok(()),
            Act::Rerun | Act::Cascade => copy_folder(&self.path("two-months"), &self.book()),
            Act::Completion => copy_folder(&self.path("cut-short"), &self.book()),
        }
    }

    /// Runs a command that must succeed.
    fn finish(&self, mut command: Command) -> Outcome<Value> {
        let output = command.output()?;
        match code(&output)? {
            0 | 3 => result(&output),
            code => Err(format!("exit code {code}\n{}", words(&output)).into()),
        }
    }

    fn in_force(&self) -> Outcome<InForce> {
        let mut in_force = InForce::new();
        for month in ["2026-04", "2026-05"] {
            let current = self.book().join(month).join("CURRENT");
            if current.exists() {
                let name = fs::read_to_string(current)?.trim_end().to_owned();
                in_force.insert(month.to_owned(), name);
            }
        }
        Ok(in_force)
    }

    /// The tables in force, whatever their revisions are called.
    fn tables(&self) -> Outcome<Tables> {
        let in_force = self.in_force()?.into_iter();
        in_force
            .map(|(month, name)| {
                let tables = tables(&self.book().join(&month).join(name))?;
                Ok((month, tables))
            })
            .collect()
    }

    /// Runs an act in which a call fails.
    fn with_fault(&self, fault: &Fault) -> Outcome<Output> {
        let mut command = self.command(fault.act);
        command.env("LD_PRELOAD", self.path("shim.so")).env("FAULT_BELOW", self.path("work"));
        command.env("FAULT_CALL", fault.call).env("FAULT_AT", fault.at.to_string());
        command.env("FAULT_ERRNO", fault.error.to_string());
        command.env("FAULT_COUNT", self.path("count"));
        if fault.deaf {
            command.stderr(Stdio::from(fs::File::options().write(true).open("/dev/full")?));
        }
        Ok(command.stdout(Stdio::piped()).output()?)
    }

    /// How many calls of a kind an act makes when none fails.
    fn calls(&self, act: Act, call: &'static str) -> Outcome<u64> {
        self.prepare(act)?;
        let none = Fault { act, call, at: 0, error: 0, deaf: false };
        let output = self.with_fault(&none)?;
        assert_eq!(code(&output)?, 3, "{}", words(&output));
        Ok(fs::read_to_string(self.path("count"))?.trim().parse()?)
    }

    /// Makes a call fail, and holds what comes of it against `expected`, what the act comes to by itself.
    fn try_fault(&self, fault: &Fault, expected: &Tables) -> Outcome<bool> {
        self.prepare(fault.act)?;
        let before = self.in_force()?;
        let output = self.with_fault(fault)?;
        let (ended, said) = (code(&output)?, words(&output));
        for word in NEVER_SAID {
            assert!(!said.contains(word), "`{word}` is in\n{said}");
        }
        let told = result(&output)?;
        let mut new = self.in_force()?;
        new.retain(|month, name| before.get(month) != Some(name));
        assert!(matches!(ended, 1 | 3 | 75), "exit code {ended}\n{said}");
        if ended == 3 {
            assert_eq!(self.tables()?, *expected, "{said}");
        } else {
            assert_eq!(published(&told)?, new, "it says otherwise: {told}");
            assert!(fault.error != EINTR, "an interruption is no failure: {said}");
            self.check_words(fault, &said, &new)?;
        }
        // Whatever it was: the same once more gets there, and the book is sound.
        self.finish(self.command(fault.act))?;
        assert_eq!(self.tables()?, *expected);
        let mut verify = Command::new(program());
        let sound = verify.args(["verify", "--book"]).arg(self.book()).output()?;
        assert_eq!(code(&sound)?, 0, "{}", String::from_utf8_lossy(&sound.stdout));
        assert_eq!(fs::read_dir(self.book().join(".staging")).into_iter().flatten().count(), 0);
        Ok(ended == 3)
    }

    /// Whether people are told what was published, and what lies in the book and is not in force.
    fn check_words(&self, fault: &Fault, said: &str, new: &InForce) -> Outcome {
        if fault.deaf {
            return Ok(());
        }
        for (month, name) in new {
            let line = format!("done before: {month} published: ");
            let is_told = said.lines().any(|l| l.trim().starts_with(&line) && l.ends_with(name));
            assert!(is_told, "`{line}{name}` is not in\n{said}");
        }
        let lies_there = |month: &str| {
            let in_force = new.get(month).map_or("r001", String::as_str);
            self.book().join(month).join("r002").exists() && in_force == "r001"
        };
        let by_this_run =
            fault.act != Act::Completion && ["2026-04", "2026-05"].iter().any(|m| lies_there(m));
        assert_eq!(
            said.contains("the next run of the month completes"),
            by_this_run || said.contains("CURRENT could not be made"),
            "{said}"
        );
        if by_this_run {
            assert!(said.contains("lies in the book"), "{said}");
        }
        Ok(())
    }
}

/// What a failure says was published.
fn published(told: &Value) -> Outcome<InForce> {
    let published = told["published"].as_array().ok_or("does not say what was published")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(published.iter().map(|one| (text(&one["month"]), text(&one["revision"]))).collect())
}

#[expect(clippy::disallowed_methods, reason = "a test may be told how much to try")]
fn said(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The next of a series of numbers (splitmix64).
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

pub fn a_machine_that_fails_leaves_a_whole_book_and_true_words() -> Outcome {
    let bench = Bench::new()?;
    let (tried, mut seed) = (said("MONTHEND_FAULTS", TRIED), said("MONTHEND_FAULTS_SEED", 11));
    let (mut survived, mut failed, mut wrong) = (0, 0, Vec::new());
    for act in [Act::Run, Act::Rerun, Act::Cascade, Act::Completion] {
        bench.prepare(act)?;
        bench.finish(bench.command(act))?;
        let expected = bench.tables()?;
        for (call, errors) in KINDS {
            let calls = bench.calls(act, call)?;
            assert!(calls > 0 || call == "rename", "{act:?} has no {call}");
            for at in 0..tried.min(calls) {
                let at = if tried >= calls { at } else { next(&mut seed) % calls };
                let error = errors[usize::try_from(next(&mut seed))? % errors.len()];
                let deaf = next(&mut seed).is_multiple_of(4);
                let fault = Fault { act, call, at: at + 1, error, deaf };
                match std::panic::catch_unwind(|| bench.try_fault(&fault, &expected)) {
                    Ok(Ok(true)) => survived += 1,
                    Ok(Ok(false)) => failed += 1,
                    Ok(Err(error)) => wrong.push(format!("{fault}\n{error}")),
                    Err(panic) => {
                        let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        wrong.push(format!("{fault}\n{said}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(failed > 0 && survived > 0, "{failed} failed, {survived} did not matter");
    Ok(())
}
