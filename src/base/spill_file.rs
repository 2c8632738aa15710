//! A file without a name, which vanishes with the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::error::{Code, Error, Result};

/// Bytes put aside on the disk.
#[derive(Debug)]
pub struct SpillFile {
    folder: PathBuf,
    file: Mutex<(Option<File>, u64)>,
}

/// A place in the file.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    start: u64,
    bytes: usize,
}

impl SpillFile {
    /// Will write to a file in `folder`, which is made when there is something to write.
    pub fn new(folder: &Path) -> Self {
        SpillFile { folder: folder.to_owned(), file: Mutex::default() }
    }

    /// Where the file is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many bytes have been written.
    pub fn bytes(&self) -> u64 {
        self.file().1
    }

    /// How many bytes others may still write to the disk.
    pub fn free(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Puts bytes aside.
    pub fn append(&self, bytes: &[u8]) -> io::Result<Extent> {
        let (file, end) = &mut *self.file();
        let file = match file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        let extent = Extent { start: *end, bytes: bytes.len() };
        file.seek(SeekFrom::Start(extent.start))?;
        file.write_all(bytes)?;
        *end += bytes.len() as u64;
        Ok(extent)
    }

    /// Reads bytes back.
    pub fn read(&self, extent: Extent) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(extent, &mut bytes).map(|()| bytes)
    }

    /// Reads bytes back, in place of those that `bytes` holds.
    pub fn read_into(&self, extent: Extent, bytes: &mut Vec<u8>) -> io::Result<()> {
        let (file, _) = &mut *self.file();
        let file = file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        bytes.resize(extent.bytes, 0);
        file.seek(SeekFrom::Start(extent.start))?;
        file.read_exact(bytes)
    }

    /// Puts aside bytes that nothing else holds.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn set_down(&self, bytes: &[u8]) -> Result<Extent> {
        self.append(bytes).map_err(|e| self.failed(e))
    }

    /// Reads back what was set down.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk fails.
    pub fn bring_back(&self, extent: Extent) -> Result<Vec<u8>> {
        self.read(extent).map_err(|e| self.failed(e))
    }

    fn failed(&self, cause: io::Error) -> Error {
        let message = "what exceeds the memory budget cannot be kept on the disk";
        Error::new(Code::SPILL_UNWRITABLE, message)
            .in_file(&self.folder)
            .caused_by(cause)
            .hint("free space there; or raise --memory-budget")
    }

    /// Gives the disk back what was taken; what was put aside is lost.
    pub fn discard(&self) {
        self.file().0 = None;
    }

    fn file(&self) -> MutexGuard<'_, (Option<File>, u64)> {
        self.file.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Extent {
    /// How many bytes there are.
    pub fn bytes(self) -> usize {
        self.bytes
    }
}

/// What was set down on the disk is not what comes back.
pub fn damaged() -> Error {
    Error::new(Code::SPILL_DAMAGED, "what was put aside on the disk came back damaged")
        .hint("check the disk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let spill = SpillFile::new(folder.path());
        assert!(spill.free().unwrap() > 0);
        let extents = [&b"first"[..], b"", b"third"].map(|bytes| spill.append(bytes).unwrap());
        let back = extents.map(|extent| spill.read(extent).unwrap());
        assert_eq!(back, [b"first".to_vec(), Vec::new(), b"third".to_vec()]);
        assert_eq!(spill.bytes(), 10);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        spill.discard();
        assert!(spill.read(extents[0]).is_err());
        assert!(SpillFile::new(&folder.path().join("none")).append(b"x").is_err());
    }
}
