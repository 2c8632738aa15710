//! Files and folders: read in spite of interruptions, written whole, and flushed to the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::storage::is_address;

/// Reads some bytes; an interrupted read is tried again.
///
/// # Errors
/// Nothing can be read.
pub fn read_some(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Flushes a folder's entries; not every file system can, and those need it not.
///
/// # Errors
/// The disk has not taken them.
pub fn flush_folder(folder: &Path) -> io::Result<()> {
    match File::open(here_if_empty(folder))?.sync_all() {
        Err(e) if e.kind() == ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Makes a folder and those above it, and flushes the entries of those that were not there.
///
/// # Errors
/// One cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if is_address(folder) {
        let what = "it is an address in object storage, where books alone are written";
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    if here_if_empty(folder).try_exists()? {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(folder);
    if above != folder {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        // Another run has made it meanwhile.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| flush_folder(above)),
    }
}

/// Puts a text, or other bytes, in the place of a file, which is written aside and renamed: whoever reads it
/// meanwhile, or after a crash, sees a whole one. Others may read it, as the umask has it.
///
/// # Errors
/// It cannot be written: the file is as it was.
pub fn replace_whole(path: &Path, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let folder = here_if_empty(path.parent().unwrap_or(Path::new("")));
    // Hidden, and of another ending than what is read in such a folder.
    let prefix = format!(".{}.", path.file_name().unwrap_or_default().display());
    let mut aside = tempfile::Builder::new();
    aside.prefix(&prefix).suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        aside.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = aside.tempfile_in(folder)?;
    file.write_all(contents.as_ref())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// It is, and cannot be removed.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Opens a file of the book to be written, but through no link: whoever planted one would have the
/// program write elsewhere.
///
/// # Errors
/// It cannot be opened, or is a link.
pub fn open_unlinked(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let is_link = || fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    let mut options = options.clone();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path).map_err(|e| match is_link() {
        true => io::Error::new(e.kind(), "it is a link, and is not written through; remove it"),
        false => e,
    })
}

/// The parent of a name without folders.
pub fn here_if_empty(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [elsewhere, link] = ["elsewhere", "link"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        let mut options = OpenOptions::new();
        options.write(true).create(true);
        let refused = open_unlinked(&options, &link).unwrap_err().to_string();
        assert!(refused.contains("it is a link"), "{refused}");
        assert!(!elsewhere.exists());
        open_unlinked(&options, &elsewhere).unwrap();
        assert!(open_unlinked(&options, &link).is_err());
    }

    #[test]
    fn an_interrupted_read_is_tried_again() {
        struct Interrupted(u8);
        impl Read for Interrupted {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 < 3 { Err(ErrorKind::Interrupted.into()) } else { Ok(buffer.len()) }
            }
        }
        assert_eq!(read_some(&mut Interrupted(0), &mut [0; 4]).unwrap(), 4);
    }

    #[test]
    fn folders_are_made_and_files_removed_once_or_twice() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path().join("a/b");
        for _ in 0..2 {
            make_folder(&folder).unwrap();
        }
        let file = folder.join("file");
        assert!(make_folder(&file.join("below")).is_ok());
        fs::remove_dir_all(&file).unwrap();
        fs::write(&file, "").unwrap();
        assert!(make_folder(&file.join("below")).is_err());
        for _ in 0..2 {
            remove_file(&file).unwrap();
        }
    }
}
