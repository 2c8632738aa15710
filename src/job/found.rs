//! Which job file there is: the one that was said, or one that is found.

use std::path::{Path, PathBuf};

use super::environment::{self, working_folder};
use super::values::folder_of;
use crate::base::error::Result;

/// The name by which a job file is found.
pub const FILE: &str = "monthend.toml";

/// The job file, if there is one.
#[derive(Debug, Clone, Default)]
pub struct JobFile {
    path: Option<PathBuf>,
    source: Source,
}

/// Who named the job file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Source {
    /// The command line.
    #[default]
    Typed,
    /// The environment.
    Environment,
    /// Nobody: it lies in the working folder, or in one above it.
    Found,
}

impl JobFile {
    /// The job file that was typed, else that of the environment, else the first `monthend.toml` from
    /// the working folder upward; none where it was said that there is `none`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`] where the working folder cannot be found.
    pub fn of(typed: Option<PathBuf>, none: bool) -> Result<Self> {
        let (path, source) = match typed {
            _ if none => (None, Source::Typed),
            Some(path) => (Some(path), Source::Typed),
            None => match environment::job_file() {
                Some(path) => (Some(path), Source::Environment),
                None => (upward(&working_folder()?), Source::Found),
            },
        };
        Ok(JobFile { path, source })
    }

    /// Where it is.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Where it is, unless the command line says so.
    pub fn unsaid(&self) -> Option<&Path> {
        self.path().filter(|_| self.source != Source::Typed)
    }

    /// Whether the command line names one.
    pub fn is_typed(&self) -> bool {
        self.path.is_some() && self.source == Source::Typed
    }

    /// Whether nobody named it.
    pub(super) fn is_found(&self) -> bool {
        self.path.is_some() && self.source == Source::Found
    }

    /// The folder from which its paths lead.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.path().map(folder_of)
    }
}

/// The first job file from a folder upward, as a path that leads from that folder.
fn upward(working: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in working.ancestors() {
        if folder.join(FILE).is_file() {
            return Some(up.join(FILE));
        }
        up.push("..");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_job_file_upward_is_found() {
        let sandbox = tempfile::tempdir().unwrap();
        let deep = sandbox.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(deep.join(FILE)).unwrap(); // a folder is no job file
        let write = |folder: &str| std::fs::write(sandbox.path().join(folder).join(FILE), "");
        write("").unwrap();
        assert_eq!(upward(&deep).unwrap(), Path::new("../../monthend.toml"));
        write("a").unwrap();
        assert_eq!(upward(&deep).unwrap(), Path::new("../monthend.toml"));
        assert_eq!(upward(sandbox.path()).unwrap(), Path::new("monthend.toml"));
    }
}
