//! A dispute (`rerun --accounts`): only some accounts are billed anew.

use std::collections::BTreeSet;
use std::path::Path;

use super::settings::{RerunSettings, STALE_OK};
use crate::base::error::{Error, Result};
use crate::run::request::Request;

/// Makes sure that what all accounts share stays as it is, since all others are carried over.
pub(super) fn on_the_same_terms(settings: &RerunSettings, request: &Request) -> Result<()> {
    let opening = settings.opening.as_deref().filter(|opening| *opening != STALE_OK);
    if settings.catalog.is_some() || opening.is_some() {
        return Err(Error::usage("--accounts bills some accounts anew, on the same terms as all")
            .expected("no --catalog, and no --opening but stale-ok")
            .hint("bill the whole month again: leave --accounts out"));
    }
    if !request.stale_ok && settings.book.stale(request.month)?.is_some() {
        return Err(Error::input(format!("{} rests on a stale opening state", request.month))
            .hint("bill the whole month again first; or say --opening stale-ok"));
    }
    Ok(())
}

/// The accounts of a dispute: ids, or files with one id a line.
pub(super) fn accounts(given: &[String]) -> Result<Option<BTreeSet<String>>> {
    let mut accounts = BTreeSet::new();
    for one in given {
        let path = Path::new(one);
        if !path.is_file() {
            accounts.insert(one.clone());
            continue;
        }
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::usage("the list of accounts cannot be read")
                .in_file(path)
                .caused_by(e)
                .expected("UTF-8 text with one account id a line")
        })?;
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        accounts.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    if !given.is_empty() && accounts.is_empty() {
        return Err(Error::usage("--accounts names no account")
            .expected("ids, or a file with one id a line"));
    }
    Ok((!accounts.is_empty()).then_some(accounts))
}
