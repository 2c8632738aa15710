//! The chain of openings: each revision began with the state that its manifest names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::entries::{EntryKind, is, list};
use super::finding::{Audit, FindingCode, Place, in_words};
use super::format_parity;
use super::listing::{check_files, read_file};
use super::revision::CheckedRevision;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::billing::timeline::Opening;
use crate::book::{Book, ImportRecord, Manifest, OpeningRecord, is_sealed};
use crate::catalog::Catalog;
use crate::input::logs::LogFile;
use crate::tables::Table;
use crate::tables::opening::{self, Blame, OpeningFiles};

const STATE: &str = "state.parquet";
const STATE_CSV: &str = "state.csv";
const RECENT_IDS: &str = "recent_ids.parquet";
const GRANTS: &str = "grants.parquet";
const GRANTS_CSV: &str = "grants.csv";
const RECORD: &str = ImportRecord::FILE;
/// The files of an imported state.
const IMPORTED: [&str; 3] = [RECORD, STATE_CSV, STATE];

/// A state that was imported into the book.
#[derive(Debug)]
pub(super) struct Imported {
    folder: PathBuf,
    /// The digests of its files as they are.
    digests: BTreeMap<String, String>,
    /// The tables that hold what a run may read.
    sound: BTreeSet<Table>,
}

/// Checks the imported states; gives them by month.
pub(super) fn imported(of: &Book, audit: &mut Audit) -> BTreeMap<Month, Imported> {
    let folder = &of.folder().join("openings");
    let mut all = BTreeMap::new();
    let book = |name: &str| Place::book().file(format!("openings/{name}"));
    let entries = match list(folder) {
        Ok(entries) => entries,
        Err(e) => {
            audit.add(FindingCode::Unreadable, book(""), format!("cannot be listed: {e}"));
            return all;
        }
    };
    for entry in entries {
        let Some(month) = Month::parse(&entry.name) else {
            audit.add(FindingCode::Stray, book(&entry.name), "is no month's");
            continue;
        };
        if is(&entry, EntryKind::Folder, book(&entry.name), audit) {
            match of.imported_folder(month) {
                Ok(Some(folder)) => {
                    all.insert(month, one_imported(&folder, month, audit));
                }
                // What a run that was cut short uploaded is none.
                Ok(None) => {}
                Err(e) => audit.add(FindingCode::Unreadable, book(&entry.name), in_words(&e)),
            }
        }
    }
    all
}

fn one_imported(folder: &Path, month: Month, audit: &mut Audit) -> Imported {
    let place = || Place::month(month).file(format!("openings/{month}"));
    let files = IMPORTED.map(str::to_owned);
    let may_hold = beside_the_state(None).map(|(file, _)| file.to_owned());
    let there = check_files(folder, &place(), &files, &may_hold, audit);
    let record = match there.iter().any(|file| file == RECORD) {
        true => record(folder, month, place().file(RECORD), audit),
        false => None,
    };
    for (name, is_due) in beside_the_state(record.as_ref()) {
        match (there.iter().any(|file| file == name), is_due) {
            (false, true) => audit.add(FindingCode::Missing, place().file(name), "is not there"),
            (true, false) if record.is_some() => {
                audit.add(FindingCode::Stray, place().file(name), "does not belong here");
            }
            _ => {}
        }
    }
    let mut imported =
        Imported { folder: folder.to_owned(), digests: BTreeMap::new(), sound: BTreeSet::new() };
    for table in [Table::State, Table::RecentIds, Table::Grants] {
        let checked = format_parity::check(&format_parity::TableFiles {
            folder,
            place: place(),
            table,
            there: &there,
            outputs: record.as_ref().map_or(&[][..], |record| &record.outputs),
            recorded_in: RECORD,
            month,
            currency: None,
        });
        audit.extend(checked.audit);
        imported.digests.extend(checked.digests);
        imported.sound.extend(checked.is_sound.then_some(table));
    }
    imported
}

/// The files that may lie beside those of an imported state, and whether they are due by what is recorded.
fn beside_the_state(record: Option<&ImportRecord>) -> [(&'static str, bool); 3] {
    let ids = record.is_some_and(|record| record.recent_ids.is_some());
    let grants = record.is_some_and(|record| record.grants.is_some());
    [(RECENT_IDS, ids), (GRANTS, grants), (GRANTS_CSV, grants)]
}

/// What is recorded of an imported state.
fn record(folder: &Path, month: Month, place: Place, audit: &mut Audit) -> Option<ImportRecord> {
    // Bytes that are no text were not sealed.
    let text = String::from_utf8(read_file(&folder.join(RECORD), &place, audit)?);
    let text = text.unwrap_or_default();
    if !is_sealed(&text) {
        audit.add(FindingCode::Seal, place.clone(), "is not what was sealed: it was changed");
    }
    let record: ImportRecord = match serde_json::from_str(&text) {
        Ok(record) => record,
        Err(e) => {
            audit.add(FindingCode::Manifest, place, format!("cannot be understood: {e}"));
            return None;
        }
    };
    if record.month != month {
        let what = format!("`month` is `{}`", record.month);
        audit.add_expected(FindingCode::Manifest, place.clone(), what, month.to_string());
    }
    let times = |file: &str| record.outputs.iter().filter(|output| output.file == file).count();
    for (file, is_due) in beside_the_state(Some(&record)) {
        let listed = times(file);
        if listed != usize::from(is_due) {
            let what = format!("`outputs` lists {file} {listed} times");
            let expected = "once where it was imported";
            audit.add_expected(FindingCode::Manifest, place.clone(), what, expected);
        }
    }
    for file in [STATE, STATE_CSV] {
        let (listed, rows) = (times(file), record.output(file).map(|output| output.rows));
        if listed != 1 || rows != Some(record.accounts) {
            let what = format!("`outputs` lists {file} {listed} times, or with other rows");
            let expected = format!("once, with {} rows", record.accounts);
            audit.add_expected(FindingCode::Manifest, place.clone(), what, expected);
        }
    }
    Some(record)
}

/// What a revision began with, as far as the book holds it.
pub(super) enum HeldOpening {
    /// With this, and with the ids in a folder, if it had some.
    InBook(Opening, Option<PathBuf>),
    /// With a state that the book does not hold, or that cannot be read.
    Elsewhere,
}

/// All that a revision may have begun with.
pub(super) struct HeldStates<'a> {
    /// The revisions, by month and name.
    pub revisions: BTreeMap<(Month, String), &'a CheckedRevision>,
    pub imported: &'a BTreeMap<Month, Imported>,
}

/// Checks what a revision began with, and reads it.
pub(super) fn check(
    revision: &CheckedRevision,
    manifest: &Manifest,
    catalog: &Catalog,
    held: &HeldStates<'_>,
    audit: &mut Audit,
) -> HeldOpening {
    let place = revision.place().file(Manifest::FILE);
    let before = revision.month.previous();
    let is_chained = matches!(manifest.opening, OpeningRecord::Book { .. });
    if !is_chained && held.revisions.keys().any(|(month, _)| *month == before) {
        let what =
            format!("did not begin with the closing state of {before}, which is in the book");
        audit.note("began-anew", &place, what);
    }
    if manifest.opening == OpeningRecord::Genesis {
        return HeldOpening::InBook(Opening::Genesis, None);
    }
    // What is not said here of a state that is not there or not sound is told where it lies.
    let Some(named) = named_state(revision, manifest, held, audit) else {
        return HeldOpening::Elsewhere;
    };
    let Some(is) = named.digests.get(STATE) else { return HeldOpening::Elsewhere };
    if is != named.due {
        let what = format!("the sha256 of the state that it began with is {}", named.due);
        let expected = format!("{is}, as that state is now");
        audit.add_expected(FindingCode::Opening, place, what, expected);
        return HeldOpening::Elsewhere;
    }
    if !named.sound.contains(&Table::State) {
        return HeldOpening::Elsewhere;
    }
    let ids = Beside {
        file: RECENT_IDS,
        table: Table::RecentIds,
        what: "the ids that were billed before",
    };
    let recent_ids = ids.is_there(manifest.opening.recent_ids_sha256(), &named, &place, audit);
    let grants =
        Beside { file: GRANTS, table: Table::Grants, what: "the grants that it began with" };
    let grants = grants.is_there(manifest.opening.grants_sha256(), &named, &place, audit);
    let Some(grants) = grants else { return HeldOpening::Elsewhere };
    let recent_ids = (recent_ids == Some(true)).then(|| named.folder.to_owned());
    match read(named.folder, grants, catalog, revision.month) {
        Ok(opening) => HeldOpening::InBook(opening, recent_ids),
        Err(error) => {
            audit.add_failure(FindingCode::Opening, place, &error);
            HeldOpening::Elsewhere
        }
    }
}

/// A table beside a state.
struct Beside {
    file: &'static str,
    table: Table,
    /// What it holds, in words.
    what: &'static str,
}

impl Beside {
    /// Whether it came along, by the digest that is `due` of it; nothing where it is not as the revision has it.
    fn is_there(
        &self,
        due: Option<&str>,
        named: &NamedState<'_>,
        place: &Place,
        audit: &mut Audit,
    ) -> Option<bool> {
        let Some(due) = due else { return Some(false) };
        let Beside { file, table, what } = self;
        let is = named.digests.get(*file).map_or("none", String::as_str);
        if is != due {
            let what = format!("the sha256 of {what} is {due}");
            let expected = format!("{is}, as {file} is now");
            audit.add_expected(FindingCode::Opening, place.clone(), what, expected);
            return None;
        }
        named.sound.contains(table).then_some(true)
    }
}

/// A state of the book that a revision names for its opening.
struct NamedState<'a> {
    folder: &'a Path,
    /// The digests of its files as they are.
    digests: &'a BTreeMap<String, String>,
    /// The tables that hold what a run may read.
    sound: &'a BTreeSet<Table>,
    /// The digest of the state as the revision has it.
    due: &'a str,
}

fn named_state<'a>(
    revision: &CheckedRevision,
    manifest: &'a Manifest,
    held: &HeldStates<'a>,
    audit: &mut Audit,
) -> Option<NamedState<'a>> {
    let place = revision.place().file(Manifest::FILE);
    let before = revision.month.previous();
    match &manifest.opening {
        OpeningRecord::Genesis => None,
        OpeningRecord::File { file, .. } => {
            let what = format!("began with {file}, which the book does not hold");
            audit.note("opening-elsewhere", &place, what);
            None
        }
        OpeningRecord::Imported { sha256: due, .. } => {
            let Some(imported) = held.imported.get(&revision.month) else {
                let what = "names an imported state for its opening, and none is in the book";
                let expected = format!("openings/{}", revision.month);
                audit.add_expected(FindingCode::Opening, place, what, expected);
                return None;
            };
            let Imported { folder, digests, sound } = imported;
            Some(NamedState { folder, digests, sound, due })
        }
        OpeningRecord::Book { month, .. } if *month != before => {
            let what = format!("names {month} for its opening");
            audit.add_expected(FindingCode::Opening, place, what, before.to_string());
            None
        }
        OpeningRecord::Book { month, revision, sha256: due, .. } => {
            let Some(before) = held.revisions.get(&(before, revision.clone())) else {
                let what = format!("names {month}/{revision} for its opening, which is not there");
                audit.add_expected(FindingCode::Opening, place, what, "a revision of the book");
                return None;
            };
            let CheckedRevision { folder, digests, sound, .. } = before;
            Some(NamedState { folder, digests, sound, due })
        }
    }
}

fn read(folder: &Path, has_grants: bool, catalog: &Catalog, month: Month) -> Result<Opening> {
    let what = "the state that it began with";
    let file = |name: &str| {
        LogFile::of(&folder.join(name)).ok_or_else(|| {
            Error::new(Code::OPENING_DAMAGED, what).caused_by("is of no format that is read")
        })
    };
    let grants = has_grants.then(|| file(GRANTS)).transpose()?;
    let files = OpeningFiles { state: file(STATE)?, grants };
    let states = opening::read(files, catalog, month, &Scope::All, Blame::Either);
    states.map(Opening::States).map_err(|error| {
        let row = error.place().row.map_or(String::new(), |row| format!("row {row}: "));
        Error::new(Code::OPENING_DAMAGED, what).caused_by(format!("{row}{}", in_words(&error)))
    })
}
