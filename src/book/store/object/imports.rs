//! A state imported into a book in object storage: below a prefix of its own, which `CURRENT` beside it names.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::super::super::places::CURRENT;
use super::super::made::files_below;
use super::super::seam::ImportWay;
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// The folder of what `home` has in force; `None` where nothing was imported.
///
/// # Errors
/// It cannot be told, or names nothing.
pub fn imported_in(home: &Path) -> io::Result<Option<PathBuf>> {
    let Some(now) = storage::now(&home.join(CURRENT))? else { return Ok(None) };
    let prefix = std::str::from_utf8(&now.bytes).ok().and_then(|text| text.strip_suffix('\n'));
    match prefix.filter(|prefix| is_prefix(prefix)) {
        Some(prefix) => Ok(Some(home.join(prefix))),
        None => Err(io::Error::new(ErrorKind::InvalidData, "CURRENT names no import")),
    }
}

fn is_prefix(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An import that is made in a folder of this machine.
#[derive(Debug)]
pub struct Upload {
    scratch: ScratchFolder,
    home: PathBuf,
}

impl Upload {
    /// Begins one of what `home` will have in force.
    ///
    /// # Errors
    /// No folder can be made.
    pub fn to(home: PathBuf) -> io::Result<Self> {
        Ok(Upload { scratch: ScratchFolder::make(None)?, home })
    }
}

impl ImportWay for Upload {
    fn folder(&self) -> PathBuf {
        self.scratch.path().to_owned()
    }

    /// Uploads the files below a prefix of their own, and puts them in force by one conditional write. What was there
    /// before is removed.
    fn finish(self: Box<Self>) -> io::Result<()> {
        let (folder, home, run) =
            (self.scratch.path(), &self.home, ScratchFolder::name_of_its_own()?);
        let current = home.join(CURRENT);
        let before = storage::now(&current)?;
        for (file, _) in files_below(folder)? {
            storage::upload(&folder.join(&file), &home.join(&run).join(file))?;
        }
        let text = format!("{run}\n");
        match &before {
            None => storage::create(&current, text)?,
            Some(before) => storage::replace(&current, text, &before.version)?,
        };
        for object in storage::below(home)? {
            if object.name != CURRENT
                && !object.name.starts_with(&format!("{run}/"))
                && let Err(error) = storage::remove(&home.join(&object.name))
            {
                tracing::warn!(object = object.name, %error, "of an earlier import, could not be removed");
            }
        }
        Ok(())
    }
}
