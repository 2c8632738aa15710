//! Threads to work with.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::{Code, Error, Result};

/// Starts so many threads; one for each core where it is 0.
///
/// # Errors
/// [`super::error::Kind::System`] where the machine does not let them.
pub fn start(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| {
        Error::new(Code::THREADS, "the threads cannot be started")
            .caused_by(e.to_string())
            .hint("say fewer --threads, or raise the limit on processes (ulimit -u)")
    })
}
