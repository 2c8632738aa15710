//! Folders of parts in object storage.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::storage;

/// Uploads all files of a folder, one of them last; of what lies there that goes first.
///
/// # Errors
/// It cannot be written.
pub fn keep(made: &Path, to: &Path, last: &Path) -> io::Result<()> {
    storage::remove(&to.join(last))?;
    let mut others: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(made)? {
        others.push(entry?.file_name().into());
    }
    others.retain(|name| name != last);
    let put = |name: &Path| {
        let target = to.join(name);
        storage::remove(&target).and_then(|()| storage::upload(&made.join(name), &target))
    };
    storage::at_once(&others, |name| put(name)).into_iter().collect::<io::Result<()>>()?;
    put(last)
}

/// Fetches all files of a folder into one of this machine, which is made; gives that.
///
/// # Errors
/// They cannot be read, or not written.
pub fn fetch(folder: &Path, into: &Path) -> io::Result<PathBuf> {
    fs::create_dir(into)?;
    for entry in storage::entries_of(folder)? {
        let mut from = storage::open(&folder.join(&entry.name))?;
        io::copy(&mut from, &mut fs::File::create(into.join(&entry.name))?)?;
    }
    Ok(into.to_owned())
}
