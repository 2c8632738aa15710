//! Folders for what is only needed meanwhile: removed when they are dropped, and when a signal ends the
//! process, which drops nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

static DOOMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A folder with a name of its own, which is removed again.
#[derive(Debug)]
pub struct ScratchFolder {
    folder: TempDir,
    _doomed: Doomed,
}

impl ScratchFolder {
    /// Makes one in a folder, or where the machine has those.
    pub fn make(within: Option<&Path>) -> io::Result<Self> {
        let mut named = tempfile::Builder::new();
        let named = named.prefix(".monthend-");
        // A signal between its making and its being listed waits for the list.
        let mut doomed = doomed();
        let folder = match within {
            Some(within) => named.tempdir_in(within)?,
            None => named.tempdir()?,
        };
        doomed.insert(folder.path().to_owned());
        let _doomed = Doomed(folder.path().to_owned());
        Ok(ScratchFolder { folder, _doomed })
    }

    /// A name that no other has: letters and digits.
    ///
    /// # Errors
    /// No temporary file can be made, whose name it is.
    pub fn name_of_its_own() -> io::Result<String> {
        let named = tempfile::Builder::new().prefix("").rand_bytes(12).tempfile()?;
        Ok(named.path().file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// While there is this, a folder does not outlive a signal.
#[derive(Debug)]
pub struct Doomed(PathBuf);

impl Doomed {
    /// Of a folder and all that is in it.
    pub fn of(folder: &Path) -> Self {
        doomed().insert(folder.to_owned());
        Doomed(folder.to_owned())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        doomed().remove(&self.0);
    }
}

fn doomed() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    DOOMED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is there meanwhile, before the process ends without dropping anything. Other threads
/// may be writing there still, so that it takes more than one attempt.
pub fn remove_all() {
    const ATTEMPTS: usize = 50;
    const BETWEEN: Duration = Duration::from_millis(10);
    let folders = doomed(); // nobody makes another one meanwhile
    for folder in folders.iter().rev() {
        for _ in 0..ATTEMPTS {
            match fs::remove_dir_all(folder) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => thread::sleep(BETWEEN),
                _ => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_doomed_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = ScratchFolder::make(Some(folder.path())).unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(path.parent(), Some(folder.path()));
        fs::write(path.join("table"), "rows").unwrap();
        let kept = folder.path().join("kept");
        fs::create_dir(&kept).unwrap();
        drop(Doomed::of(&kept));
        assert!(doomed().contains(&path) && !doomed().contains(&kept));
        drop(scratch);
        assert!(!path.exists() && kept.exists() && !doomed().contains(&path));
    }
}
