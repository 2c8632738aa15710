//! How much memory the process has, where the system tells.

/// The most that it has had, in bytes.
pub fn peak() -> Option<u64> {
    entry("VmHWM:")
}

/// What it has now, in bytes.
pub fn now() -> Option<u64> {
    entry("VmRSS:")
}

fn entry(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}
