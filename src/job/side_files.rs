//! Files beside the book that say how a command went.

use std::path::{Path, PathBuf};

use super::environment::{self, LineageParent};
use super::job_file::Layers;
use super::settings::Settings;
use super::values::on_this_machine;
use crate::base::error::Result;
use crate::book::Book;

/// Files beside the book that say how a command went, and the book that it is about.
#[derive(Debug, Clone, Default)]
pub struct SideFiles {
    /// The metrics.
    pub metrics: Option<PathBuf>,
    /// The lineage.
    pub lineage: Option<LineageSettings>,
    /// The book, as far as it is known.
    pub book: Option<Book>,
}

/// Where it is told what was made of what, and as whose part.
#[derive(Debug, Clone)]
pub struct LineageSettings {
    /// The file.
    pub file: PathBuf,
    /// The namespace of the job.
    pub namespace: String,
    /// The run that this one is a part of.
    pub parent: Option<LineageParent>,
    /// The folder that relative paths lead from.
    pub working: PathBuf,
    /// What tells this process from any other.
    pub process: String,
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
    lineage_file: Option<PathBuf>,
    job_file: Option<&Path>,
) -> Result<SideFiles> {
    let typed = Settings { book, metrics_file, lineage_file, ..Settings::default() };
    let said = Layers::in_spite_of_faults(&typed, job_file);
    let book = said.book(None).ok().flatten();
    let local = |option: &str, file: Option<PathBuf>| {
        file.map(|file| on_this_machine(option, file)).transpose()
    };
    let lineage_file = said.paths(|s| s.lineage_file.as_slice(), None)?.pop();
    let lineage_file = local("lineage_file", lineage_file)?;
    let lineage = lineage_file.map(|file| {
        let (namespace, parent) = environment::lineage();
        let namespace = namespace.unwrap_or_else(|| "monthend".to_owned());
        let working = environment::working_folder().unwrap_or_default();
        let process = format!("{:?}", environment::holder());
        LineageSettings { file, namespace, parent, working, process }
    });
    Ok(SideFiles {
        lineage,
        metrics: local("metrics_file", said.paths(|s| s.metrics_file.as_slice(), None)?.pop())?,
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
            let files = side_files(None, typed.map(Into::into), None, Some(&job)).unwrap();
            (files.metrics, files.book.map(|book| book.folder().to_owned()))
        };
        let (of_job, book) = (sandbox.path().join("m.prom"), sandbox.path().join("book"));
        let both = (Some(of_job), Some(book));
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook = \"book\""), both);
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook = \"book\"\ntypo = 1"), both);
        assert_eq!(metrics(None, "metrics_file = \"m.prom\"\nbook ="), (None, None));
        assert_eq!(metrics(Some("typed"), "book ="), (Some("typed".into()), None));
        std::fs::write(&job, "metrics_file = \"{month}.prom\"").unwrap();
        assert_eq!(side_files(None, None, None, Some(&job)).unwrap_err().kind().exit_code(), 2);
    }
}
