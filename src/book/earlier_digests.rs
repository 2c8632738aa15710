//! Inputs that the book knows by SHA-256, from revisions of earlier versions of the program.
//!
//! Manifests alone tell which files revisions have in common: whether a month would be billed from the
//! same files, and which of its rows are in none of them. So whoever reads such a file again
//! records it as it is known.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::manifest::Manifest;
use super::months::Book;
use crate::base::file_digest::{Algorithm, FileDigest};
use crate::base::storage;

/// The digests of the inputs that are known by SHA-256.
#[derive(Debug, Default)]
pub struct EarlierDigests {
    /// By the files' sizes, so that no other file needs to be digested twice.
    by_size: BTreeMap<u64, BTreeSet<FileDigest>>,
}

impl EarlierDigests {
    /// Those that any revision in a book records. One that cannot be read is none that a file could be
    /// held against: who needs it says so.
    pub fn of(book: Option<&Book>) -> Self {
        let mut known = EarlierDigests::default();
        let Some(book) = book else { return known };
        for month in book.months().unwrap_or_default() {
            for name in book.revisions(month).unwrap_or_default() {
                if let Ok(revision) = book.open(month, name) {
                    known.add(&revision.manifest);
                }
            }
        }
        known
    }

    fn add(&mut self, manifest: &Manifest) {
        let is_earlier = |digest: &FileDigest| digest.algorithm() == Algorithm::Sha256;
        for input in manifest.inputs.iter().filter(|input| is_earlier(&input.digest)) {
            self.by_size.entry(input.bytes).or_default().insert(input.digest.clone());
        }
    }

    /// A file's size and its digest, as a manifest is to record it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn digest(&self, path: &Path) -> io::Result<(u64, FileDigest)> {
        if !self.by_size.is_empty()
            && let Some(known) = self.by_size.get(&storage::about(path)?.bytes)
        {
            let (bytes, digest) = Algorithm::Sha256.of_file(path)?;
            if known.contains(&digest) {
                return Ok((bytes, digest));
            }
        }
        Algorithm::of_input(path).of_file(path)
    }

    /// The digest of bytes at hand, as a manifest is to record it.
    pub fn digest_of(&self, bytes: &[u8]) -> FileDigest {
        if let Some(known) = self.by_size.get(&(bytes.len() as u64)) {
            let digest = Algorithm::Sha256.of_bytes(bytes);
            if known.contains(&digest) {
                return digest;
            }
        }
        Algorithm::Blake3.of_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::manifest::{InputFile, Role};

    #[test]
    fn a_file_that_is_known_by_sha256_is_recorded_by_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut known = EarlierDigests::default();
        let input = |algorithm: Algorithm, text: &[u8]| {
            InputFile::of(Role::Usage, "u".to_owned(), text.len() as u64, algorithm.of_bytes(text))
        };
        let inputs = vec![input(Algorithm::Sha256, b"old"), input(Algorithm::Blake3, b"new")];
        known.add(&Manifest { inputs, ..Manifest::of_nothing("2026-04", "r001") });
        for (text, algorithm) in [
            (&b"old"[..], Algorithm::Sha256),
            (b"olf", Algorithm::Blake3),
            (b"new", Algorithm::Blake3),
            (b"older", Algorithm::Blake3),
        ] {
            std::fs::write(&path, text).unwrap();
            let expected = algorithm.of_bytes(text);
            assert_eq!(known.digest(&path).unwrap(), (text.len() as u64, expected.clone()));
            assert_eq!(known.digest_of(text), expected);
        }
    }
}
