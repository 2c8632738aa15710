//! Whether paths would find a file that is not there yet.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::find::is_hidden;
use super::log_file::LogFile;
use crate::base::path_names::plain;
use crate::base::storage::leads_from;

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
