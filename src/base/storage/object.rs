//! Objects: looked at, listed, and read as a whole or by ranges.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};

use super::about::{About, Entry, EntryKind};
use super::address::{is_address, is_of_web};
use super::client::{self, Answer, Located, answered, wait_for};

/// Ranges that are asked for at once.
const AT_ONCE: usize = 8;
/// So much of an object that is copied whole is asked for at once.
const PART: u64 = 8 << 20;
/// Up to this size an object that was read is kept: manifests are read again and again.
const SMALL: usize = 1 << 20;
/// So much of an object's end is fetched together: most footers of Parquet are smaller.
const END: u64 = 64 << 10;

/// What lies at an address now: an object, or what others' keys begin with.
pub(super) fn about(path: &Path) -> io::Result<About> {
    let located = Located::of(path)?;
    if !located.key.as_ref().is_empty() {
        match wait_for(answered(|| located.store.head(&located.key))) {
            Ok(meta) => {
                Object::pin(path, located, about_object(&meta), None);
                return Ok(about_object(&meta));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    let first = || async {
        let mut below = located.store.list(Some(&located.key));
        below.next().await.transpose()
    };
    match wait_for(answered(first)) {
        Ok(Some(_)) => Ok(About { kind: EntryKind::Folder, bytes: 0, changed: None, etag: None }),
        // A server that files are only read from lists none.
        Ok(None) => Err(ErrorKind::NotFound.into()),
        Err(_) if is_of_web(path) => Err(ErrorKind::NotFound.into()),
        Err(e) => Err(e),
    }
}

fn about_object(meta: &ObjectMeta) -> About {
    About {
        kind: EntryKind::File,
        bytes: meta.size,
        changed: Some(meta.last_modified),
        etag: meta.e_tag.clone(),
    }
}

/// What is in a folder. An object and what others' keys begin with may have one name.
pub(super) fn entries_of(folder: &Path) -> io::Result<Vec<Entry>> {
    let located = Located::of(folder)?;
    let listed = wait_for(answered(|| located.store.list_with_delimiter(Some(&located.key))))?;
    // Consoles make a folder by an empty object of its name, with a slash behind it.
    let is_mark = |object: &&ObjectMeta| object.size == 0 && object.location == located.key;
    let objects = listed.objects.iter().filter(|object| !is_mark(object));
    // Whoever opens one of them need not look at it again.
    for object in objects.clone() {
        if let Some(name) = object.location.filename() {
            let located =
                Located { store: Arc::clone(&located.store), key: object.location.clone() };
            Object::pin(&folder.join(name), located, about_object(object), None);
        }
    }
    let objects = objects.map(|object| (&object.location, EntryKind::File));
    let folders = listed.common_prefixes.iter().map(|key| (key, EntryKind::Folder));
    let entry = |(key, kind): (&Key, EntryKind)| {
        Some(Entry { name: key.filename()?.into(), kind: Some(kind) })
    };
    Ok(objects.chain(folders).filter_map(entry).collect())
}

/// An object, of the version that was seen first.
#[derive(Debug)]
pub struct Object {
    located: Located,
    about: About,
    /// All of it, where that is small and was read.
    small: OnceLock<Bytes>,
    /// Its end, once some of that was read: of Parquet, the footer.
    end: OnceLock<Bytes>,
    /// A copy of all of it, once it is fetched.
    copy: Mutex<Option<Arc<File>>>,
}

type Pinned = BTreeMap<PathBuf, Arc<Object>>;

/// The objects that this process has seen, as it has seen them first.
fn all_pinned() -> MutexGuard<'static, Pinned> {
    static PINNED: Mutex<Pinned> = Mutex::new(BTreeMap::new());
    PINNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The object at an address, as this process has seen it first.
pub(super) fn pinned(path: &Path) -> io::Result<Arc<Object>> {
    if let Some(object) = all_pinned().get(path) {
        return Ok(Arc::clone(object));
    }
    let located = Located::of(path)?;
    let about = about_object(&wait_for(answered(|| located.store.head(&located.key)))?);
    Ok(Object::pin(path, located, about, None))
}

/// All bytes of the object at an address, likewise.
pub(super) fn read(path: &Path) -> io::Result<Bytes> {
    let seen = all_pinned().get(path).cloned();
    if let Some(object) = seen {
        if let Some(bytes) = object.small.get() {
            return Ok(bytes.clone());
        }
        let bytes = object.range(0..object.about.bytes)?;
        if bytes.len() <= SMALL {
            return Ok(object.small.get_or_init(|| bytes).clone());
        }
        return Ok(bytes);
    }
    let located = Located::of(path)?;
    let ask = || async {
        let got = located.store.get(&located.key).await?;
        Ok((about_object(&got.meta), got.bytes().await?))
    };
    let (about, bytes) = wait_for(answered(ask))?;
    if bytes.len() as u64 != about.bytes {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let small = (bytes.len() <= SMALL).then(|| bytes.clone());
    Object::pin(path, located, about, small);
    Ok(bytes)
}

/// Has all be asked by clients of their own from now on.
pub(super) fn reach_anew() {
    all_pinned().clear();
    client::forget_all();
}

/// Forgets what was seen below an address.
pub(super) fn forget(folder: &Path) {
    all_pinned().retain(|path, _| !path.starts_with(folder));
}

impl Object {
    fn pin(path: &Path, located: Located, about: About, small: Option<Bytes>) -> Arc<Self> {
        let small = small.map(OnceLock::from).unwrap_or_default();
        let (end, copy) = (OnceLock::new(), Mutex::default());
        let object = Arc::new(Object { located, about, small, end, copy });
        Arc::clone(all_pinned().entry(path.to_owned()).or_insert(object))
    }

    /// The object that a path leads to; `None` for one of this machine.
    ///
    /// # Errors
    /// It is not there, or cannot be looked at.
    pub fn at(path: &Path) -> io::Result<Option<Arc<Self>>> {
        if is_address(path) { pinned(path).map(Some) } else { Ok(None) }
    }

    pub(super) fn about(&self) -> &About {
        &self.about
    }

    /// A range of it. Its end is fetched as a whole, and kept.
    pub(super) fn range(&self, range: Range<u64>) -> io::Result<Bytes> {
        let size = self.about.bytes;
        let end = size.saturating_sub(END)..size;
        if range.start < end.start || range.end > size || range.is_empty() {
            return wait_for(self.located.range(self.about.etag.clone(), range));
        }
        let bytes = match self.end.get() {
            Some(bytes) => bytes,
            None => {
                let fetched = self.located.range(self.about.etag.clone(), end.clone());
                let fetched = wait_for(fetched)?;
                self.end.get_or_init(|| fetched)
            }
        };
        let place = |at: u64| usize::try_from(at - end.start).unwrap_or(usize::MAX);
        Ok(bytes.slice(place(range.start)..place(range.end)))
    }

    /// Asks for ranges, and does not wait for them.
    pub(super) fn begin(object: &Arc<Self>, ranges: Vec<Range<u64>>) -> Pending {
        let (located, etag) = (object.located.clone(), object.about.etag.clone());
        Pending(Answer::to(async move {
            let ranges = ranges.into_iter().map(|range| located.range(etag.clone(), range));
            stream::iter(ranges).buffered(AT_ONCE).try_collect().await
        }))
    }

    /// A copy of all of it, which is fetched once.
    pub(super) fn copy(&self) -> io::Result<Arc<File>> {
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        match &*copy {
            Some(file) => Ok(Arc::clone(file)),
            None => Ok(Arc::clone(copy.insert(Arc::new(self.fetch_copy()?)))),
        }
    }

    /// A copy of all of it, to be read from its beginning.
    pub(super) fn fetch_copy(&self) -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        let starts = (0..self.about.bytes).step_by(usize::try_from(PART).unwrap_or(usize::MAX));
        let parts = starts.map(|start| {
            let range = start..(start + PART).min(self.about.bytes);
            self.located.range(self.about.etag.clone(), range)
        });
        let mut parts = stream::iter(parts).buffered(AT_ONCE);
        while let Some(part) = wait_for(async { parts.next().await.transpose() })? {
            file.write_all(&part)?;
        }
        io::Seek::rewind(&mut file)?;
        Ok(file)
    }
}

impl Located {
    /// A range of the version with this tag; of any, where the server gives none, or one that no
    /// condition can name.
    async fn range(&self, etag: Option<String>, range: Range<u64>) -> object_store::Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let wanted = range.end - range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: etag.filter(|tag| !tag.starts_with("W/")),
            ..GetOptions::default()
        };
        let ask = || async { self.store.get_opts(&self.key, options.clone()).await?.bytes().await };
        let bytes = answered(ask).await?;
        match bytes.len() as u64 == wanted {
            true => Ok(bytes),
            false => Err(object_store::Error::Generic {
                store: "storage",
                source: format!("{} bytes came, and not {wanted}", bytes.len()).into(),
            }),
        }
    }
}

/// Ranges that are on their way.
#[derive(Debug)]
pub(super) struct Pending(Answer<Vec<Bytes>>);

impl Pending {
    /// Waits for them.
    pub(super) fn wait(self) -> io::Result<Vec<Bytes>> {
        self.0.wait()
    }
}
