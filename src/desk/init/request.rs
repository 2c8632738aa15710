//! What `init` is asked.

use std::path::PathBuf;

use crate::base::calendar::Month;

/// What `init` is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder that the files are written into.
    pub folder: PathBuf,
    /// The name of the job file in it.
    pub job_file: &'static str,
    /// Files, folders or globs of the usage log.
    pub usage: Vec<PathBuf>,
    /// Files, folders or globs of the change log.
    pub changes: Vec<PathBuf>,
    /// The first month, where the usage log does not tell.
    pub month: Month,
    /// The currency of the catalogue.
    pub currency: String,
    /// The plans of the catalogue, as `ID:PRICE:CREDITS` or `ID:PRICE:CREDITS:OVERAGE_RATE`, lowest
    /// first; the starter's where there are none.
    pub plans: Vec<String>,
    /// A catalogue to copy.
    pub catalog: Option<PathBuf>,
    /// Whether files that are there are written anew.
    pub force: bool,
    /// The folder that relative paths lead from.
    pub working_folder: PathBuf,
}

/// Asks someone: a question, and what can be answered. The answer's place, or `None` where it is left
/// open, or nobody is there to be asked.
pub type Ask<'a> = dyn FnMut(&str, &[String]) -> Option<usize> + 'a;
