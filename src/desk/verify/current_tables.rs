//! `current/`, held against the months and their `CURRENT`: each table of every revision in force,
//! and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::entries::{Entry, EntryKind, is, list};
use super::finding::{Audit, FindingCode, Place};
use super::listing::{BookListing, MonthFolder};
use super::revision::CheckedRevision;
use crate::base::digest;
use crate::base::storage;
use crate::book::{Book, CURRENT_TABLES, MADE_FROM, link_to, month_and_form};
use crate::tables::Table;

/// What lies in `current/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CurrentListing {
    folder: PathBuf,
    /// Its entries, and of the tables' folders what is in them; or why it cannot be listed.
    entries: Result<Vec<(Entry, Listed)>, String>,
}

/// What lies in a table's folder: links with where they lead to. Or why it cannot be listed.
type Listed = Result<Vec<(Entry, Option<PathBuf>)>, String>;

/// The files that are due in the folder of a table, by name.
type Due<'a> = BTreeMap<String, DueFile<'a>>;

/// A file that is due: a link, or a copy.
struct DueFile<'a> {
    link: PathBuf,
    /// The digest of the file as it is.
    sha256: &'a str,
}

impl CurrentListing {
    /// Lists the folder; `None` where the book has none.
    pub fn of(book: &Book, listing: &BookListing) -> Option<Self> {
        if !listing.has_current_tables() {
            return None;
        }
        let folder = book.folder().join(CURRENT_TABLES);
        let with_files = |entry: Entry| {
            let listed = match entry.kind {
                EntryKind::Folder => links(&folder.join(&entry.name)),
                EntryKind::File | EntryKind::Other => Ok(Vec::new()),
            };
            (entry, listed)
        };
        let entries = list(&folder).map_err(|e| e.to_string());
        let entries = entries.map(|entries| entries.into_iter().map(with_files).collect());
        Some(CurrentListing { folder, entries })
    }

    /// Checks it against what is in force.
    pub fn check(&self, months: &[MonthFolder], revisions: &[CheckedRevision], audit: &mut Audit) {
        let before = audit.findings.len();
        let place = || Place::book().file(CURRENT_TABLES);
        let entries = match &self.entries {
            Ok(entries) => entries,
            Err(cause) => {
                let what = format!("cannot be listed: {cause}");
                return audit.add(FindingCode::Unreadable, place(), what);
            }
        };
        for table in Table::ALL {
            let due = due(table, months, revisions);
            let listed = entries.iter().find(|(entry, _)| entry.name == table.name());
            let place = place().file(table.name());
            match listed {
                Some((entry, _)) if !is(entry, EntryKind::Folder, place.clone(), audit) => {}
                Some((_, Ok(files))) => self.check_table(table, files, &due, months, audit),
                Some((_, Err(cause))) => {
                    audit.add(FindingCode::Unreadable, place, format!("cannot be listed: {cause}"));
                }
                None if due.is_empty() => {}
                None => audit.add(FindingCode::Missing, place, "is not there"),
            }
        }
        let is_table = |name: &str| Table::ALL.iter().any(|table| table.name() == name);
        let is_known = |name: &str| is_table(name) || self.is_of_copies(name);
        for (entry, _) in entries.iter().filter(|(entry, _)| !is_known(&entry.name)) {
            audit.add(FindingCode::Stray, place().file(&entry.name), "does not belong here");
        }
        // A run renews it once a revision is in force.
        audit.is_underway |= audit.findings.len() > before;
    }

    /// Whether it says what the copies were made from, which object storage has in place of links.
    fn is_of_copies(&self, name: &str) -> bool {
        name == MADE_FROM && storage::is_address(&self.folder)
    }

    fn check_table(
        &self,
        table: Table,
        files: &[(Entry, Option<PathBuf>)],
        due: &Due<'_>,
        months: &[MonthFolder],
        audit: &mut Audit,
    ) {
        let place = |name: &str| Place::book().file(CURRENT_TABLES).file(table.name()).file(name);
        for (name, due) in due {
            match files.iter().find(|(entry, _)| entry.name == *name) {
                Some((entry, link)) => {
                    let path = self.folder.join(table.name()).join(name);
                    due.check(entry, link.as_deref(), &path, place(name), audit);
                }
                None => {
                    let what = "is not there";
                    audit.add_expected(FindingCode::Missing, place(name), what, due.told());
                }
            }
        }
        // Of a month whose `CURRENT` is at fault it is not known what is due.
        let is_unknown = |name: &str| {
            let of = month_and_form(name).map(|(month, _)| month);
            months.iter().any(|m| Some(m.month) == of && m.in_force().is_none())
        };
        for (Entry { name, .. }, _) in files {
            // What begins with a dot is a renewal that is under way, or was cut short.
            if !due.contains_key(name) && !name.starts_with('.') && !is_unknown(name) {
                audit.add(FindingCode::Stray, place(name), "does not belong here");
            }
        }
    }
}

impl DueFile<'_> {
    fn told(&self) -> String {
        format!("a link to {}", self.link.display())
    }

    fn check(
        &self,
        entry: &Entry,
        link: Option<&Path>,
        path: &Path,
        place: Place,
        audit: &mut Audit,
    ) {
        let what = match (entry.kind, link) {
            (_, Some(link)) if link == self.link => return,
            (_, Some(link)) => format!("leads to {}", link.display()),
            (EntryKind::File, None) => {
                let digest = digest::of_file(path);
                storage::forget(path); // there is no room for copies of all
                match digest {
                    Ok((_, sha256)) if sha256 == self.sha256 => return,
                    Ok(_) => "is not a copy of what is in force".to_owned(),
                    Err(e) => {
                        let what = format!("cannot be read: {e}");
                        return audit.add(FindingCode::Unreadable, place, what);
                    }
                }
            }
            (EntryKind::Folder | EntryKind::Other, None) => {
                is(entry, EntryKind::File, place, audit);
                return;
            }
        };
        audit.add_expected(FindingCode::CurrentTables, place, what, self.told());
    }
}

/// What is due of a table: of archived months nothing.
fn due<'a>(table: Table, months: &[MonthFolder], revisions: &'a [CheckedRevision]) -> Due<'a> {
    let mut due = Due::new();
    for month in months.iter().filter(|month| !month.is_archived()) {
        let in_force = month.in_force();
        let revision = revisions
            .iter()
            .find(|of| of.month == month.month && Some(&of.name) == in_force.as_ref());
        let Some(revision) = revision else { continue };
        for (file, sha256) in &revision.digests {
            if let Some((name, form)) = file.split_once('.')
                && name == table.name()
            {
                let in_month = Path::new(&month.month.to_string()).join(&revision.name);
                let link = link_to(&in_month.join(file));
                due.insert(format!("{}.{form}", month.month), DueFile { link, sha256 });
            }
        }
    }
    due
}

/// The entries of a folder; of links, where they lead to.
fn links(folder: &Path) -> Listed {
    let with_link = |entry: Entry| {
        let link = match entry.kind {
            EntryKind::Other => fs::read_link(folder.join(&entry.name)).ok(),
            EntryKind::File | EntryKind::Folder => None,
        };
        (entry, link)
    };
    let entries = list(folder).map_err(|e| e.to_string())?;
    Ok(entries.into_iter().map(with_link).collect())
}
