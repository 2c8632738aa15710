//! Files of an export: there is a whole one or none.

use std::io;
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

/// Writes a whole file of an export.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    files::replace_whole(path, text).map_err(|e| unwritable(path, "cannot be written", e))
}

/// What went wrong with a file, or a folder.
pub(super) fn unwritable(place: &Path, message: &str, cause: io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, message)
        .in_file(place)
        .caused_by(cause)
        .hint("choose a folder that this user may write to")
}
