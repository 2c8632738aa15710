//! A file of metrics, written aside and put in place at once: whoever reads it meanwhile, or after a
//! crash, sees a whole one.

use std::fs;
use std::io::{self, Error, ErrorKind};
use std::path::Path;

use super::prometheus::is_ours;
use crate::base::files::{flush_folder, replace_whole};

/// The file as it is; nothing where there is none.
///
/// # Errors
/// It cannot be read, or is none of ours, which would be lost.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let other =
        || Error::new(ErrorKind::AlreadyExists, "another file is there, which would be lost");
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Ok(about) if !about.is_file() => return Err(other()),
        about => about?,
    };
    let text = String::from_utf8(fs::read(path)?).map_err(|_| other())?;
    if is_ours(&text) { Ok(text) } else { Err(other()) }
}

/// Puts another text in its place.
///
/// # Errors
/// It cannot be written: the file is as it was.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // node_exporter reads it, which is another user, and passes over what is not renamed yet.
    replace_whole(path, text)?;
    flush_folder(path.parent().unwrap_or(Path::new("")))
}
