//! Pages as files: each written aside and renamed; what is there already and says something else is left alone.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::base::files::make_folder;

/// What became of a document's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was none.
    Written,
    /// It is there and says the same.
    Unchanged,
    /// Another one was there, and was to be replaced.
    Replaced,
    /// Another one is there, and stays.
    Differs,
}

/// Makes the folder.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be made.
pub(super) fn folder(folder: &Path) -> Result<()> {
    make_folder(folder).map_err(|e| unwritable(folder, "the folder cannot be made", e))
}

/// Writes a document's page into a folder.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be written.
pub(super) fn write(folder: &Path, id: &str, page: &str, replace: bool) -> Result<Outcome> {
    let path = folder.join(format!("{id}.html"));
    let outcome = match fs::read(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Outcome::Written,
        Err(e) => return Err(unwritable(&path, "what is there cannot be read", e)),
        Ok(there) if there == page.as_bytes() => return Ok(Outcome::Unchanged),
        Ok(_) if replace => Outcome::Replaced,
        Ok(_) => return Ok(Outcome::Differs),
    };
    put(folder, &path, page).map_err(|e| unwritable(&path, "cannot be written", e))?;
    Ok(outcome)
}

/// Puts a whole page in its place, or none.
fn put(folder: &Path, path: &Path, page: &str) -> io::Result<()> {
    let mut aside = tempfile::Builder::new();
    aside.prefix(".invoice.").suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        // As the umask has it: others may be to send it.
        aside.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = aside.tempfile_in(folder)?;
    file.write_all(page.as_bytes())?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

fn unwritable(place: &Path, message: &str, cause: io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, message)
        .in_file(place)
        .caused_by(cause)
        .hint("choose a folder that this user may write to")
}
