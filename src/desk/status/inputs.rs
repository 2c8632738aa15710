//! The recorded inputs, digested again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::month::{BookMonth, Condition, InputNow, MonthStatus, PublishedMonth};
use crate::base::file_digest::{Algorithm, FileDigest};
use crate::book::{InputPlaces, RecordedInput, Whereabouts};

/// A file's size and the digests of its beginnings.
type Digests = io::Result<(u64, BTreeMap<u64, FileDigest>)>;

/// Digests the inputs of all published months. A file is read once, however many months have it; twice,
/// where some of them know it by another algorithm.
pub(super) fn digest_again(months: &mut [BookMonth], said: &Whereabouts) {
    let located: Vec<Vec<RecordedInput>> = months
        .iter()
        .map(|month| match &month.status {
            MonthStatus::Published(month) => recorded(month, said),
            // The inputs of archived months are asked for no more: they may have gone, too.
            _ => Vec::new(),
        })
        .collect();
    let mut lengths: BTreeMap<(&Path, Algorithm), BTreeSet<u64>> = BTreeMap::new();
    for recorded in located.iter().flatten() {
        lengths.entry(wanted(recorded)).or_default().insert(recorded.input.bytes);
    }
    let digests: BTreeMap<(&Path, Algorithm), Digests> = lengths
        .into_par_iter()
        .map(|((path, algorithm), lengths)| {
            ((path, algorithm), algorithm.of_beginnings(path, &lengths))
        })
        .collect();
    for (month, located) in months.iter_mut().zip(&located) {
        if let MonthStatus::Published(month) = &mut month.status {
            let now = located.iter().map(|input| input_now(input, digests.get(&wanted(input))));
            month.inputs = Some(now.collect());
        }
    }
}

/// A recorded file, and how it is digested.
fn wanted(recorded: &RecordedInput) -> (&Path, Algorithm) {
    (&recorded.path, recorded.input.digest.algorithm())
}

/// Where a month's inputs are now.
fn recorded(month: &PublishedMonth, said: &Whereabouts) -> Vec<RecordedInput> {
    let places = InputPlaces::of(&month.folder, said);
    month.recorded.iter().map(|input| places.locate(input)).collect()
}

fn input_now(recorded: &RecordedInput, now: Option<&Digests>) -> InputNow {
    let RecordedInput { input, path, .. } = recorded;
    let (condition, bytes, why) = match now {
        Some(Ok((size, digests))) => {
            let as_it_was = digests.get(&input.bytes) == Some(&input.digest);
            match *size == input.bytes {
                true if as_it_was => (Condition::Same, Some(*size), None),
                false if as_it_was && input.role.is_log() => (Condition::Grown, Some(*size), None),
                _ => (Condition::Changed, None, None),
            }
        }
        Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => {
            (Condition::Unreadable, None, Some(e.to_string()))
        }
        _ => (Condition::Missing, None, None),
    };
    InputNow {
        role: input.role,
        file: input.file.clone(),
        now: path.display().to_string(),
        condition,
        bytes,
        recorded_bytes: input.bytes,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{InputFile, Role};

    #[test]
    fn what_became_of_an_input_is_told_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "abc").unwrap();
        let of = |input: &InputFile, path: &Path| {
            let recorded =
                RecordedInput { input: input.clone(), path: path.to_owned(), modified: None };
            let (path, algorithm) = wanted(&recorded);
            let digests = algorithm.of_beginnings(path, &BTreeSet::from([input.bytes]));
            let now = input_now(&recorded, Some(&digests));
            (now.condition, now.bytes)
        };
        for algorithm in [Algorithm::Sha256, Algorithm::Blake3] {
            let input = |role: Role, text: &str| {
                let digest = algorithm.of_bytes(text.as_bytes());
                InputFile::of(role, "log".to_owned(), text.len() as u64, digest)
            };
            for (role, text, expected) in [
                (Role::Usage, "abc", (Condition::Same, Some(3))),
                (Role::Usage, "ab", (Condition::Grown, Some(3))),
                (Role::Changes, "", (Condition::Grown, Some(3))),
                (Role::Catalogue, "ab", (Condition::Changed, None)),
                (Role::Opening, "ab", (Condition::Changed, None)),
                (Role::Usage, "abd", (Condition::Changed, None)),
                (Role::Usage, "ac", (Condition::Changed, None)),
                (Role::Usage, "abcd", (Condition::Changed, None)),
            ] {
                assert_eq!(of(&input(role, text), &path), expected, "{role} `{text}`");
            }
            let usage = input(Role::Usage, "abc");
            assert_eq!(of(&usage, &folder.path().join("gone")), (Condition::Missing, None));
            assert_eq!(of(&usage, folder.path()), (Condition::Unreadable, None));
        }
    }
}
