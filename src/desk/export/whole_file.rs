//! Files of an export, each written aside and renamed, so that there is a whole one or none.

use std::io::{self, Write};
use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::base::files;

/// Makes the folder of an export.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be made.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    files::make_folder(folder).map_err(|e| unwritable(folder, "the folder cannot be made", e))
}

/// Puts a whole file in its place, or none.
pub(super) fn put(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut aside = tempfile::Builder::new();
    aside.prefix(".export.").suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        // As the umask has it: others may be to send it.
        aside.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = aside.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// What went wrong with a file, or a folder.
pub(super) fn unwritable(place: &Path, message: &str, cause: io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, message)
        .in_file(place)
        .caused_by(cause)
        .hint("choose a folder that this user may write to")
}
