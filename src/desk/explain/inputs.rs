//! The inputs that a manifest records, where they are now.

use std::fmt;

use serde::Serialize;

use crate::base::digits::with_thousands;
use crate::base::error::Result;
use crate::base::storage;
use crate::book::{
    self, InputFile, InputPlaces, Manifest, RecordedInput, Revision, Role, Whereabouts,
};
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::{self, LogFile, LogSchema};

/// An input that is not as the manifest records it; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedInput {
    /// Its path as recorded.
    pub file: String,
    /// Where it is now.
    pub path: String,
    /// Its size as recorded.
    pub bytes_recorded: u64,
    /// Its size now.
    pub bytes: u64,
}

impl fmt::Display for ChangedInput {
    /// A clause such as "usage.csv has 120 bytes more than when the month was billed".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        let (by, which) = match self.bytes.checked_sub(self.bytes_recorded) {
            Some(more) => (more, "more"),
            None => (self.bytes_recorded - self.bytes, "fewer"),
        };
        let by = with_thousands(by);
        write!(f, "{file} has {by} bytes {which} than when the month was billed")
    }
}

/// An input that is not where its path leads; for machines in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingInput {
    role: Role,
    /// Its path as recorded.
    file: String,
    /// Where it was looked for.
    pub path: String,
}

/// The recorded inputs that a month is followed by and that are not there. What the revision itself
/// keeps is not asked for: where that is gone, the revision is damaged.
pub fn missing(revision: &Revision, said: &Whereabouts) -> Vec<MissingInput> {
    let places = InputPlaces::of(revision.folder(), said);
    let is_read = |input: &&InputFile| input.role != Role::Catalogue && input.kept.is_none();
    let inputs = revision.manifest.inputs.iter().filter(is_read).map(|input| places.locate(input));
    let missing = inputs.filter(|input| storage::is_missing(&input.path));
    missing
        .map(|RecordedInput { input, path, .. }| MissingInput {
            role: input.role,
            file: input.file,
            path: path.display().to_string(),
        })
        .collect()
}

/// The inputs of a manifest.
pub struct RecordedInputs<'a> {
    manifest: &'a Manifest,
    /// Where they are now.
    pub places: InputPlaces<'a>,
    /// Those that were looked at and are not as recorded.
    pub changed: Vec<ChangedInput>,
}

impl<'a> RecordedInputs<'a> {
    /// The inputs that a revision's manifest records, some of which may be elsewhere by now.
    pub fn of(revision: &'a Revision, said: &'a Whereabouts) -> Self {
        let places = InputPlaces::of(revision.folder(), said);
        RecordedInputs { manifest: &revision.manifest, places, changed: Vec::new() }
    }

    /// The files of a role, under the names that they are recorded by.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where one is not there.
    pub fn logs(&mut self, role: Role) -> Result<Vec<LogFile>> {
        let manifest = self.manifest;
        let files = manifest.inputs_of(role);
        files.map(|input| self.log(input)).collect()
    }

    /// The file of one input.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it is not there.
    pub fn log(&mut self, input: &InputFile) -> Result<LogFile> {
        let input = self.places.locate(input);
        let (bytes, bytes_recorded) = (input.size()?, input.input.bytes);
        if bytes != bytes_recorded {
            let (file, path) = (input.input.file.clone(), input.path.display().to_string());
            self.changed.push(ChangedInput { file, path, bytes_recorded, bytes });
        }
        input.log()
    }

    /// The events that were left out, with the reason.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where a list is not there or cannot be read.
    pub fn drops(&mut self) -> Result<DroppedEvents> {
        let sources = logs::open(self.logs(Role::DropEvents)?, &LogSchema::dropped_events())?;
        book::dropped_events(self.manifest.inputs_of(Role::DropEvents).zip(&sources))
    }
}
