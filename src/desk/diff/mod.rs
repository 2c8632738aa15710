//! What differs between two revisions of a month, and why.
//!
//! Both revisions' tables are sorted by account, so one walk through all of them sees each
//! account in both revisions (`merge`), finds what differs (`account`), and says why (`evidence`):
//! from the tables and manifests alone, since the inputs may be gone.

mod account;
mod aspects;
mod cause;
mod context;
mod differences;
mod evidence;
mod json;
mod merge;
mod opening;
mod run_differences;
mod terms;
mod usage;
mod view;
mod words;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{Book, Manifest, OpeningRecord, Revision};
use crate::tables::Table;

pub use cause::{Cause, Causes};
pub use differences::{AccountDifference, Differences, Figures, LineDifference, Totals};
pub use write::{ACCOUNT_DIFFERENCES, LINE_DIFFERENCES};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// The month.
    pub month: Month,
    /// The two revisions; the one in force and the one before it where none are named.
    pub revisions: Option<(String, String)>,
    /// Where the tables of differences are written.
    pub out: Option<PathBuf>,
}

/// One of the two revisions; it need not be published yet.
#[derive(Debug, Clone)]
pub struct Side<'a> {
    /// Its name, such as `r001`.
    pub name: &'a str,
    /// The folder with its tables.
    pub folder: &'a Path,
    /// What it says of itself.
    pub manifest: &'a Manifest,
    /// The revision of the month before whose state opened it, where that is in the book.
    pub openings: Option<PathBuf>,
}

impl<'a> Side<'a> {
    /// A published revision of a book.
    pub fn published(book: &Book, revision: &'a Revision) -> Self {
        let Revision { name, folder, manifest } = revision;
        Side { name, folder, manifest, openings: openings(book, manifest) }
    }
}

/// The folder with the state that opened a revision, where the book holds it. An import that was
/// replaced since is not that state.
pub fn openings(book: &Book, manifest: &Manifest) -> Option<PathBuf> {
    let file = format!("{}.parquet", Table::State.name());
    let folder = match &manifest.opening {
        OpeningRecord::Book { month, revision, .. } => {
            book.month_folder(Month::parse(month)?).join(revision)
        }
        OpeningRecord::Imported { sha256 } => {
            let imported = book.imported(Month::parse(&manifest.month)?).ok().flatten()?;
            let mut outputs = imported.record.outputs.iter();
            outputs.find(|output| output.file == file && output.sha256 == *sha256)?;
            imported.folder
        }
        OpeningRecord::Genesis | OpeningRecord::File { .. } => return None,
    };
    folder.join(file).is_file().then_some(folder)
}

/// What differs between two revisions of a month.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where they are of two months or in two currencies,
/// [`crate::base::error::Kind::Book`] where a table or a manifest cannot be read.
pub fn compare(before: &Side<'_>, after: &Side<'_>) -> Result<Differences> {
    let ground = context::Ground::of(before, after)?;
    check_comparable(before, after, &ground)?;
    let sums = rayon::join(|| Totals::of(before.folder), || Totals::of(after.folder));
    let mut found = Differences {
        month: after.manifest.month.clone(),
        from_revision: before.name.to_owned(),
        to_revision: after.name.to_owned(),
        currency: ground.after.currency,
        accounts: Vec::new(),
        lines: Vec::new(),
        before: sums.0?,
        after: sums.1?,
        beside: run_differences::Beside::of(before, after)?,
    };
    let only = billed_anew(before, after);
    merge::walk([before, after], !ground.same_opening, only.as_ref(), |pair| {
        if pair.before.is_unknown() && pair.after.is_unknown() {
            found.beside.note(&pair);
        } else if let Some((account, lines)) = account::difference(&pair, &ground) {
            found.accounts.push(account);
            found.lines.extend(lines);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The accounts that the second revision billed anew, where it carried all others over from the
/// first: their rows are the same, which was checked before it was published.
fn billed_anew(before: &Side<'_>, after: &Side<'_>) -> Option<BTreeSet<String>> {
    let previous = after.manifest.previous.as_ref();
    previous.filter(|previous| previous.revision == before.name)?;
    after.manifest.billed_anew()
}

fn check_comparable(before: &Side<'_>, after: &Side<'_>, ground: &context::Ground) -> Result<()> {
    let (one, other) = (&before.manifest.month, &after.manifest.month);
    if one != other {
        return Err(Error::usage(format!("{one} cannot be compared with {other}"))
            .expected("two revisions of one month"));
    }
    let (one, other) = (ground.before.currency, ground.after.currency);
    if one != other {
        let (one, other) = (one.code(), other.code());
        return Err(Error::usage(format!(
            "{} is billed in {one} and {} in {other}: their amounts cannot be compared",
            before.name, after.name
        ))
        .expected("two revisions in one currency"));
    }
    Ok(())
}

/// Compares two revisions of a month that are in the book.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the month has not two revisions, or none of the names
/// given; else as [`compare`] and [`Differences::write`].
pub fn run(request: &Request) -> Result<Answer> {
    let Request { book, month, .. } = request;
    let (before, after) = match &request.revisions {
        Some((from, to)) => (book.revision(*month, from)?, book.revision(*month, to)?),
        None => last_two(book, *month)?,
    };
    let found = compare(&Side::published(book, &before), &Side::published(book, &after))?;
    let mut text = found.summary(MOST_TOLD);
    let mut result = found.to_json();
    if let Some(folder) = &request.out {
        let written = found.write(folder)?;
        let files = written.iter().map(|output| output.file.as_str());
        text.push_str(&format!("  written to {}\n", folder.display()));
        result["folder"] = folder.display().to_string().into();
        result["files"] = files.collect();
    }
    Ok(Answer { text, result, exit_code: 0 })
}

/// The largest differences that a summary tells one by one.
const MOST_TOLD: usize = 10;

/// The revision in force, and the one before it.
fn last_two(book: &Book, month: Month) -> Result<(Revision, Revision)> {
    let after = book.current(month)?.ok_or_else(|| {
        Error::usage(format!("{month} is not published in {}", book.folder().display()))
            .hint("`monthend status` shows the months of a book")
    })?;
    let earlier: Vec<String> = book.revisions(month)?;
    let earlier = earlier.iter().take_while(|name| **name != after.name).last();
    let before = earlier.ok_or_else(|| {
        Error::usage(format!(
            "{month} has one revision, {}: nothing to compare it with",
            after.name
        ))
        .hint(
            "`monthend rerun --dry-run` shows what a rerun would change, `monthend diff \
                 --what-if --catalog PATH` what another catalogue would",
        )
    })?;
    Ok((book.revision(month, before)?, after))
}
