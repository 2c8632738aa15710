//! One revision by itself: its files, the manifest, the seal, and each table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::finding::{Audit, FindingCode, Place, in_words};
use super::listing::{MonthFolder, check_kept_files, check_revision_files, read_file};
use super::{archived, format_parity, kept_inputs};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::storage;
use crate::book::{
    FIRST_REVISION, KEPT_TABLES, Manifest, OpeningOption, OpeningRecord, RUN_FILE, RunRecord,
    is_sealed, revision_name, revision_number,
};
use crate::catalog::Catalog;
use crate::tables::Table;

/// Of an archived month of which more is in the book than there need be.
const UNFINISHED: &str = "is archived, and still in the book: archiving it, or putting it back, was cut \
    short; the same command again completes it";

/// The version that sealed nothing.
const UNSEALED: &str = "0.1.0";

/// What is known of a revision once its files are checked.
#[derive(Debug)]
pub(super) struct CheckedRevision {
    pub month: Month,
    pub name: String,
    pub folder: PathBuf,
    /// The manifest, where it can be read.
    pub manifest: Option<Manifest>,
    /// The digest of the manifest as it is.
    pub manifest_sha256: Option<String>,
    /// The catalogue, where the manifest holds one.
    pub catalog: Option<Catalog>,
    /// The digests of the tables' files as they are.
    pub digests: BTreeMap<String, String>,
    /// Whether the first version published it, which sealed nothing.
    pub is_unsealed: bool,
    /// The tables whose Parquet file holds what a run may have written.
    pub sound: BTreeSet<Table>,
}

impl CheckedRevision {
    /// The revision's place.
    pub fn place(&self) -> Place {
        Place::month(self.month).revision(&self.name)
    }

    /// Whether these tables can be read, row by row.
    pub fn are_sound(&self, tables: &[Table]) -> bool {
        tables.iter().all(|table| self.sound.contains(table))
    }

    /// The number of the revision.
    pub fn number(&self) -> u32 {
        revision_number(&self.name).unwrap_or(0)
    }

    /// The name of the revision before it.
    pub fn name_before(&self) -> Option<String> {
        self.number().checked_sub(1).filter(|number| *number > 0).map(revision_name)
    }
}

/// Checks the files of a revision; of an archived month what the book has of it, and where the archive
/// is at hand, all that the archive has.
pub(super) fn check(month: &MonthFolder, name: &str) -> (CheckedRevision, Audit) {
    let Some(record) = &month.archived else {
        return check_in(month.month, name, month.folder_of(name), Extent::Whole);
    };
    let (kept, mut audit) = check_in(month.month, name, month.folder_of(name), Extent::Kept);
    let copy = month.in_archive.as_ref().map(|archive| {
        let (copy, of_copy) = check_in(month.month, name, archive.folder_of(name), Extent::Whole);
        audit.extend(of_copy.in_the_archive());
        copy
    });
    if let Ok(record) = record {
        let digests =
            (kept.manifest_sha256.as_deref(), copy.as_ref().map(|c| c.manifest_sha256.as_deref()));
        archived::check_revision(record, &kept.place(), name, digests, &mut audit);
    }
    (copy.unwrap_or(kept), audit)
}

/// How much of a revision there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// What stays in the book of an archived month.
    Kept,
}

fn check_in(month: Month, name: &str, folder: PathBuf, extent: Extent) -> (CheckedRevision, Audit) {
    let mut audit = Audit::default();
    let mut revision = CheckedRevision {
        month,
        name: name.to_owned(),
        folder,
        manifest: None,
        manifest_sha256: None,
        catalog: None,
        digests: BTreeMap::new(),
        is_unsealed: false,
        sound: BTreeSet::new(),
    };
    let (there, tables, due) = match extent {
        Extent::Whole => {
            let there = check_revision_files(&revision.folder, &revision.place(), &mut audit);
            let due: Vec<String> = Table::ALL.into_iter().flat_map(Table::files).collect();
            (there, &Table::ALL[..], due)
        }
        Extent::Kept => {
            let (there, has_more) =
                check_kept_files(&revision.folder, &revision.place(), &mut audit);
            if has_more {
                audit.note("archive-unfinished", &revision.place(), UNFINISHED);
            }
            let due = KEPT_TABLES.map(|table| format!("{}.parquet", table.name())).to_vec();
            (there, &KEPT_TABLES[..], due)
        }
    };
    let is_there = |file: &str| there.iter().any(|name| name == file);
    if is_there(Manifest::FILE) {
        revision.read_manifest(&there, &due, &mut audit);
    }
    if is_there(RUN_FILE) {
        revision.check_run(&mut audit);
    }
    if let Some(manifest) = revision.manifest.as_ref().filter(|_| extent == Extent::Whole) {
        kept_inputs::check(&revision.folder, &revision.place(), manifest, &mut audit);
    }
    let checked: Vec<format_parity::CheckedTable> = tables
        .par_iter()
        .map(|&table| {
            format_parity::check(&format_parity::TableFiles {
                folder: &revision.folder,
                place: revision.place(),
                table,
                there: &there,
                outputs: revision.manifest.as_ref().map_or(&[][..], |manifest| &manifest.outputs),
                recorded_in: Manifest::FILE,
                month: revision.month,
                currency: revision.catalog.as_ref().map(|catalog| catalog.currency),
            })
        })
        .collect();
    for (table, checked) in tables.iter().zip(checked) {
        let lacks = revision.manifest.as_ref().is_some_and(|manifest| !manifest.has(*table));
        if checked.is_sound || lacks {
            revision.sound.insert(*table);
        }
        revision.digests.extend(checked.digests);
        audit.extend(checked.audit);
    }
    storage::forget(&revision.folder); // there is no room for copies of all
    (revision, audit)
}

impl CheckedRevision {
    fn read_manifest(&mut self, there: &[String], due: &[String], audit: &mut Audit) {
        let place = self.place().file(Manifest::FILE);
        let path = self.folder.join(Manifest::FILE);
        let Some(bytes) = read_file(&path, &place, audit) else { return };
        self.manifest_sha256 = Some(digest::of_bytes(&bytes));
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(e) => {
                let what = format!("cannot be understood: {e}");
                return audit.add(FindingCode::Manifest, place, what);
            }
        };
        match manifest.catalog(&self.folder) {
            Ok(catalog) => self.catalog = Some(catalog),
            Err(e) => audit.add(FindingCode::Manifest, place.clone(), in_words(&e)),
        }
        self.check_identity(&manifest, &place, audit);
        self.check_outputs(&manifest, there, due, audit);
        self.manifest = Some(manifest);
    }

    /// Whether the manifest is that of this month and revision.
    fn check_identity(&self, manifest: &Manifest, place: &Place, audit: &mut Audit) {
        let mut wrong = |code: FindingCode, what: String, expected: String| {
            audit.add_expected(code, place.clone(), what, expected);
        };
        let (is, due) = (manifest.month.to_string(), self.month.to_string());
        let names = [("month", &is, &due), ("revision", &manifest.revision, &self.name)];
        for (key, is, due) in names.into_iter().filter(|(_, is, due)| is != due) {
            let expected = format!("`{due}`, as the folder is named");
            wrong(FindingCode::Manifest, format!("`{key}` is `{is}`"), expected);
        }
        let is_first = self.name == FIRST_REVISION;
        let none_in_a_first = "none in a first revision";
        let reason = manifest.reason.as_deref().unwrap_or_default();
        if is_first != reason.is_empty() {
            let expected = if is_first { none_in_a_first } else { "why it was published" };
            wrong(FindingCode::Manifest, format!("`reason` is `{reason}`"), expected.to_owned());
        }
        if is_first && !manifest.scope().is_all() {
            let what = "`options` names accounts that were billed anew".to_owned();
            wrong(FindingCode::Manifest, what, none_in_a_first.to_owned());
        }
        let asked = &manifest.options.opening;
        let due = match &manifest.opening {
            OpeningRecord::Genesis => OpeningOption::Genesis,
            OpeningRecord::Book { .. } | OpeningRecord::Imported { .. } => OpeningOption::Book,
            OpeningRecord::File { file, .. } => OpeningOption::File(file.clone()),
        };
        if *asked != due {
            let what = format!("`options` ask for the opening `{asked}`");
            wrong(FindingCode::Manifest, what, format!("`{due}`, as `opening` says"));
        }
        let before = self.name_before();
        let previous = manifest.previous.as_ref().map(|previous| &previous.revision);
        if previous != before.as_ref() {
            let what = format!("`previous` names {}", previous.map_or("none", String::as_str));
            wrong(FindingCode::Previous, what, before.unwrap_or("none".to_owned()));
        }
    }

    /// `run.json`: whole, and sealing this manifest.
    fn check_run(&mut self, audit: &mut Audit) {
        let place = self.place().file(RUN_FILE);
        let path = self.folder.join(RUN_FILE);
        let Some(bytes) = read_file(&path, &place, audit) else { return };
        // Bytes that are no text were not sealed.
        let text = String::from_utf8(bytes).unwrap_or_default();
        let run: Option<RunRecord> = serde_json::from_str(&text).ok();
        let is_old = self.name == FIRST_REVISION
            && self.manifest.as_ref().is_some_and(|manifest| manifest.version == UNSEALED);
        let seals = |run: &RunRecord| run.seal.is_some() || run.manifest_sha256.is_some();
        if is_old && run.as_ref().is_some_and(|run| !seals(run)) {
            let what = "was published by version 0.1.0, which sealed nothing: whether \
                manifest.json and run.json were changed cannot be told";
            self.is_unsealed = true;
            return audit.note("unsealed", &place, what);
        }
        if !is_sealed(&text) {
            let what = "is not what was sealed: it was changed";
            let expected = "a seal that is the digest of the rest";
            audit.add_expected(FindingCode::Seal, place, what, expected);
        }
        let due = run.as_ref().and_then(|run| run.manifest_sha256.as_deref());
        if self.manifest_sha256.is_some() && due != self.manifest_sha256.as_deref() {
            let place = self.place().file(Manifest::FILE);
            let is = self.manifest_sha256.as_deref().unwrap_or_default();
            let what = format!("is not what run.json seals: its sha256 is {is}");
            audit.add_expected(FindingCode::ManifestDigest, place, what, due.unwrap_or("a digest"));
        }
    }

    /// Whether the manifest lists every file of a table once, and nothing else. Tables that came
    /// later than the revision are neither there nor listed. `due` are the files that must be there.
    fn check_outputs(
        &self,
        manifest: &Manifest,
        there: &[String],
        due: &[String],
        audit: &mut Audit,
    ) {
        let place = || self.place().file(Manifest::FILE);
        let listed =
            |file: &str| manifest.outputs.iter().filter(|output| output.file == file).count();
        for table in Table::ALL {
            for file in table.files() {
                let (times, is_there) = (listed(&file), there.contains(&file));
                if times != 1 && (is_there || manifest.has(table)) {
                    let what = format!("`outputs` lists {file} {times} times");
                    audit.add_expected(FindingCode::Manifest, place(), what, "once");
                }
                let may_lack = !table.came_later() || !due.contains(&file);
                if manifest.has(table) && !is_there && !may_lack {
                    audit.add(FindingCode::Missing, self.place().file(file), "is not there");
                }
            }
        }
        let is_known =
            |file: &str| Table::ALL.into_iter().flat_map(Table::files).any(|known| known == file);
        for output in manifest.outputs.iter().filter(|output| !is_known(&output.file)) {
            let what = format!("`outputs` lists `{}`", output.file);
            audit.add_expected(FindingCode::Manifest, place(), what, "tables only");
        }
    }
}
