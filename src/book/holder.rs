//! Who is at a month.

use serde::{Deserialize, Serialize};

use crate::base::calendar::Month;
use crate::base::error::{Code, Error};

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When it started, in UTC.
    pub since: String,
}

impl Holder {
    /// That another run holds a month, as far as it is known which.
    pub(super) fn held_by(month: Month, holder: Option<Holder>) -> Error {
        let message = match holder {
            Some(Holder { host, pid, since }) => {
                format!("{month} is being run by process {pid} on {host} since {since}")
            }
            None => format!("{month} is being run by another process"),
        };
        Error::new(Code::LOCKED, message).hint("try again when that run has ended")
    }
}
