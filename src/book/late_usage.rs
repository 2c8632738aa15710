//! Late usage (L2): rows of a published month that stand in another month's inputs, and that the
//! month was not billed from. It is told from manifests alone: no log is read.
//!
//! A file is one that the month was billed from if it has the digest of a recorded one. At the path
//! of a recorded one it is that file as it has grown since, if it has no fewer rows of the month:
//! then what it has more is late. All else is a file that the month does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::manifest::{InputFile, Manifest, Role};
use super::months::Book;
use super::revision::Revision;
use super::run_record::RunRecord;
use crate::base::calendar::Month;
use crate::base::digits::{counted, with_thousands};
use crate::base::error::Result;
use crate::base::path_names::plain;

/// Rows of a published month in a file that it was not billed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LateUsage {
    /// The month that they belong to.
    pub month: Month,
    /// The file, as the inputs name it.
    pub file: String,
    /// How many there are.
    pub rows: u64,
    /// The recorded path, if the month was billed from the file before it had grown.
    pub grown_from: Option<String>,
}

/// Files that a sentence names one by one.
const FILES_TOLD: usize = 5;

impl LateUsage {
    /// Late usage, already in order, month by month.
    pub fn by_month(all: &[LateUsage]) -> impl Iterator<Item = &[LateUsage]> {
        all.chunk_by(|one, other| one.month == other.month)
    }

    /// How many rows of a month which files have.
    pub fn in_words(of_month: &[LateUsage]) -> String {
        let rows = counted(of_month.iter().map(|late| late.rows).sum(), "row");
        let files: Vec<&str> =
            of_month.iter().take(FILES_TOLD).map(|late| late.file.as_str()).collect();
        match of_month.len().checked_sub(FILES_TOLD) {
            None | Some(0) => format!("{rows} in {}", files.join(", ")),
            Some(more) => {
                format!("{rows} in {}, and {} more", files.join(", "), with_thousands(more as u64))
            }
        }
    }

    /// The command that bills what a month lacks.
    pub fn command(of_month: &[LateUsage]) -> String {
        let Some(month) = of_month.first().map(|late| late.month) else { return String::new() };
        let told = &of_month[..of_month.len().min(FILES_TOLD)];
        let new = told.iter().filter(|late| late.grown_from.is_none()).map(|late| word(&late.file));
        let new: Vec<String> = new.collect();
        let mut command = format!("monthend rerun --month {month}");
        if !new.is_empty() {
            command += &format!(" --add-usage {}", new.join(" "));
        }
        for LateUsage { file, grown_from, .. } in told {
            if let Some(recorded) = grown_from {
                command += &format!(" --replace-usage {}", word(&format!("{recorded}={file}")));
            }
        }
        let more = if told.len() < of_month.len() { " …" } else { "" };
        command + more + " --reason '…' --cascade"
    }
}

impl Serialize for LateUsage {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            month: Month,
            file: &'a str,
            rows: u64,
            command: String,
        }
        let command = LateUsage::command(std::slice::from_ref(self));
        let LateUsage { month, file, rows, .. } = self;
        Json { month: *month, file, rows: *rows, command }.serialize(to)
    }
}

/// A text as one word of a shell.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-/=:".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// The months of which files have rows.
pub fn months_in(inputs: &[InputFile]) -> BTreeSet<Month> {
    let counted = inputs.iter().filter_map(|input| input.rows_by_month.as_ref());
    counted.flat_map(BTreeMap::keys).copied().collect()
}

/// What the months of a book were billed from, as it is asked for.
#[derive(Debug)]
pub struct BilledUsage<'a> {
    book: &'a Book,
    months: BTreeMap<Month, Option<BilledMonth>>,
}

impl<'a> BilledUsage<'a> {
    /// Of a book.
    pub fn of(book: &'a Book) -> Self {
        BilledUsage { book, months: BTreeMap::new() }
    }

    /// Supposes that a further revision is in force, whose names of inputs lead from `folder`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: what the month was billed from cannot be read.
    pub fn suppose(&mut self, manifest: &Manifest, folder: &Path) -> Result<()> {
        let mut month = self.book.billed_month(manifest.month)?.unwrap_or_default();
        month.add(manifest, Some(folder));
        self.months.insert(manifest.month, Some(month));
        Ok(())
    }

    /// Rows of a month that stand in other inputs and that it was not billed from, by file; none
    /// where it is not published. Relative names of the inputs lead from `folder`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: what the month was billed from cannot be read.
    pub fn late(
        &mut self,
        month: Month,
        inputs: &[InputFile],
        folder: Option<&Path>,
    ) -> Result<Vec<LateUsage>> {
        if !self.months.contains_key(&month) {
            self.months.insert(month, self.book.billed_month(month)?);
        }
        let billed = self.months.get(&month).and_then(Option::as_ref);
        Ok(billed.map_or(Vec::new(), |billed| billed.late(month, inputs, folder)))
    }
}

impl Book {
    /// What a month was billed from.
    fn billed_month(&self, month: Month) -> Result<Option<BilledMonth>> {
        let Some(current) = self.current(month)? else {
            return Ok(None);
        };
        let mut revisions = vec![current];
        while let Some(last) = revisions.last()
            && let Some(previous) = &last.manifest.previous
        {
            match self.revision(month, &previous.revision) {
                Ok(revision) => revisions.push(revision),
                // What only the lost revision was billed from is told rather than passed over.
                Err(_) => break,
            }
        }
        let mut billed = BilledMonth::default();
        for revision in revisions.iter().rev() {
            let Revision { manifest, .. } = revision;
            let folder = RunRecord::read(revision.in_book()).ok().and_then(|run| run.inputs_folder);
            billed.add(manifest, folder.as_deref().map(Path::new));
        }
        Ok(Some(billed))
    }
}

/// What a month was billed from: by the revision in force, or by one before it whose files were
/// left out or replaced since, by someone who said why.
#[derive(Debug, Default)]
struct BilledMonth {
    /// Digests of its files.
    digests: BTreeSet<String>,
    /// Its files, by the path that leads to each.
    files: Vec<InputFile>,
    by_path: BTreeMap<PathBuf, Vec<usize>>,
    /// What the revision in force records.
    recorded: BTreeSet<String>,
    /// Of the newest revision that did not count its files' rows: their digests, and how many rows of
    /// the month all of them have at most.
    uncounted: Option<(BTreeSet<String>, u64)>,
}

impl BilledMonth {
    /// Takes the next revision. One of some accounts has not billed the others from what it added.
    fn add(&mut self, manifest: &Manifest, folder: Option<&Path>) {
        let usage = || manifest.inputs_of(Role::Usage);
        self.recorded = usage().map(|input| input.file.clone()).collect();
        if !manifest.scope().is_all() {
            return;
        }
        for input in usage() {
            if self.digests.insert(input.sha256.clone()) || input.rows_by_month.is_some() {
                let paths = BTreeSet::from([path(input, folder), path(input, None)]);
                for path in paths {
                    self.by_path.entry(path).or_default().push(self.files.len());
                }
                self.files.push(input.clone());
            }
        }
        if usage().any(|input| input.rows_by_month.is_none()) {
            let rows = match manifest.control_totals.controls() {
                Ok((usage, _)) => {
                    let own = [usage.used, usage.duplicates, usage.rejected, usage.excepted];
                    own.iter().map(|count| count.rows).sum()
                }
                Err(_) => u64::MAX,
            };
            let digests = usage().map(|input| input.sha256.clone()).collect();
            self.uncounted = Some((digests, rows));
        }
    }

    /// Rows of the month in files that it was not billed from.
    fn late(&self, month: Month, inputs: &[InputFile], folder: Option<&Path>) -> Vec<LateUsage> {
        let rows_of = |input: &InputFile| input.rows_of(month).unwrap_or(0);
        let (known, unknown): (Vec<_>, Vec<_>) = inputs
            .iter()
            .filter(|input| rows_of(input) > 0)
            .partition(|input| self.digests.contains(&input.sha256));
        let mut uncounted = self.uncounted.as_ref().map_or(0, |(digests, rows)| {
            let known = known.iter().filter(|input| digests.contains(&input.sha256));
            rows.saturating_sub(known.map(|input| rows_of(input)).sum())
        });
        let mut all = Vec::new();
        for input in unknown {
            let recorded = self.recorded_at(input, folder);
            let counted = || recorded.iter().filter(|file| file.rows_by_month.is_some());
            let more = counted().filter_map(|file| more_rows(file, input, month)).min();
            let is_grown = more.is_some() || (counted().count() == 0 && !recorded.is_empty());
            let rows = more.unwrap_or_else(|| match (rows_of(input), is_grown) {
                (rows, true) => {
                    let were_there = rows.min(uncounted);
                    uncounted -= were_there;
                    rows - were_there
                }
                (rows, false) => rows,
            });
            if rows > 0 {
                let mut names = recorded.iter().map(|file| &file.file).filter(|_| is_grown);
                let grown_from = names.find(|name| self.recorded.contains(*name)).cloned();
                all.push(LateUsage { month, file: input.file.clone(), rows, grown_from });
            }
        }
        all.sort();
        all
    }

    /// The files that were recorded at an input's path, by the same name or where both lead.
    fn recorded_at(&self, input: &InputFile, folder: Option<&Path>) -> Vec<&InputFile> {
        let paths = BTreeSet::from([path(input, folder), path(input, None)]);
        let places: BTreeSet<usize> =
            paths.iter().filter_map(|path| self.by_path.get(path)).flatten().copied().collect();
        places.into_iter().map(|place| &self.files[place]).collect()
    }
}

/// Where an input's name leads to from a folder; the name itself where there is none.
fn path(input: &InputFile, folder: Option<&Path>) -> PathBuf {
    folder.map_or_else(|| PathBuf::from(&input.file), |folder| plain(&folder.join(&input.file)))
}

/// How many rows of a month a file has that were not there when it was recorded. If it has more of
/// no month, it has not grown since; if it has fewer of this one, it is another file at the same path:
/// `None`.
fn more_rows(recorded: &InputFile, now: &InputFile, month: Month) -> Option<u64> {
    let now = now.rows_by_month.as_ref()?;
    let were = |month: &Month| recorded.rows_of(*month).unwrap_or(0);
    match now.iter().all(|(month, rows)| were(month) >= *rows) {
        true => Some(0),
        false => now.get(&month)?.checked_sub(were(&month)),
    }
}
