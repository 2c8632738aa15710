//! Pages as files: each written aside and renamed; what is there already and says something else is left alone.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::base::error::Result;
use crate::desk::export::whole_file::{self, unwritable};

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
    whole_file::write(&path, page)?;
    Ok(outcome)
}
