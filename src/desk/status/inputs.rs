//! The recorded inputs, digested again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::month::{BookMonth, Condition, InputNow, MonthStatus};
use crate::base::digest;
use crate::book::{InputFile, RecordedInput, Relocation};

/// A file's size and the digests of its beginnings.
type Digests = io::Result<(u64, BTreeMap<u64, String>)>;

/// Digests the inputs of all published months. A file is read once, however many months have it.
pub(super) fn digest_again(months: &mut [BookMonth], moved: &[Relocation]) {
    let mut lengths: BTreeMap<PathBuf, BTreeSet<u64>> = BTreeMap::new();
    let published = months.iter().filter_map(BookMonth::published);
    for input in published.flat_map(|month| &month.recorded) {
        lengths.entry(RecordedInput::of(input, moved).path).or_default().insert(input.bytes);
    }
    let digests: BTreeMap<PathBuf, Digests> = lengths
        .into_par_iter()
        .map(|(path, lengths)| {
            let digests = digest::of_beginnings(&path, &lengths);
            (path, digests)
        })
        .collect();
    for month in months {
        if let MonthStatus::Published(month) = &mut month.status {
            let now = month.recorded.iter().map(|input| {
                let RecordedInput { input, path, .. } = RecordedInput::of(input, moved);
                input_now(&input, &path, digests.get(&path))
            });
            month.inputs = Some(now.collect());
        }
    }
}

fn input_now(input: &InputFile, path: &Path, now: Option<&Digests>) -> InputNow {
    let (condition, bytes, why) = match now {
        Some(Ok((size, digests))) => {
            let as_it_was = digests.get(&input.bytes) == Some(&input.sha256);
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
            let now = input_now(input, path, Some(&digest::of_beginnings(path, &lengths)));
            (now.condition, now.bytes)
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
