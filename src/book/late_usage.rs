//! Late usage (L2): rows of a published month that stand in another month's inputs, and that the
//! month was not billed from. It is told from manifests alone: no log is read.
//!
//! A file is one that the month was billed from if it has the digest of a recorded one. At the path
//! of a recorded one it is that file as it has grown since, if it has no fewer rows of the month:
//! then what it has more is late. If it has fewer, it was replaced in its place: all of it is late, and
//! takes the place of what was billed. All else is a file that the month does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::manifest::{Controls, InputFile, Manifest, Role};
use super::months::Book;
use super::revision::Revision;
use super::run_record::RunRecord;
use crate::base::calendar::Month;
use crate::base::digits::{counted, with_thousands};
use crate::base::error::Result;
use crate::base::file_digest::FileDigest;
use crate::base::path_names::{from_working, plain};

/// Rows of a published month in a file that it was not billed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LateUsage {
    /// The month that they belong to.
    pub month: Month,
    /// The file, as the inputs name it.
    pub file: String,
    /// How many there are.
    pub rows: u64,
    /// The file as a command takes it.
    pub path: String,
    /// What the revision in force records at the file's path, where it does.
    pub recorded: Option<Recorded>,
}

/// The file of a path as a month was billed from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    /// The path as it is recorded.
    pub file: String,
    /// How many rows of the month it had, if it was replaced since and has not only grown.
    pub replaced: Option<u64>,
}

/// Files that a sentence names one by one.
const FILES_TOLD: usize = 5;

impl LateUsage {
    /// As it is told to a command in the working folder; relative names lead from `folder`.
    pub fn seen_from(mut self, working: &Path, folder: Option<&Path>) -> Self {
        if let Some(folder) = folder.filter(|_| Path::new(&self.file).is_relative()) {
            let path = from_working(working, &folder.join(&self.file));
            self.path = path.display().to_string();
        }
        self
    }

    /// Late usage, already in order, month by month.
    pub fn by_month(all: &[LateUsage]) -> impl Iterator<Item = &[LateUsage]> {
        all.chunk_by(|one, other| one.month == other.month)
    }

    /// How many rows of a month which files have.
    pub fn in_words(of_month: &[LateUsage]) -> String {
        let rows = of_month.iter().fold(0_u64, |rows, late| rows.saturating_add(late.rows));
        let rows = counted(rows, "row");
        let files: Vec<String> =
            of_month.iter().take(FILES_TOLD).map(LateUsage::file_in_words).collect();
        match of_month.len().checked_sub(FILES_TOLD) {
            None | Some(0) => format!("{rows} in {}", files.join(", ")),
            Some(more) => {
                format!("{rows} in {}, and {} more", files.join(", "), with_thousands(more as u64))
            }
        }
    }

    /// The file, and what it took the place of.
    fn file_in_words(&self) -> String {
        let replaced = self.recorded.as_ref().and_then(|recorded| recorded.replaced);
        let was = replaced.map(|rows| format!(" (replaced: it was billed with {rows})"));
        format!("{}{}", self.path, was.unwrap_or_default())
    }

    /// The command that bills what a month lacks.
    pub fn command(of_month: &[LateUsage]) -> String {
        let Some(month) = of_month.first().map(|late| late.month) else { return String::new() };
        let told = &of_month[..of_month.len().min(FILES_TOLD)];
        let new = told.iter().filter(|late| late.recorded.is_none()).map(|late| word(&late.path));
        let new: Vec<String> = new.collect();
        let mut command = format!("monthend rerun --month {month}");
        if !new.is_empty() {
            command += &format!(" --add-usage {}", new.join(" "));
        }
        for LateUsage { path, recorded, .. } in told {
            if let Some(Recorded { file, .. }) = recorded {
                command += &format!(" --replace-usage {}", word(&format!("{file}={path}")));
            }
        }
        let more = if told.len() < of_month.len() { " …" } else { "" };
        // It may be no corrected file, but the next one under the same name: someone has to look first.
        let is_replaced = |late: &LateUsage| late.recorded.iter().any(|of| of.replaced.is_some());
        let look = if told.iter().any(is_replaced) { " --dry-run" } else { "" };
        command + more + " --reason '…' --cascade" + look
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
    digests: BTreeSet<FileDigest>,
    /// Its files, by the path that leads to each.
    files: Vec<InputFile>,
    by_path: BTreeMap<PathBuf, Vec<usize>>,
    /// What the revision in force records.
    recorded: BTreeSet<String>,
    /// Of the newest revision that did not count its files' rows: their digests, and how many rows of
    /// the month all of them have at most.
    uncounted: Option<(BTreeSet<FileDigest>, u64)>,
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
            if self.digests.insert(input.digest.clone()) || input.rows_by_month.is_some() {
                let paths = BTreeSet::from([path(input, folder), path(input, None)]);
                for path in paths {
                    self.by_path.entry(path).or_default().push(self.files.len());
                }
                self.files.push(input.clone());
            }
        }
        if usage().any(|input| input.rows_by_month.is_none()) {
            let rows = match manifest.control_totals.controls() {
                Ok(Controls { usage, .. }) => {
                    let own = [usage.used, usage.duplicates, usage.rejected, usage.excepted];
                    own.iter().map(|count| count.rows).sum()
                }
                Err(_) => u64::MAX,
            };
            let digests = usage().map(|input| input.digest.clone()).collect();
            self.uncounted = Some((digests, rows));
        }
    }

    /// Rows of the month in files that it was not billed from.
    fn late(&self, month: Month, inputs: &[InputFile], folder: Option<&Path>) -> Vec<LateUsage> {
        let rows_of = |input: &InputFile| input.rows_of(month).unwrap_or(0);
        let (known, unknown): (Vec<_>, Vec<_>) = inputs
            .iter()
            .filter(|input| rows_of(input) > 0)
            .partition(|input| self.digests.contains(&input.digest));
        let mut uncounted = self.uncounted.as_ref().map_or(0, |(digests, rows)| {
            let known = known.iter().filter(|input| digests.contains(&input.digest));
            known.fold(*rows, |rows, input| rows.saturating_sub(rows_of(input)))
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
                let in_force = recorded.iter().rfind(|file| self.recorded.contains(&file.file));
                let recorded = in_force.map(|file| Recorded {
                    file: file.file.clone(),
                    replaced: (!is_grown).then(|| rows_of(file)),
                });
                let (file, path) = (input.file.clone(), input.file.clone());
                all.push(LateUsage { month, file, rows, path, recorded });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::Algorithm;
    use crate::base::scope::Scope;
    use crate::billing::rollup::{Count, UsageControl};
    use crate::billing::timeline::ChangeControl;
    use crate::book::ControlTotals;

    const APRIL: &str = "2026-04";
    const MAY: &str = "2026-05";

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    /// A file with the digest of a text, and its rows by month; as before they were counted where there are none.
    fn usage(file: &str, text: &str, rows: &[(&str, u64)]) -> InputFile {
        let digest = Algorithm::Blake3.of_bytes(text.as_bytes());
        let counted = rows.iter().map(|(name, rows)| (month(name), *rows)).collect();
        InputFile {
            rows_by_month: Some(counted).filter(|rows: &BTreeMap<_, _>| !rows.is_empty()),
            ..InputFile::of(Role::Usage, file.to_owned(), 1, digest)
        }
    }

    fn april(inputs: &[InputFile]) -> Manifest {
        Manifest { inputs: inputs.to_vec(), ..Manifest::of_nothing(APRIL, "r001") }
    }

    /// What April, as these revisions billed it, lacks of inputs: file, rows, and what has grown.
    fn late(revisions: &[Manifest], inputs: &[InputFile]) -> Vec<String> {
        let mut billed = BilledMonth::default();
        revisions.iter().for_each(|manifest| billed.add(manifest, Some(Path::new("/srv/jobs"))));
        let late = billed.late(month(APRIL), inputs, Some(Path::new("/srv/jobs")));
        let told = |late: LateUsage| {
            let recorded = late.recorded.map(|Recorded { file, replaced }| match replaced {
                Some(rows) => format!(", instead of {rows} of {file}"),
                None => format!(", grown from {file}"),
            });
            format!("{} of {}{}", late.rows, late.file, recorded.unwrap_or_default())
        };
        late.into_iter().map(told).collect()
    }

    #[test]
    fn a_file_is_known_by_its_digest_whatever_its_name() {
        let billed = [april(&[usage("april.csv", "1", &[(APRIL, 9)])])];
        assert_eq!(late(&billed, &[usage("april.csv", "1", &[(APRIL, 9)])]), [""; 0]);
        assert_eq!(late(&billed, &[usage("moved/april.csv", "1", &[(APRIL, 9)])]), [""; 0]);
        assert_eq!(late(&billed, &[usage("may.csv", "2", &[(MAY, 9)])]), [""; 0]);
        let may =
            [usage("may.csv", "2", &[(APRIL, 2), (MAY, 9)]), usage("a.csv", "3", &[(APRIL, 1)])];
        assert_eq!(late(&billed, &may), ["1 of a.csv", "2 of may.csv"]);
    }

    #[test]
    fn of_a_log_that_has_grown_what_came_since_is_late() {
        let billed = [april(&[usage("log.csv", "1", &[(APRIL, 9), (MAY, 1)])])];
        let of = |rows: &[(&str, u64)]| late(&billed, &[usage("log.csv", "2", rows)]);
        assert_eq!(of(&[(APRIL, 9), (MAY, 5)]), [""; 0]);
        assert_eq!(of(&[(APRIL, 12), (MAY, 5)]), ["3 of log.csv, grown from log.csv"]);
        // As it was before; and another file at the same path.
        assert_eq!(of(&[(APRIL, 7), (MAY, 1)]), [""; 0]);
        assert_eq!(of(&[(APRIL, 4), (MAY, 5)]), ["4 of log.csv, instead of 9 of log.csv"]);
        // All that it has of the month is new.
        let billed = [april(&[usage("log.csv", "1", &[(MAY, 1)])])];
        let of = late(&billed, &[usage("log.csv", "2", &[(APRIL, 5), (MAY, 1)])]);
        assert_eq!(of, ["5 of log.csv, grown from log.csv"]);
    }

    #[test]
    fn a_path_is_known_by_where_it_leads() {
        let billed = [april(&[usage("../logs/u.csv", "1", &[(APRIL, 9)])])];
        for name in ["/srv/logs/u.csv", "../logs/u.csv", "./../logs/./u.csv"] {
            let told = late(&billed, &[usage(name, "2", &[(APRIL, 10)])]);
            assert_eq!(told, [format!("1 of {name}, grown from ../logs/u.csv")]);
        }
        let told = late(&billed, &[usage("/srv/u.csv", "2", &[(APRIL, 10)])]);
        assert_eq!(told, ["10 of /srv/u.csv"]);
    }

    #[test]
    fn a_file_that_was_replaced_is_not_late_and_one_of_a_dispute_is() {
        let wrong = usage("april.csv", "1", &[(APRIL, 9)]);
        let right = usage("right.csv", "2", &[(APRIL, 8)]);
        let one = std::slice::from_ref;
        let billed = [april(one(&wrong)), april(one(&right))];
        assert_eq!(late(&billed, &[wrong, right.clone()]), [""; 0]);
        let grown = usage("april.csv", "3", &[(APRIL, 11)]);
        assert_eq!(late(&billed, &[grown]), ["2 of april.csv"], "it is not recorded any more");
        let added = usage("ann.csv", "4", &[(APRIL, 2)]);
        let mut dispute = april(&[right, added.clone()]);
        dispute.options.scope = Scope::of_account("ann");
        assert_eq!(late(&[billed[1].clone(), dispute], &[added]), ["2 of ann.csv"]);
    }

    #[test]
    fn where_rows_were_not_counted_a_log_may_have_as_many_as_the_month_has() {
        let mut before = april(&[usage("a.csv", "1", &[]), usage("log.csv", "2", &[])]);
        let count = |rows| Count { rows, credits: 0 };
        let control = UsageControl {
            used: count(20),
            duplicates: count(3),
            excepted: count(4),
            rejected: count(3),
            ..UsageControl::default()
        };
        before.control_totals = ControlTotals::of(&control, ChangeControl::default(), &Scope::All);
        let of = |before: &Manifest, rows| {
            let a = usage("a.csv", "1", &[(APRIL, 10)]);
            late(
                std::slice::from_ref(before),
                &[a, usage("log.csv", "3", &[(APRIL, rows), (MAY, 50)])],
            )
        };
        assert_eq!(of(&before, 20), [""; 0]);
        assert_eq!(of(&before, 22), ["2 of log.csv, grown from log.csv"]);
        assert_eq!(late(&[before.clone()], &[usage("b.csv", "4", &[(APRIL, 1)])]), ["1 of b.csv"]);
        before.control_totals = ControlTotals::default();
        assert_eq!(of(&before, 22), [""; 0], "what is not known is no difference");
    }

    #[test]
    fn the_command_names_all_files_of_the_month() {
        let late = |file: &str, recorded: Option<&str>| LateUsage {
            month: month(APRIL),
            file: format!("../{file}"),
            rows: 1_000,
            path: file.to_owned(),
            recorded: recorded.map(|file| Recorded { file: file.to_owned(), replaced: None }),
        };
        let all = [late("a b.csv", None), late("u.csv", None), late("log.csv", Some("log.csv"))];
        assert_eq!(LateUsage::in_words(&all), "3,000 rows in a b.csv, u.csv, log.csv");
        assert_eq!(
            LateUsage::command(&all),
            "monthend rerun --month 2026-04 --add-usage 'a b.csv' u.csv --replace-usage \
             log.csv=log.csv --reason '…' --cascade"
        );
        let many: Vec<LateUsage> = (0..7).map(|n| late(&format!("{n}.csv"), None)).collect();
        let told = LateUsage::in_words(&many);
        assert_eq!(told, "7,000 rows in 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, and 2 more");
        assert!(LateUsage::command(&many).contains("4.csv … --reason"));
    }
}
