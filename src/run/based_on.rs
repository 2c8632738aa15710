//! A rerun is made from what a revision records, and must follow that very one.

use super::request::Request;
use crate::base::error::{Code, Error, Result};
use crate::book::Revision;

/// Makes sure that the manifest which a rerun was made from is still that of the revision in
/// force: it was read before the lock was taken, and a lease in object storage can be lost.
pub(super) fn check_based_on(request: &Request, in_force: Option<&Revision>) -> Result<()> {
    let Some(based_on) = &request.based_on else { return Ok(()) };
    let in_force = in_force.map(|revision| &revision.name);
    let message = match in_force {
        Some(name) if name == based_on => return Ok(()),
        Some(name) => format!("{} is in force by now as {name}, not as {based_on}", request.month),
        None => format!("{} is not in the book any more as {based_on}", request.month),
    };
    Err(Error::new(Code::OUTRUN, message).hint("run again, from what that revision records"))
}
