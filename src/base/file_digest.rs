//! Digests of files by one of two algorithms: BLAKE3, as `b3sum` prints it, which all cores work out of
//! one file: of inputs; and SHA-256, as `sha256sum` does: of what is published, and of inputs that
//! earlier versions of the program recorded. An object of which only some ranges are read is known by the tag that its
//! storage gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::digest;
use super::named::named_enum;
use super::storage::{self, WholeFile};

named_enum! {
    /// How a digest is worked out, by the name that manifests and messages have.
    pub enum Algorithm {
        /// That of outputs, and of inputs in earlier versions.
        Sha256 = "sha256",
        /// That of inputs.
        Blake3 = "blake3",
        /// The tag that object storage gives to the content of an object: that of inputs which are not read as a whole.
        Etag = "etag",
    }
}

impl Algorithm {
    /// That of an input: Parquet in object storage is not read as a whole.
    pub fn of_input(path: &Path) -> Self {
        let is_parquet =
            path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        if is_parquet && storage::is_address(path) { Algorithm::Etag } else { Algorithm::Blake3 }
    }

    /// The digest of bytes at hand; of these none has a tag.
    pub fn of_bytes(self, bytes: &[u8]) -> FileDigest {
        match self {
            Algorithm::Sha256 => self.written(digest::of_bytes(bytes)),
            Algorithm::Blake3 | Algorithm::Etag => {
                Algorithm::Blake3.written(blake3::hash(bytes).to_string())
            }
        }
    }

    /// A file's size and its digest.
    ///
    /// # Errors
    /// The file cannot be read, or is cut meanwhile.
    pub fn of_file(self, path: &Path) -> io::Result<(u64, FileDigest)> {
        match self {
            Algorithm::Sha256 => {
                return digest::of_file(path).map(|(size, hex)| (size, self.written(hex)));
            }
            Algorithm::Blake3 => {}
            Algorithm::Etag => return tag_of(path).map(|(size, tag)| (size, self.written(tag))),
        }
        let size = WholeFile::open(path)?.size()?;
        let (_, mut found) = blake3_of_beginnings(path, &BTreeSet::from([size]))?;
        match found.remove(&size) {
            Some(hex) => Ok((size, self.written(hex))),
            None => Err(io::ErrorKind::UnexpectedEof.into()), // it was cut between two looks
        }
    }

    /// A file's size, and the digests of as many of its first bytes as each of `lengths` says; none
    /// for lengths that it does not have. The file is read once, and no further than needed.
    ///
    /// # Errors
    /// As [`Algorithm::of_file`].
    pub fn of_beginnings(
        self,
        path: &Path,
        lengths: &BTreeSet<u64>,
    ) -> io::Result<(u64, BTreeMap<u64, FileDigest>)> {
        let (size, found) = match self {
            Algorithm::Sha256 => digest::of_beginnings(path, lengths)?,
            Algorithm::Blake3 => blake3_of_beginnings(path, lengths)?,
            Algorithm::Etag => {
                let (size, tag) = tag_of(path)?;
                (size, lengths.get(&size).map(|size| (*size, tag)).into_iter().collect())
            }
        };
        Ok((size, found.into_iter().map(|(length, hex)| (length, self.written(hex))).collect()))
    }

    /// A digest that was worked out before, in hex.
    pub fn written(self, hex: String) -> FileDigest {
        FileDigest { algorithm: self, hex }
    }
}

/// The digest of a file. Digests of two algorithms are never equal, though they may be of one file: to
/// know, one is worked out of the file at hand as the other was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct FileDigest {
    algorithm: Algorithm,
    hex: String,
}

impl FileDigest {
    /// How it is worked out.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it is that of bytes at hand.
    pub fn is_of_bytes(&self, bytes: &[u8]) -> bool {
        self.algorithm.of_bytes(bytes) == *self
    }

    /// Whether it is that of a file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn is_of_file(&self, path: &Path) -> io::Result<bool> {
        self.algorithm.of_file(path).map(|(_, now)| now == *self)
    }

    /// A file's size, and whether the digest is that of its first bytes, so many of them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn is_of_beginning(&self, path: &Path, bytes: u64) -> io::Result<(u64, bool)> {
        let (size, found) = self.algorithm.of_beginnings(path, &BTreeSet::from([bytes]))?;
        Ok((size, found.get(&bytes) == Some(self)))
    }
}

/// Algorithm and digits, such as `blake3 af1349…`.
impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm.name(), self.hex)
    }
}

/// A digest as it is written: under the name of its algorithm, in hex.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blake3: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl TryFrom<Written> for FileDigest {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { sha256, blake3, etag } = written;
        let given =
            [(Algorithm::Sha256, sha256), (Algorithm::Blake3, blake3), (Algorithm::Etag, etag)];
        let mut given = given.into_iter().filter_map(|(of, hex)| Some(of.written(hex?)));
        match (given.next(), given.next()) {
            (Some(digest), None) => Ok(digest),
            (None, _) => Err("missing field `blake3`, `sha256` or `etag`"),
            (Some(_), Some(_)) => {
                Err("several of `blake3`, `sha256` and `etag`, and not one of them")
            }
        }
    }
}

impl From<FileDigest> for Written {
    fn from(FileDigest { algorithm, hex }: FileDigest) -> Self {
        let of = |one| (algorithm == one).then(|| hex.clone());
        let [sha256, blake3, etag] = Algorithm::ALL.map(of);
        Written { sha256, blake3, etag }
    }
}

/// An object's size and tag now.
fn tag_of(path: &Path) -> io::Result<(u64, String)> {
    let about = storage::about(path)?;
    let no_tag = || io::Error::new(io::ErrorKind::InvalidInput, NO_TAG);
    Ok((about.bytes, about.etag.ok_or_else(no_tag)?))
}

/// What cannot be known of a file that stands where an object stood.
const NO_TAG: &str = "it was recorded by the tag that its storage gave it, and has none here";

/// So much of a file makes a subtree, which one thread reads and digests: a power of two.
const SUBTREE: u64 = 1 << 20;

/// So much of it is read at once.
const READ: usize = 1 << 18;

/// As [`Algorithm::of_beginnings`]: the subtrees by all threads, wherever they are in the file, and then
/// put together.
fn blake3_of_beginnings(
    path: &Path,
    lengths: &BTreeSet<u64>,
) -> io::Result<(u64, BTreeMap<u64, String>)> {
    let mut file = WholeFile::open(path)?;
    let size = file.size()?;
    let lengths = || lengths.iter().copied().filter(|length| *length <= size);
    // A file of no more than one subtree is no tree.
    let longest = lengths().filter(|length| *length > SUBTREE).max().unwrap_or(0);
    let of_subtree = |(file, buffer): &mut (Option<WholeFile>, Vec<u8>), number: usize| {
        let file = match file {
            Some(file) => file,
            none => none.insert(WholeFile::open(path)?),
        };
        let from = number as u64 * SUBTREE;
        Ok(hashed(file, buffer, from..from + SUBTREE)?.finalize_non_root())
    };
    let subtrees = (0..whole_subtrees(longest))
        .into_par_iter()
        .map_init(|| (None, vec![0; READ]), of_subtree)
        .collect::<io::Result<Vec<ChainingValue>>>()?;
    let (mut found, mut buffer) = (BTreeMap::new(), vec![0; READ]);
    for length in lengths() {
        let hash = match length {
            ..=SUBTREE => hashed(&mut file, &mut buffer, 0..length)?.finalize(),
            _ => {
                let mut all = subtrees[..whole_subtrees(length)].to_vec();
                let rest = length - length % SUBTREE;
                if rest < length {
                    let rest = hashed(&mut file, &mut buffer, rest..length)?;
                    all.push(rest.finalize_non_root());
                }
                let (left, right) = halves(&all);
                merge_subtrees_root(&merged(left), &merged(right), Mode::Hash)
            }
        };
        found.insert(length, hash.to_string());
    }
    Ok((size, found))
}

fn whole_subtrees(length: u64) -> usize {
    usize::try_from(length / SUBTREE).unwrap_or(usize::MAX)
}

/// A part of a file, which begins where a subtree does.
fn hashed(file: &mut WholeFile, buffer: &mut [u8], part: Range<u64>) -> io::Result<Hasher> {
    file.seek(SeekFrom::Start(part.start))?;
    let mut hasher = Hasher::new();
    hasher.set_input_offset(part.start);
    let mut left = part.end - part.start;
    while left > 0 {
        let bytes = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        file.read_exact(&mut buffer[..bytes])?;
        hasher.update(&buffer[..bytes]);
        left -= bytes as u64;
    }
    Ok(hasher)
}

/// Of several subtrees, those that are on the left of their node: as many as fill a whole tree, but not
/// all; and the others.
fn halves(subtrees: &[ChainingValue]) -> (&[ChainingValue], &[ChainingValue]) {
    subtrees.split_at(subtrees.len().next_power_of_two() / 2)
}

fn merged(subtrees: &[ChainingValue]) -> ChainingValue {
    match subtrees {
        [one] => *one,
        _ => {
            let (left, right) = halves(subtrees);
            merge_subtrees_non_root(&merged(left), &merged(right), Mode::Hash)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Blake3];

    #[test]
    fn digests_are_the_usual_ones() {
        for (algorithm, text, expected) in [
            (
                Algorithm::Blake3,
                "",
                "blake3 af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            ),
            (
                Algorithm::Blake3,
                "abc",
                "blake3 6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
            ),
            (
                Algorithm::Sha256,
                "abc",
                "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            assert_eq!(algorithm.of_bytes(text.as_bytes()).to_string(), expected);
        }
    }

    /// A file of some bytes that repeat nowhere near.
    fn file_of(bytes: usize) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
        let content: Vec<u8> = (0_u32..)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .take(bytes)
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, &content).unwrap();
        (folder, path, content)
    }

    #[test]
    fn a_file_has_the_digest_of_its_bytes_whatever_its_size() {
        let subtree = usize::try_from(SUBTREE).unwrap();
        for size in [0, 1, 1024, 1025, subtree - 1, subtree, subtree + 1]
            .into_iter()
            .chain((2..=5).flat_map(|n| [n * subtree - 1, n * subtree, n * subtree + 7]))
        {
            let (_folder, path, content) = file_of(size);
            let expected = Algorithm::Blake3.of_bytes(&content);
            assert_eq!(
                Algorithm::Blake3.of_file(&path).unwrap(),
                (size as u64, expected.clone()),
                "{size} bytes"
            );
            assert!(expected.is_of_file(&path).unwrap() && expected.is_of_bytes(&content));
        }
    }

    #[test]
    fn the_beginnings_of_a_file_have_the_digests_of_their_bytes() {
        let subtree = usize::try_from(SUBTREE).unwrap();
        let size = 3 * subtree + 5;
        let (_folder, path, content) = file_of(size);
        let there = [0, 3, subtree, 2 * subtree, 2 * subtree + 1, size];
        let asked = there.into_iter().chain([size + 1]).map(|length| length as u64).collect();
        for algorithm in BOTH {
            let (found_size, found) = algorithm.of_beginnings(&path, &asked).unwrap();
            assert_eq!(found_size, size as u64);
            let expected = there.map(|n| (n as u64, algorithm.of_bytes(&content[..n])));
            assert_eq!(found, BTreeMap::from(expected), "{}", algorithm.name());
            let beginning = algorithm.of_bytes(&content[..3]);
            assert_eq!(beginning.is_of_beginning(&path, 3).unwrap(), (size as u64, true));
            assert!(!beginning.is_of_beginning(&path, 4).unwrap().1);
            assert!(!beginning.is_of_beginning(&path, size as u64 + 1).unwrap().1);
        }
    }

    #[test]
    fn another_byte_is_another_digest() {
        let subtree = usize::try_from(SUBTREE).unwrap();
        let (_folder, path, mut content) = file_of(2 * subtree + 9);
        for algorithm in BOTH {
            let was = algorithm.of_bytes(&content);
            for at in [0, subtree, 2 * subtree + 8] {
                content[at] ^= 1;
                std::fs::write(&path, &content).unwrap();
                assert!(!was.is_of_file(&path).unwrap(), "{} at {at}", algorithm.name());
                content[at] ^= 1;
            }
            std::fs::write(&path, &content).unwrap();
            assert!(was.is_of_file(&path).unwrap());
        }
    }

    #[test]
    fn a_digest_is_written_under_the_name_of_its_algorithm() {
        for algorithm in BOTH {
            let digest = algorithm.of_bytes(b"abc");
            let text = serde_json::to_string(&digest).unwrap();
            assert!(text.starts_with(&format!("{{\"{}\":", algorithm.name())), "{text}");
            assert_eq!(serde_json::from_str::<FileDigest>(&text).unwrap(), digest);
        }
        assert_ne!(
            Algorithm::Sha256.written("1".to_owned()),
            Algorithm::Blake3.written("1".to_owned())
        );
        for text in ["{}", r#"{"sha256": "1", "blake3": "1"}"#, r#"{"md5": "1"}"#] {
            assert!(serde_json::from_str::<FileDigest>(text).is_err(), "{text}");
        }
    }
}
