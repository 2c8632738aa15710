//! What lies at a path: on this machine, or at an address in object storage. Who reads asks here, and need not know
//! which it is. What is written to object storage is a book's, which `book::store` sees to.
//!
//! An object is pinned when it is opened first: whatever this process reads of it later is of that very version, or
//! a failure. Requests that fail are tried again within a limit; what it comes to then is an error of [`std::io`] whose
//! kind says whether it may pass.

mod about;
mod address;
mod ahead;
mod at_once;
mod plain_file;
mod ranged_file;
mod reached;
mod seen;
mod whole_file;

#[cfg(feature = "cloud")]
mod client;
#[cfg(feature = "cloud")]
mod object;
#[cfg(not(feature = "cloud"))]
#[path = "without.rs"]
mod object;
#[cfg(feature = "cloud")]
mod profile;
#[cfg(feature = "cloud")]
mod writing;
#[cfg(not(feature = "cloud"))]
use object as writing;

use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use about::{About, Entry, EntryKind};
pub use address::{bucket_and_key, glob_of, is_address, is_of_web, leads_from};
pub use ahead::{Ahead, Wanted};
pub use at_once::at_once;
pub use object::Object;
pub use ranged_file::RangedFile;
pub use reached::{Addressing, Reached};
pub use seen::{Below, Now, Version};
pub use whole_file::WholeFile;
pub use writing::{below, copy, create, now, put, remove, replace, upload};

#[cfg(all(test, feature = "cloud"))]
pub use client::serve;

/// Says how object storage is reached from now on, by whoever reads a job file: what the environment says of that
/// counts no more.
pub fn reach(reached: &Reached) {
    if reached::say(reached) {
        object::reach_anew();
    }
}

/// What lies at a path now.
///
/// # Errors
/// Nothing does, or it cannot be told.
pub fn about(path: &Path) -> io::Result<About> {
    match is_address(path) {
        true => object::about(path),
        false => fs::metadata(path).map(|metadata| About::of(&metadata)),
    }
}

/// Whether nothing lies at a path, as far as can be told: storage that does not answer tells nothing.
pub fn is_gone(path: &Path) -> bool {
    about(path).is_err_and(|e| !is_address(path) || e.kind() == io::ErrorKind::NotFound)
}

/// Whether it is known that nothing lies at a path.
pub fn is_missing(path: &Path) -> bool {
    about(path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
}

/// Whether a path leads to a folder.
pub fn is_folder(path: &Path) -> bool {
    about(path).is_ok_and(|about| about.is_folder())
}

/// What is in a folder, in no given order.
///
/// # Errors
/// It cannot be read.
pub fn entries_of(folder: &Path) -> io::Result<Vec<Entry>> {
    if is_address(folder) {
        return object::entries_of(folder);
    }
    let entry = |entry: io::Result<DirEntry>| {
        let path = entry?.path();
        let kind = fs::metadata(&path).ok().map(|metadata| About::of(&metadata).kind);
        Ok(Entry { name: path.file_name().unwrap_or_default().to_owned(), kind })
    };
    fs::read_dir(folder)?.map(entry).collect()
}

/// The one path of what several paths may lead to. An object has but one.
///
/// # Errors
/// Nothing lies there.
pub fn identity(path: &Path) -> io::Result<PathBuf> {
    if is_address(path) { Ok(path.to_owned()) } else { path.canonicalize() }
}

/// A file with all that lies at a path: itself, or a copy of an object, which vanishes when nobody has it open.
///
/// # Errors
/// It cannot be opened or fetched, or is no plain file: a folder, a pipe, a socket, a device.
pub fn open(path: &Path) -> io::Result<File> {
    if is_address(path) { object::pinned(path)?.fetch_copy() } else { plain_file::open(path) }
}

/// All bytes of what lies at a path.
///
/// # Errors
/// As [`open`], or it cannot be read to its end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if is_address(path) {
        return object::read(path).map(Into::into);
    }
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Forgets which versions of the objects below an address were seen: what is read from now on is as it is then.
pub fn forget(folder: &Path) {
    if is_address(folder) {
        object::forget(folder);
    }
}

/// The text of what lies at a path.
///
/// # Errors
/// As [`read`], or it is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    as_text(read(path)?)
}

/// Bytes as the text that they are.
///
/// # Errors
/// They are not UTF-8.
pub fn as_text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}
