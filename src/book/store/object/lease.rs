//! One run a month at a time, as far as that saves work: a lease in object storage, which a run renews while it is at
//! it. No publication rests on it.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::super::super::holder::Holder;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, Version};

/// A lease is renewed so often.
const RENEWED: Duration = Duration::from_secs(20);
/// One that was not renewed for so long is of a run that is gone, in seconds.
const GONE: i64 = 120;

/// What the lease says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Text {
    holder: Holder,
    /// What no other run's has.
    run: String,
    /// How often it was renewed.
    renewed: u64,
}

/// A lease on a month; it ends with the run.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    renewing: Option<(Sender<()>, JoinHandle<()>)>,
}

/// The leases of this process.
fn held() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all leases of this process, which a signal ends without dropping anything.
pub fn give_up_leases() {
    for path in std::mem::take(&mut *held()) {
        remove(&path);
    }
}

fn remove(path: &Path) {
    if let Err(error) = storage::remove(path) {
        tracing::warn!(lease = %path.display(), %error, "could not be removed; a lease ends by itself within {GONE} s");
    }
}

impl Lease {
    /// Takes the lease of a month at an address, for the run that is named so.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Locked`] where another run holds it, [`crate::base::error::Kind::Book`] where the
    /// storage cannot be written, or takes no heed of conditions.
    pub fn take(path: PathBuf, month: Month, holder: &Holder, run: &str) -> Result<Self> {
        let text = Text { holder: holder.clone(), run: run.to_owned(), renewed: 0 };
        let version = match storage::create(&path, text.bytes()?) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => text.take_over(&path, month)?,
            made => made.map_err(|e| unwritable(&path, e))?,
        };
        held().insert(path.clone());
        let mut lease = Lease { path, renewing: None };
        heeds_conditions(&lease.path, run)?;
        lease.renewing = renew(lease.path.clone(), text, version);
        Ok(lease)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((end, renewing)) = self.renewing.take() {
            drop(end);
            let _ = renewing.join(); // it gives nothing
        }
        if held().remove(&self.path) {
            remove(&self.path);
        }
    }
}

impl Text {
    fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|e| Error::new(Code::IMPOSSIBLE, "a lease is no JSON").caused_by(e))
    }

    /// Takes the place of a lease whose run is gone.
    fn take_over(&self, path: &Path, month: Month) -> Result<Version> {
        let failed = |e| unwritable(path, e);
        let Some(there) = storage::now(path).map_err(failed)? else {
            return Err(locked(month, None)); // it ended between two looks
        };
        let held = || locked(month, serde_json::from_slice(&there.bytes).ok());
        if !is_gone(path, &self.run).map_err(failed)? {
            return Err(held());
        }
        tracing::warn!(%month, "takes the place of a run that is gone");
        match storage::replace(path, self.bytes()?, &there.version) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(held()),
            replaced => replaced.map_err(failed),
        }
    }
}

/// Whether a lease was not renewed for long, by the storage's clock alone: by when it says that this was written.
fn is_gone(lease: &Path, run: &str) -> io::Result<bool> {
    let asks = lease.with_file_name(format!("asks-{run}"));
    storage::put(&asks, "")?;
    let written = |path: &Path| match storage::about(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None), // it ended between two looks
        about => about.map(|about| about.changed),
    };
    let (now, then) = (written(&asks), written(lease));
    storage::remove(&asks)?;
    let age = now?.zip(then?).map(|(now, then)| now - then);
    Ok(age.is_some_and(|age| age > TimeDelta::seconds(GONE)))
}

/// Makes sure that the storage heeds conditions: of two runs that publish at once one must be refused. By an object of
/// the run's own, since a lease may end at any time.
fn heeds_conditions(lease: &Path, run: &str) -> Result<()> {
    let probe = lease.with_file_name(format!("two-{run}"));
    let failed = |e| unwritable(&probe, e);
    let version = storage::create(&probe, "one").map_err(failed)?;
    let is_refused = |put: io::Result<Version>| match put {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(true),
        put => put.map(|_| false).map_err(failed),
    };
    let heeds = is_refused(storage::create(&probe, "two"))?
        && is_refused(storage::replace(&probe, "two", &version.another()))?;
    remove(&probe);
    if heeds {
        return Ok(());
    }
    Err(Error::new(Code::UNCONDITIONAL, "the storage writes what it was told not to write")
        .in_file(probe)
        .expected(
            "that an object is made only where there is none, and replaced only if it is as it was",
        )
        .hint("keep the book on a disk, or in storage that heeds If-None-Match and If-Match"))
}

/// Renews a lease until it is dropped, or another run has taken its place.
fn renew(
    path: PathBuf,
    mut text: Text,
    mut version: Version,
) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (end, ended) = channel::<()>();
    let renewing = thread::Builder::new().name("lease".to_owned()).spawn(move || {
        while ended.recv_timeout(RENEWED) == Err(RecvTimeoutError::Timeout) {
            text.renewed += 1;
            let Ok(bytes) = text.bytes() else { return };
            match storage::replace(&path, bytes, &version) {
                Ok(renewed) => version = renewed,
                Err(error) => {
                    tracing::warn!(lease = %path.display(), %error, "could not be renewed");
                    if error.kind() == ErrorKind::AlreadyExists {
                        held().remove(&path); // it is another run's
                        return;
                    }
                }
            }
        }
    });
    // Without a thread it is not renewed, and another run may begin: one of both will publish.
    renewing.ok().map(|renewing| (end, renewing))
}

fn locked(month: Month, there: Option<Text>) -> Error {
    Holder::held_by(month, there.map(|text| text.holder)).hint(format!(
        "try again when that run has ended; if it was killed, its lease ends by itself after {GONE} s"
    ))
}

pub(super) fn unwritable(path: &Path, cause: io::Error) -> Error {
    Error::new(Code::BOOK_UNWRITABLE, "the book cannot be written")
        .in_file(path)
        .caused_by(cause)
        .hint("check --book, the credentials and their rights: docs/OPERATIONS.md says which a run needs")
}
