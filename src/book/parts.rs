//! Parts of a month that were billed by processes of their own, until they are put together: in the
//! book, on a disk or in object storage.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::months::Book;
use super::places::staging_root;
use super::staging::write_flushed;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, make_folder};
use crate::base::part::Part;
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// Where the parts of a month lie.
#[derive(Debug, Clone)]
pub struct PartsPlace {
    folder: PathBuf,
    is_in_storage: bool,
}

/// A part in the making, in a folder of this machine; gone again unless it is kept.
#[derive(Debug)]
pub struct PartInMaking {
    folder: ScratchFolder,
    place: PartsPlace,
    part: Part,
}

impl Book {
    /// Where a run that bills a month in parts by itself has them meanwhile.
    pub fn folder_of_own_parts(&self, month: Month) -> PathBuf {
        staging_root(self.folder()).join(format!("{month}.in-turn"))
    }
}

impl PartsPlace {
    /// What a part says of itself, written last: without it, it is not whole.
    const FACTS: &str = "part.json";

    /// That of a month.
    pub fn of(book: &Book, month: Month) -> Self {
        let folder = staging_root(book.folder()).join(format!("{month}.parts"));
        PartsPlace { folder, is_in_storage: book.is_in_storage() }
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
        let failed = |e| unwritable(&self.folder, e);
        let within = match self.is_in_storage {
            true => None,
            false => {
                make_folder(&self.folder).map_err(failed)?;
                Some(self.folder.as_path())
            }
        };
        let folder = ScratchFolder::make(within).map_err(failed)?;
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
        let folder = self.folder_of(part);
        if !self.is_in_storage {
            return Ok(folder);
        }
        let to = scratch.join(part.number().to_string());
        fs::create_dir(&to).map_err(|e| unwritable(&to, e))?;
        for entry in storage::entries_of(&folder).map_err(|e| unreadable(&folder, e))? {
            let fetch = || -> io::Result<()> {
                let mut from = storage::open(&folder.join(&entry.name))?;
                io::copy(&mut from, &mut fs::File::create(to.join(&entry.name))?).map(drop)
            };
            fetch().map_err(|e| unreadable(&folder, e))?;
        }
        Ok(to)
    }

    /// Removes all parts: the month is published. What cannot be removed is told, and does no harm.
    pub fn clear(&self) {
        let cleared = match self.is_in_storage {
            false => match fs::remove_dir_all(&self.folder) {
                Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
                cleared => cleared,
            },
            true => storage::below(&self.folder).and_then(|below| {
                let mut names = below.into_iter().map(|object| object.name);
                names.try_for_each(|name| storage::remove(&self.folder.join(name)))
            }),
        };
        if let Err(error) = cleared {
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
        let kept = match place.is_in_storage {
            true => upload(folder.path(), &to),
            false => replace(folder.path(), &to),
        };
        kept.map_err(|e| unwritable(&to, e))?;
        Ok(to)
    }
}

fn replace(made: &Path, to: &Path) -> io::Result<()> {
    /// A scheduler may have the part billed twice at once.
    const ATTEMPTS: u32 = 5;
    let mut replaced = Ok(());
    for _ in 0..ATTEMPTS {
        replaced = match fs::remove_dir_all(to) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => fs::rename(made, to),
        };
        if replaced.is_ok() {
            break;
        }
    }
    replaced.and_then(|()| to.parent().map_or(Ok(()), flush_folder))
}

/// Uploads all files of a folder, what the part says of itself last; of one that lies there that goes first.
fn upload(made: &Path, to: &Path) -> io::Result<()> {
    let facts = Path::new(PartsPlace::FACTS);
    storage::remove(&to.join(facts))?;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(made)? {
        names.push(entry?.file_name().into());
    }
    let (last, others): (Vec<PathBuf>, Vec<PathBuf>) =
        names.into_iter().partition(|name| name == facts);
    let put = |name: &PathBuf| {
        let target = to.join(name);
        storage::remove(&target).and_then(|()| storage::upload(&made.join(name), &target))
    };
    storage::at_once(&others, put).into_iter().collect::<io::Result<()>>()?;
    last.iter().try_for_each(put)
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
