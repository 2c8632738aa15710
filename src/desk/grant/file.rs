//! The file of a grant: one line of JSON, written aside and put in its place at once, or not at all.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::files::{flush_folder, make_folder};
use crate::base::scope::Scope;
use crate::base::scratch::ScratchFolder;
use crate::input::changes::{self, ChangeKind};
use crate::input::logs::{self, LogSchema};

/// A grant that a file holds.
pub(super) struct Kept {
    pub path: PathBuf,
    pub id: String,
    pub account: String,
    pub at: Instant,
    pub grant: String,
    pub credits: Option<Credits>,
    pub expires_at: Option<Instant>,
}

/// Makes sure that the job reads the row as it is meant, whatever its change log calls things.
pub(super) fn check(row: &Map<String, Value>, schema: &LogSchema, id: &str) -> Result<()> {
    let scratch = ScratchFolder::make(None).map_err(|e| {
        Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
            .caused_by(e)
            .hint("set TMPDIR to a folder with free space")
    })?;
    let path = scratch.path().join("grant.ndjson");
    std::fs::write(&path, line(row)).map_err(|e| unwritable(&path, e))?;
    match kept(&path, schema)?.is_some_and(|kept| kept.id == id) {
        true => Ok(()),
        false => Err(Error::new(
            Code::GRANTS_UNREAD,
            "the job would not read a grant as it is written: a word or a column of its change log \
             means something else",
        )
        .hint("look at `map_changes` and `change_values` in the job file")),
    }
}

/// What a file holds, if it is there.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where it cannot be read, or holds no grant.
pub(super) fn kept(path: &Path, schema: &LogSchema) -> Result<Option<Kept>> {
    if !path.exists() {
        return Ok(None);
    }
    let files = logs::find(&[path.to_owned()], "change log")?.files;
    let log = changes::read(&logs::open(files, schema)?, schema, &Scope::All, None)?;
    let mut grants = log.changes.iter().filter(|change| change.kind == ChangeKind::Grant);
    let kept = grants.next().map(|change| Kept {
        path: path.to_owned(),
        id: change.id.to_owned(),
        account: change.account.to_owned(),
        at: change.at,
        grant: change.grant.unwrap_or_default().to_owned(),
        credits: change.credits,
        expires_at: change.expires_at,
    });
    kept.map(Some).ok_or_else(|| {
        Error::new(Code::ROW_UNREADABLE, "holds no grant that can be read")
            .in_file(path)
            .hint("it was changed since monthend wrote it: restore or remove it")
    })
}

/// Writes the file whole; gives what it holds where it is there already, and is left alone.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be written.
pub(super) fn write(
    path: &Path,
    row: &Map<String, Value>,
    schema: &LogSchema,
) -> Result<Option<Kept>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let failed = |e| unwritable(path, e);
    make_folder(folder).map_err(failed)?;
    let mut aside = tempfile::Builder::new();
    let aside = aside.prefix(".grant-"); // hidden: no run reads it
    let mut aside = aside.tempfile_in(crate::base::files::here_if_empty(folder)).map_err(failed)?;
    aside.write_all(line(row).as_bytes()).map_err(failed)?;
    readable(aside.as_file()).map_err(failed)?;
    aside.as_file().sync_all().map_err(failed)?;
    // Of two at once, one is first; the other finds its file.
    match aside.persist_noclobber(path) {
        Ok(_) => flush_folder(folder).map(|()| None).map_err(failed),
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => kept(path, schema),
        Err(e) => Err(failed(e.error)),
    }
}

/// For whoever runs the job, as any other log: temporary files are their owner's alone.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

fn line(row: &Map<String, Value>) -> String {
    format!("{}\n", Value::Object(row.clone()))
}

fn unwritable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, "the grant cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write there")
}
