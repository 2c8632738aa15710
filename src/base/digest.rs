//! SHA-256 digests, as `sha256sum` prints them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::files::read_some;
use super::storage::WholeFile;

/// Bytes as hex digits in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text is a SHA-256 in hex.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The SHA-256 of bytes at hand.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A file's size and the SHA-256 of its bytes.
///
/// # Errors
/// The file cannot be read.
pub fn of_file(path: &Path) -> io::Result<(u64, String)> {
    let mut sink = Hashing::new(io::sink());
    io::copy(&mut BufReader::with_capacity(1 << 18, WholeFile::open(path)?), &mut sink)?;
    let (_, bytes, sha256) = sink.finish();
    Ok((bytes, sha256))
}

/// A file's size, and the SHA-256 of as many of its first bytes as each of `lengths` says; none for
/// lengths that it does not have. The file is read once, and no further than needed.
///
/// # Errors
/// The file cannot be read.
pub fn of_beginnings(
    path: &Path,
    lengths: &BTreeSet<u64>,
) -> io::Result<(u64, BTreeMap<u64, String>)> {
    let mut file = WholeFile::open(path)?;
    let size = file.size()?;
    let (mut hash, mut found, mut done) = (Sha256::new(), BTreeMap::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    for &length in lengths.iter().filter(|length| **length <= size) {
        while done < length {
            let wanted = usize::try_from(length - done).unwrap_or(usize::MAX).min(buffer.len());
            let read = read_some(&mut file, &mut buffer[..wanted])?;
            if read == 0 {
                return Ok((done, found));
            }
            hash.update(&buffer[..read]);
            done += read as u64;
        }
        found.insert(length, hex(&hash.clone().finalize()));
    }
    Ok((size, found))
}

/// A writer that hashes what goes through it.
#[derive(Debug)]
pub struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    /// Hashes what is written to `inner`.
    pub fn new(inner: W) -> Self {
        Hashing { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Writes bytes that another writer has hashed already: what has gone through either is the
    /// same from beginning to end once [`Hashing::go_on_from`] is told so.
    ///
    /// # Errors
    /// The writer beneath fails.
    pub fn write_unhashed(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)
    }

    /// Takes over the hash of all that has gone through another writer.
    pub fn go_on_from<V>(&mut self, other: &Hashing<V>) {
        (self.hash, self.bytes) = (other.hash.clone(), other.bytes);
    }

    /// The writer beneath, the bytes written, and their SHA-256.
    pub fn finish(self) -> (W, u64, String) {
        (self.inner, self.bytes, hex(&self.hash.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_usual_one() {
        let mut hashing = Hashing::new(Vec::new());
        hashing.write_all(b"abc").unwrap();
        let (written, bytes, sha256) = hashing.finish();
        assert_eq!((written.as_slice(), bytes), (b"abc".as_slice(), 3));
        assert_eq!(sha256, of_bytes(b"abc"));
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_beginnings_of_a_file_are_digested_in_one_pass() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "abcdef").unwrap();
        let (size, found) = of_beginnings(&path, &BTreeSet::from([0, 3, 6, 7])).unwrap();
        assert_eq!(size, 6);
        let expected = [(0, ""), (3, "abc"), (6, "abcdef")];
        let expected = expected.map(|(length, text)| (length, of_bytes(text.as_bytes())));
        assert_eq!(found, BTreeMap::from(expected));
    }
}
