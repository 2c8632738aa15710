//! What is known of what lies at a path, without reading it.

use std::ffi::OsString;
use std::fs::Metadata;

use chrono::{DateTime, Utc};

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or an object.
    File,
    /// A folder, or what addresses of objects begin with.
    Folder,
    /// A pipe, a socket, a device.
    Other,
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name there.
    pub name: OsString,
    /// What it is; `None` where that cannot be told, as of a link that leads nowhere.
    pub kind: Option<EntryKind>,
}

/// What is known of what lies at a path, without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What it is.
    pub kind: EntryKind,
    /// Its size.
    pub bytes: u64,
    /// When anything of it was changed last: of a file, what nobody can set.
    pub changed: Option<DateTime<Utc>>,
    /// What an object has for a tag of its content.
    pub etag: Option<String>,
}

impl About {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let kind = match metadata {
            file if file.is_file() => EntryKind::File,
            folder if folder.is_dir() => EntryKind::Folder,
            _ => EntryKind::Other,
        };
        About { kind, bytes: metadata.len(), changed: changed_at(metadata), etag: None }
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.kind == EntryKind::Folder
    }
}

/// When content, name or times of a file were changed last; a time of modification can be put back.
#[cfg(unix)]
fn changed_at(metadata: &Metadata) -> Option<DateTime<Utc>> {
    use std::os::unix::fs::MetadataExt;
    DateTime::from_timestamp(metadata.ctime(), u32::try_from(metadata.ctime_nsec()).ok()?)
}

#[cfg(not(unix))]
fn changed_at(metadata: &Metadata) -> Option<DateTime<Utc>> {
    metadata.modified().ok().map(DateTime::from)
}
