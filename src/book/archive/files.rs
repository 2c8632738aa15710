//! The files of a revision: what each must be, in the book as in the archive.

use std::path::{Path, PathBuf};

use super::super::manifest::Manifest;
use super::super::places::unflushed;
use super::super::run_record::RUN_FILE;
use super::super::store;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::{Algorithm, FileDigest};
use crate::base::files::flush_folder;
use crate::base::storage;
use crate::tables::Table;

/// The tables that the month after may have begun with: their Parquet files stay in the book.
pub const KEPT_TABLES: [Table; 3] = [Table::State, Table::RecentIds, Table::Grants];

/// A file of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFile {
    /// Its path within the revision's folder.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub digest: FileDigest,
    /// Whether it stays in the book when the month is archived.
    pub stays: bool,
}

/// All files of the revision in a folder, in the order in which they are copied. What the manifest does not tell is
/// taken from the files there, which a revision of an archived month has, too.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where they cannot be read.
pub fn of_revision(folder: &Path) -> Result<Vec<RevisionFile>> {
    let manifest = Manifest::read(folder)?;
    let mut files = Vec::new();
    for output in &manifest.outputs {
        let stays = is_kept(&output.file);
        let digest = Algorithm::Sha256.written(output.sha256.clone());
        let (path, bytes) = (output.file.clone().into(), output.bytes);
        files.push(RevisionFile { path, bytes, digest, stays });
    }
    for (input, kept) in manifest.inputs.iter().filter_map(|i| Some((i, i.kept.as_ref()?))) {
        let (bytes, digest) = (input.bytes, input.digest.clone());
        files.push(RevisionFile { path: kept.into(), bytes, digest, stays: false });
    }
    for own in [Manifest::FILE, RUN_FILE] {
        files.push(as_it_is(folder, own)?);
    }
    Ok(files)
}

/// A file that no manifest tells of.
fn as_it_is(folder: &Path, file: &str) -> Result<RevisionFile> {
    let path = PathBuf::from(file);
    let (bytes, digest) = Algorithm::Sha256.of_file(&folder.join(&path)).map_err(|e| {
        Error::new(Code::BOOK_UNREADABLE, "cannot be read")
            .in_file(folder.join(&path))
            .caused_by(e)
            .changed_by_hand()
    })?;
    Ok(RevisionFile { path, bytes, digest, stays: true })
}

/// Whether a table's file stays in the book.
fn is_kept(file: &str) -> bool {
    let table = file.strip_suffix(".parquet");
    table.is_some_and(|table| KEPT_TABLES.iter().any(|kept| kept.name() == table))
}

impl RevisionFile {
    /// Whether the revision's folder at a place has this file, as it must be.
    pub fn is_in(&self, folder: &Path) -> bool {
        self.check_in(folder).is_ok()
    }

    /// Makes sure that the revision's folder at a place has this file, as it must be.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Conservation`] where it is another, [`crate::base::error::Kind::Book`]
    /// where it cannot be read.
    pub fn check_in(&self, folder: &Path) -> Result<()> {
        let path = folder.join(&self.path);
        let is = self.digest.algorithm().of_file(&path).map_err(|e| {
            Error::new(Code::ARCHIVE_MISSING, "the month's copy is not whole")
                .in_file(&path)
                .caused_by(e)
        })?;
        storage::forget(&path); // there is no room for copies of all
        if (is.0, &is.1) == (self.bytes, &self.digest) {
            return Ok(());
        }
        Err(Error::new(Code::ARCHIVE_DIFFERS, "is not what the book records of it")
            .in_file(&path)
            .with_value(format!("{} bytes, {}", is.0, is.1))
            .expected(format!("{} bytes, {}", self.bytes, self.digest)))
    }

    /// Copies the file from one folder of the revision to another, where it lasts, and reads it there
    /// again.
    ///
    /// # Errors
    /// As [`RevisionFile::check_in`], or where it cannot be written.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let (source, target) = (from.join(&self.path), to.join(&self.path));
        store::at(to).put_file(&source, &target).map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "cannot be copied")
                .in_file(&target)
                .caused_by(e)
                .hint("check the disk's free space, and that this user may read and write there")
        })?;
        self.check_in(to)
    }
}

/// Flushes the folders of this machine that hold files of a revision.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where that fails.
pub fn flush_folders(folder: &Path, files: &[RevisionFile]) -> Result<()> {
    let mut folders: Vec<PathBuf> = files
        .iter()
        .filter_map(|file| folder.join(&file.path).parent().map(Path::to_owned))
        .collect();
    folders.sort();
    folders.dedup();
    let flush = |folder: &PathBuf| match folder.is_dir() {
        true => flush_folder(folder).map_err(|e| unflushed(folder, e)),
        false => Ok(()),
    };
    folders.iter().try_for_each(flush)
}
