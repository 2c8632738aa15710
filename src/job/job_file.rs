//! The job file: the one that was said or is found, what it says, and what was typed, which wins over it.

use std::path::{Component, Path, PathBuf};

use super::environment::{self, working_folder};
use super::settings::Settings;
use super::values::{self, folder_of, missing_book, missing_catalog};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::path_names::PathNames;
use crate::base::{storage, toml_fault};
use crate::book::{Book, Whereabouts};
use crate::catalog::{self, Version};
use crate::input::logs::Mapping;

/// What was typed, and the job file's settings where nothing was.
pub(super) struct Layers<'a> {
    pub typed: &'a Settings,
    pub file: Settings,
    /// Where the job file is; where there is none, it says nothing.
    path: Option<&'a Path>,
    /// Its text.
    text: String,
}

impl<'a> Layers<'a> {
    /// Reads the job file, if there is one.
    pub fn read(typed: &'a Settings, path: Option<&'a Path>) -> Result<Self> {
        let (text, file) = path.map(read).transpose()?.unwrap_or_default();
        if let Some(reached) = &file.storage {
            storage::reach(reached);
        }
        Ok(Layers { typed, file, path, text })
    }

    /// The same of a job file that may have faults: with the paths alone that can be made out.
    pub fn in_spite_of_faults(typed: &'a Settings, path: Option<&'a Path>) -> Self {
        Layers::read(typed, path).unwrap_or_else(|_| {
            let text = path.and_then(|path| storage::read_to_string(path).ok()).unwrap_or_default();
            let table: toml::Table = text.parse().unwrap_or_default();
            let path_of = |key: &str| table.get(key)?.as_str().map(PathBuf::from);
            let file = Settings {
                book: path_of("book"),
                metrics_file: path_of("metrics_file"),
                lineage_file: path_of("lineage_file"),
                ..Settings::default()
            };
            Layers { typed, file, path, text }
        })
    }

    /// A fault of what was not typed is the job file's, at the line of its key.
    pub fn blame(&self, error: Error, was_typed: bool, key: &str) -> Error {
        match (self.path, toml_fault::line_of_key(&self.text, key)) {
            (Some(path), Some(line)) if !was_typed => error.in_file(path).at_line(line),
            (Some(path), None) if !was_typed => error.in_file(path),
            _ => error,
        }
    }

    /// A setting as `parse` understands it, by its key in the job file.
    pub fn setting<'s, T, R>(
        &'s self,
        key: &str,
        of: impl Fn(&'s Settings) -> Option<T>,
        parse: impl FnOnce(Option<T>) -> Result<R>,
    ) -> Result<R> {
        let typed = of(self.typed);
        let was_typed = typed.is_some();
        parse(typed.or_else(|| of(&self.file))).map_err(|e| self.blame(e, was_typed, key))
    }

    /// A mapping, where what was typed of a name goes before what the job file says of it.
    pub fn mapping(&self, of: impl Fn(&Settings) -> &Mapping) -> Mapping {
        let mut mapping = of(&self.file).clone();
        mapping.extend(of(self.typed).clone());
        mapping
    }

    /// What the month starts from, as it was typed or stands in the job file.
    pub fn opening(&self) -> Option<&str> {
        self.typed.opening.as_deref().or(self.file.opening.as_deref())
    }

    /// Paths as they were typed, or as the job file means them.
    pub fn paths(
        &self,
        of: impl Fn(&Settings) -> &[PathBuf],
        month: Option<Month>,
    ) -> Result<Vec<PathBuf>> {
        match of(self.typed) {
            [] => of(&self.file).iter().map(|path| self.path_in_file(path, month)).collect(),
            typed => Ok(typed.to_vec()),
        }
    }

    /// The folder of the book, if one is said.
    pub fn book(&self, month: Option<Month>) -> Result<Option<PathBuf>> {
        let said = self.paths(|settings| settings.book.as_slice(), month)?.pop();
        said.map(|folder| values::book_folder("--book", folder)).transpose()
    }

    /// How paths are named: from the job file's folder on, or else from the working folder on. What
    /// was said as an absolute path stays one.
    pub fn names(&self, working: &Path) -> PathNames {
        let folder = self.path.map(folder_of).unwrap_or_default();
        let said = [self.typed, &self.file].map(|settings| {
            let opening = settings.opening.as_ref().map(PathBuf::from);
            let logs = settings.usage.iter().chain(&settings.changes).chain(&settings.adjustments);
            let paths = logs.chain(&settings.catalog);
            paths.cloned().chain(opening).collect::<Vec<_>>()
        });
        PathNames::from(&folder, working, said.iter().flatten())
    }

    /// A path of the job file with its placeholders filled in, relative to the file's folder.
    pub fn path_in_file(&self, path: impl AsRef<Path>, month: Option<Month>) -> Result<PathBuf> {
        let text = path.as_ref().display().to_string();
        let filled = match month.map(|month| month.to_string()) {
            Some(name) => text.replace("{month}", &name).replace("{year}", &name[..4]),
            None => text.clone(),
        };
        if filled.contains(['{', '}']) {
            let fault = Error::new(
                Code::PLACEHOLDER,
                format!("`{text}` has a placeholder that is not known"),
            )
            .expected("{month} (2026-04) or {year} (2026)");
            return Err(match self.path {
                Some(path) => fault.in_file(path),
                None => fault,
            });
        }
        let folder = self.path.and_then(Path::parent);
        Ok(below(folder.unwrap_or(Path::new("")), &filled))
    }
}

/// The book that a command is about.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where neither the command line nor the job file names one.
pub fn book(typed: Option<PathBuf>, job_file: &JobFile) -> Result<Book> {
    book_if_named(typed, job_file)?.ok_or_else(missing_book)
}

/// The book that the command line or the job file names, if one does.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the job file cannot be understood.
pub fn book_if_named(typed: Option<PathBuf>, job_file: &JobFile) -> Result<Option<Book>> {
    let typed = Settings { book: typed, ..Settings::default() };
    let folder = Layers::read(&typed, job_file.path())?.book(None)?;
    Ok(folder.map(|folder| Book::at(&folder)))
}

/// Where recorded inputs are now: where pairs `OLD=NEW` say, or from the job file's folder on. A job
/// file that nobody named knows it for its own book alone: another one, that was `typed`, was billed
/// by another job.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where there is a pair that is none, or the job file cannot be
/// understood.
pub fn whereabouts(
    pairs: &[String],
    job_file: &JobFile,
    typed: Option<&Path>,
) -> Result<Whereabouts> {
    let mut job_folder = job_file.folder();
    if let Some(typed) = typed.filter(|_| job_file.is_found()) {
        let own = book_if_named(None, job_file)?;
        let real = |path: &Path| path.canonicalize().ok();
        if own.and_then(|own| real(own.folder())) != real(typed) {
            job_folder = None;
        }
    }
    Ok(Whereabouts { moved: values::moved(pairs)?, job_folder })
}

/// The exit code where there are findings.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where it is that of a failure.
pub fn findings_exit_code(typed: Option<u8>, job_file: &JobFile) -> Result<u8> {
    let typed = Settings { findings_exit_code: typed, ..Settings::default() };
    let said = Layers::read(&typed, job_file.path())?;
    said.setting("findings_exit_code", |s| s.findings_exit_code, values::findings_exit_code)
}

/// The catalogue that bills a month.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where neither the command line nor the job file names one, or
/// it is refused.
pub fn catalog(typed: Option<PathBuf>, job_file: &JobFile, month: Month) -> Result<Version> {
    let typed = Settings { catalog: typed, ..Settings::default() };
    let said = Layers::read(&typed, job_file.path())?;
    let path = said.paths(|s| s.catalog.as_slice(), Some(month))?.pop();
    catalog::load(&path.ok_or_else(missing_catalog)?, month)
}

/// A job file's text, and what it says.
fn read(path: &Path) -> Result<(String, Settings)> {
    let text = storage::read_to_string(path).map_err(|e| {
        Error::new(Code::JOB_FILE_UNREADABLE, "the job file cannot be read")
            .in_file(path)
            .caused_by(e)
            .hint("give --job a TOML file; monthend init writes one")
    })?;
    match toml::from_str(&text) {
        Ok(settings) => Ok((text, settings)),
        Err(e) => Err(toml_fault::error(Code::JOB_FILE_INVALID, &text, path, &e)),
    }
}

/// `text` seen from `folder`, with leading `../` taken off where that is safe, so that paths
/// read well in messages and manifests.
fn below(folder: &Path, text: &str) -> PathBuf {
    if storage::is_address(Path::new(text)) {
        return text.into();
    }
    let (mut folder, mut text) = (folder.to_owned(), text);
    while let Some(rest) = text.strip_prefix("../") {
        // The parent of a link's target is not the parent of the link.
        let plain = matches!(folder.components().next_back(), Some(Component::Normal(_)));
        if !plain || folder.is_symlink() || !folder.pop() {
            break;
        }
        text = rest;
    }
    folder.join(text)
}

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
    fn a_job_files_paths_are_seen_from_its_folder() {
        let of = |folder: &str, text: &str| below(Path::new(folder), text);
        assert_eq!(of("fixtures", "../book"), Path::new("book"));
        assert_eq!(of("", "../book"), Path::new("../book"));
        assert_eq!(of("/srv/jobs", "../../x"), Path::new("/x"));
        assert_eq!(of("jobs", "/srv/book"), Path::new("/srv/book"));
        assert_eq!(of("jobs", "s3://bucket/usage").to_str(), Some("s3://bucket/usage"));
    }

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
