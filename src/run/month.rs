//! A month from its logs to its publication.

use super::locks;
use super::prepare::prepare;
use super::publish::publish;
use super::report::Report;
use super::request::Request;
use super::stages::Stages;
use crate::base::error::{Error, Result};
use crate::base::progress::Progress;

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let _locks = locks::take(request, &[])?;
    run_locked(request, progress)
}

/// Bills a month that is locked, where it publishes.
pub(super) fn run_locked(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let threads = request.process.machine.threads;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::usage("the threads cannot be started").caused_by(e))?;
    pool.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        let prepared = prepare(request, &mut stages)?;
        publish(request, &prepared, &prepared.replay(&request.catalog.catalog), &mut stages)
    })
}
