//! What lies in the book's folders, by name: what belongs there, what is missing, what is not a
//! book's.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::entries::{Entry, EntryKind, is, list};
use super::finding::{Audit, FindingCode, Place, in_words};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use crate::book::{
    ARCHIVED, ArchiveRecord, Book, CURRENT, CURRENT_TABLES, INPUTS_FOLDER, JOURNAL, KEPT_TABLES,
    Layout, Manifest, NEXT_CURRENT, RUN_FILE, is_prefix, revision_name, revision_number,
};
use crate::tables::Table;

/// The folder of imported states.
const OPENINGS: &str = "openings";
/// Folders that the program keeps for itself, and no auditor asks about.
const OWN: [&str; 2] = [".lock", ".staging"];

/// A month's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MonthFolder {
    pub month: Month,
    pub folder: PathBuf,
    /// What is in it, or why it cannot be listed.
    entries: std::result::Result<Vec<Entry>, String>,
    /// The folders of its revisions, where they do not bear their names.
    folders: BTreeMap<String, PathBuf>,
    /// The beginning of `CURRENT`, where it is a file that can be read.
    current: Option<Vec<u8>>,
    /// Of an archived month: its record, or why that cannot be understood.
    pub archived: Option<std::result::Result<ArchiveRecord, String>>,
    /// Of an archived month: its folder in the archive, where that is at hand and asked for.
    pub in_archive: Option<Box<MonthFolder>>,
}

/// The book's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BookListing {
    entries: Vec<Entry>,
    /// How they lie.
    layout: Layout,
    /// The journal, where it is a file that can be read.
    pub journal: Option<Vec<u8>>,
    /// The months, in order.
    pub months: Vec<MonthFolder>,
}

impl BookListing {
    /// Lists the book's folders, and with `before` only those of earlier months, without archives.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where there is no such folder,
    /// [`crate::base::error::Kind::Book`] where it cannot be listed, or is no book's.
    pub fn of(book: &Book, before: Option<Month>) -> Result<Self> {
        let folder = book.folder();
        if storage::is_gone(folder) {
            return Err(Error::new(Code::NO_BOOK, "there is no such folder")
                .in_file(folder)
                .hint("give --book the folder that months are published in"));
        }
        let entries = list(folder).map_err(|e| {
            Error::new(Code::BOOK_UNREADABLE, "cannot be listed")
                .in_file(folder)
                .caused_by(e)
                .hint("check that it is a folder, and that this user may read it")
        })?;
        // What the program keeps for itself makes no book: its months may have been deleted.
        let is_of_book =
            |entry: &Entry| Month::parse(&entry.name).is_some() || entry.name == OPENINGS;
        if !entries.iter().any(is_of_book) {
            return Err(Error::new(Code::HOLDS_NO_MONTH, "holds no month")
                .in_file(folder)
                .expected("folders such as 2026-04")
                .hint("give --book the folder that months are published in"));
        }
        let folders = entries.iter().filter(|entry| entry.kind == EntryKind::Folder);
        let months = folders.filter_map(|entry| Month::parse(&entry.name));
        let months = months.filter(|month| before.is_none_or(|before| *month < before));
        let months = months.map(|month| MonthFolder::of(book, month, before.is_none()));
        let months = months.collect::<Result<_>>()?;
        let layout = book.layout();
        let is_journal =
            |entry: &Entry| entry.name == JOURNAL && entry.kind == kind_of_journal(layout);
        let has_journal = entries.iter().any(is_journal);
        let journal = match has_journal {
            true => readable(&folder.join(JOURNAL), book.journal_text())?,
            false => None,
        };
        Ok(BookListing { entries, layout, journal, months })
    }

    /// Checks what stands beside the months. The imported states are another check's.
    pub fn check(&self, audit: &mut Audit) {
        for entry in &self.entries {
            let known = Month::parse(&entry.name).is_some()
                || entry.name == OPENINGS
                || entry.name == CURRENT_TABLES
                || OWN.contains(&entry.name.as_str());
            let place = Place::book().file(&entry.name);
            if known {
                is(entry, EntryKind::Folder, place, audit);
            } else if entry.name == JOURNAL {
                is(entry, kind_of_journal(self.layout), place, audit);
            } else {
                audit.add(FindingCode::Stray, place, "does not belong here");
            }
        }
        for pair in self.months.windows(2) {
            let (from, to) = (pair[0].month.next(), pair[1].month.previous());
            if from <= to {
                let to = if from == to { String::new() } else { format!(", and so on up to {to}") };
                let what = format!("is not in the book{to}");
                audit.note("month-missing", &Place::month(from), what);
            }
        }
    }

    /// Whether there is the folder `current`.
    pub fn has_current_tables(&self) -> bool {
        let is_it = |entry: &Entry| entry.name == CURRENT_TABLES && entry.kind == EntryKind::Folder;
        self.entries.iter().any(is_it)
    }

    /// Whether states were imported.
    pub fn has_openings(&self) -> bool {
        self.entries.iter().any(|entry| entry.name == OPENINGS && entry.kind == EntryKind::Folder)
    }
}

impl MonthFolder {
    fn of(book: &Book, month: Month, and_archive: bool) -> Result<Self> {
        let mut of_book = match book.layout() {
            Layout::ByName => MonthFolder::at(month, book.month_folder(month))?,
            Layout::ByPrefix => MonthFolder::by_prefix(book, month)?,
        };
        if of_book.has_file(ARCHIVED) {
            let record = match book.archived(month) {
                Ok(record) => record.ok_or_else(|| "is gone".to_owned()),
                Err(e) if e.kind().is_of_the_machine() => return Err(e),
                Err(e) => Err(in_words(&e)),
            };
            let copy = record.as_ref().ok().map(|record| book.archive_of(record));
            if let Some(copy) = copy.filter(|copy| and_archive && storage::is_folder(copy)) {
                of_book.in_archive = Some(Box::new(MonthFolder::at(month, copy)?));
            }
            of_book.archived = Some(record);
        }
        Ok(of_book)
    }

    /// As it would be if its revisions' folders bore their names: prefixes that `CURRENT` does not name are nobody's,
    /// and so is a record of an archive that it does not tell of.
    fn by_prefix(book: &Book, month: Month) -> Result<Self> {
        let folder = book.month_folder(month);
        let revisions = match book.revisions(month) {
            Ok(revisions) => revisions,
            Err(e) if e.kind().is_of_the_machine() => return Err(e),
            // What CURRENT holds is told where it is checked.
            Err(_) => Vec::new(),
        };
        let is_archived = matches!(book.archived(month), Ok(Some(_)) | Err(_));
        let listed = list(&folder).unwrap_or_default();
        let is_of_month = |entry: &Entry| match entry.name.as_str() {
            ARCHIVED => is_archived,
            name => !is_prefix(name),
        };
        let mut entries: Vec<Entry> = listed.into_iter().filter(is_of_month).collect();
        let in_force = revisions.last().map(|name| format!("{name}\n").into_bytes());
        let mut folders = BTreeMap::new();
        for name in revisions {
            folders.insert(name.clone(), book.revision_folder(month, &name)?);
            entries.push(Entry { name, kind: EntryKind::Folder });
        }
        let current = match in_force {
            Some(current) => Some(current),
            None => readable(&folder, storage::read(&folder.join(CURRENT)))?,
        };
        let (archived, in_archive, entries) = (None, None, Ok(entries));
        Ok(MonthFolder { month, folder, entries, folders, current, archived, in_archive })
    }

    /// The folder of a revision.
    pub fn folder_of(&self, name: &str) -> PathBuf {
        self.folders.get(name).cloned().unwrap_or_else(|| self.folder.join(name))
    }

    fn at(month: Month, folder: PathBuf) -> Result<Self> {
        let entries = match list(&folder) {
            Ok(entries) => Ok(entries),
            Err(e) => {
                let words = e.to_string();
                readable(&folder, Err(e))?;
                Err(words)
            }
        };
        let (archived, in_archive) = (None, None);
        let folders = BTreeMap::new();
        let mut listed =
            MonthFolder { month, folder, entries, folders, current: None, archived, in_archive };
        if listed.has_file(CURRENT) {
            let current = listed.folder.join(CURRENT);
            listed.current = readable(&current, beginning(&current))?;
        }
        Ok(listed)
    }

    fn has_file(&self, name: &str) -> bool {
        let mut entries = self.entries.iter().flatten();
        entries.any(|entry| entry.name == name && entry.kind == EntryKind::File)
    }

    /// The month's revisions, in order.
    pub fn revisions(&self) -> Vec<String> {
        let entries = self.entries.iter().flatten();
        let folders = entries.filter(|entry| entry.kind == EntryKind::Folder);
        let mut numbers: Vec<u32> = folders.filter_map(|e| revision_number(&e.name)).collect();
        numbers.sort_unstable();
        numbers.into_iter().map(revision_name).collect()
    }

    /// Whether the month's tables went to an archive.
    pub fn is_archived(&self) -> bool {
        self.entries.iter().flatten().any(|entry| entry.name == ARCHIVED)
    }

    /// The revision that `CURRENT` names, if it is there.
    pub fn in_force(&self) -> Option<String> {
        let text = std::str::from_utf8(self.current.as_deref()?).ok()?;
        self.revisions().into_iter().find(|name| name == text.trim())
    }

    /// Checks what is in the folder, but for the revisions' own.
    pub fn check(&self, audit: &mut Audit) {
        let place = || Place::month(self.month);
        let entries = match &self.entries {
            Ok(entries) => entries,
            Err(cause) => {
                return audit.add(
                    FindingCode::Unreadable,
                    place(),
                    format!("cannot be listed: {cause}"),
                );
            }
        };
        for entry in entries {
            let place = place().file(&entry.name);
            if [CURRENT, ARCHIVED].contains(&entry.name.as_str()) {
                is(entry, EntryKind::File, place, audit);
            } else if entry.name == NEXT_CURRENT {
                // A run that was cut short had prepared it; the month's next one clears it.
                is(entry, EntryKind::File, place, audit);
            } else if revision_number(&entry.name).is_some() {
                is(entry, EntryKind::Folder, place, audit);
            } else {
                audit.add(FindingCode::Stray, place, "does not belong here");
            }
        }
        let revisions = self.revisions();
        let mut due = (1..).map(revision_name);
        if let Some((name, due)) = revisions.iter().zip(&mut due).find(|(name, due)| *name != due) {
            let what = format!("has {name}, but no {due}");
            audit.add_expected(FindingCode::RevisionGap, place(), what, "revisions without a gap");
        }
        if revisions.is_empty() {
            audit.add_expected(FindingCode::Missing, place(), "has no revision", "r001");
        }
        self.check_current(&revisions, audit);
    }

    fn check_current(&self, revisions: &[String], audit: &mut Audit) {
        let place = Place::month(self.month).file(CURRENT);
        let due = format!("{}\n", last(revisions));
        let expected = format!("`{}`, the latest revision, and a line end", last(revisions));
        let there = self.entries.iter().flatten().any(|entry| entry.name == CURRENT);
        match &self.current {
            _ if revisions.is_empty() => {}
            Some(bytes) if bytes == due.as_bytes() => {}
            Some(bytes) => {
                let text = String::from_utf8_lossy(bytes).escape_debug().to_string();
                audit.add_expected(
                    FindingCode::Current,
                    place,
                    format!("holds `{text}`"),
                    expected,
                );
                audit.is_underway |= self.in_force().is_some();
            }
            None if there => {
                audit.add_expected(FindingCode::Current, place, "cannot be read", expected);
            }
            None => audit.add_expected(FindingCode::Missing, place, "is not there", expected),
        }
    }
}

/// A journal that is a folder has a file for each line.
fn kind_of_journal(layout: Layout) -> EntryKind {
    match layout {
        Layout::ByName => EntryKind::File,
        Layout::ByPrefix => EntryKind::Folder,
    }
}

fn last(revisions: &[String]) -> &str {
    revisions.last().map_or("", String::as_str)
}

/// The first bytes of a file: more than a revision's name has.
fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    storage::open(path)?.take(40).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What was read; `None` where it is a finding that it cannot be.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where the machine failed: nothing can be said of the book then.
fn readable(path: &Path, read: std::io::Result<Vec<u8>>) -> Result<Option<Vec<u8>>> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) => {
            let error =
                Error::new(Code::BOOK_UNREADABLE, "cannot be read").in_file(path).caused_by(e);
            if error.kind().is_of_the_machine() { Err(error) } else { Ok(None) }
        }
    }
}

/// What a file holds; a finding where it cannot be read.
pub(super) fn read_file(path: &Path, place: &Place, audit: &mut Audit) -> Option<Vec<u8>> {
    match storage::read(path) {
        Ok(bytes) => Some(bytes),
        Err(e) => {
            audit.add(FindingCode::Unreadable, place.clone(), format!("cannot be read: {e}"));
            None
        }
    }
}

/// Checks that a revision's folder holds its files and nothing else, but for what the manifest
/// tells: what it keeps of its inputs, and whether it has tables that came later. Gives those that
/// can be read.
pub(super) fn check_revision_files(folder: &Path, place: &Place, audit: &mut Audit) -> Vec<String> {
    let (later, tables): (Vec<Table>, Vec<Table>) =
        Table::ALL.into_iter().partition(|table| table.came_later());
    let files = tables.into_iter().flat_map(Table::files);
    let files: Vec<String> =
        files.chain([Manifest::FILE.to_owned(), RUN_FILE.to_owned()]).collect();
    let later: Vec<String> = later.into_iter().flat_map(Table::files).collect();
    check_entries(folder, place, &files, &later, |name| name == INPUTS_FOLDER, audit)
}

/// Checks that a revision of an archived month has what stays in the book; gives the files that can be
/// read, and says whether there is more of the revision than that.
pub(super) fn check_kept_files(
    folder: &Path,
    place: &Place,
    audit: &mut Audit,
) -> (Vec<String>, bool) {
    let (later, tables): (Vec<Table>, Vec<Table>) =
        KEPT_TABLES.into_iter().partition(|table| table.came_later());
    let parquet = |table: Table| format!("{}.parquet", table.name());
    let kept: Vec<String> =
        tables.into_iter().map(parquet).chain([Manifest::FILE.into(), RUN_FILE.into()]).collect();
    let later: Vec<String> = later.into_iter().map(parquet).collect();
    let is_left = |name: &str| {
        let is_kept = kept.iter().chain(&later).any(|kept| kept == name);
        let mut tables = Table::ALL.into_iter().flat_map(Table::files);
        !is_kept && (name == INPUTS_FOLDER || tables.any(|file| file == name))
    };
    let there = check_entries(folder, place, &kept, &later, is_left, audit);
    let mut entries = list(folder).into_iter().flatten();
    (there, entries.any(|entry| is_left(&entry.name)))
}

/// Checks that a folder holds these files and nothing else; gives those that can be read.
pub(super) fn check_files(
    folder: &Path,
    place: &Place,
    files: &[String],
    may_hold: &[String],
    audit: &mut Audit,
) -> Vec<String> {
    check_entries(folder, place, files, may_hold, |_| false, audit)
}

/// Checks that a folder holds these files, and nothing but files that it may hold and what is
/// checked elsewhere.
fn check_entries(
    folder: &Path,
    place: &Place,
    files: &[String],
    may_hold: &[String],
    is_checked_elsewhere: impl Fn(&str) -> bool,
    audit: &mut Audit,
) -> Vec<String> {
    let entries = match list(folder) {
        Ok(entries) => entries,
        Err(e) => {
            audit.add(FindingCode::Unreadable, place.clone(), format!("cannot be listed: {e}"));
            return Vec::new();
        }
    };
    let of = |name: &str| place.clone().file(name);
    let mut there = Vec::new();
    for name in files.iter().chain(may_hold) {
        match entries.iter().find(|entry| entry.name == *name) {
            None if may_hold.contains(name) => {}
            None => audit.add(FindingCode::Missing, of(name), "is not there"),
            Some(entry) if is(entry, EntryKind::File, of(name), audit) => there.push(name.clone()),
            Some(_) => {}
        }
    }
    let is_known = |name: &String| {
        files.contains(name) || may_hold.contains(name) || is_checked_elsewhere(name)
    };
    for entry in entries.iter().filter(|entry| !is_known(&entry.name)) {
        audit.add(FindingCode::Stray, of(&entry.name), "does not belong here");
    }
    there
}
