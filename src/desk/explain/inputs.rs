//! The inputs that a manifest records, where they are now.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::calendar::Month;
use crate::base::digits::with_thousands;
use crate::base::error::{Error, Result};
use crate::book::{Book, InputFile, Manifest, Relocation, Role, locate};
use crate::input::dropped_events::{self, Drops};
use crate::input::logs::{self, LogFile, Table};

/// An input that is not as the manifest records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its path as recorded.
    pub file: String,
    /// Where it is now.
    pub path: PathBuf,
    /// Its size as recorded; none for a state in the book.
    pub recorded: Option<u64>,
    /// Its size now.
    pub bytes: u64,
}

impl fmt::Display for Input {
    /// A clause such as "usage.csv has 120 bytes more than when the month was billed".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match self.recorded {
            Some(was) if self.bytes > was => {
                let more = with_thousands(self.bytes - was);
                write!(f, "{file} has {more} bytes more than when the month was billed")
            }
            Some(was) => {
                let fewer = with_thousands(was - self.bytes);
                write!(f, "{file} has {fewer} bytes fewer than when the month was billed")
            }
            None => write!(f, "{file} is not the state that the month was billed from"),
        }
    }
}

/// The inputs of a manifest.
pub struct Inputs<'a> {
    manifest: &'a Manifest,
    moved: &'a [Relocation],
    /// Those that were looked at and are not as recorded.
    pub changed: Vec<Input>,
}

impl<'a> Inputs<'a> {
    /// The inputs that `manifest` records, some of which may have been moved since.
    pub fn of(manifest: &'a Manifest, moved: &'a [Relocation]) -> Self {
        Inputs { manifest, moved, changed: Vec::new() }
    }

    /// The files of a role, under the names that they are recorded by.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where one is not there.
    pub fn logs(&mut self, role: Role) -> Result<Vec<LogFile>> {
        let manifest = self.manifest;
        let files = manifest.inputs_of(role);
        files.map(|input| self.log(input)).collect()
    }

    fn log(&mut self, input: &InputFile) -> Result<LogFile> {
        let path = locate(input, self.moved);
        self.look_at(input, &path)?;
        let file = LogFile::of(&path).ok_or_else(|| {
            Error::input("is of no format that is read").in_file(&path).expected(format!(
                "a name that ends as that of {}, which the manifest records",
                input.file
            ))
        })?;
        Ok(file.named(&input.file))
    }

    /// Finds the file, and notes it where its size has changed.
    fn look_at(&mut self, input: &InputFile, path: &Path) -> Result<()> {
        let bytes = size(path).map_err(|e| {
            e.hint(
                "if the inputs were moved, say where: --moved OLD=NEW reads those whose recorded \
                 path begins with OLD below NEW",
            )
        })?;
        if bytes != input.bytes {
            let (file, path) = (input.file.clone(), path.to_owned());
            self.changed.push(Input { file, path, recorded: Some(input.bytes), bytes });
        }
        Ok(())
    }

    /// The state that was imported into the book to open the month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where it is not there, or not as it was imported.
    pub fn imported(&mut self, book: &Book, month: Month, sha256: &str) -> Result<LogFile> {
        let imported = book.imported(month)?.ok_or_else(|| {
            Error::book("the state that the month was opened with is not there any more")
                .in_file(book.import_folder(month))
                .hint("restore it from a copy of the book")
        })?;
        let (path, found) = imported.state()?;
        let file = LogFile::of(&path).ok_or_else(|| Error::book("is no state").in_file(&path))?;
        if found != sha256 {
            let bytes = size(&path)?;
            self.changed.push(Input { file: file.name.clone(), path, recorded: None, bytes });
        }
        Ok(file)
    }

    /// The events that were left out, with the reason.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where a list is not there or cannot be read.
    pub fn drops(&mut self) -> Result<Drops> {
        let sources = logs::open(self.logs(Role::DropEvents)?, &Table::drops())?;
        dropped_events::read(&sources)
    }
}

fn size(path: &Path) -> Result<u64> {
    Ok(std::fs::metadata(path).map_err(|e| missing(path, e))?.len())
}

fn missing(path: &Path, cause: std::io::Error) -> Error {
    Error::input("an input of the month cannot be looked at").in_file(path).caused_by(cause)
}
