//! Parts of a month that were billed by processes of their own, until they are put together: in the
//! book, on a disk or in object storage.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::months::Book;
use super::places::staging_root;
use super::store::write_flushed;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::part::Part;
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// Where the parts of a month lie.
#[derive(Debug, Clone)]
pub struct PartsPlace {
    book: Book,
    folder: PathBuf,
}

/// A part in the making, in a folder of this machine; gone again unless it is kept.
#[derive(Debug)]
pub struct PartInMaking {
    folder: ScratchFolder,
    place: PartsPlace,
    part: Part,
}

impl Book {
    /// Where a run that bills a month in parts by itself has them meanwhile; `None` where the book is not on this
    /// machine.
    pub fn folder_of_own_parts(&self, month: Month) -> Option<PathBuf> {
        let book = self.folder_of_this_machine()?;
        Some(staging_root(book).join(format!("{month}.in-turn")))
    }
}

impl PartsPlace {
    /// What a part says of itself, written last: without it, it is not whole.
    const FACTS: &str = "part.json";

    /// That of a month.
    pub fn of(book: &Book, month: Month) -> Self {
        let folder = staging_root(book.folder()).join(format!("{month}.parts"));
        PartsPlace { book: book.clone(), folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn folder_of(&self, part: Part) -> PathBuf {
        self.folder.join(format!("{}-of-{}", part.number(), part.of()))
    }

    /// Begins a part.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn begin(&self, part: Part) -> Result<PartInMaking> {
        let folder = self.book.store().scratch_for(&self.folder_of(part));
        let folder = folder.map_err(|e| unwritable(&self.folder, e))?;
        Ok(PartInMaking { folder, place: self.clone(), part })
    }

    /// The parts that are whole, each with what it says of itself, in order.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where they cannot be read.
    pub fn all(&self) -> Result<Vec<(Part, Vec<u8>)>> {
        let entries = match storage::entries_of(&self.folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
            entries => entries.map_err(|e| unreadable(&self.folder, e))?,
        };
        let names = entries.iter().filter_map(|entry| entry.name.to_str());
        let parts = names.filter_map(|name| name.replacen("-of-", "/", 1).parse::<Part>().ok());
        let mut found = Vec::new();
        for part in parts {
            let facts = self.folder_of(part).join(Self::FACTS);
            match storage::read(&facts) {
                Ok(bytes) => found.push((part, bytes)),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(unreadable(&facts, e)),
            }
        }
        found.sort();
        Ok(found)
    }

    /// The folder of a part on this machine; what lies in storage is fetched into `scratch`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it cannot be read.
    pub fn at_hand(&self, part: Part, scratch: &Path) -> Result<PathBuf> {
        let (folder, scratch) = (self.folder_of(part), scratch.join(part.number().to_string()));
        self.book.store().at_hand(&folder, &scratch).map_err(|e| unreadable(&folder, e))
    }

    /// Removes all parts: the month is published. What cannot be removed is told, and does no harm.
    pub fn clear(&self) {
        if let Err(error) = self.book.store().remove_folder(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be cleared");
        }
    }
}

impl PartInMaking {
    /// Where its tables are written.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps the part, with what it says of itself, in the place of one that may lie there; gives its folder.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be written.
    pub fn keep(self, facts: &[u8]) -> Result<PathBuf> {
        let PartInMaking { folder, place, part } = self;
        let to = place.folder_of(part);
        write_flushed(&folder.path().join(PartsPlace::FACTS), facts)?;
        let kept = place.book.store().keep(folder.path(), &to, PartsPlace::FACTS);
        kept.map_err(|e| unwritable(&to, e))?;
        Ok(to)
    }
}

fn unwritable(place: &Path, cause: io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "a part of the month cannot be written")
        .in_file(place)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write to the book")
}

fn unreadable(place: &Path, cause: io::Error) -> Error {
    Error::new(Code::BOOK_UNREADABLE, "a part of the month cannot be read")
        .in_file(place)
        .caused_by(cause)
}
