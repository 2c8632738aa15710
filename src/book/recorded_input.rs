//! The inputs that a manifest records, where they are now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::manifest::InputFile;
use super::run_record::RunRecord;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, leads_from};
use crate::input::logs::LogFile;

/// Recorded paths below `old` are now below `new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// The beginning of the recorded paths.
    pub old: PathBuf,
    /// Where that is now.
    pub new: PathBuf,
}

/// What is said of where recorded inputs are now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// What went elsewhere; the first that a recorded path begins with counts.
    pub moved: Vec<Relocation>,
    /// The folder of the job file, to which recorded paths are relative.
    pub job_folder: Option<PathBuf>,
}

/// Where the inputs of a revision are now.
#[derive(Debug, Clone)]
pub struct InputPlaces<'a> {
    revision: &'a Path,
    said: &'a Whereabouts,
    /// The folder that recorded paths were relative to when the revision was published.
    folder: Option<PathBuf>,
    /// When inputs had been changed last as they were read then.
    times: BTreeMap<String, String>,
}

impl<'a> InputPlaces<'a> {
    /// Of the revision in a folder.
    pub fn of(revision: &'a Path, said: &'a Whereabouts) -> Self {
        // What is not noted is done without: every input is held against its digest.
        let run = RunRecord::read(revision).ok();
        let folder = run.as_ref().and_then(|run| run.inputs_folder.as_ref()).map(PathBuf::from);
        let times = run.map(|run| run.inputs_modified).unwrap_or_default();
        InputPlaces { revision, said, folder, times }
    }

    /// An input that its manifest records.
    pub fn locate(&self, input: &InputFile) -> RecordedInput {
        let modified = self.times.get(&input.file).filter(|_| input.kept.is_none()).cloned();
        RecordedInput { input: input.clone(), path: self.path(input), modified }
    }

    /// The folder from which the relative path of a recorded input led to it now; none where it is
    /// elsewhere, or nowhere.
    pub fn folder_of(&self, input: &InputFile) -> Option<PathBuf> {
        let file = Path::new(&input.file);
        if input.kept.is_some()
            || file.is_absolute()
            || storage::is_address(file)
            || self.moved(file).is_some()
        {
            return None;
        }
        self.folders().find(|folder| folder.join(file).exists())
    }

    /// Where relative paths may lead from: the job file, the working folder, where they led from.
    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let working = PathBuf::new();
        self.said.job_folder.iter().cloned().chain([working]).chain(self.folder.clone())
    }

    fn moved(&self, file: &Path) -> Option<PathBuf> {
        self.said.moved.iter().find_map(|Relocation { old, new }| {
            let rest = file.strip_prefix(old).ok()?;
            Some(if rest.as_os_str().is_empty() { new.clone() } else { new.join(rest) })
        })
    }

    /// Where a file is: in the revision, where it was moved to, or where its path leads.
    fn path(&self, input: &InputFile) -> PathBuf {
        if let Some(kept) = &input.kept {
            return self.revision.join(kept);
        }
        let file = Path::new(&input.file);
        if let Some(moved) = self.moved(file) {
            return moved;
        }
        let found = self.folder_of(input).or_else(|| self.folders().next());
        leads_from(&found.unwrap_or_default(), file)
    }
}

/// An input that a manifest records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedInput {
    /// As it was recorded: under the path that messages, rejects and later manifests repeat.
    pub input: InputFile,
    /// Where the file is now.
    pub path: PathBuf,
    /// When it had been changed last as it was read then, if that was noted.
    pub modified: Option<String>,
}

impl RecordedInput {
    /// The file's size now.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it is not there.
    pub fn size(&self) -> Result<u64> {
        let about = storage::about(&self.path).map_err(|e| match &self.input.kept {
            None => Error::new(Code::INPUT_GONE, "is among the recorded inputs, and is not there")
                .in_file(&self.path)
                .caused_by(e)
                .hint_of_damage("restore it; or say where it is now: --moved OLD=NEW")
                .or_unread(),
            Some(_) => self.is_damaged("is not there").caused_by(e).or_unread(),
        })?;
        Ok(about.bytes)
    }

    /// That the copy which the revision keeps is not what was given.
    pub fn is_damaged(&self, how: &str) -> Error {
        Error::new(
            Code::KEPT_INPUT_DAMAGED,
            format!("the revision's copy of {} {how}", self.input.file),
        )
        .in_file(&self.path)
        .hint_of_damage("restore the revision from a copy of the book")
    }

    /// The file, to be read under its recorded name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where its name is of no format.
    pub fn log(&self) -> Result<LogFile> {
        let file = LogFile::of(&self.path).ok_or_else(|| {
            Error::new(Code::FORMAT_UNKNOWN, "is of no format that is read")
                .in_file(&self.path)
                .expected(format!(
                    "a name that ends as that of {}, which the manifest records",
                    self.input.file
                ))
        })?;
        Ok(file.named(&self.input.file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::{Algorithm, FileDigest};
    use crate::book::manifest::Role;

    fn digest() -> FileDigest {
        Algorithm::Blake3.of_bytes(b"")
    }

    #[test]
    fn recorded_paths_are_found_where_they_went() {
        let moved = vec![
            Relocation { old: "logs/usage".into(), new: "/archive/u".into() },
            Relocation { old: "".into(), new: "/srv".into() },
        ];
        let (said, nothing) = (Whereabouts { moved, job_folder: None }, Whereabouts::default());
        let revision = Path::new("/no/such/revision");
        for (recorded, now) in [
            ("logs/usage/a.csv", "/archive/u/a.csv"),
            ("logs/usage", "/archive/u"),
            ("logs/usages/a.csv", "/srv/logs/usages/a.csv"),
        ] {
            let input = InputFile::of(Role::Usage, recorded.to_owned(), 0, digest());
            let path = |said| InputPlaces::of(revision, said).locate(&input).path;
            assert_eq!(path(&said), Path::new(now));
            assert_eq!(path(&nothing), Path::new(recorded));
            let kept = InputFile { kept: Some("inputs/a.csv".to_owned()), ..input.clone() };
            let path = InputPlaces::of(revision, &said).locate(&kept).path;
            assert_eq!(path, revision.join("inputs/a.csv"));
        }
    }

    #[test]
    fn a_relative_path_leads_from_the_job_file_or_from_where_it_led() {
        let sandbox = tempfile::tempdir().unwrap();
        let [job, then, revision] = ["job", "then", "r001"].map(|name| sandbox.path().join(name));
        for folder in [&job, &then, &revision] {
            std::fs::create_dir(folder).unwrap();
        }
        let run = serde_json::json!({
            "started_at": "", "seconds": 0, "stages": [], "host": "", "pid": 1, "threads": 1,
            "inputs_folder": then.display().to_string(), "inputs_modified": { "a.csv": "noon" },
        });
        std::fs::write(revision.join(crate::book::RUN_FILE), run.to_string()).unwrap();
        let said = Whereabouts { job_folder: Some(job.clone()), ..Whereabouts::default() };
        let input = InputFile::of(Role::Usage, "a.csv".to_owned(), 0, digest());
        let nothing = Whereabouts::default();
        let located = |said| InputPlaces::of(&revision, said).locate(&input);
        assert_eq!(located(&said).path, job.join("a.csv"));
        assert_eq!(located(&nothing).path, Path::new("a.csv"));
        std::fs::write(then.join("a.csv"), "").unwrap();
        assert_eq!(located(&said).path, then.join("a.csv"));
        assert_eq!(located(&nothing).path, then.join("a.csv"));
        assert_eq!(located(&said).modified.as_deref(), Some("noon"));
        std::fs::write(job.join("a.csv"), "").unwrap();
        assert_eq!(located(&said).path, job.join("a.csv"));
    }
}
