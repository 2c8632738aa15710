//! The recorded inputs, digested again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use super::months::{Entry, Standing};
use crate::base::digest;
use crate::book::{InputFile, RecordedInput, Relocation};

/// A recorded input as it is now.
pub(super) struct InputNow {
    /// What the manifest records.
    pub recorded: InputFile,
    /// Where it was looked for.
    pub path: PathBuf,
    pub condition: Condition,
}

/// What became of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is as it was billed.
    Same,
    /// A log that begins with what was billed, and goes on.
    Grown { bytes: u64 },
    /// Its bytes are others.
    Changed,
    /// It is not where it was.
    Missing,
    /// It is there, but cannot be read.
    Unreadable(String),
}

impl Condition {
    /// The condition in one word, for machines.
    pub fn name(&self) -> &'static str {
        match self {
            Condition::Same => "same",
            Condition::Grown { .. } => "grown",
            Condition::Changed => "changed",
            Condition::Missing => "missing",
            Condition::Unreadable(_) => "unreadable",
        }
    }
}

/// A file's size and the digests of its beginnings.
type Digests = io::Result<(u64, BTreeMap<u64, String>)>;

/// Digests the inputs of all published months. A file is read once, however many months have it.
pub(super) fn digest_again(entries: &mut [Entry], moved: &[Relocation]) {
    let mut lengths: BTreeMap<PathBuf, BTreeSet<u64>> = BTreeMap::new();
    for input in entries.iter().flat_map(recorded) {
        lengths.entry(RecordedInput::of(input, moved).path).or_default().insert(input.bytes);
    }
    let digests: BTreeMap<PathBuf, Digests> = lengths
        .into_par_iter()
        .map(|(path, lengths)| {
            let digests = digest::of_beginnings(&path, &lengths);
            (path, digests)
        })
        .collect();
    for entry in entries {
        if !matches!(entry.standing, Standing::Published(_)) {
            continue;
        }
        let now = recorded(entry).iter().map(|input| {
            let RecordedInput { input, path, .. } = RecordedInput::of(input, moved);
            let condition = condition(&input, digests.get(&path));
            InputNow { recorded: input, path, condition }
        });
        entry.inputs = Some(now.collect());
    }
}

fn recorded(entry: &Entry) -> &[InputFile] {
    match &entry.standing {
        Standing::Published(published) => &published.manifest.inputs,
        Standing::Missing | Standing::Damaged(_) => &[],
    }
}

fn condition(input: &InputFile, now: Option<&Digests>) -> Condition {
    let (size, digests) = match now {
        Some(Ok(now)) => now,
        Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => {
            return Condition::Unreadable(e.to_string());
        }
        _ => return Condition::Missing,
    };
    let as_it_was = digests.get(&input.bytes) == Some(&input.sha256);
    match *size == input.bytes {
        true if as_it_was => Condition::Same,
        false if as_it_was && input.role.is_log() => Condition::Grown { bytes: *size },
        _ => Condition::Changed,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::book::Role;

    #[test]
    fn what_became_of_an_input_is_told_by_its_bytes() {
        let input = |role: Role, text: &str| InputFile {
            role,
            file: "log".to_owned(),
            bytes: text.len() as u64,
            sha256: digest::of_bytes(text.as_bytes()),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "abc").unwrap();
        let of = |input: &InputFile, path: &Path| {
            let lengths = BTreeSet::from([input.bytes]);
            condition(input, Some(&digest::of_beginnings(path, &lengths)))
        };
        for (role, text, expected) in [
            (Role::Usage, "abc", Condition::Same),
            (Role::Usage, "ab", Condition::Grown { bytes: 3 }),
            (Role::Changes, "", Condition::Grown { bytes: 3 }),
            (Role::Catalogue, "ab", Condition::Changed),
            (Role::Opening, "ab", Condition::Changed),
            (Role::Usage, "abd", Condition::Changed),
            (Role::Usage, "ac", Condition::Changed),
            (Role::Usage, "abcd", Condition::Changed),
        ] {
            assert_eq!(of(&input(role, text), &path), expected, "{role} `{text}`");
        }
        let usage = input(Role::Usage, "abc");
        assert_eq!(of(&usage, &folder.path().join("gone")), Condition::Missing);
        assert!(matches!(of(&usage, folder.path()), Condition::Unreadable(_)));
    }
}
