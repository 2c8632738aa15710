//! Earlier months that were billed from a file which a correction replaces: it reaches later months
//! only. What they have of that file would stand for ever, if nobody said so.

use super::request::{Replacement, Request};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::{InputFile, Role};

/// The published months before the one asked for that record a usage file with rows of theirs which
/// is replaced now. A log that has only grown since is none: what it has more of them is late usage.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: a month cannot be read.
pub(super) fn billed_from_replaced(request: &Request) -> Result<Vec<Month>> {
    let replaced = &request.corrections.replace_usage;
    let (mut found, Some(book)) = (Vec::new(), &request.book) else { return Ok(Vec::new()) };
    if replaced.is_empty() {
        return Ok(found);
    }
    for month in book.months()?.into_iter().filter(|month| *month < request.month) {
        if book.archived(month)?.is_some() {
            continue;
        }
        let Some(revision) = book.current(month)? else { continue };
        let is_replaced = |input: &InputFile| {
            let mut by = replaced.iter().filter(|by| by.name == input.file);
            input.rows_of(month) != Some(0) && by.any(|by| is_another(request, by, input))
        };
        if revision.manifest.inputs_of(Role::Usage).any(is_replaced) {
            found.push(month);
        }
    }
    Ok(found)
}

/// Whether what is read instead of a recorded file is another one, by name or by how it begins.
fn is_another(request: &Request, by: &Replacement, recorded: &InputFile) -> bool {
    let found = || recorded.digest.is_of_beginning(&by.instead, recorded.bytes);
    request.names.name(&by.instead) != recorded.file
        || !found().is_ok_and(|(_, begins_so)| begins_so)
}
