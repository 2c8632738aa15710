//! What `rerun` means: a month's manifest, and where the job departs from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::Utc;
use rust_decimal::Decimal;

use super::recorded_run::{Again, Correction, Corrections, RecordedFile};
use super::{Job, Machine, OpeningChoice, Purpose, ask, holder, reject_share, replace};
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{
    Book, Holder, InputFile, Manifest, OpeningRecord, Relocation, Revision, locate, times_of_change,
};
use crate::catalog::{self, Catalog, Version};
use crate::cli::{CorrectionArgs, DiffArgs, MachineArgs, RerunArgs};
use crate::input::logs::Mapping;

/// Resolves what was typed.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or names an input that the manifest does
/// not record; [`crate::base::error::Kind::Book`]: the month is not in the book.
#[expect(clippy::disallowed_methods, reason = "the edge: the clock is read here")]
pub fn rerun(args: &RerunArgs) -> Result<Job> {
    let (started_at, stopwatch) = (Utc::now(), std::time::Instant::now());
    let month = ask::month(&args.month)?;
    let book = ask::book(&args.book)?;
    let moved = ask::moved(&args.moved)?;
    let correction = Correction::of(&args.correction, started_at)?;
    let revision = published(&book, month)?;
    let base = Base {
        purpose: if args.dry_run { Purpose::DryRun } else { Purpose::Publish },
        correction,
        corrections: corrections(args, moved, &revision)?,
        machine: Machine::of(&args.machine)?,
        holder: holder(started_at),
        stopwatch,
    };
    let mut job = base.job(&book, month, &revision)?;
    if let Some(path) = &args.catalog {
        job.catalog = catalog::load(path, month)?;
    }
    match args.opening.as_deref() {
        None => {}
        Some("book") => job.opening = OpeningChoice::Book,
        Some("genesis") => job.opening = OpeningChoice::Genesis,
        Some("stale-ok") => stay_on_recorded(&mut job, &revision.manifest),
        Some(path) => job.opening = OpeningChoice::File(path.into()),
    }
    if let Some(share) = &args.max_reject_share {
        job.max_reject_share = reject_share(share)?;
    }
    if let Some(list) = &args.drop_events {
        // A list that was given before is read as it is now; it may leave out less than it did.
        let before = job.again.drops.len();
        let is_list = |path: &Path| match (path.canonicalize(), list.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => path == list,
        };
        job.again.drops.retain(|recorded| !is_list(&recorded.path));
        job.again.same_usage &= job.again.drops.len() == before;
        job.again.drop_events = Some(list.clone());
    }
    job.again.accounts = accounts(&args.accounts)?;
    if job.again.accounts.is_some() {
        only_accounts(args, &book, &mut job, &revision.manifest)?;
    }
    Ok(job)
}

/// Corrections of the logs, as the month's manifest understands them.
fn corrections(
    args: &RerunArgs,
    moved: Vec<Relocation>,
    revision: &Revision,
) -> Result<Corrections> {
    let (manifest, file) = (&revision.manifest, revision.folder.join(Manifest::FILE));
    let times = BTreeMap::new();
    let recorded = Recorded { manifest, file: &file, moved: &moved, times };
    let resolve = |option: &str, pairs: &[String], role: &str| {
        replace::resolve(option, pairs, &recorded.files(role))
    };
    Ok(Corrections {
        replace_usage: resolve("--replace-usage", &args.replace_usage, "usage")?,
        replace_changes: resolve("--replace-changes", &args.replace_changes, "changes")?,
        add_usage: args.add_usage.clone(),
        add_changes: args.add_changes.clone(),
        moved,
    })
}

/// `diff --what-if`: the month under another catalogue, without publishing.
///
/// # Errors
/// As [`rerun`].
#[expect(clippy::disallowed_methods, reason = "the edge: the clock is read here")]
pub fn what_if(args: &DiffArgs) -> Result<Job> {
    let (started_at, stopwatch) = (Utc::now(), std::time::Instant::now());
    let (month, book) = (ask::month(&args.month)?, ask::book(&args.book)?);
    let corrections = Corrections { moved: ask::moved(&args.moved)?, ..Corrections::default() };
    let correction = CorrectionArgs { differences: args.out.clone(), ..CorrectionArgs::default() };
    let base = Base {
        purpose: Purpose::DryRun,
        correction: Correction::of(&correction, started_at)?,
        corrections,
        machine: Machine::of(&MachineArgs::default())?,
        holder: holder(started_at),
        stopwatch,
    };
    let revision = published(&book, month)?;
    let mut job = base.job(&book, month, &revision)?;
    if let Some(path) = &args.catalog {
        job.catalog = catalog::load(path, month)?;
    }
    // Only the catalogue is to differ.
    stay_on_recorded(&mut job, &revision.manifest);
    Ok(job)
}

/// A dispute: what all accounts share must stay as it is, since all others are carried over.
fn only_accounts(args: &RerunArgs, book: &Book, job: &mut Job, manifest: &Manifest) -> Result<()> {
    let opening = args.opening.as_deref().filter(|opening| *opening != "stale-ok");
    if args.catalog.is_some() || opening.is_some() {
        return Err(Error::usage("--accounts bills some accounts anew, on the same terms as all")
            .expected("no --catalog, and no --opening but stale-ok")
            .hint("bill the whole month again: leave --accounts out"));
    }
    if !job.stale_ok && book.stale(job.month)?.is_some() {
        return Err(Error::input(format!("{} rests on a stale opening state", job.month))
            .hint("bill the whole month again first; or say --opening stale-ok"));
    }
    let stale_ok = job.stale_ok;
    stay_on_recorded(job, manifest);
    job.stale_ok = stale_ok;
    Ok(())
}

/// `stale-ok`: the recorded opening, though another one may be in force by now.
fn stay_on_recorded(job: &mut Job, manifest: &Manifest) {
    job.stale_ok = true;
    if let OpeningRecord::Book { revision, .. } = &manifest.opening {
        job.opening = OpeningChoice::Revision(revision.clone());
    }
}

/// The job that bills a later month again, from what its manifest records, with the corrections
/// and the reason of `job`.
///
/// # Errors
/// As [`rerun`].
pub fn later(job: &Job, month: Month) -> Result<Job> {
    let book = job.book.as_ref().ok_or_else(|| Error::usage("there is no book to publish in"))?;
    let mut correction = job.correction.clone();
    correction.differences = correction.differences.map(|folder| folder.join(month.to_string()));
    let base = Base {
        purpose: job.purpose,
        correction,
        corrections: job.again.corrections.clone(),
        machine: job.machine.clone(),
        holder: job.holder.clone(),
        stopwatch: job.stopwatch,
    };
    // Where the first month may rest on a stale state, those that rest on it may.
    Ok(Job { stale_ok: job.stale_ok, ..base.job(book, month, &published(book, month)?)? })
}

fn published(book: &Book, month: Month) -> Result<Revision> {
    book.current(month)?.ok_or_else(|| {
        Error::book(format!("{month} is not in the book, so there is nothing to bill again"))
            .in_file(book.folder())
            .hint(format!("publish it first: monthend run --month {month} …"))
    })
}

/// What all months of a rerun share.
struct Base {
    purpose: Purpose,
    correction: Correction,
    corrections: Corrections,
    machine: Machine,
    holder: Holder,
    stopwatch: std::time::Instant,
}

impl Base {
    /// The job of a month.
    fn job(self, book: &Book, month: Month, revision: &Revision) -> Result<Job> {
        let manifest = &revision.manifest;
        let file = revision.folder.join(Manifest::FILE);
        let Corrections { moved, replace_usage, replace_changes, .. } = &self.corrections;
        let times = times_of_change(&revision.folder);
        let recorded = Recorded { manifest, file: &file, moved, times };
        let mut usage = recorded.files("usage");
        let mut changes = recorded.files("changes");
        let mut added = (self.corrections.add_usage.clone(), self.corrections.add_changes.clone());
        replace::apply(replace_usage, &mut usage, &mut added.0);
        replace::apply(replace_changes, &mut changes, &mut added.1);
        let same_usage = added.0.is_empty();
        Ok(Job {
            purpose: self.purpose,
            month,
            catalog: recorded.catalogue()?,
            changes: added.1,
            usage: added.0,
            book: Some(book.clone()),
            opening: recorded.opening()?,
            stale_ok: false,
            correction: self.correction,
            again: Again {
                based_on: Some(revision.name.clone()),
                usage,
                changes,
                drops: recorded.files("drop-events"),
                drop_events: None,
                accounts: None,
                same_usage,
                corrections: self.corrections.clone(),
            },
            map_usage: recorded.mapping("map_usage")?,
            map_changes: recorded.mapping("map_changes")?,
            event_ids: recorded.option("event_ids")?.as_bool().unwrap_or(true),
            max_reject_share: recorded.max_reject_share()?,
            machine: self.machine,
            holder: self.holder,
            stopwatch: self.stopwatch,
        })
    }
}

/// A month's manifest, being read.
struct Recorded<'a> {
    manifest: &'a Manifest,
    file: &'a Path,
    /// Where recorded inputs are now.
    moved: &'a [Relocation],
    /// When recorded inputs had been changed last.
    times: BTreeMap<String, String>,
}

impl Recorded<'_> {
    fn files(&self, role: &str) -> Vec<RecordedFile> {
        let of_role = self.manifest.inputs.iter().filter(|input| input.role == role);
        of_role.map(|input| self.located(input)).collect()
    }

    fn located(&self, input: &InputFile) -> RecordedFile {
        RecordedFile {
            name: input.file.clone(),
            path: locate(input, self.moved),
            bytes: input.bytes,
            sha256: input.sha256.clone(),
            modified: self.times.get(&input.file).cloned(),
        }
    }

    /// The catalogue as the manifest holds it in full: the file is not needed.
    fn catalogue(&self) -> Result<Version> {
        let name = self.file.display().to_string();
        let catalog = Catalog::from_json(&self.manifest.catalogue, &name)?;
        let input = self.manifest.inputs.iter().find(|input| input.role == "catalogue");
        let input = input.ok_or_else(|| self.damaged("inputs"))?;
        let InputFile { file, bytes, sha256, .. } = input.clone();
        Ok(Version { file, bytes, sha256, catalog })
    }

    fn opening(&self) -> Result<OpeningChoice> {
        Ok(match &self.manifest.opening {
            OpeningRecord::Genesis => OpeningChoice::Genesis,
            OpeningRecord::Book { .. } => OpeningChoice::Book,
            OpeningRecord::Imported { sha256 } => OpeningChoice::Imported(sha256.clone()),
            OpeningRecord::File { .. } => {
                let input = self.manifest.inputs.iter().find(|input| input.role == "opening");
                let input = input.ok_or_else(|| self.damaged("inputs"))?;
                OpeningChoice::Recorded(self.located(input))
            }
        })
    }

    fn option(&self, name: &str) -> Result<&serde_json::Value> {
        self.manifest.options.get(name).ok_or_else(|| self.damaged(name))
    }

    fn mapping(&self, name: &str) -> Result<Mapping> {
        serde_json::from_value(self.option(name)?.clone()).map_err(|_| self.damaged(name))
    }

    fn max_reject_share(&self) -> Result<Decimal> {
        let share = self.option("max_reject_share")?.as_str();
        reject_share(share.ok_or_else(|| self.damaged("max_reject_share"))?)
    }

    fn damaged(&self, entry: &str) -> Error {
        Error::book("the manifest does not say how the month was billed")
            .in_file(self.file)
            .in_column(entry)
            .hint("the book may have been changed by hand; restore it from a copy")
    }
}

/// The accounts of a dispute: ids, or files with one id a line.
fn accounts(given: &[String]) -> Result<Option<BTreeSet<String>>> {
    let mut accounts = BTreeSet::new();
    for one in given {
        let path = Path::new(one);
        if !path.is_file() {
            accounts.insert(one.clone());
            continue;
        }
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::usage("the list of accounts cannot be read")
                .in_file(path)
                .caused_by(e)
                .expected("UTF-8 text with one account id a line")
        })?;
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        accounts.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    if !given.is_empty() && accounts.is_empty() {
        return Err(Error::usage("--accounts names no account")
            .expected("ids, or a file with one id a line"));
    }
    Ok((!accounts.is_empty()).then_some(accounts))
}
