//! The chain of openings: each month begins with the closing state of the one before.
//!
//! A later revision may change that closing state. The month after is then *stale*: it was billed
//! on a state that is no longer in force. So is every month after a stale one, as far as each was
//! opened with the one before. The chain ends where a month began in another way: from nothing,
//! from a file, from an imported state.

use serde::Serialize;

use super::manifest::{Manifest, OpeningRecord};
use super::months::Book;
use super::revision::Revision;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage;
use crate::tables::{Table, differ_in_columns_alone};

/// Why a month is stale: the closing state that it rests on is no longer in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// The month whose closing state has changed: the one before, or an earlier one.
    pub month: Month,
    /// The revision of that month which the chain was opened with.
    pub opened_with: String,
    /// The revision of that month which is in force.
    pub in_force: String,
}

impl Stale {
    /// Why, in words; `it` is the stale month.
    pub fn in_words(&self) -> String {
        let Stale { month, opened_with, in_force } = self;
        format!("{month} {in_force} closes otherwise than {opened_with}, on which it rests")
    }
}

/// A published month's place in the chain.
#[derive(Debug)]
pub struct ChainedMonth {
    /// The month.
    pub month: Month,
    /// Why it is stale, if it is; or why that cannot be told.
    pub stale: Result<Option<Stale>>,
}

impl Book {
    /// Why a month is stale; `None` where it is not, and where it is not published.
    ///
    /// Where several closing states have changed, the latest is told. States are compared by
    /// their rows, not by the bytes of their Parquet files, which another version of the program
    /// may write otherwise.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where a month that it depends on cannot be understood.
    pub fn stale(&self, month: Month) -> Result<Option<Stale>> {
        let mut next = self.current(month)?;
        while let Some(revision) = next {
            let Some((before, opened_with)) = predecessor(&revision)? else {
                return Ok(None);
            };
            next = self.current(before)?;
            if let Some(in_force) = &next
                && let Some(stale) = self.overtaken(before, opened_with, in_force)?
            {
                return Ok(Some(stale));
            }
        }
        Ok(None)
    }

    /// Whether a month began alike twice: in the same way, and with a state of the same rows.
    ///
    /// # Errors
    /// As [`Book::stale`].
    pub fn opens_alike(&self, one: &OpeningRecord, other: &OpeningRecord) -> Result<bool> {
        let (
            OpeningRecord::Book { month, revision: one, .. },
            OpeningRecord::Book { month: of_other, revision: other, .. },
        ) = (one, other)
        else {
            return Ok(one == other);
        };
        if (month, one) == (of_other, other) {
            return Ok(true);
        }
        let close =
            [(month, one), (of_other, other)].map(|(month, name)| self.revision(*month, name));
        let [one, other] = close;
        close_alike(&one?, &other?)
    }

    /// All published months in order, each with what [`Book::stale`] says of it. A month that
    /// cannot be understood leaves those before it, and those after the next break, as they are.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book's folder cannot be read.
    pub fn chain(&self) -> Result<Vec<ChainedMonth>> {
        let mut links: Vec<ChainedMonth> = Vec::new();
        let mut before: Option<Revision> = None;
        for month in self.months()? {
            let last = links.last().filter(|last| last.month == month.previous());
            let current = self.current(month);
            let stale = match &current {
                Ok(Some(revision)) => self.link(month, revision, before.as_ref(), last),
                Ok(None) => Ok(None),
                Err(_) => Err(unknown(month)),
            };
            links.push(ChainedMonth { month, stale });
            before = current.unwrap_or_default();
        }
        Ok(links)
    }

    /// One step of the chain: `before` is the revision in force of the published month before
    /// this one, `last` the link of the very month before.
    fn link(
        &self,
        month: Month,
        revision: &Revision,
        before: Option<&Revision>,
        last: Option<&ChainedMonth>,
    ) -> Result<Option<Stale>> {
        let (Some((previous, opened_with)), Some(last)) = (predecessor(revision)?, last) else {
            return Ok(None);
        };
        let Some(in_force) = before else {
            return Err(unknown(month));
        };
        if let Some(stale) = self.overtaken(previous, opened_with, in_force)? {
            return Ok(Some(stale));
        }
        last.stale.as_ref().map(Clone::clone).map_err(|_| unknown(month))
    }

    /// Whether a month's closing state is another one now than in the revision `opened_with`.
    fn overtaken(
        &self,
        month: Month,
        opened_with: &str,
        in_force: &Revision,
    ) -> Result<Option<Stale>> {
        if opened_with == in_force.name {
            return Ok(None);
        }
        if !self.revisions(month)?.iter().any(|name| name == opened_with) {
            return Err(Error::new(
                Code::CHAIN_BROKEN,
                format!("has no {opened_with}, which {} began with", month.next()),
            )
            .in_file(self.month_folder(month))
            .changed_by_hand());
        }
        let earlier = self.revision(month, opened_with)?;
        Ok((!close_alike(&earlier, in_force)?).then(|| Stale {
            month,
            opened_with: opened_with.to_owned(),
            in_force: in_force.name.clone(),
        }))
    }
}

/// The month before, and the revision of it, whose closing state a revision began with; `None`
/// where it began in another way.
fn predecessor(revision: &Revision) -> Result<Option<(Month, &str)>> {
    let OpeningRecord::Book { month, revision: opened_with, .. } = &revision.manifest.opening
    else {
        return Ok(None);
    };
    if *month == revision.manifest.month.previous() {
        return Ok(Some((*month, opened_with)));
    }
    Err(Error::new(Code::CHAIN_BROKEN, "does not begin with the month before")
        .in_file(revision.folder().join(Manifest::FILE))
        .in_column("opening")
        .with_value(month.to_string())
        .changed_by_hand())
}

/// Whether two revisions close alike, row by row: in the same state, with the same grants, and with
/// the same ids for the next month, where both have kept some. A revision of an earlier version kept
/// none, and what rests
/// on it does not become stale by that.
fn close_alike(one: &Revision, other: &Revision) -> Result<bool> {
    let folders = [one, other].map(Revision::in_book);
    let [one, other] = [one, other].map(|revision| &revision.manifest);
    let states = [one, other].map(|manifest| manifest.content(Table::State));
    let ids = [one, other].map(|manifest| manifest.content(Table::RecentIds));
    let [state, ids] = [states, ids].map(|[one, other]| one.zip(other).map(|(a, b)| a == b));
    // A version that knew no grants wrote no table of them.
    let grants = |manifest: &Manifest| {
        let some = manifest.content(Table::Grants).filter(|content| content.rows > 0);
        some.map(|content| content.sha256.to_owned())
    };
    if ids == Some(false) || grants(one) != grants(other) {
        return Ok(false);
    }
    // An earlier version wrote fewer columns.
    match state {
        Some(false) => {
            let tables = folders.map(|folder| !storage::is_gone(&folder.join("state.parquet")));
            Ok(tables == [true, true]
                && differ_in_columns_alone(folders[0], folders[1], Table::State)?)
        }
        state => Ok(state == Some(true)),
    }
}

fn unknown(month: Month) -> Error {
    Error::new(
        Code::CHAIN_BROKEN,
        format!("{month} or a month that it rests on cannot be understood"),
    )
    .hint_of_damage("restore the damaged month from a copy of the book")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tables::Output;

    /// Writes a manifest for a revision whose closing state has `digest`, and puts it in force. After
    /// a slash the digest of the ids that it keeps may follow.
    fn publish(book: &Book, month: &str, name: &str, opening: OpeningRecord, digest: &str) {
        let folder = book.folder().join(month);
        std::fs::create_dir_all(folder.join(name)).unwrap();
        let (digest, ids) = digest.split_once('/').map_or((digest, None), |(a, b)| (a, Some(b)));
        let output = |file: &str, sha256: String, rows_sha256: Option<&str>| Output {
            file: file.to_owned(),
            rows: 1,
            bytes: 1,
            sha256,
            apostrophes: file.ends_with(".csv").then_some(0),
            rows_sha256: rows_sha256.map(str::to_owned),
        };
        // Another version of the program wrote other bytes of the same rows.
        let bytes = format!("{digest} by {name}");
        let mut outputs = vec![
            output("state.parquet", bytes.clone(), None),
            output("state.csv", digest.to_owned(), None),
        ];
        outputs.extend(ids.map(|ids| output("recent_ids.parquet", bytes, Some(ids))));
        let manifest = Manifest { opening, outputs, ..Manifest::of_nothing(month, name) };
        std::fs::write(folder.join(name).join(Manifest::FILE), manifest.to_text().unwrap())
            .unwrap();
        std::fs::write(folder.join("CURRENT"), format!("{name}\n")).unwrap();
    }

    fn opened_with(month: &str, revision: &str) -> OpeningRecord {
        let (month, revision) = (Month::parse(month).unwrap(), revision.to_owned());
        OpeningRecord::Book {
            month,
            revision,
            sha256: String::new(),
            recent_ids_sha256: None,
            grants_sha256: None,
        }
    }

    /// April to July, each opened with the first revision of the one before.
    fn four_months(folder: &Path) -> Book {
        let book = Book::at(folder);
        publish(&book, "2026-04", "r001", OpeningRecord::Genesis, "a");
        publish(&book, "2026-05", "r001", opened_with("2026-04", "r001"), "b");
        publish(&book, "2026-06", "r001", opened_with("2026-05", "r001"), "c");
        publish(&book, "2026-07", "r001", opened_with("2026-06", "r001"), "d");
        book
    }

    /// What is said of every month, by [`Book::stale`] and by [`Book::chain`] alike.
    fn told(book: &Book) -> Vec<String> {
        let tell = |stale: Result<Option<Stale>>| match stale {
            Ok(Some(Stale { month, opened_with, in_force })) => {
                format!("{month} {opened_with} {in_force}")
            }
            Ok(None) => String::new(),
            Err(error) => error.kind().name().to_owned(),
        };
        let links = book.chain().unwrap();
        let each: Vec<String> = links.iter().map(|l| tell(book.stale(l.month))).collect();
        let chain: Vec<String> = links.into_iter().map(|link| tell(link.stale)).collect();
        assert_eq!(each, chain);
        chain
    }

    #[test]
    fn a_changed_closing_state_makes_all_later_months_stale() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        assert_eq!(told(&book), ["", "", "", ""]);

        publish(&book, "2026-05", "r002", opened_with("2026-04", "r001"), "other");
        assert_eq!(told(&book), ["", "", "2026-05 r001 r002", "2026-05 r001 r002"]);

        // June is billed again on May's r002, with another closing state, too.
        publish(&book, "2026-06", "r002", opened_with("2026-05", "r002"), "other");
        assert_eq!(told(&book), ["", "", "", "2026-06 r001 r002"]);
        publish(&book, "2026-07", "r002", opened_with("2026-06", "r002"), "d");
        assert_eq!(told(&book), ["", "", "", ""]);
    }

    #[test]
    fn the_same_closing_state_again_makes_nothing_stale() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        publish(&book, "2026-04", "r002", OpeningRecord::Genesis, "a");
        assert_eq!(told(&book), ["", "", "", ""]);
        // Changed, and changed back.
        publish(&book, "2026-04", "r003", OpeningRecord::Genesis, "other");
        assert_eq!(told(&book)[1], "2026-04 r001 r003");
        publish(&book, "2026-04", "r004", OpeningRecord::Genesis, "a");
        assert_eq!(told(&book), ["", "", "", ""]);
    }

    #[test]
    fn other_ids_make_the_next_month_stale_where_both_revisions_kept_some() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        // An earlier version kept none.
        publish(&book, "2026-05", "r002", opened_with("2026-04", "r001"), "b/x");
        assert_eq!(told(&book), ["", "", "", ""]);
        publish(&book, "2026-06", "r002", opened_with("2026-05", "r002"), "c/z");
        publish(&book, "2026-05", "r003", opened_with("2026-04", "r001"), "b/y");
        assert_eq!(told(&book), ["", "", "2026-05 r002 r003", "2026-05 r002 r003"]);
        publish(&book, "2026-05", "r004", opened_with("2026-04", "r001"), "b/x");
        assert_eq!(told(&book), ["", "", "", ""]);
    }

    #[test]
    fn the_chain_ends_where_a_month_began_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        let file = OpeningRecord::File { file: "state.csv".to_owned(), sha256: String::new() };
        publish(&book, "2026-06", "r002", file, "c");
        publish(&book, "2026-04", "r002", OpeningRecord::Genesis, "other");
        assert_eq!(told(&book), ["", "2026-04 r001 r002", "", ""]);

        let imported = OpeningRecord::Imported {
            sha256: String::new(),
            recent_ids_sha256: None,
            grants_sha256: None,
        };
        publish(&book, "2026-05", "r002", imported, "b");
        assert_eq!(told(&book), ["", "", "", ""]);
        assert_eq!(book.stale(Month::parse("2026-12").unwrap()).unwrap(), None);
    }

    #[test]
    fn a_month_that_is_gone_breaks_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        std::fs::remove_dir_all(book.folder().join("2026-05")).unwrap();
        publish(&book, "2026-04", "r002", OpeningRecord::Genesis, "other");
        assert_eq!(told(&book), ["", "", ""]);
    }

    #[test]
    fn damage_is_told_of_the_months_that_rest_on_it() {
        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        publish(&book, "2026-06", "r002", opened_with("2026-05", "r001"), "other");
        std::fs::write(book.folder().join("2026-05/CURRENT"), "r009\n").unwrap();
        assert_eq!(told(&book), ["", "book", "book", "2026-06 r001 r002"]);

        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        publish(&book, "2026-05", "r002", opened_with("2026-04", "r001"), "b");
        std::fs::remove_dir_all(book.folder().join("2026-05/r001")).unwrap();
        assert_eq!(told(&book), ["", "", "book", "book"]);
        let lost = book.stale(Month::parse("2026-06").unwrap()).unwrap_err();
        assert!(lost.to_string().contains("has no r001, which 2026-06 began with"), "{lost}");

        let folder = tempfile::tempdir().unwrap();
        let book = four_months(folder.path());
        publish(&book, "2026-06", "r001", opened_with("2026-07", "r001"), "c");
        assert_eq!(told(&book), ["", "", "book", "book"], "no walk in circles");
    }
}
