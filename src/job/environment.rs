//! The clock, the machine and the environment, read for the last time.

use std::path::{Path, PathBuf};
use std::time::{self, Duration};

use bytesize::ByteSize;
use chrono::{DateTime, Utc};

use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::book::Holder;
use crate::run::request::{Machine, Process};

/// When a command began.
#[derive(Debug, Clone, Copy)]
pub struct Beginning {
    pub(super) at: DateTime<Utc>,
    stopwatch: time::Instant,
}

impl Beginning {
    /// The command begins now.
    #[expect(clippy::disallowed_methods, reason = "the edge: the clock is read here")]
    pub fn now() -> Self {
        Beginning { at: Utc::now(), stopwatch: time::Instant::now() }
    }

    /// Runs since it began.
    pub fn stopwatch(self) -> time::Instant {
        self.stopwatch
    }

    /// How long it has run.
    pub fn elapsed(self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// The instant that it is by now: a clock that was set meanwhile changes nothing.
    pub fn instant(self) -> DateTime<Utc> {
        self.at + self.elapsed()
    }

    /// This process, which runs it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::System`]: the clock cannot be right.
    pub(super) fn process(self, machine: Machine, findings_exit_code: u8) -> Result<Process> {
        let began = Instant::from_micros(self.at.timestamp_micros()).ok_or_else(|| {
            Error::new(Code::CLOCK, format!("the clock says {}", self.at))
                .expected("a day of the years 1 to 9999")
        })?;
        let (holder, stopwatch) = (self.holder(), self.stopwatch);
        Ok(Process { machine, holder, began, stopwatch, findings_exit_code })
    }

    fn holder(self) -> Holder {
        Holder {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            since: self.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// The run of a scheduler that this process is a part of.
#[derive(Debug, Clone)]
pub struct LineageParent {
    /// The namespace of its job.
    pub namespace: String,
    /// Its job.
    pub job: String,
    /// Its UUID.
    pub run: String,
}

impl LineageParent {
    /// `NAMESPACE/JOB/RUN`, as schedulers hand it on; `None` where it is not that.
    fn of(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, '/').map(str::to_owned);
        let (run, job, namespace) = (parts.next()?, parts.next()?, parts.next()?);
        uuid::Uuid::try_parse(&run).ok()?;
        Some(LineageParent { namespace, job, run })
    }
}

/// The namespace of jobs in lineage, and the run that this process is a part of: as OpenLineage's own
/// clients read them.
#[expect(clippy::disallowed_methods, reason = "the edge: the environment is read here")]
pub(super) fn lineage() -> (Option<String>, Option<LineageParent>) {
    let said = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let parent = said("OPENLINEAGE_PARENT_ID").and_then(|text| LineageParent::of(&text));
    (said("OPENLINEAGE_NAMESPACE"), parent)
}

/// This process, which is about to write to a book.
pub fn holder() -> Holder {
    Beginning::now().holder()
}

/// So much memory, for what grows with events and for accounts, and so many threads.
#[expect(clippy::disallowed_methods, reason = "the edge: the environment is read here")]
pub(super) fn machine((memory, memory_of_accounts): (u64, u64), threads: usize) -> Machine {
    Machine { threads, memory, memory_of_accounts, scratch: std::env::temp_dir() }
}

/// More threads than any machine has use for.
const MOST_THREADS: usize = 1_024;

/// Threads: as said, else one for each core.
#[expect(clippy::disallowed_methods, reason = "the edge: the machine is read here")]
pub(super) fn threads(said: Option<usize>) -> Result<usize> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match said {
        None => Ok(cores().min(MOST_THREADS)),
        Some(threads) if (1..=MOST_THREADS).contains(&threads) => Ok(threads),
        Some(threads) => Err(Error::new(
            Code::OPTION_VALUE,
            format!("--threads {threads} is no number of threads to work with"),
        )
        .expected(format!("1 to {MOST_THREADS}; without it, one for each core"))),
    }
}

/// The folder that relative paths lead from.
#[expect(clippy::disallowed_methods, reason = "the edge: the environment is read here")]
pub fn working_folder() -> Result<PathBuf> {
    std::env::current_dir().map_err(|e| {
        Error::new(Code::WORKING_FOLDER, "the working folder cannot be found")
            .caused_by(e)
            .hint("it may have been removed: go to another one")
    })
}

/// The job file that the environment names.
#[expect(clippy::disallowed_methods, reason = "the edge: the environment is read here")]
pub(super) fn job_file() -> Option<PathBuf> {
    std::env::var_os("MONTHEND_JOB").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The memory budget unless one is given, where there is twice as much. More would bring nothing that
/// can be measured: what exceeds it is written and read in large pieces, mostly to and from the
/// system's cache of the disk.
const DEFAULT_MEMORY: u64 = 1 << 30;

/// The memory budget in bytes, for what grows with events and for accounts at once: as said; else
/// [`DEFAULT_MEMORY`], or half of what there is, and that half for accounts, since a month in parts reads its
/// logs for each of them.
pub(super) fn memory(said: Option<&str>) -> Result<(u64, u64)> {
    let Some(text) = said else {
        let half = available(Path::new("/")).map_or(DEFAULT_MEMORY, |all| all / 2);
        return Ok((DEFAULT_MEMORY.min(half), half));
    };
    text.parse::<ByteSize>().map(|size| (size.as_u64(), size.as_u64())).map_err(|_| {
        Error::new(Code::OPTION_VALUE, format!("--memory-budget {text} is no size"))
            .expected("bytes, or a number with a unit, such as 512MiB or 4GB")
    })
}

/// The memory that this process may still have, in bytes: what is free, or what the innermost
/// control group allows where that is less. `None` where the system says neither.
fn available(root: &Path) -> Option<u64> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok();
    let free = read(root.join("proc/meminfo")).and_then(|text| free(&text));
    let groups = root.join("sys/fs/cgroup");
    let own = read(root.join("proc/self/cgroup")).unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let folder = groups.join(own);
    let limits =
        folder.ancestors().take_while(|folder| folder.starts_with(&groups)).map(|folder| {
            let limit = read(folder.join("memory.max"))?;
            limit.trim().parse::<u64>().ok()
        });
    // The first version's control groups have one folder for memory.
    let first_version = read(groups.join("memory/memory.limit_in_bytes"));
    let first_version = first_version.and_then(|text| text.trim().parse().ok());
    limits.flatten().chain(first_version).chain(free).min()
}

/// What `/proc/meminfo` says is available.
fn free(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_has_a_unit_or_is_bytes() {
        for (text, bytes) in [("4096", 4096), ("512MiB", 512 << 20), ("2 GB", 2_000_000_000)] {
            assert_eq!(memory(Some(text)).unwrap(), (bytes, bytes));
        }
        let fault = memory(Some("much")).unwrap_err().to_string();
        assert!(fault.contains("--memory-budget much is no size"), "{fault}");
    }

    #[test]
    fn a_parent_is_a_run_of_a_job_of_a_namespace() {
        let run = "01939f2a-7c4e-7b6e-9d5b-0a4f3c2d1e0f";
        let parent = LineageParent::of(&format!("https://etl/prod/billing.month/{run}")).unwrap();
        assert_eq!((&*parent.namespace, &*parent.job), ("https://etl/prod", "billing.month"));
        assert_eq!(parent.run, run);
        for wrong in ["", run, "a/b/c", &format!("b/{run}")] {
            assert!(LineageParent::of(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_narrowest_limit_counts() {
        let sandbox = tempfile::tempdir().unwrap();
        let root = sandbox.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(available(root), None);
        write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   4000 kB\n");
        assert_eq!(available(root), Some(4000 * 1024));
        write("proc/self/cgroup", "0::/jobs/monthend\n");
        write("sys/fs/cgroup/jobs/monthend/memory.max", "max\n");
        write("sys/fs/cgroup/jobs/memory.max", "2000000\n");
        assert_eq!(available(root), Some(2_000_000));
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000\n");
        assert_eq!(available(root), Some(1_000_000));
    }
}
