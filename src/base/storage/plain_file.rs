//! Files opened for reading, unless they are none: who opens a pipe may wait for its writer for
//! ever.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a plain file to read it.
///
/// # Errors
/// It cannot be opened, or is no plain file: a folder, a pipe, a socket, a device.
pub(super) fn open(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, NO_PLAIN_FILE)),
    }
}

/// What is wrong with a folder, a pipe, a socket or a device.
const NO_PLAIN_FILE: &str = "it is no plain file, but a folder, a pipe, a socket or a device";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(open(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(open(Path::new("/dev/null")).is_err());
        let missing = open(&folder.path().join("gone")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        std::fs::write(folder.path().join("file"), "text").unwrap();
        assert!(open(&folder.path().join("file")).is_ok());
    }
}
