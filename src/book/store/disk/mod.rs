//! A book on a disk.
//!
//! ```text
//! book/2026-04/r001/ …     a revision, complete in itself
//! book/2026-04/r002/ …     a later one; the earlier stay as they are
//! book/2026-04/CURRENT     the name of the one in force
//! book/2024-12/ARCHIVED    of an archived month: where its tables went
//! book/current/            links into the revisions in force, by table
//! book/openings/2026-04/   a state that was imported, to open the month with
//! book/.journal            a line for every revision that was published
//! book/.staging/2026-04/   where the next one is written first
//! book/.lock/2026-04       held by the run that writes it
//! ```

mod current_tables;
mod import;
mod journal;
mod lock;
mod publication;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use self::import::Exchange;
use self::journal::JournalFile;
use self::lock::FileLock;
pub use self::publication::NEXT_CURRENT;
use self::publication::{Pointer, Rename, clear_pointer, staging_folder};
use super::super::holder::Holder;
use super::super::places::{
    ARCHIVED, CURRENT, JOURNAL, entries, imports_root, is_folder, is_there, months_in,
    staging_root, still_archived, still_whole, unflushed,
};
use super::super::revision::revision_number;
use super::made::{Made, clear, files_below, write_flushed};
use super::seam::{ImportWay, Journaling, Layout, Leftover, Lock, Store, Way};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, make_folder, remove_file};
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// A book in a folder.
#[derive(Debug)]
pub struct OnDisk {
    folder: PathBuf,
}

impl OnDisk {
    /// The one in `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        OnDisk { folder: folder.to_owned() }
    }

    fn month(&self, month: Month) -> PathBuf {
        self.folder.join(month.to_string())
    }
}

impl Store for OnDisk {
    fn look_afresh(&self) {}

    fn months(&self) -> Result<Vec<Month>> {
        if is_there(&self.folder)? { months_in(&self.folder) } else { Ok(Vec::new()) }
    }

    fn revisions(&self, month: Month) -> Result<Vec<String>> {
        let folder = self.month(month);
        let mut names = Vec::new();
        for name in if is_there(&folder)? { entries(&folder)? } else { Vec::new() } {
            if revision_number(&name).is_some() && is_folder(&folder.join(&name))? {
                names.push(name);
            }
        }
        names.sort_by_key(|name| revision_number(name));
        Ok(names)
    }

    fn in_force(&self, month: Month) -> Result<Option<String>> {
        let folder = self.month(month);
        if !is_there(&folder)? {
            return Ok(None);
        }
        let pointer = folder.join(CURRENT);
        let damaged = |message: &str| {
            Error::new(Code::POINTER_DAMAGED, message)
                .in_file(&pointer)
                .expected("the name of a revision beside it, such as r001")
                .changed_by_hand()
        };
        let text = storage::read_to_string(&pointer).map_err(|e| {
            damaged("does not tell which revision is in force").caused_by(e).or_unread()
        })?;
        let name = text.trim().to_owned();
        if revision_number(&name).is_none() || !is_folder(&folder.join(&name))? {
            return Err(damaged("names no revision").with_value(name));
        }
        Ok(Some(name))
    }

    fn revision_folder(&self, month: Month, name: &str) -> Result<PathBuf> {
        Ok(self.month(month).join(name))
    }

    fn layout(&self) -> Layout {
        Layout::ByName
    }

    fn folder_of_this_machine(&self) -> Option<&Path> {
        Some(&self.folder)
    }

    fn lock(&self, month: Month, holder: &Holder) -> Result<Lock> {
        Ok(Lock(Box::new(FileLock::take(&self.folder, month, holder)?)))
    }

    fn begin(&self, month: Month, name: &str) -> Result<(Made, Box<dyn Way>)> {
        let way = Rename::into_month(self.month(month), name)?;
        Ok((Made::begin(staging_folder(&self.folder, month), name)?, Box::new(way)))
    }

    fn not_in_force(&self, month: Month) -> Result<Option<String>> {
        let Some(in_force) = self.in_force(month)? else { return Ok(None) };
        clear_pointer(&self.month(month))?;
        let newest = self.revisions(month)?.pop();
        Ok(newest.filter(|name| revision_number(name) > revision_number(&in_force)))
    }

    fn put_in_force(&self, month: Month, name: &str) -> Result<Option<Error>> {
        Pointer::prepare(&self.month(month), name)?.switch()
    }

    fn clear(&self, month: Month) -> Result<()> {
        clear(&staging_folder(&self.folder, month))
    }

    fn leftovers(&self, _: Month) -> Result<Vec<Leftover>> {
        Ok(Vec::new())
    }

    fn journal_text(&self) -> io::Result<Vec<u8>> {
        storage::read(&self.folder.join(JOURNAL))
    }

    fn open_journal(&self) -> io::Result<Box<dyn Journaling>> {
        Ok(Box::new(JournalFile::open(&self.folder)?))
    }

    fn renew_current_tables(&self) -> Result<()> {
        current_tables::renew(self, &self.folder)
    }

    fn imported(&self, month: Month) -> Result<Option<PathBuf>> {
        let folder = imports_root(&self.folder).join(month.to_string());
        Ok(is_there(&folder)?.then_some(folder))
    }

    fn begin_import(&self, month: Month) -> io::Result<Box<dyn ImportWay>> {
        let folder = staging_root(&self.folder).join(format!("openings-{month}"));
        let target = imports_root(&self.folder).join(month.to_string());
        Ok(Box::new(Exchange::begin(folder, target)?))
    }

    fn is_archived(&self, month: Month) -> Result<bool> {
        is_there(&self.month(month).join(ARCHIVED))
    }

    fn set_archived(&self, month: Month, record: &str) -> Result<()> {
        let (home, staging) = (self.month(month), staging_root(&self.folder));
        let aside = staging.join(format!("{month}.{ARCHIVED}"));
        let failed = |e| still_whole(&home.join(ARCHIVED), e);
        make_folder(&staging).and_then(|()| remove_file(&aside)).map_err(failed)?;
        write_flushed(&aside, record.as_bytes())?;
        fs::rename(&aside, home.join(ARCHIVED)).map_err(failed)?;
        flush_folder(&home).map_err(|e| unflushed(&home, e))
    }

    fn set_whole(&self, month: Month) -> Result<()> {
        let home = self.month(month);
        let record = home.join(ARCHIVED);
        fs::remove_file(&record).map_err(|e| still_archived(&record, e))?;
        flush_folder(&home).map_err(|e| unflushed(&home, e))
    }

    fn scratch_for(&self, to: &Path) -> io::Result<ScratchFolder> {
        let beside = to.parent().unwrap_or(&self.folder);
        make_folder(beside)?;
        ScratchFolder::make(Some(beside))
    }

    fn keep(&self, made: &Path, to: &Path, _: &str) -> io::Result<()> {
        /// A scheduler may have the same made twice at once.
        const ATTEMPTS: u32 = 5;
        let mut replaced = Ok(());
        for _ in 0..ATTEMPTS {
            replaced = self.remove_folder(to).and_then(|()| fs::rename(made, to));
            if replaced.is_ok() {
                break;
            }
        }
        replaced.and_then(|()| to.parent().map_or(Ok(()), flush_folder))
    }

    fn at_hand(&self, folder: &Path, _: &Path) -> io::Result<PathBuf> {
        Ok(folder.to_owned())
    }

    fn on_the_way(&self, to: &Path) -> PathBuf {
        let name = to.file_name().unwrap_or_default();
        to.with_file_name(format!(".{}.part", name.to_string_lossy()))
    }

    fn arrive(&self, to: &Path) -> io::Result<()> {
        fs::rename(self.on_the_way(to), to)?;
        to.parent().map_or(Ok(()), flush_folder)
    }

    fn has_arrived(&self, folder: &Path, _: &str) -> Result<bool> {
        is_there(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        make_folder(folder)
    }

    fn put_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        if let Some(folder) = to.parent() {
            make_folder(folder)?;
        }
        let mut written = File::create(to)?;
        io::copy(&mut storage::open(from)?, &mut written)?;
        written.sync_all()
    }

    fn put_text(&self, text: &str, to: &Path) -> io::Result<()> {
        let mut written = File::create(to)?;
        written.write_all(text.as_bytes())?;
        written.sync_all()?;
        to.parent().map_or(Ok(()), flush_folder)
    }

    fn files_below(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(files_below(folder)?.into_iter().map(|(path, _)| path).collect())
    }

    fn remove_file(&self, folder: &Path, file: &Path) -> io::Result<()> {
        remove_file(&folder.join(file))?;
        if let Some(within) = file.parent().filter(|within| *within != Path::new("")) {
            let _ = fs::remove_dir(folder.join(within)); // with its last file
        }
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
