//! What the operating system says where it keeps the program from reading or writing a file: that
//! is no fault of the file.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use rustix::io::Errno;

use super::code::Code;

/// Why nothing could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An error of the operating system, but for those that say what lies at a path.
    System(Errno),
    /// This build lacks what it takes.
    NotBuilt,
}

/// That this build knows no object storage.
#[derive(Debug)]
pub struct NotBuilt;

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this build knows no object storage")
    }
}

impl Error for NotBuilt {}

/// What lies at the path, or does not.
const OF_THE_PATH: [Errno; 6] =
    [Errno::NOENT, Errno::NOTDIR, Errno::ISDIR, Errno::LOOP, Errno::NAMETOOLONG, Errno::INVAL];

/// What this user may not do.
const FORBIDDEN: [Errno; 3] = [Errno::ACCESS, Errno::PERM, Errno::ROFS];

/// What the program asked for though something was in its way.
const IN_THE_WAY: [Errno; 3] = [Errno::EXIST, Errno::NOTEMPTY, Errno::XDEV];

/// What may be otherwise in a while: a server or a connection that does not answer, or a machine
/// that is too busy.
const PASSING: [Errno; 16] = [
    Errno::AGAIN,
    Errno::INTR,
    Errno::TIMEDOUT,
    Errno::STALE,
    Errno::NOLCK,
    Errno::HOSTDOWN,
    Errno::HOSTUNREACH,
    Errno::NETDOWN,
    Errno::NETUNREACH,
    Errno::NETRESET,
    Errno::CONNREFUSED,
    Errno::CONNRESET,
    Errno::CONNABORTED,
    Errno::NOTCONN,
    Errno::SHUTDOWN,
    Errno::COMM,
];

impl Refusal {
    /// The refusal that is among an error's causes.
    pub fn of(cause: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(cause);
        let mut causes = std::iter::from_fn(|| {
            let cause = next?;
            next = cause.source();
            Some(cause)
        });
        let is_of_path = |errno: &Errno| OF_THE_PATH.contains(errno) || IN_THE_WAY.contains(errno);
        match causes.find_map(refusal)? {
            Refusal::System(errno) if is_of_path(&errno) => None,
            refusal => Some(refusal),
        }
    }

    /// What it is where the machine failed; otherwise this user has not the right.
    pub fn failure(self) -> Option<Code> {
        let Refusal::System(errno) = self else { return Some(Code::NO_OBJECT_STORAGE) };
        Some(match errno {
            errno if FORBIDDEN.contains(&errno) => return None,
            errno if PASSING.contains(&errno) => Code::NO_ANSWER,
            Errno::MFILE | Errno::NFILE => Code::OPEN_FILES,
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Code::DISK_FULL,
            Errno::NOMEM => Code::OUT_OF_MEMORY,
            _ => Code::DISK_FAILED,
        })
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        let Refusal::System(errno) = self else {
            return "take a released package, or build with: cargo build --release --features cloud";
        };
        match errno {
            errno if FORBIDDEN.contains(&errno) => "check that this user may read it",
            Errno::MFILE | Errno::NFILE => {
                "raise the limit on open files (ulimit -n), or say fewer --threads, and run again"
            }
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => {
                "see that the disk has free space and that this user may take it, and run again"
            }
            Errno::NOMEM | Errno::AGAIN => {
                "the machine is short of memory, processes or threads (ulimit -u): run again when it \
                 has more, or say fewer --threads"
            }
            errno if PASSING.contains(&errno) => {
                "the storage did not answer: run again when it does"
            }
            _ => "the disk, or the way to it, failed: see that it answers, and run again",
        }
    }
}

/// What a cause is by itself.
fn refusal(cause: &(dyn Error + 'static)) -> Option<Refusal> {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match inner.is_some_and(|inner| inner.is::<NotBuilt>()) {
        true => Some(Refusal::NotBuilt),
        false => errno(cause).map(Refusal::System),
    }
}

/// What object storage says is no error of the system, but has the kind of one.
fn of_storage(kind: ErrorKind) -> Option<Errno> {
    match kind {
        ErrorKind::TimedOut => Some(Errno::TIMEDOUT),
        ErrorKind::PermissionDenied => Some(Errno::ACCESS),
        _ => None,
    }
}

/// The system's error that a cause is; some libraries make a text of it.
fn errno(cause: &(dyn Error + 'static)) -> Option<Errno> {
    if let Some(cause) = cause.downcast_ref::<io::Error>()
        && let Some(errno) = Errno::from_io_error(cause).or_else(|| of_storage(cause.kind()))
    {
        return Some(errno);
    }
    let text = cause.to_string();
    let (_, code) = text.rsplit_once("(os error ")?;
    let (code, _) = code.split_once(')')?;
    code.parse().ok().map(Errno::from_raw_os_error)
}
