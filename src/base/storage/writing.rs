//! Objects written: made, replaced on a condition, copied, removed. Of a book in object storage.
//!
//! An answer may be lost though the request had its effect. So a failure is believed only once a look at what is there
//! has said the same.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::thread;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{
    ObjectMeta, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion, WriteMultipart,
};

use super::client::{Located, Patience, answered, failed, is_passing, wait_for};
use super::seen::{Below, Now, Version};

/// Files up to this size are written by one request, which can be on a condition.
const AT_ONCE: u64 = if cfg!(test) { 4 << 10 } else { 128 << 20 };
/// Larger ones by parts of this size.
const PART: usize = if cfg!(test) { 1 << 10 } else { 16 << 20 };
/// So many parts are on their way at once.
const PARTS: usize = 4;

impl Version {
    fn of(e_tag: Option<String>, version: Option<String>) -> Self {
        Version { e_tag, version }
    }

    fn condition(&self) -> UpdateVersion {
        UpdateVersion { e_tag: self.e_tag.clone(), version: self.version.clone() }
    }
}

/// What lies at an address now, whatever was read there before; `None` where nothing does.
///
/// # Errors
/// It cannot be told.
pub fn now(path: &Path) -> io::Result<Option<Now>> {
    now_at(&Located::of(path)?)
}

fn now_at(located: &Located) -> io::Result<Option<Now>> {
    let ask = || async {
        let got = located.store.get(&located.key).await?;
        let ObjectMeta { e_tag, version, .. } = got.meta.clone();
        Ok(Now { bytes: got.bytes().await?, version: Version::of(e_tag, version) })
    };
    match wait_for(answered(ask)) {
        Ok(now) => Ok(Some(now)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Makes an object, where there is none. That there is one with these bytes already is no failure.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`]: there is one with others. [`ErrorKind::TimedOut`]: it cannot be told what came of it.
pub fn create(path: &Path, bytes: impl Into<Bytes>) -> io::Result<Version> {
    put_if(path, bytes.into(), None)
}

/// Puts an object in the place of a version that was seen.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`]: another one is there by now. [`ErrorKind::TimedOut`]: it cannot be told what came of
/// it.
pub fn replace(path: &Path, bytes: impl Into<Bytes>, seen: &Version) -> io::Result<Version> {
    put_if(path, bytes.into(), Some(seen))
}

/// Puts an object where `seen` is, or nothing.
fn put_if(path: &Path, bytes: Bytes, seen: Option<&Version>) -> io::Result<Version> {
    let located = Located::of(path)?;
    let mode = seen.map_or(PutMode::Create, |seen| PutMode::Update(seen.condition()));
    let options = PutOptions { mode, ..PutOptions::default() };
    let mut patience = Patience::default();
    // Whether an attempt may still come to its effect, whatever is there now.
    let mut is_open = false;
    loop {
        let payload = PutPayload::from(bytes.clone());
        let put = wait_for(async {
            Ok(located.store.put_opts(&located.key, payload, options.clone()).await)
        })?;
        let refused = match put {
            Ok(put) => return Ok(Version::of(put.e_tag, put.version)),
            Err(refused) => refused,
        };
        let is_of_condition = matches!(
            refused,
            object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }
        );
        if !is_of_condition && !is_passing(&refused) {
            let failed = failed(&refused);
            return Err(if is_open { io::Error::new(ErrorKind::TimedOut, failed) } else { failed });
        }
        is_open |= !is_of_condition;
        match now_at(&located)? {
            Some(now) if now.bytes == bytes => return Ok(now.version),
            now if now.as_ref().map(|now| &now.version) != seen => {
                return Err(io::Error::new(ErrorKind::AlreadyExists, "another one is there"));
            }
            _ => match patience.pause() {
                Some(pause) => thread::sleep(pause),
                None => return Err(io::Error::new(ErrorKind::TimedOut, failed(&refused))),
            },
        }
    }
}

/// Puts an object in its place, whatever is there.
///
/// # Errors
/// It cannot be written.
pub fn put(path: &Path, bytes: impl Into<Bytes>) -> io::Result<()> {
    let (located, bytes) = (Located::of(path)?, bytes.into());
    let ask = || located.store.put(&located.key, PutPayload::from(bytes.clone()));
    wait_for(answered(ask)).map(drop)
}

/// Makes an object of a file of this machine, at an address that nobody else writes to.
///
/// # Errors
/// The file cannot be read, or the object not written; or there is one with other bytes already.
pub fn upload(file: &Path, to: &Path) -> io::Result<()> {
    let size = std::fs::metadata(file)?.len();
    if size <= AT_ONCE {
        return create(to, std::fs::read(file)?).map(drop);
    }
    let located = Located::of(to)?;
    let mut patience = Patience::default();
    loop {
        let uploaded = upload_parts(file, &located);
        let is_passing = uploaded.as_ref().is_err_and(|e| e.kind() == ErrorKind::TimedOut);
        match is_passing.then(|| patience.pause()).flatten() {
            Some(pause) => thread::sleep(pause),
            None => return uploaded,
        }
    }
}

fn upload_parts(file: &Path, to: &Located) -> io::Result<()> {
    let mut file = File::open(file)?;
    let upload = wait_for(to.store.put_multipart(&to.key))?;
    let mut writing = WriteMultipart::new_with_chunk_size(upload, PART);
    let written: io::Result<()> = loop {
        let mut part = Vec::with_capacity(PART);
        match file.by_ref().take(PART as u64).read_to_end(&mut part) {
            Ok(0) => break Ok(()),
            Err(e) => break Err(e),
            Ok(_) => {}
        }
        let room = wait_for(async {
            writing.wait_for_capacity(PARTS).await?;
            writing.put(part.into());
            Ok(())
        });
        if let Err(e) = room {
            break Err(e);
        }
    };
    match written {
        Ok(()) => wait_for(writing.finish()).map(drop),
        Err(e) => {
            // What is left of the parts costs money until the bucket's rules clear it; nobody reads it.
            if let Err(error) = wait_for(writing.abort()) {
                tracing::warn!(%error, "an upload was given up, and its parts could not be removed");
            }
            Err(e)
        }
    }
}

/// Copies an object within its bucket, in the place of what is there; nothing of it travels here.
///
/// # Errors
/// It is not there, or cannot be copied.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (Located::of(from)?, Located::of(to)?);
    wait_for(answered(|| from.store.copy(&from.key, &to.key)))
}

/// Removes an object, if it is there.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    let located = Located::of(path)?;
    match wait_for(answered(|| located.store.delete(&located.key))) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// All objects below an address, by their names.
///
/// # Errors
/// They cannot be listed.
pub fn below(folder: &Path) -> io::Result<Vec<Below>> {
    let located = Located::of(folder)?;
    let listed: Vec<ObjectMeta> =
        wait_for(answered(|| located.store.list(Some(&located.key)).try_collect()))?;
    let root = located.key.parts().count();
    let mut found: Vec<Below> = listed
        .into_iter()
        .map(|object| {
            let parts: Vec<String> =
                object.location.parts().skip(root).map(|part| part.as_ref().to_owned()).collect();
            Below { name: parts.join("/"), bytes: object.size, changed: object.last_modified }
        })
        .filter(|object| !object.name.is_empty())
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}
