//! A file that is read from its beginning to its end, or in large pieces of it, by several threads.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::about::About;
use super::address::is_address;
use super::{object, plain_file};

/// A file, or a copy of an object on the disk, which is fetched once and vanishes with the process. Each has a position
/// of its own.
#[derive(Debug)]
pub struct WholeFile {
    file: Arc<File>,
    position: u64,
}

impl WholeFile {
    /// Opens what lies at a path.
    ///
    /// # Errors
    /// It cannot be opened or fetched, or is no plain file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = match is_address(path) {
            true => object::pinned(path)?.copy()?,
            false => Arc::new(plain_file::open(path)?),
        };
        Ok(WholeFile { file, position: 0 })
    }

    /// Its size.
    ///
    /// # Errors
    /// The system cannot tell.
    pub fn size(&self) -> io::Result<u64> {
        Ok(About::of(&self.file.metadata()?).bytes)
    }
}

impl Read for WholeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, place)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, place)
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the file");
        self.position = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.size()?.checked_add_signed(offset),
        }
        .ok_or_else(before)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_from_where_its_reader_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let mut file = WholeFile::open(&path).unwrap();
        let mut four = [0; 4];
        for (to, expected) in [
            (SeekFrom::Start(2), "2345"),
            (SeekFrom::Current(0), "6789"),
            (SeekFrom::End(-5), "5678"),
            (SeekFrom::Current(-9), "0123"),
        ] {
            file.seek(to).unwrap();
            file.read_exact(&mut four).unwrap();
            assert_eq!(std::str::from_utf8(&four).unwrap(), expected);
        }
        assert!(file.seek(SeekFrom::Current(-5)).is_err());
        assert_eq!(file.size().unwrap(), 10);
    }
}
