//! Where the months of a run lie that publishes nothing: as they would be published, so that a later
//! one is billed on the one before it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::request::{Purpose, Request};
use crate::base::error::{Code, Error, Result};
use crate::base::files::here_if_empty;
use crate::base::scratch::{Doomed, ScratchFolder};
use crate::base::undivided::undivided;

/// A folder for the months of a plan, which is removed again.
pub(super) struct Plan {
    scratch: ScratchFolder,
    out: Option<Out>,
}

/// Where a dry run's tables go: a folder that was empty, or not there.
struct Out {
    folder: PathBuf,
    /// What had to be made for it; removed again where nothing comes of the plan.
    made: Option<Doomed>,
}

impl Plan {
    /// Makes the folder: in that of `--out`, so that the tables need not be copied.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: the folder of `--out` is not empty, or is none;
    /// [`crate::base::error::Kind::Book`]: no folder can be made.
    pub fn begin(out: Option<&Path>) -> Result<Self> {
        let out = out.map(Out::begin).transpose()?;
        let within = out.as_ref().map(|out| out.folder.as_path());
        let scratch = ScratchFolder::make(within).map_err(|e| {
            Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        })?;
        Ok(Plan { scratch, out })
    }

    /// Its folder, in which every month has a folder of its own.
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// The request, as part of the plan.
    pub fn request(&self, request: &Request) -> Request {
        let folder = self.folder().to_owned();
        let book = request.book.as_ref().map(|book| book.with_plan(&folder));
        let purpose = match request.purpose {
            Purpose::Publish => Purpose::DryRun,
            other => other,
        };
        Request { purpose, book, plan: Some(folder), ..request.clone() }
    }

    /// Leaves the tables where `--out` said, if it was said: a folder for each month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: they cannot be moved there; none is left.
    pub fn hand_out(mut self) -> Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        let _undivided = undivided();
        let mut moved = Vec::new();
        let done = hand_out(self.scratch.path(), &out.folder, &mut moved);
        done.map(|()| out.made = None).map_err(|e| {
            for folder in &moved {
                let _ = fs::remove_dir_all(folder); // it is told that there is something amiss
            }
            unwritable(&out.folder, e)
        })
    }
}

/// Moves the revision of every month into a folder that bears the month's name.
fn hand_out(plan: &Path, out: &Path, moved: &mut Vec<PathBuf>) -> io::Result<()> {
    for month in fs::read_dir(plan)? {
        let month = month?;
        for revision in fs::read_dir(month.path())? {
            let revision = revision?;
            if revision.file_type()?.is_dir() {
                let target = out.join(month.file_name());
                fs::rename(revision.path(), &target)?;
                moved.push(target);
            }
        }
    }
    Ok(())
}

impl Out {
    fn begin(folder: &Path) -> Result<Self> {
        let refused = |message: &str| {
            Error::new(Code::OUT_FOLDER, format!("--out {} {message}", folder.display()))
                .expected("a folder that is empty, or not there yet")
        };
        match fs::read_dir(folder) {
            Ok(mut entries) => match entries.next() {
                None => Ok(Out { folder: folder.to_owned(), made: None }),
                Some(_) => Err(refused("is not empty")),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let is_missing = |path: &&Path| !here_if_empty(path).exists();
                let made = folder.ancestors().take_while(is_missing).last().map(Doomed::of);
                let out = Out { folder: folder.to_owned(), made };
                fs::create_dir_all(folder).map_err(|e| unwritable(folder, e))?;
                Ok(out)
            }
            Err(e) => Err(refused("cannot be written into").caused_by(e)),
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            let _ = fs::remove_dir_all(made.folder()); // an empty folder more is no failure
        }
    }
}

fn unwritable(folder: &Path, cause: io::Error) -> Error {
    Error::new(Code::OUTPUT_UNWRITABLE, "the tables cannot be written")
        .in_file(folder)
        .caused_by(cause)
        .hint("check the disk's free space and that this user may write there")
}
