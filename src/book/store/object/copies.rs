//! `current/` in object storage, which has no links: copies, made by the storage itself.
//!
//! `current/.made-from` says which files they were made from, so that only what has changed is copied again. Several
//! runs may be at it at once: each looks at what is in force again once it has copied something, until it has nothing
//! to copy.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::super::super::places::{CURRENT_TABLES, entries};
use super::super::current::{FORMS, failed};
use super::super::seam::Store;
use super::place::InStorage;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::storage;
use crate::tables::Table;

/// The object that says what the copies are of.
pub const MADE_FROM: &str = ".made-from";

/// So often at the most.
const ROUNDS: usize = 8;

/// What the copies are of: by their paths in `current/`, the paths in the book.
type MadeFrom = BTreeMap<String, String>;

impl InStorage {
    /// Makes the copies what the months' `CURRENT` say.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a part of it could not be made.
    pub(super) fn renew_copies(&self) -> Result<()> {
        let root = self.folder.join(CURRENT_TABLES);
        let failed = |e: io::Error| failed(&root, e);
        for _ in 0..ROUNDS {
            let made = self.made_from().map_err(failed)?;
            let due = self.due_copies(&made)?;
            if self.copy_what_differs(&made, &due).map_err(failed)? {
                return Ok(());
            }
            self.look_afresh();
        }
        Ok(()) // others publish all the time, and each of them does this
    }

    fn made_from(&self) -> io::Result<MadeFrom> {
        let path = self.folder.join(CURRENT_TABLES).join(MADE_FROM);
        let text = storage::now(&path)?.map(|now| now.bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(lines.map(|(name, from)| (name.to_owned(), from.to_owned())).collect())
    }

    /// What should be copied. Of a revision that was copied before it is known which files it has.
    fn due_copies(&self, made: &MadeFrom) -> Result<MadeFrom> {
        let mut due = MadeFrom::new();
        for month in self.months()? {
            if self.is_archived(month)? {
                continue;
            }
            let Ok(Some(revision)) = self.in_force(month) else {
                // Of what cannot be understood, what there is stays.
                due.extend(of_month(made, month));
                continue;
            };
            let folder = self.revision_folder(month, &revision)?;
            let in_book = folder.strip_prefix(&self.folder).unwrap_or(&folder).display();
            let is_of_it = |(_, from): &(String, String)| from.starts_with(&format!("{in_book}/"));
            let known: MadeFrom = of_month(made, month).filter(is_of_it).collect();
            if !known.is_empty() {
                due.extend(known);
                continue;
            }
            let there: BTreeSet<String> = entries(&folder)?.into_iter().collect();
            for (table, form) in Table::ALL.iter().flat_map(|t| FORMS.map(|form| (t.name(), form)))
            {
                let file = format!("{table}.{form}");
                if there.contains(&file) {
                    due.insert(format!("{table}/{month}.{form}"), format!("{in_book}/{file}"));
                }
            }
        }
        Ok(due)
    }

    /// Copies and removes what differs; says whether there was nothing to do.
    fn copy_what_differs(&self, made: &MadeFrom, due: &MadeFrom) -> io::Result<bool> {
        let root = self.folder.join(CURRENT_TABLES);
        let there: BTreeSet<String> =
            storage::below(&root)?.into_iter().map(|object| object.name).collect();
        let is_made =
            |name: &String, from: &String| there.contains(name) && made.get(name) == Some(from);
        let missing: Vec<(PathBuf, PathBuf)> = due
            .iter()
            .filter(|(name, from)| !is_made(name, from))
            .map(|(name, from)| (self.folder.join(from), root.join(name)))
            .collect();
        let is_gone = |name: &&String| *name != MADE_FROM && !due.contains_key(*name);
        let gone: Vec<PathBuf> = there.iter().filter(is_gone).map(|name| root.join(name)).collect();
        if missing.is_empty() && gone.is_empty() {
            return Ok(true);
        }
        // A run that is cut short in between leaves it open what these are of, so that the next one copies them again.
        let tell = |made: &mut dyn Iterator<Item = (&String, &String)>| {
            let lines = made.map(|(name, from)| format!("{name} {from}\n"));
            storage::put(&root.join(MADE_FROM), lines.collect::<String>())
        };
        tell(&mut made.iter().filter(|(name, from)| due.get(*name) == Some(*from)))?;
        let copied = storage::at_once(&missing, |(from, to)| storage::copy(from, to));
        let removed = storage::at_once(&gone, |path| storage::remove(path));
        copied.into_iter().chain(removed).collect::<io::Result<()>>()?;
        tell(&mut due.iter())?;
        Ok(false)
    }
}

/// What was made of a month's files.
fn of_month(made: &MadeFrom, month: Month) -> impl Iterator<Item = (String, String)> + '_ {
    let begin = format!("{month}/");
    let of = move |(_, from): &(&String, &String)| from.starts_with(&begin);
    made.iter().filter(of).map(|(name, from)| (name.clone(), from.clone()))
}
