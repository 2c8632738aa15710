//! Files opened for reading, unless they are none: who opens a pipe may wait for its writer for
//! ever.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens a plain file to read it.
///
/// # Errors
/// It cannot be opened, or is no plain file: a folder, a pipe, a socket, a device.
pub fn open(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, NO_PLAIN_FILE)),
    }
}

/// All bytes of a plain file.
///
/// # Errors
/// As [`open`], or it cannot be read to its end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a plain file.
///
/// # Errors
/// As [`read`], or it is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
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
