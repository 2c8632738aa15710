//! Files beside the book that say how a command went.

use std::path::{Path, PathBuf};

use super::job_file::Layers;
use super::settings::Settings;
use crate::base::error::Result;
use crate::book::Book;

/// Files beside the book that say how a command went, and the book that it is about.
#[derive(Debug, Clone, Default)]
pub struct SideFiles {
    /// The metrics.
    pub metrics: Option<PathBuf>,
    /// The book, as far as it is known.
    pub book: Option<Book>,
}

/// Those that were typed, or that the job file names. They are to tell of a job file with faults,
/// too: so they are known as far as they can be made out.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: a path has a placeholder, though the files are the same for
/// all months.
pub fn side_files(
    book: Option<PathBuf>,
    metrics_file: Option<PathBuf>,
    job_file: Option<&Path>,
) -> Result<SideFiles> {
    let typed = Settings { book, metrics_file, ..Settings::default() };
    let said = Layers::in_spite_of_faults(&typed, job_file);
    let book = said.paths(|s| s.book.as_slice(), None).ok().and_then(|mut paths| paths.pop());
    Ok(SideFiles {
        metrics: said.paths(|s| s.metrics_file.as_slice(), None)?.pop(),
        book: book.as_deref().map(Book::at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_file_with_faults_tells_its_paths_all_the_same() {
        let sandbox = tempfile::tempdir().unwrap();
        let job = sandbox.path().join("job.toml");
        let metrics = |typed: Option<&str>, text: &str| {
            std::fs::write(&job, text).unwrap();
            let files = side_files(None, typed.map(Into::into), Some(&job)).unwrap();
            (files.metrics, files.book.map(|book| book.folder().to_owned()))
        };
        let (of_job, book) = (sandbox.path().join("m.prom"), sandbox.path().join("book"));
        let both = (Some(of_job), Some(book));
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook = \"book\""), both);
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook = \"book\"\ntypo = 1"), both);
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook ="), (None, None));
        assert_eq!(metrics(Some("typed"), "book ="), (Some("typed".into()), None));
        std::fs::write(&job, "metrics_file = \"{month}.prom\"").unwrap();
        assert_eq!(side_files(None, None, Some(&job)).unwrap_err().kind().exit_code(), 2);
    }
}
