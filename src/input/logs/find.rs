//! Which files a path means: a file, a folder, or a glob; and whether it would mean one that is not there yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::log_file::{LogFile, PassedOver, WhyPassedOver};
use super::table_folder;
use crate::base::error::{Code, Error, Result};
use crate::base::files::here_if_empty;
use crate::base::path_names::plain;
use crate::base::storage::{self, Entry, EntryKind, leads_from};

/// What paths mean.
#[derive(Debug, Default)]
pub struct Found {
    /// The files that are read, sorted by name.
    pub files: Vec<LogFile>,
    /// What is not read of folders and globs, though nothing says that it does not belong there.
    pub passed_over: Vec<PassedOver>,
}

/// The files that `paths` mean, each once however many paths mean it.
///
/// A folder is searched, with its subfolders. Of folders and globs, names that begin with `_` or
/// `.` are passed over without a word.
///
/// # Errors
/// A path that means no file, cannot be read, names a file of unknown format, or is part of a
/// table whose files alone do not say which rows are in force.
pub fn find(paths: &[PathBuf], what: &str) -> Result<Found> {
    // The same file under two names (a folder and a glob, say) would count its rows twice.
    let mut found: BTreeMap<PathBuf, Seen> = BTreeMap::new();
    let mut search = Search::default();
    for path in paths {
        search.expand(path)?;
        let seen = std::mem::take(&mut search.seen);
        if !seen.iter().any(|seen| seen.is_ok()) {
            return Err(nothing_there(path, what, &seen));
        }
        for seen in seen {
            let identity = match &seen {
                Ok(file) => storage::identity(&file.path).map_err(|e| unreadable(&file.path, e))?,
                Err(over) => storage::identity(Path::new(&over.file))
                    .unwrap_or_else(|_| over.file.clone().into()),
            };
            let kept = found.entry(identity).or_insert_with(|| seen.clone());
            if name_of(&seen) < name_of(kept) {
                *kept = seen;
            }
        }
    }
    let mut all = Found::default();
    for seen in found.into_values() {
        match seen {
            Ok(file) => all.files.push(file),
            Err(over) => all.passed_over.push(over),
        }
    }
    all.files.sort_by(|a, b| a.name.cmp(&b.name));
    all.passed_over.sort();
    Ok(all)
}

/// What was come upon: a file to read, or something to pass over.
type Seen = std::result::Result<LogFile, PassedOver>;

fn name_of(seen: &Seen) -> &str {
    match seen {
        Ok(file) => &file.name,
        Err(over) => &over.file,
    }
}

/// The part of a glob that stands for any folders, or none.
const ANY_FOLDERS: &str = "**";

/// A search for files.
#[derive(Default)]
struct Search {
    seen: Vec<Seen>,
    /// Folders that are no part of a table.
    plain_folders: BTreeSet<PathBuf>,
    /// The folders that the search is in, as they really are: a link may lead back into one.
    inside: Vec<PathBuf>,
}

impl Search {
    /// Takes what a path means that was given.
    fn expand(&mut self, path: &Path) -> Result<()> {
        let Some(text) = path.to_str() else {
            return Err(Error::new(Code::INPUT_NAME, "has a name that is not UTF-8")
                .in_file(path)
                .hint("rename it"));
        };
        let about = storage::about(path);
        match about.as_ref().map(|about| about.kind) {
            Ok(EntryKind::Folder) => self.search(path),
            Ok(EntryKind::File) => self.take_file(path, || {
                Err(Error::new(Code::FORMAT_UNKNOWN, "is of no format that is read")
                    .in_file(path)
                    .expected(LogFile::FORMATS)
                    .hint(
                        "the end of its name tells a file's format; rename the file if it \
                         misleads",
                    ))
            }),
            Ok(EntryKind::Other) => Err(Error::new(Code::NO_PLAIN_FILE, "is no plain file")
                .in_file(path)
                .expected("a file, a folder or a glob: a log is read more than once")
                .hint("write what comes through a pipe to a file first")),
            // What cannot be told of a name with wildcards on a disk is no storage that does not answer.
            Err(e)
                if text.contains(['*', '?', '['])
                    && (e.kind() == NotFound || !storage::is_address(path)) =>
            {
                self.matches(path, text)
            }
            Err(e) if matches!(e.kind(), NotFound | NotADirectory) => Ok(()),
            Err(_) => about.map(drop).map_err(|e| unreadable(path, e)),
        }
    }

    /// Takes what a glob matches. What it spells out is not hidden.
    fn matches(&mut self, path: &Path, text: &str) -> Result<()> {
        let (base, parts) = split_glob(path, text);
        let parts = parts.iter().map(|part| match part.as_str() {
            ANY_FOLDERS => Ok(None),
            part => Pattern::new(part).map(Some),
        });
        let parts: Vec<Option<Pattern>> =
            parts.collect::<std::result::Result<_, _>>().map_err(|e| {
                Error::new(Code::GLOB, "is not there, nor is it a glob that can be understood")
                    .in_file(path)
                    .caused_by(e)
                    .expected("a file, a folder, or a glob such as 'usage/2026-04-*.csv'")
            })?;
        match storage::about(here_if_empty(&base)) {
            Ok(about) if about.is_folder() => self.descend(&base, Some(EntryKind::Folder), &parts),
            Err(e) if storage::is_address(&base) && e.kind() != NotFound => {
                Err(unreadable(&base, e))
            }
            _ => Ok(()),
        }
    }

    /// Takes what the parts of a glob match within a folder; `None` is any folders, or none.
    fn descend(
        &mut self,
        folder: &Path,
        kind: Option<EntryKind>,
        parts: &[Option<Pattern>],
    ) -> Result<()> {
        let (part, rest) = match parts.split_first() {
            None => return self.take(folder, kind),
            Some((None, [])) => return self.search(folder),
            Some(first) => first,
        };
        if part.is_none() {
            self.descend(folder, kind, rest)?;
        }
        for Entry { name, kind } in self.enter(folder)? {
            let (path, is_folder) = (folder.join(&name), kind == Some(EntryKind::Folder));
            let spelt_out = part.as_ref().filter(|part| is_hidden(part.as_str().as_ref(), false));
            if is_hidden(&name, is_folder) && spelt_out.is_none() {
                continue;
            }
            match part {
                Some(part) if !part.matches(&name.to_string_lossy()) => {}
                Some(_) if rest.is_empty() || is_folder => self.descend(&path, kind, rest)?,
                None if is_folder => self.descend(&path, kind, parts)?,
                _ => {}
            }
        }
        self.inside.pop();
        Ok(())
    }

    /// Takes all that is in a folder, and is not hidden.
    fn search(&mut self, folder: &Path) -> Result<()> {
        self.check_no_table(folder)?;
        for Entry { name, kind } in self.enter(folder)? {
            if !is_hidden(&name, kind == Some(EntryKind::Folder)) {
                self.take(&folder.join(&name), kind)?;
            }
        }
        self.inside.pop();
        Ok(())
    }

    fn check_no_table(&mut self, folder: &Path) -> Result<()> {
        let folder = here_if_empty(folder);
        let itself = storage::identity(folder).map_err(|e| unreadable(folder, e))?;
        table_folder::check(folder, &itself, &mut self.plain_folders)
    }

    /// What is in a folder, by name; nothing, if the search came from there. The search is inside
    /// then.
    fn enter(&mut self, folder: &Path) -> Result<Vec<Entry>> {
        let failed = |e| unreadable(here_if_empty(folder), e);
        let itself = storage::identity(here_if_empty(folder)).map_err(failed)?;
        let mut entries = match self.inside.contains(&itself) {
            true => Vec::new(),
            false => storage::entries_of(here_if_empty(folder)).map_err(failed)?,
        };
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        self.inside.push(itself);
        Ok(entries)
    }

    /// Takes what a search or a glob came upon: a folder is searched, and what cannot be read
    /// passed over.
    fn take(&mut self, path: &Path, kind: Option<EntryKind>) -> Result<()> {
        let over = |reason| Err(PassedOver { file: path.display().to_string(), reason });
        if path.to_str().is_none() {
            self.seen.push(over(WhyPassedOver::NameNotUtf8));
            return Ok(());
        }
        match kind {
            Some(EntryKind::Folder) => self.search(path),
            Some(EntryKind::Other) => {
                self.seen.push(over(WhyPassedOver::NoPlainFile));
                Ok(())
            }
            Some(EntryKind::File) | None => {
                self.take_file(path, || Ok(over(WhyPassedOver::UnknownForm)))
            }
        }
    }

    /// Takes a file, or what it is instead if its form is not known.
    fn take_file(&mut self, path: &Path, or: impl FnOnce() -> Result<Seen>) -> Result<()> {
        let Some(file) = LogFile::of(path) else {
            self.seen.push(or()?);
            return Ok(());
        };
        self.check_no_table(path.parent().unwrap_or(Path::new("")))?;
        self.seen.push(Ok(file));
        Ok(())
    }
}

/// The folder that a glob leads from, and its parts from the first that has wildcards on.
fn split_glob(path: &Path, text: &str) -> (PathBuf, Vec<String>) {
    if storage::is_address(path) {
        let (folder, parts) = storage::glob_of(text).unwrap_or((text, Vec::new()));
        return (folder.into(), parts.into_iter().map(str::to_owned).collect());
    }
    let is_fixed = |part: &Component<'_>| {
        !part.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte))
    };
    let base = path.components().take_while(is_fixed).collect();
    let parts = path.components().skip_while(is_fixed);
    (base, parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect())
}

/// Whether other programs would take a file or folder of this name for none of the data. A folder
/// such as `_month=2026-04` is one of Hive's for all that.
pub(super) fn is_hidden(name: &OsStr, is_folder: bool) -> bool {
    let name = name.as_encoded_bytes();
    match name.first() {
        Some(b'.') => true,
        Some(b'_') => !(is_folder && name.contains(&b'=')),
        _ => false,
    }
}

fn nothing_there(path: &Path, what: &str, seen: &[Seen]) -> Error {
    let error = Error::new(Code::INPUT_NOT_FOUND, format!("no {what} is there"))
        .in_file(path)
        .expected(format!("a file, a folder or a glob with {}", LogFile::FORMATS))
        .hint("correct the path; a log without rows still needs a file");
    let over: Vec<PassedOver> = seen.iter().filter_map(|seen| seen.clone().err()).collect();
    match PassedOver::list(&over) {
        Some(over) => error.caused_by(format!("what is there cannot be read: {over}")),
        None => error,
    }
}

fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Code::INPUT_UNREADABLE, "cannot be read")
        .in_file(path)
        .caused_by(cause)
        .hint("check that it exists and that this user may read it")
}

/// Whether one of `paths` would find a log at `file`: it is that file, a folder above it, or a glob that
/// matches it. Relative paths lead from the `working` folder.
pub fn would_find(paths: &[PathBuf], file: &Path, working: &Path) -> bool {
    let real = |path: &Path| {
        // As much of it as is there; the rest as it is written.
        let path = plain(&leads_from(working, path));
        let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
        match there {
            Some((above, real)) => real.join(path.strip_prefix(above).unwrap_or(Path::new(""))),
            None => path,
        }
    };
    let file = real(file);
    LogFile::of(&file).is_some()
        && paths.iter().any(|path| {
            let path = real(path);
            path == file || is_below(&path, &file) || is_matched(&path, &file)
        })
}

/// Whether a search of the folder comes upon the file.
fn is_below(folder: &Path, file: &Path) -> bool {
    let Ok(below) = file.strip_prefix(folder) else { return false };
    let parts: Vec<Component<'_>> = below.components().collect();
    let is_shown =
        |(at, part): (usize, &Component<'_>)| !is_hidden(part.as_os_str(), at + 1 < parts.len());
    folder.is_dir() && parts.iter().enumerate().all(is_shown)
}

fn is_matched(glob: &Path, file: &Path) -> bool {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let pattern = glob.to_str().and_then(|text| Pattern::new(text).ok());
    pattern.is_some_and(|pattern| pattern.matches_path_with(file, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, and what is found by a path within it: each file that is read,
    /// and with an exclamation mark what is passed over.
    fn found(files: &[&str], path: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let file = dir.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let found = find(&[dir.path().join(path)], "usage log").unwrap();
        let name = |name: &str| name[dir.path().to_str().unwrap().len() + 1..].to_owned();
        let files = found.files.iter().map(|file| name(&file.name));
        files
            .chain(found.passed_over.iter().map(|over| "!".to_owned() + &name(&over.file)))
            .collect()
    }

    #[test]
    fn a_file_that_two_paths_mean_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("u.csv");
        std::fs::write(&file, "").unwrap();
        let paths = [dir.path().to_owned(), file, dir.path().join("*.csv")];
        assert_eq!(find(&paths, "usage log").unwrap().files.len(), 1);
    }

    #[test]
    fn what_other_programs_hide_is_passed_over_and_what_nobody_knows_is_told() {
        let files = [
            "_SUCCESS",
            ".a.csv.crc",
            ".hidden.csv",
            "_temporary/0/a.csv",
            "month=2026-04/_staging/a.csv",
            "month=2026-04/.a.csv",
            "month=2026-04/a.csv",
            "_day=1/a.json",
            "b.json",
            "notes.txt",
        ];
        let all = ["_day=1/a.json", "b.json", "month=2026-04/a.csv", "!notes.txt"];
        for path in [".", "*", "**/*", "./*", "**"] {
            let found = found(&files, path);
            let found: Vec<String> = found.iter().map(|name| name.replace("./", "")).collect();
            assert_eq!(found, all, "{path}");
        }
        assert_eq!(found(&files, "*.json"), ["b.json"]);
        assert_eq!(found(&files, "**/_staging/*"), ["month=2026-04/_staging/a.csv"]);
        assert_eq!(found(&files, "_temporary/*/*"), ["_temporary/0/a.csv"]);
        assert_eq!(found(&files, "_temporary"), ["_temporary/0/a.csv"]);
        assert_eq!(found(&files, ".hidden.csv"), [".hidden.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_ends_no_search_and_a_bad_name_is_told() {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("u.csv"), "").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        std::fs::write(dir.path().join(OsStr::from_bytes(b"a\xff.csv")), "").unwrap();
        std::fs::create_dir(dir.path().join(OsStr::from_bytes(b"b\xff"))).unwrap();
        for path in ["", "*", "**", "**/*"] {
            let found = find(&[dir.path().join(path)], "usage log").unwrap();
            assert_eq!(found.files.len(), 1, "{path}");
            let reasons: Vec<_> = found.passed_over.iter().map(|over| over.reason).collect();
            assert_eq!(reasons, [WhyPassedOver::NameNotUtf8; 2], "{path}");
        }
    }
}

#[cfg(test)]
mod would_find_tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_itself_by_a_folder_above_or_by_a_glob() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("changes")).unwrap();
        let finds =
            |path: &str, file: &str| would_find(&[path.into()], Path::new(file), folder.path());
        for (path, file, expected) in [
            ("changes", "changes/grants/g-1.ndjson", true),
            ("./changes/", "changes/g-1.ndjson", true),
            ("changes", "changes/.grants/g-1.ndjson", false),
            ("changes", "changes/_grants/g-1.ndjson", false),
            ("changes", "changes/g-1.txt", false),
            ("changes", "grants/g-1.ndjson", false),
            ("changes/*.csv", "changes/g-1.ndjson", false),
            ("changes/*", "changes/g-1.ndjson", true),
            ("changes/*", "changes/grants/g-1.ndjson", false),
            ("changes/**/*.ndjson", "changes/grants/g-1.ndjson", true),
            ("changes/g-1.ndjson", "changes/g-1.ndjson", true),
            ("elsewhere", "elsewhere/g-1.ndjson", false),
        ] {
            assert_eq!(finds(path, file), expected, "{path} {file}");
        }
    }
}
