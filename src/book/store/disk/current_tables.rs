//! `current/`: every month's tables as the revision in force has them, for readers of all months.
//!
//! ```text
//! book/current/statements/2026-04.parquet   -> ../../2026-04/r002/statements.parquet
//! book/current/statements/2026-05.parquet   -> ../../2026-05/r001/statements.parquet
//! ```
//!
//! A folder for each table, and in it a link for each month and form; or a copy, where the file
//! system has no links. It all follows from the months and their `CURRENT`, so that any run can make
//! it anew. A file takes the place of the one before by one rename: a reader sees either.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::super::super::places::{CURRENT_TABLES, entries, is_there};
use super::super::current::{FORMS, failed, link_to, month_and_form};
use super::super::seam::Store;
use super::lock::FileLock;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::files::{make_folder, remove_file};
use crate::tables::Table;

/// Makes a link at a path that leads to another.
type MakeLink = fn(to: &Path, at: &Path) -> io::Result<()>;

/// The files of the revisions in force.
#[derive(Default)]
struct InForce {
    /// By table and name in the table's folder, the file as a path in the book.
    files: BTreeMap<(Table, String), PathBuf>,
    /// Months of which it is not known; what there is of them stays.
    unknown: BTreeSet<Month>,
}

/// Makes `current/` of the book in a folder what the months' `CURRENT` say. Archived months have nothing there. Runs
/// that do so at once wait for each other.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: a part of it could not be made.
pub fn renew(store: &dyn Store, book: &Path) -> Result<()> {
    renew_with(store, book, make_link)
}

fn renew_with(store: &dyn Store, book: &Path, make_link: MakeLink) -> Result<()> {
    // What is in force is looked at under the lock: nobody who knows less comes later.
    let _lock = FileLock::wait(book, CURRENT_TABLES)?;
    let in_force = in_force(store)?;
    let root = book.join(CURRENT_TABLES);
    if in_force.files.is_empty() && !is_there(&root)? {
        return Ok(());
    }
    own_folder(&root).map_err(|e| failed(&root, e))?;
    let renewed = Table::ALL.map(|table| renew_table(book, table, &in_force, make_link));
    renewed.into_iter().collect()
}

fn in_force(store: &dyn Store) -> Result<InForce> {
    let mut found = InForce::default();
    for month in store.months()? {
        if store.is_archived(month)? {
            continue;
        }
        let Ok(Some(revision)) = store.in_force(month) else {
            found.unknown.insert(month);
            continue;
        };
        let folder = store.revision_folder(month, &revision)?;
        for (table, form) in Table::ALL.iter().flat_map(|t| FORMS.map(|form| (*t, form))) {
            let file = format!("{}.{form}", table.name());
            if is_there(&folder.join(&file))? {
                let in_book = Path::new(&month.to_string()).join(&revision).join(file);
                found.files.insert((table, format!("{month}.{form}")), in_book);
            }
        }
    }
    Ok(found)
}

fn renew_table(book: &Path, table: Table, in_force: &InForce, make_link: MakeLink) -> Result<()> {
    let folder = book.join(CURRENT_TABLES).join(table.name());
    let files = &in_force.files;
    let is_empty = !files.keys().any(|(of, _)| *of == table);
    if is_empty && !is_there(&folder)? {
        return Ok(());
    }
    own_folder(&folder).map_err(|e| failed(&folder, e))?;
    for name in entries(&folder)? {
        let is_due = files.contains_key(&(table, name.clone()));
        let is_of_month = |(month, _): (Month, &str)| !in_force.unknown.contains(&month);
        // A name with a dot before it is what a crash left.
        if name.starts_with('.') || !is_due && month_and_form(&name).is_some_and(is_of_month) {
            let path = folder.join(name);
            remove_file(&path).map_err(|e| failed(&path, e))?;
        }
    }
    for ((_, name), in_book) in files.iter().filter(|((of, _), _)| *of == table) {
        let path = folder.join(name);
        let place = Place { folder: &folder, name, link: link_to(in_book) };
        place.renew(&book.join(in_book), make_link).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// A file in a table's folder.
struct Place<'a> {
    folder: &'a Path,
    name: &'a str,
    /// Where it leads, if it is a link.
    link: PathBuf,
}

impl Place<'_> {
    /// Puts a link there, or a copy, unless there is one.
    fn renew(&self, source: &Path, make_link: MakeLink) -> io::Result<()> {
        let path = self.folder.join(self.name);
        let about = fs::metadata(source)?;
        match fs::symlink_metadata(&path) {
            Ok(is) if is.is_symlink() && fs::read_link(&path)? == self.link => return Ok(()),
            // A copy that bears the time of what it was made from.
            Ok(is) if is.is_file() && is_same(&is, &about) => return Ok(()),
            _ => {}
        }
        let aside = self.folder.join(format!(".{}", self.name));
        let made = make_link(&self.link, &aside).or_else(|_| copy(source, &about, &aside));
        made.and_then(|()| fs::rename(&aside, path)).inspect_err(|_| drop(remove_file(&aside)))
    }
}

fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    one.len() == other.len()
        && matches!((one.modified(), other.modified()), (Ok(one), Ok(other)) if one == other)
}

/// Copies a file, whole on the disk before it takes its place, with the time of what it is made
/// from.
fn copy(source: &Path, about: &fs::Metadata, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(source)?, &mut File::create_new(to)?)?;
    let copied = File::options().write(true).open(to)?;
    if let Ok(time) = about.modified() {
        // Where it cannot be set, the next run copies again.
        drop(copied.set_modified(time));
    }
    copied.sync_all()
}

#[cfg(unix)]
fn make_link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn make_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes sure of a folder that lies here, and is no link to another.
fn own_folder(folder: &Path) -> io::Result<()> {
    make_folder(folder)?;
    match fs::symlink_metadata(folder)?.is_dir() {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            "it is no folder of the book, but a link or a file; remove it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::OnDisk;
    use super::*;
    use crate::book::revision_name;

    fn renew_at(book: &Path, make_link: MakeLink) -> Result<()> {
        renew_with(&OnDisk::at(book), book, make_link)
    }

    fn no_links(_: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn publish(book: &Path, month: &str, revision: &str) {
        let month = book.join(month);
        let folder = month.join(revision);
        fs::create_dir_all(&folder).unwrap();
        for file in ["statements.parquet", "statements.csv"] {
            fs::write(folder.join(file), format!("{file} of {revision}")).unwrap();
        }
        fs::write(month.join("CURRENT"), format!("{revision}\n")).unwrap();
    }

    /// The names in `current/statements`, and what is read there.
    fn read(book: &Path) -> Vec<(String, String)> {
        let folder = book.join("current/statements");
        let mut names = entries(&folder).unwrap();
        names.sort();
        let text = |name: &String| fs::read_to_string(folder.join(name)).unwrap();
        names.iter().map(|name| (name.clone(), text(name))).collect()
    }

    fn expected(months: &[(&str, &str)]) -> Vec<(String, String)> {
        let file = |&(month, revision): &(&str, &str)| {
            ["csv", "parquet"]
                .map(|form| (format!("{month}.{form}"), format!("statements.{form} of {revision}")))
        };
        months.iter().flat_map(file).collect()
    }

    #[test]
    fn links_and_copies_show_what_is_in_force() {
        for make_link in [make_link as MakeLink, no_links] {
            let folder = tempfile::tempdir().unwrap();
            let book = folder.path();
            renew_at(book, make_link).unwrap();
            assert!(!folder.path().join("current").exists(), "a book without a month");
            publish(book, "2026-04", "r001");
            publish(book, "2026-05", "r001");
            renew_at(book, make_link).unwrap();
            assert_eq!(read(book), expected(&[("2026-04", "r001"), ("2026-05", "r001")]));
            publish(book, "2026-04", "r002");
            renew_at(book, make_link).unwrap();
            assert_eq!(read(book), expected(&[("2026-04", "r002"), ("2026-05", "r001")]));
            fs::write(folder.path().join("2026-05/ARCHIVED"), "").unwrap();
            renew_at(book, make_link).unwrap();
            assert_eq!(read(book), expected(&[("2026-04", "r002")]));
        }
    }

    #[test]
    fn a_copy_stays_while_it_is_one_and_makes_way_for_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path();
        publish(book, "2026-04", "r001");
        renew_at(book, no_links).unwrap();
        let path = folder.path().join("current/statements/2026-04.csv");
        let copied = fs::metadata(&path).unwrap();
        let never = |_: &Path, _: &Path| -> io::Result<()> { panic!("it is there") };
        renew_at(book, never).unwrap();
        assert!(is_same(&fs::metadata(&path).unwrap(), &copied));
        // One of another time, as a restored one is, may be of anything.
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH)
            .unwrap();
        renew_at(book, make_link).unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().is_symlink(), cfg!(unix));
        assert_eq!(read(book), expected(&[("2026-04", "r001")]));
    }

    #[test]
    fn runs_of_all_months_at_once_end_with_what_is_in_force() {
        for make_link in [make_link as MakeLink, no_links] {
            let folder = tempfile::tempdir().unwrap();
            let months = ["2026-04", "2026-05", "2026-06", "2026-07"];
            std::thread::scope(|scope| {
                for month in months {
                    let book = folder.path();
                    scope.spawn(move || {
                        for revision in (1..=8).map(revision_name) {
                            publish(book, month, &revision);
                            renew_at(book, make_link).unwrap();
                        }
                    });
                }
            });
            assert_eq!(read(folder.path()), expected(&months.map(|month| (month, "r008"))));
        }
    }
}
