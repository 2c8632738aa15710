//! What a book asks of the place that it lies in. Nothing above knows which place that is.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::holder::Holder;
use super::super::journal_entry::JournalEntry;
use super::made::Made;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::base::scratch::ScratchFolder;

/// The place of a book: a folder of a disk, or a prefix in object storage.
///
/// Errors of [`Result`] are of the kinds [`crate::base::error::Kind::Book`] where something there cannot be understood,
/// read or written, and [`crate::base::error::Kind::Unavailable`] where the storage does not answer.
pub trait Store: Debug + Send + Sync {
    /// Looks at it as it is from now on; of a month all is read as of one moment otherwise.
    fn look_afresh(&self);

    /// The months that are published, in order.
    fn months(&self) -> Result<Vec<Month>>;

    /// The names of a month's revisions, in order, whatever is in force; none where the month is not published.
    fn revisions(&self, month: Month) -> Result<Vec<String>>;

    /// The name of the revision of a month that is in force; `None` where the month is not published.
    fn in_force(&self, month: Month) -> Result<Option<String>>;

    /// The folder of a month's revision, which need not exist where folders bear the revisions' names.
    fn revision_folder(&self, month: Month, name: &str) -> Result<PathBuf>;

    /// How its folders lie.
    fn layout(&self) -> Layout;

    /// A folder of this machine that lies in the same place, if there is one: with room for what a month needs
    /// meanwhile.
    fn folder_of_this_machine(&self) -> Option<&Path>;

    /// Takes the lock on a month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds it.
    fn lock(&self, month: Month, holder: &Holder) -> Result<Lock>;

    /// Begins a revision of a month, which is made in a folder of this machine.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where it would not follow the one in force.
    fn begin(&self, month: Month, name: &str) -> Result<(Made, Box<dyn Way>)>;

    /// A month's newest revision, where a run was cut short that had it lie beside the others, and did not put it in
    /// force; the caller holds the month's lock.
    fn not_in_force(&self, month: Month) -> Result<Option<String>>;

    /// Puts that revision in force. Gives what went wrong after that.
    fn put_in_force(&self, month: Month, name: &str) -> Result<Option<Error>>;

    /// Clears what a run of a month left that was cut short; the caller holds the month's lock.
    fn clear(&self, month: Month) -> Result<()>;

    /// What such a run left, and the next one does not clear yet.
    fn leftovers(&self, month: Month) -> Result<Vec<Leftover>>;

    /// The journal: a line for every revision that was published.
    fn journal_text(&self) -> io::Result<Vec<u8>>;

    /// Opens the journal to be added to, and makes it where there is none.
    fn open_journal(&self) -> io::Result<Box<dyn Journaling>>;

    /// Makes `current/` what is in force.
    fn renew_current_tables(&self) -> Result<()>;

    /// The folder with the files of a month's imported opening; `None` where there is none.
    fn imported(&self, month: Month) -> Result<Option<PathBuf>>;

    /// Begins an import of a month's opening, in a folder of this machine; the caller holds the month's lock.
    fn begin_import(&self, month: Month) -> io::Result<Box<dyn ImportWay>>;

    /// Whether a month is archived.
    fn is_archived(&self, month: Month) -> Result<bool>;

    /// Makes a month an archived one, by one step, with the text of its record; the caller holds the month's lock.
    fn set_archived(&self, month: Month, record: &str) -> Result<()>;

    /// Makes an archived month that is whole again one of the book's, by one step; the caller holds the month's lock.
    fn set_whole(&self, month: Month) -> Result<()>;

    /// A folder of this machine for what will be a folder at `to`.
    fn scratch_for(&self, to: &Path) -> io::Result<ScratchFolder>;

    /// Has all files of a folder of this machine lie at `to`, in the place of what is there; `last` comes last, so that
    /// without it the folder is not whole.
    fn keep(&self, made: &Path, to: &Path, last: &str) -> io::Result<()>;

    /// The files of a folder on this machine: where they lie, or fetched into `scratch`.
    fn at_hand(&self, folder: &Path, scratch: &Path) -> io::Result<PathBuf>;

    /// Where files are to be written that are to lie at `to` together, which [`Store::arrive`] brings about.
    fn on_the_way(&self, to: &Path) -> PathBuf;

    /// Has what was written on the way to `to` lie there.
    fn arrive(&self, to: &Path) -> io::Result<()>;

    /// Whether a folder has arrived: with its file that was written last, where each file is there by itself.
    fn has_arrived(&self, folder: &Path, last: &str) -> Result<bool>;

    /// Makes a folder, where there are folders.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Copies a file from wherever it lies to one here, which lasts once this is done.
    fn put_file(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a file here, with this text, which lasts once this is done.
    fn put_text(&self, text: &str, to: &Path) -> io::Result<()>;

    /// All files below a folder, by their paths within it.
    fn files_below(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Removes a file of a folder, if it is there, and the folder within that one which had it alone.
    fn remove_file(&self, folder: &Path, file: &Path) -> io::Result<()>;

    /// Removes a folder, if it is there.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
}

/// How the folders of a book lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A revision's folder bears its name, and the journal is a file.
    ByName,
    /// Revisions lie below prefixes that `CURRENT` names, and the journal is a folder.
    ByPrefix,
}

/// A lock on a month; it ends when it is dropped.
#[derive(Debug)]
pub struct Lock(
    #[expect(dead_code, reason = "it ends when it is dropped")] pub(super) Box<dyn Debug + Send>,
);

/// A revision's way into the book.
pub trait Way: Debug + Send {
    /// The folder that the revision will have once it is published.
    fn place(&self) -> PathBuf;

    /// Takes what is in a folder to where it will be published, where that takes long; gives where that is.
    ///
    /// # Errors
    /// As [`Store`]'s.
    fn upload(&mut self, revision: &Path) -> Result<Option<PathBuf>>;

    /// Publishes the revision, by one step. Gives what went wrong once it was in force.
    ///
    /// # Errors
    /// What was in force before is then still in force.
    fn publish(self: Box<Self>, made: &mut Made) -> Result<Option<Error>>;
}

/// The journal, open to be added to.
pub trait Journaling: Debug + Send {
    /// Adds an entry; the caller holds its month's lock.
    ///
    /// # Errors
    /// It cannot be written.
    fn note(&mut self, entry: &JournalEntry) -> io::Result<()>;
}

/// An import on its way into the book; what was made of it is removed again unless it is finished.
pub trait ImportWay: Debug + Send {
    /// The folder that its files are written into.
    fn folder(&self) -> PathBuf;

    /// Makes it the month's opening, by one step, in place of an earlier one.
    ///
    /// # Errors
    /// It cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// What a run left that was cut short, and nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// Where it is.
    pub folder: String,
    /// Its objects.
    pub objects: usize,
    /// Their size.
    pub bytes: u64,
}
