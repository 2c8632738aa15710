//! `current/` in object storage, which has no links: copies, made by the storage itself.
//!
//! `current/.made-from` says which revisions they were made from, so that only what has changed is copied again.
//! Several runs may be at it at once: each looks at what is in force again once it is done, until that is what it
//! has copied.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::base::storage;

/// The object that says what the copies are of.
pub const MADE_FROM: &str = ".made-from";

/// Makes copies below `root`: by their paths there, of what is at these addresses. `is_unknown` says of which paths
/// nothing is known, so that what there is stays.
///
/// # Errors
/// Something cannot be listed, copied or removed.
pub fn renew(
    root: &Path,
    due: &BTreeMap<String, PathBuf>,
    is_unknown: impl Fn(&str) -> bool,
) -> io::Result<()> {
    let there = storage::below(root)?;
    let there: BTreeSet<&str> = there.iter().map(|object| object.name.as_str()).collect();
    let made = storage::now(&root.join(MADE_FROM))?.map(|now| now.bytes).unwrap_or_default();
    let made = String::from_utf8_lossy(&made);
    let made: BTreeMap<&str, &str> = made.lines().filter_map(|line| line.split_once(' ')).collect();
    let source = |path: &Path| path.display().to_string();
    let is_made = |name: &str, from: &Path| {
        there.contains(name) && made.get(name).is_some_and(|made| **made == source(from))
    };
    let missing: Vec<_> = due.iter().filter(|(name, from)| !is_made(name, from)).collect();
    let gone = there
        .iter()
        .filter(|name| **name != MADE_FROM && !due.contains_key(**name) && !is_unknown(name));
    let gone: Vec<&str> = gone.copied().collect();
    if missing.is_empty() && gone.is_empty() {
        return Ok(());
    }
    missing.par_iter().try_for_each(|(name, from)| storage::copy(from, &root.join(name)))?;
    gone.par_iter().try_for_each(|name| storage::remove(&root.join(name)))?;
    let lines = due.iter().map(|(name, from)| format!("{name} {}\n", source(from)));
    storage::put(&root.join(MADE_FROM), lines.collect::<String>())
}
