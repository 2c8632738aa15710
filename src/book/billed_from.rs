//! What the accounts of a month were billed from that stand as several revisions billed them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;

use super::drop_lists::dropped_events;
use super::manifest::{InputFile, Role};
use super::months::Book;
use super::recorded_input::{InputPlaces, RecordedInput, Whereabouts};
use super::revision::Revision;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::file_digest::FileDigest;
use crate::base::scope::Scope;
use crate::base::scratch::ScratchFolder;
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::{self, LogFile, LogSchema};

impl Book {
    /// The revisions that a month's accounts stand as, in a revision: itself and those before it, the
    /// newest first, up to the last that billed all.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where one before cannot be read.
    pub fn billed_by(&self, month: Month, revision: &Revision) -> Result<Vec<Revision>> {
        let mut all = vec![revision.clone()];
        while let Some(last) = all.last()
            && !last.manifest.scope().is_all()
            && let Some(previous) = &last.manifest.previous
        {
            all.push(self.revision(month, &previous.revision)?);
        }
        Ok(all)
    }
}

/// Whether revisions, the newest first, read the same usage, and left out no fewer events one after
/// the other: then no event can be billed to two accounts. Given the inputs of each.
pub fn read_the_same(newest_first: &[&[InputFile]]) -> bool {
    newest_first.windows(2).all(|pair| {
        let [newer, older] = [pair[0], pair[1]].map(|inputs| said(inputs, Role::DropEvents));
        let is_renewed =
            |(file, ..): &(&str, &FileDigest, &Scope)| older.iter().any(|o| o.0 == *file);
        let [now, then] = [pair[0], pair[1]].map(|inputs| digests(inputs));
        now == then && older.is_subset(&newer) && !newer.difference(&older).any(is_renewed)
    })
}

fn digests(inputs: &[InputFile]) -> BTreeSet<&FileDigest> {
    said(inputs, Role::Usage).into_iter().map(|(_, digest, _)| digest).collect()
}

/// Names, digests and accounts of the inputs of a role.
fn said(inputs: &[InputFile], role: Role) -> BTreeSet<(&str, &FileDigest, &Scope)> {
    let of_role = inputs.iter().filter(|input| input.role == role);
    of_role.map(|input| (&*input.file, &input.digest, &input.accounts)).collect()
}

/// Usage files that several revisions read, each content once.
#[derive(Debug, Default)]
pub struct UsageFiles {
    /// The files.
    pub files: Vec<LogFile>,
    digests: Vec<FileDigest>,
    /// The beginnings of files that have grown since.
    beginnings: Vec<ScratchFolder>,
}

impl UsageFiles {
    /// Adds a file of these contents, if there is none yet; gives its place.
    pub fn add(&mut self, digest: &FileDigest, file: LogFile) -> usize {
        self.find(digest).unwrap_or_else(|| {
            self.files.push(file);
            self.digests.push(digest.clone());
            self.files.len() - 1
        })
    }

    /// Adds the files of a revision; gives their places, and what the revision left out.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where a file or a list is not there as it was recorded.
    pub fn add_revision(
        &mut self,
        revision: &Revision,
        said: &Whereabouts,
    ) -> Result<(BTreeSet<usize>, DroppedEvents)> {
        let (manifest, places) = (&revision.manifest, InputPlaces::of(revision.folder(), said));
        let mut files = BTreeSet::new();
        for input in manifest.inputs_of(Role::Usage) {
            files.insert(match self.find(&input.digest) {
                Some(place) => place,
                None => {
                    let file = self.as_it_was(&places.locate(input))?;
                    self.add(&input.digest, file)
                }
            });
        }
        let mut lists = Vec::new();
        for list in manifest.inputs_of(Role::DropEvents) {
            lists.push(self.as_it_was(&places.locate(list))?);
        }
        let lists = logs::open(lists, &LogSchema::dropped_events())?;
        Ok((files, dropped_events(manifest.inputs_of(Role::DropEvents).zip(&lists))?))
    }

    /// A recorded file as it was: a log that rows were added to is read as far as it went then.
    fn as_it_was(&mut self, recorded: &RecordedInput) -> Result<LogFile> {
        let RecordedInput { input, path, .. } = recorded;
        let is_gone = |cause: Option<std::io::Error>| {
            let error = Error::new(
                Code::INPUT_GONE,
                format!("{} is not there as it was billed from", input.file),
            );
            let error = error.expected(input.digest.to_string());
            match cause {
                Some(cause) => error.in_file(path).caused_by(cause),
                None => error.in_file(path),
            }
        };
        let found = input.digest.is_of_beginning(path, input.bytes);
        let (size, begins_so) = found.map_err(|e| is_gone(Some(e)))?;
        if !begins_so {
            return Err(is_gone(None));
        }
        let file = recorded.log()?;
        if size == input.bytes {
            return Ok(file);
        }
        let copied = (|| {
            let folder = ScratchFolder::make(None)?;
            let copy = folder.path().join(path.file_name().unwrap_or_default());
            let mut beginning = File::open(path)?.take(input.bytes);
            std::io::copy(&mut beginning, &mut File::create(&copy)?)?;
            Ok((folder, copy))
        })();
        let (folder, copy) = copied.map_err(|e: std::io::Error| is_gone(Some(e)))?;
        self.beginnings.push(folder);
        Ok(LogFile { path: copy, ..file })
    }

    fn find(&self, digest: &FileDigest) -> Option<usize> {
        self.digests.iter().position(|known| known == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::Algorithm;

    #[test]
    fn lists_may_grow_and_usage_may_not() {
        let digest = |text: &str| Algorithm::Blake3.of_bytes(text.as_bytes());
        let usage = |text: &str| InputFile::of(Role::Usage, "u".into(), 1, digest(text));
        let list = |file: &str, text: &str, account: &str| InputFile {
            accounts: Scope::of_account(account),
            ..InputFile::of(Role::DropEvents, file.into(), 1, digest(text))
        };
        let first = [usage("1")];
        let one = [usage("1"), list("t", "7", "ann")];
        let two = [usage("1"), list("t", "7", "ann"), list("v", "8", "bob")];
        assert!(read_the_same(&[&first, &first]) && read_the_same(&[&two, &one, &first]));
        // Other usage; a list less; a list that may stand in the place of an older one.
        assert!(!read_the_same(&[&[usage("1"), usage("2")], &first]));
        assert!(!read_the_same(&[&first, &one]) && !read_the_same(&[&one, &two]));
        let renewed = [usage("1"), list("t", "7", "ann"), list("t", "9", "ann")];
        assert!(!read_the_same(&[&renewed, &one]));
    }
}
