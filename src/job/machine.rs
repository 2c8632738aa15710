//! What a job may use of the machine: threads and memory. Neither changes a result.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;

use crate::base::error::{Error, Result};
use crate::cli::MachineArgs;
use crate::run::request::Machine;

/// The budget where the machine does not say how much memory there is.
const UNKNOWN_MEMORY: u64 = 4 << 30;

/// What was said, and else all cores and half of the memory.
pub(super) fn machine(args: &MachineArgs) -> Result<Machine> {
    let (threads, memory) = (threads(args.threads)?, memory(args.memory_budget.as_deref())?);
    Ok(Machine { threads, memory, scratch: scratch() })
}

/// Threads: as said, else one for each core.
#[expect(clippy::disallowed_methods, reason = "the edge: the machine is read here")]
pub(super) fn threads(said: Option<usize>) -> Result<usize> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Some(said.unwrap_or_else(cores))
        .filter(|threads| *threads > 0)
        .ok_or_else(|| Error::usage("--threads 0 is no number of threads").expected("1 or more"))
}

/// The memory budget in bytes: as said, else half of what there is.
pub(super) fn memory(said: Option<&str>) -> Result<u64> {
    match said {
        Some(text) => size(text),
        None => Ok(available(Path::new("/")).unwrap_or(UNKNOWN_MEMORY) / 2),
    }
}

/// Where a job without a book puts what goes to the disk.
#[expect(clippy::disallowed_methods, reason = "the edge: the environment is read here")]
pub(super) fn scratch() -> PathBuf {
    std::env::temp_dir()
}

fn size(text: &str) -> Result<u64> {
    text.parse::<ByteSize>().map(|size| size.as_u64()).map_err(|_| {
        Error::usage(format!("--memory-budget {text} is no size"))
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
            assert_eq!(size(text).unwrap(), bytes);
        }
        let fault = size("much").unwrap_err().to_string();
        assert!(fault.contains("--memory-budget much is no size"), "{fault}");
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
