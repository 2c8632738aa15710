//! A build that knows no object storage: whoever names an address is told what to do.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::about::{About, Entry};
use super::address::is_address;
use super::seen::{Below, Now, Version};
use crate::base::error::NotBuilt;

fn not_built<T>() -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::Unsupported, NotBuilt))
}

pub(super) fn about(_: &Path) -> io::Result<About> {
    not_built()
}

pub(super) fn entries_of(_: &Path) -> io::Result<Vec<Entry>> {
    not_built()
}

pub(super) fn pinned(_: &Path) -> io::Result<Arc<Object>> {
    not_built()
}

pub(super) fn read(_: &Path) -> io::Result<Bytes> {
    not_built()
}

pub(super) fn forget(_: &Path) {}

pub(super) fn reach_anew() {}

/// What lies at an address now.
///
/// # Errors
/// Always, as of all that follow.
pub fn now(_: &Path) -> io::Result<Option<Now>> {
    not_built()
}

/// Makes an object.
pub fn create(_: &Path, _: impl Into<Bytes>) -> io::Result<Version> {
    not_built()
}

/// Puts an object in the place of another.
pub fn replace(_: &Path, _: impl Into<Bytes>, _: &Version) -> io::Result<Version> {
    not_built()
}

/// Puts an object in its place.
pub fn put(_: &Path, _: impl Into<Bytes>) -> io::Result<()> {
    not_built()
}

/// Makes an object of a file.
pub fn upload(_: &Path, _: &Path) -> io::Result<()> {
    not_built()
}

/// Copies an object.
pub fn copy(_: &Path, _: &Path) -> io::Result<()> {
    not_built()
}

/// Removes an object.
pub fn remove(_: &Path) -> io::Result<()> {
    not_built()
}

/// All objects below an address.
pub fn below(_: &Path) -> io::Result<Vec<Below>> {
    not_built()
}

/// There is none.
#[derive(Debug)]
pub struct Object(Infallible);

impl Object {
    /// The object that a path leads to; `None` for one of this machine.
    ///
    /// # Errors
    /// It is not there, or cannot be looked at.
    pub fn at(path: &Path) -> io::Result<Option<Arc<Self>>> {
        if is_address(path) { pinned(path).map(Some) } else { Ok(None) }
    }

    pub(super) fn about(&self) -> &About {
        match self.0 {}
    }

    pub(super) fn range(&self, _: Range<u64>) -> io::Result<Bytes> {
        match self.0 {}
    }

    pub(super) fn fetch_copy(&self) -> io::Result<File> {
        match self.0 {}
    }

    pub(super) fn copy(&self) -> io::Result<Arc<File>> {
        match self.0 {}
    }

    pub(super) fn begin(object: &Arc<Self>, _: Vec<Range<u64>>) -> Pending {
        match object.0 {}
    }
}

/// Nothing is ever on its way.
#[derive(Debug)]
pub(super) struct Pending(Infallible);

impl Pending {
    pub(super) fn wait(self) -> io::Result<Vec<Bytes>> {
        match self.0 {}
    }
}
