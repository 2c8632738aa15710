//! A state imported into a book in object storage: below a prefix of its own, which `CURRENT` beside it names.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::super::months::CURRENT;
use super::publication::files_below;
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

/// Uploads all files of a folder of this machine, and puts them in force at `home` by one conditional write. What was
/// there before is removed.
///
/// # Errors
/// It cannot be written; [`ErrorKind::AlreadyExists`] where another import came first.
pub fn put_import(folder: &Path, home: &Path, run: &str) -> io::Result<()> {
    let current = home.join(CURRENT);
    let before = storage::now(&current)?;
    for (file, _) in files_below(folder)? {
        storage::upload(&folder.join(&file), &home.join(run).join(file))?;
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
