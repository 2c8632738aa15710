//! A file of metrics, written aside and put in place at once: whoever reads it meanwhile, or after a
//! crash, sees a whole one.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Error, ErrorKind, Write};
use std::path::Path;

use super::prometheus::is_ours;
use crate::base::files::{flush_folder, here_if_empty};

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
    let folder = here_if_empty(path.parent().unwrap_or(Path::new("")));
    let name = path.file_name().unwrap_or(OsStr::new("metrics")).display();
    let mut aside = tempfile::Builder::new();
    // No name that node_exporter would read.
    let prefix = format!(".{name}.");
    aside.prefix(&prefix).suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        // node_exporter is another user: as the umask has it.
        aside.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = aside.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    flush_folder(folder)
}
