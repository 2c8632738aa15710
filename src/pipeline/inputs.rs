//! The logs' files: those that a manifest records, and those that were given.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::opening::sha256_of;
use crate::book::InputFile;
use crate::catalog::Version;
use crate::error::{Error, Result};
use crate::job::{Job, RecordedFile};
use crate::logs::{self, LogFile, Source};

/// A log's files in the order of their names: `recorded` as they were, and what `given` means.
pub(super) fn files(
    recorded: &[RecordedFile],
    given: &[PathBuf],
    what: &str,
) -> Result<Vec<LogFile>> {
    let mut files = recorded.iter().map(recorded_file).collect::<Result<Vec<_>>>()?;
    let known: Vec<PathBuf> = files.iter().filter_map(|f| f.path.canonicalize().ok()).collect();
    for file in logs::find(given, what)? {
        if file.path.canonicalize().is_ok_and(|path| known.contains(&path)) {
            return Err(Error::usage("is among the recorded inputs already")
                .in_file(&file.path)
                .hint("leave it out; or replace the recorded one with it"));
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// A recorded file, which must be there and have its size; its digest is checked when it is read.
fn recorded_file(recorded: &RecordedFile) -> Result<LogFile> {
    let RecordedFile { name, path, bytes, .. } = recorded;
    let about = std::fs::metadata(path).map_err(|e| {
        Error::input("is among the recorded inputs, and is not there")
            .in_file(path)
            .caused_by(e)
            .hint("restore it; or say where it is now: --moved OLD=NEW")
    })?;
    if about.len() != *bytes {
        return Err(changed(name, &format!("has {} bytes, not {bytes}", about.len())));
    }
    let file = LogFile::of(path).ok_or_else(|| {
        Error::input("is of no format that is read").in_file(path).expected(name.clone())
    })?;
    Ok(file.named(name))
}

fn changed(name: &str, how: &str) -> Error {
    Error::input(format!("has changed since the month was billed: it {how}"))
        .in_file(name)
        .expected("the input that the manifest records")
        .hint(format!(
            "restore it; or bill the month with it as it is now: --replace-usage '{name}={name}', \
             --replace-changes for a change log"
        ))
}

/// The size and digest of every input, checked against what the manifest records of it.
pub(super) fn digests(job: &Job, files: &[(&str, &Source)]) -> Result<Vec<InputFile>> {
    let of_file =
        |(role, source): &(&str, &Source)| input(role, &source.file.name, &source.file.path);
    let mut inputs = files.par_iter().map(of_file).collect::<Result<Vec<_>>>()?;
    let again = &job.again;
    let recorded = || again.usage.iter().chain(&again.changes).chain(&again.drops);
    for input in &inputs {
        let same_file = |file: &&RecordedFile| file.name == input.file;
        if let Some(file) = recorded().find(same_file)
            && file.sha256 != input.sha256
        {
            return Err(changed(&file.name, "has another digest"));
        }
    }
    let Version { file, bytes, sha256, .. } = &job.catalog;
    let (role, file) = ("catalogue".to_owned(), file.clone());
    inputs.push(InputFile { role, file, bytes: *bytes, sha256: sha256.clone() });
    Ok(inputs)
}

fn input(role: &str, name: &str, path: &Path) -> Result<InputFile> {
    let (bytes, sha256) = sha256_of(path)?;
    Ok(InputFile { role: role.to_owned(), file: name.to_owned(), bytes, sha256 })
}
