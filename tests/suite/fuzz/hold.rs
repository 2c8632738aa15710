//! Holding a reader to what it promises, for some cases or for some time.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use super::bytes::{Seed, changes};
use crate::common::{Outcome, root};
use crate::months::holding;

/// A reader, and what it is tried on.
pub struct Reader {
    pub name: &'static str,
    /// Files that are right, or whose faults are rows'.
    pub seeds: fn() -> Outcome<Vec<Seed>>,
    /// Texts that mean something to it.
    pub tokens: &'static [&'static str],
    /// How many cases there are where no time is given.
    pub cases: u32,
    /// Reads a file, and checks what came of it.
    pub read: fn(&Path) -> holding::Outcome<()>,
}

/// A reader that is still busy with a small file by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Holds a reader to its promises: on earlier findings, then on random changes of its seeds.
pub fn holds(reader: &'static Reader) -> Outcome {
    for finding in findings(reader.name)? {
        read(reader, finding.clone()).map_err(|fault| format!("{}: {fault}", finding.display()))?;
    }
    let folder = work().join(reader.name);
    fs::create_dir_all(&folder)?;
    let seeds = (reader.seeds)()?;
    let until = end();
    loop {
        let strategy = (any::<Index>(), changes(reader.tokens));
        holding::holds(reader.cases, strategy, |(seed, changes)| {
            if until.is_some_and(|until| until < now()) {
                return Ok(());
            }
            let seed = seed.get(&seeds);
            let mut bytes = seed.bytes.clone();
            changes.iter().for_each(|change| change.apply(&mut bytes));
            let file = folder.join(format!("input.{}", seed.ending));
            fs::write(&file, bytes)?;
            let read = read(reader, file.clone());
            if read.is_err() {
                // The last one that is kept is the smallest.
                fs::copy(&file, folder.join(format!("found.{}", seed.ending)))?;
            }
            read
        });
        if until.is_none_or(|until| until < now()) {
            return Ok(());
        }
    }
}

/// Reads a file by a thread of its own, so that a panic is a fault like others, and a reader that hangs is noticed.
fn read(reader: &'static Reader, file: PathBuf) -> holding::Outcome<()> {
    let (tell, told) = mpsc::channel();
    let shown = file.display().to_string();
    let thread = thread::spawn(move || {
        // The other end is gone where this one took too long.
        let _ = tell.send((reader.read)(&file));
    });
    let fault = |what: &str| TestCaseError::fail(format!("{}: {what} on {shown}", reader.name));
    match told.recv_timeout(PATIENCE) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(TestCaseError::Fail(reason))) => Err(fault(reason.message())),
        Ok(Err(reject)) => Err(reject),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(fault("still busy")),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err();
            let text = panic.as_ref().and_then(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                text.or_else(|| panic.downcast_ref::<&str>().copied())
            });
            Err(fault(&format!("panics: {}", text.unwrap_or("no message"))))
        }
    }
}

/// Where inputs are written.
pub fn work() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz")
}

/// Inputs that were found to be faults once.
fn findings(reader: &str) -> Outcome<Vec<PathBuf>> {
    let folder = root().join("tests/fuzz").join(reader);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Outcome<_>>()?;
    files.sort();
    Ok(files)
}

/// Checks that nobody looks for findings in vain.
pub fn findings_are_of(readers: &[&str]) -> Outcome {
    let mut folders = BTreeSet::new();
    let found = root().join("tests/fuzz");
    for entry in fs::read_dir(found)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    folders.retain(|folder| !readers.contains(&folder.as_str()));
    assert!(folders.is_empty(), "tests/fuzz has findings of no reader: {folders:?}");
    Ok(())
}

/// When to end, where the environment says for how long to try.
#[expect(clippy::disallowed_methods, reason = "a test may ask how long it may take")]
fn end() -> Option<Instant> {
    let seconds = std::env::var("MONTHEND_FUZZ_SECONDS").ok()?.parse().ok()?;
    Some(now() + Duration::from_secs(seconds))
}

#[expect(clippy::disallowed_methods, reason = "a test may look at the clock to end in time")]
fn now() -> Instant {
    Instant::now()
}
