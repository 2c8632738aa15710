//! The files of a new job, written: all of them, or none.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Faults, Result};
use crate::base::files::{make_folder, open_unlinked};

/// A file to write.
pub struct NewFile {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub text: String,
}

/// Writes files. One that is there is only written anew by `force`.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: one is there; [`crate::base::error::Kind::System`]: one cannot
/// be written.
pub fn write(files: &[NewFile], force: bool) -> Result<()> {
    let mut faults = Faults::default();
    for file in files.iter().filter(|file| !force && file.path.symlink_metadata().is_ok()) {
        faults.add(
            Error::new(Code::OUT_FOLDER, "is there already, and nothing was written")
                .in_file(&file.path)
                .hint("say --force to write it anew, or name another folder"),
        );
    }
    faults.check("files are there already")?;
    files.iter().try_for_each(|file| {
        put(file, force).map_err(|e| {
            Error::new(Code::OUTPUT_UNWRITABLE, "cannot be written")
                .in_file(&file.path)
                .caused_by(e)
        })
    })
}

fn put(file: &NewFile, force: bool) -> std::io::Result<()> {
    make_folder(file.path.parent().unwrap_or(Path::new("")))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(!force).create(force).truncate(force);
    open_unlinked(&options, &file.path)?.write_all(file.text.as_bytes())
}
