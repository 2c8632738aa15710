//! One input: as a manifest records it, and as it is now.

use crate::base::digest;
use crate::base::error::{Error, Result};
use crate::book::{InputFile, RecordedInput, Role};
use crate::input::logs::LogFile;

/// A recorded file, which must be there and have its size; its digest is checked when it is read.
pub(super) fn recorded_file(recorded: &RecordedInput) -> Result<LogFile> {
    let (is, due) = (recorded.size()?, recorded.input.bytes);
    if is == due {
        recorded.log()
    } else {
        Err(changed(recorded, &format!("has {is} bytes, not {due}")))
    }
}

/// A recorded input that is not what it was.
pub(super) fn changed(recorded: &RecordedInput, how: &str) -> Error {
    let (name, path) = (&recorded.input.file, recorded.path.display());
    let as_it_is = match recorded.input.role {
        Role::Usage => format!("--replace-usage '{name}={path}'"),
        Role::Changes => format!("--replace-changes '{name}={path}'"),
        Role::Opening => format!("--opening '{path}'"),
        Role::DropEvents | Role::Catalogue => format!("--drop-events '{path}'"),
    };
    Error::input(format!("has changed since the month was billed: it {how}"))
        .in_file(name)
        .expected("the input that the manifest records")
        .hint(format!("restore it; or bill the month with it as it is now: {as_it_is}"))
}

/// An input's size and digest, under the name that the manifest gives it.
pub(super) fn input_file(role: Role, file: &LogFile) -> Result<InputFile> {
    let (bytes, sha256) = digest::of_file(&file.path).map_err(|e| {
        Error::input("cannot be read")
            .in_file(&file.path)
            .caused_by(e)
            .hint("check that it exists and that this user may read it")
    })?;
    Ok(InputFile { role, file: file.name.clone(), bytes, sha256 })
}
