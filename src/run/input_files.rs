//! One input: as a manifest records it, as it is now, and as a revision keeps it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::base::storage;
use crate::book::{EarlierDigests, INPUTS_FOLDER, InputFile, RecordedInput, Role};
use crate::input::logs::LogFile;

/// The most bytes of a log that is given to a rerun by hand and kept with the revision: a late or
/// a corrected file, and not a month's log.
const MOST_KEPT: u64 = 1 << 20;

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
    if recorded.input.kept.is_some() {
        return recorded.is_damaged(how);
    }
    let (name, path) = (&recorded.input.file, recorded.path.display());
    let as_it_is = match recorded.input.role {
        Role::Usage => format!("--replace-usage '{name}={path}'"),
        Role::Changes => format!("--replace-changes '{name}={path}'"),
        Role::Opening | Role::OpeningGrants => format!("--opening '{path}'"),
        Role::Adjustments => format!("--add-adjustments '{path}', under another name"),
        Role::DropEvents | Role::Catalogue => format!("--drop-events '{path}'"),
    };
    Error::new(Code::INPUT_CHANGED, format!("has changed since the month was billed: it {how}"))
        .in_file(name)
        .expected("the input that the manifest records")
        .hint(format!("restore it; or bill the month with it as it is now: {as_it_is}"))
}

/// A file that cannot be read.
pub(super) fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::INPUT_UNREADABLE, "cannot be read")
        .in_file(path)
        .caused_by(cause)
        .hint("check that it exists and that this user may read it")
}

/// An input's size and digest, under the name that the manifest gives it.
pub(super) fn input_file(
    role: Role,
    file: &LogFile,
    earlier: &EarlierDigests,
) -> Result<InputFile> {
    let (bytes, digest) = earlier.digest(&file.path).map_err(|e| unreadable(&file.path, e))?;
    Ok(InputFile::of(role, file.name.clone(), bytes, digest))
}

/// Makes sure that a file has the digest that is recorded.
pub(super) fn check_digest(recorded: &RecordedInput, file: &LogFile) -> Result<()> {
    match recorded.input.digest.is_of_file(&file.path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(changed(recorded, "has another digest")),
        Err(e) => Err(unreadable(&file.path, e)),
    }
}

fn read(file: &LogFile) -> Result<Vec<u8>> {
    storage::read(&file.path).map_err(|e| unreadable(&file.path, e))
}

/// A file that is kept with the revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Where in the revision, such as `inputs/late.csv`.
    pub place: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// An input, and its bytes where it is kept with the revision.
pub(super) type MaybeKept = (InputFile, Option<Vec<u8>>);

/// Decides what is kept with the revision: lists of events, and adjustments and small logs that a rerun
/// is given.
pub(super) struct InputKeeper<'a> {
    /// The revision that a rerun makes; none where the month is run from a job.
    pub given_to: Option<String>,
    /// The accounts that it bills, for which a list is.
    pub accounts: &'a Scope,
    /// Logs that are recorded already and read as they are now: they have a place of their own.
    pub updated: Vec<&'a PathBuf>,
    /// What the book knows by SHA-256.
    pub earlier: EarlierDigests,
}

impl InputKeeper<'_> {
    /// A file that is given now.
    pub fn given(&self, role: Role, file: &LogFile) -> Result<MaybeKept> {
        if role == Role::DropEvents {
            let (input, bytes) = self.read(role, file)?;
            let (since, accounts) = (self.given_to.clone(), self.accounts.clone());
            return Ok((InputFile { since, accounts, ..input }, Some(bytes)));
        }
        let is_small = || {
            let about = storage::about(&file.path);
            about.is_ok_and(|about| about.bytes <= MOST_KEPT)
        };
        let by_hand = self.given_to.is_some() && !self.updated.contains(&&file.path);
        if by_hand && (role == Role::Adjustments || is_small()) {
            let (input, bytes) = self.read(role, file)?;
            return Ok((input, Some(bytes)));
        }
        Ok((input_file(role, file, &self.earlier)?, None))
    }

    /// A file that is recorded, as it is now. A list that an earlier version did not keep is kept
    /// from now on.
    pub fn recorded(&self, recorded: &RecordedInput, file: &LogFile) -> Result<MaybeKept> {
        let input = &recorded.input;
        if input.kept.is_none() && input.role != Role::DropEvents {
            check_digest(recorded, file)?;
            return Ok((input.clone(), None));
        }
        let bytes = read(file)?;
        match input.digest.is_of_bytes(&bytes) {
            true => Ok((input.clone(), Some(bytes))),
            false => Err(changed(recorded, "has another digest")),
        }
    }

    /// An input, and its bytes at hand.
    fn read(&self, role: Role, file: &LogFile) -> Result<(InputFile, Vec<u8>)> {
        let bytes = read(file)?;
        let digest = self.earlier.digest_of(&bytes);
        Ok((InputFile::of(role, file.name.clone(), bytes.len() as u64, digest), bytes))
    }

    /// Gives what is kept its place in the revision: that which it had before, or one that bears
    /// its name.
    pub fn with_places(found: Vec<MaybeKept>) -> (Vec<InputFile>, Vec<KeptFile>) {
        let lower = |place: &String| place.to_lowercase();
        let mut taken: BTreeSet<String> =
            found.iter().filter_map(|(input, _)| input.kept.as_ref().map(lower)).collect();
        let (mut inputs, mut kept) = (Vec::new(), Vec::new());
        for (mut input, bytes) in found {
            if let Some(bytes) = bytes {
                let place = input.kept.take().unwrap_or_else(|| place(&input, &taken));
                taken.insert(lower(&place));
                input.kept = Some(place.clone());
                kept.push(KeptFile { place, bytes });
            }
            inputs.push(input);
        }
        (inputs, kept)
    }
}

/// A place for a file that is none of those `taken`: `inputs/late.csv`, `inputs/2-late.csv`.
fn place(input: &InputFile, taken: &BTreeSet<String>) -> String {
    const LONGEST: usize = 200;
    let name = Path::new(&input.file).file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let name = &name[name.len().saturating_sub(LONGEST)..];
    let numbered = (1_u32..).map(|number| match number {
        1 => format!("{INPUTS_FOLDER}/{name}"),
        _ => format!("{INPUTS_FOLDER}/{number}-{name}"),
    });
    let mut free = numbered.filter(|place| !taken.contains(&place.to_lowercase()));
    free.next().unwrap_or_default() // of endless many, one is free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::Algorithm;

    #[test]
    fn what_is_kept_has_a_place_of_its_own() {
        let input = |file: &str, kept: Option<&str>| InputFile {
            kept: kept.map(str::to_owned),
            ..InputFile::of(Role::Usage, file.to_owned(), 1, Algorithm::Blake3.of_bytes(b""))
        };
        let bytes = || Some(vec![7]);
        let found = vec![
            (input("a/late.csv", None), bytes()),
            (input("b/Late.csv", None), bytes()),
            (input("big.csv", None), None),
            (input("old/late.csv", Some("inputs/2-late.csv")), bytes()),
            (input("c/ä =1,2.csv.gz", None), bytes()),
        ];
        let (inputs, kept) = InputKeeper::with_places(found);
        let places: Vec<Option<&str>> = inputs.iter().map(|input| input.kept.as_deref()).collect();
        let expected = [
            "inputs/late.csv",
            "inputs/3-Late.csv",
            "",
            "inputs/2-late.csv",
            "inputs/___1_2.csv.gz",
        ];
        assert_eq!(places, expected.map(|place| Some(place).filter(|place| !place.is_empty())));
        let kept: Vec<&str> = kept.iter().map(|file| file.place.as_str()).collect();
        assert_eq!(kept.len(), 4);
        assert!(kept.iter().all(|place| places.contains(&Some(*place))));
    }
}
