//! A revision's way into object storage: uploaded below a prefix of its own, and published by one conditional write.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::super::super::manifest::Manifest;
use super::super::super::revision::revision_name;
use super::super::made::{Made, files_below};
use super::super::seam::Way;
use super::lease::unwritable;
use super::place::{InStorage, remove_all};
use super::pointer::{Named, Pointer};
use super::seen;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::scratch::ScratchFolder;
use crate::base::storage;

/// A revision on its way; what was uploaded of it is removed again unless it is published.
#[derive(Debug)]
pub struct Publication {
    book: InStorage,
    month: Month,
    /// What `CURRENT` said when the run began.
    before: Option<std::sync::Arc<Pointer>>,
    name: String,
    prefix: String,
    /// Set once all of it is there.
    manifest_sha256: Option<String>,
    /// Whether what is below the prefix is to be removed: nobody reads it, nor will.
    is_nobodys: bool,
}

impl Publication {
    /// Begins one for a run that is named so.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`]: the revision would not follow the one in force.
    pub fn begin(book: &InStorage, month: Month, name: &str, run: &str) -> Result<Self> {
        let before = book.pointer(month)?;
        let next = before.as_ref().map_or(1, |before| before.revisions().len() + 1);
        if u32::try_from(next).ok().map(revision_name).as_deref() != Some(name) {
            return Err(outrun(month, name));
        }
        Ok(Publication {
            book: book.clone(),
            month,
            before,
            name: name.to_owned(),
            prefix: format!("{name}-{run}"),
            manifest_sha256: None,
            is_nobodys: false,
        })
    }

    /// Where the revision will lie.
    pub fn folder(&self) -> PathBuf {
        self.book.month(self.month).join(&self.prefix)
    }

    fn current(&self) -> PathBuf {
        self.book.current(self.month)
    }

    /// Uploads all files of a folder, the manifest last, and looks whether all of them are there.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the storage cannot be written;
    /// [`crate::base::error::Kind::Unavailable`]: it does not answer.
    pub fn upload(&mut self, revision: &Path) -> Result<()> {
        let to = self.folder();
        let files = files_below(revision).map_err(|e| unwritable(revision, e))?;
        self.is_nobodys = true;
        let upload = |(file, _): &(PathBuf, u64)| {
            let target = to.join(file);
            storage::upload(&revision.join(file), &target).map_err(|e| unwritable(&target, e))
        };
        let is_manifest = |(file, _): &&(PathBuf, u64)| file == Path::new(Manifest::FILE);
        let (manifest, others): (Vec<_>, Vec<_>) = files.iter().partition(is_manifest);
        storage::at_once(&others, |file| upload(file)).into_iter().collect::<Result<()>>()?;
        manifest.into_iter().try_for_each(upload)?;
        all_there(&to, &files)?;
        let (_, manifest_sha256) =
            digest::of_file(&revision.join(Manifest::FILE)).map_err(|e| unwritable(revision, e))?;
        self.manifest_sha256 = Some(manifest_sha256);
        Ok(())
    }

    /// Puts the revision in force, by one conditional write of `CURRENT`.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`]: another run has published the month meanwhile;
    /// [`crate::base::error::Kind::Unavailable`]: the storage does not answer, and it is not known what came of it.
    pub fn publish(mut self) -> Result<()> {
        let manifest_sha256 = self.manifest_sha256.clone().ok_or_else(|| {
            Error::new(Code::IMPOSSIBLE, "a revision is to be published that was not uploaded")
        })?;
        let (name, prefix) = (self.name.clone(), self.prefix.clone());
        let named = Named { name, prefix, manifest_sha256 };
        let before = self.before.as_deref();
        let (current, text) = (self.current(), Pointer::text_with(before, &named));
        self.is_nobodys = false; // from here on it may be in force
        let put = match before {
            None => storage::create(&current, text.clone()),
            Some(before) => storage::replace(&current, text.clone(), &before.version),
        };
        let pointer = match put {
            Ok(version) => Pointer::parse(&text, version).ok_or_else(|| {
                Error::new(Code::IMPOSSIBLE, "what was written into CURRENT cannot be read")
            })?,
            // A later one may have followed this one already.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                let now = seen::read(&current)?;
                now.filter(|now| now.revisions().contains(&named)).ok_or_else(|| {
                    self.is_nobodys = true;
                    outrun(self.month, &self.name)
                })?
            }
            Err(e) if e.kind() == ErrorKind::TimedOut => return Err(self.not_known(&e)),
            Err(e) => {
                self.is_nobodys = true;
                return Err(unwritable(&current, e));
            }
        };
        self.book.seen.set(self.month, pointer);
        Ok(())
    }

    fn not_known(&self, cause: &io::Error) -> Error {
        let (month, name) = (self.month, &self.name);
        Error::new(
            Code::NOT_KNOWN,
            format!("the storage took {month} {name}, and did not answer whether it is in force"),
        )
        .in_file(self.current())
        .caused_by(cause.to_string())
        .hint("run again when the storage answers: a run that finds the month published publishes nothing")
    }
}

/// With the folder of this machine that the revision is made in.
impl Way for (Publication, ScratchFolder) {
    fn place(&self) -> PathBuf {
        self.0.folder()
    }

    fn upload(&mut self, revision: &Path) -> Result<Option<PathBuf>> {
        self.0.upload(revision)?;
        Ok(Some(self.0.folder()))
    }

    fn publish(self: Box<Self>, _: &mut Made) -> Result<Option<Error>> {
        let (publication, _scratch) = *self;
        publication.publish().map(|()| None)
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        if !self.is_nobodys {
            return;
        }
        // What cannot be removed now is removed by a later run.
        let folder = self.folder();
        let uploaded = storage::below(&folder).unwrap_or_default();
        if let Err(error) = remove_all(&folder, &uploaded) {
            tracing::warn!(folder = %folder.display(), %error, "could not be removed");
        }
    }
}

fn outrun(month: Month, name: &str) -> Error {
    Error::new(
        Code::OUTRUN,
        format!("another run has published {month} meanwhile, before this one's {name}"),
    )
    .hint("run again, from what is in force by now; nothing of this run was published")
}

/// Makes sure that files were uploaded. A listing may lag behind, and an object by itself does not.
fn all_there(to: &Path, files: &[(PathBuf, u64)]) -> Result<()> {
    let listed = storage::below(to).map_err(|e| unwritable(to, e))?;
    let is_listed = |(file, bytes): &&(PathBuf, u64)| {
        listed.iter().any(|object| Path::new(&object.name) == file && object.bytes == *bytes)
    };
    for (file, bytes) in files.iter().filter(|file| !is_listed(file)) {
        let path = to.join(file);
        let there = storage::about(&path).map_err(|e| unwritable(&path, e))?.bytes;
        if there != *bytes {
            return Err(Error::new(Code::NOT_FLUSHED, "is not what was written")
                .in_file(path)
                .with_value(format!("{there} bytes"))
                .expected(format!("{bytes} bytes"))
                .hint("run again; nothing was published"));
        }
    }
    Ok(())
}
