//! `book copy`: a book in another place, whole and verified; the copy is the backup.

mod request;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::book::{Book, Copied};

pub use request::Request;

/// The answer for machines.
#[derive(Serialize)]
struct CopyResult<'a> {
    status: &'static str,
    exit_code: u8,
    from: String,
    to: String,
    imports: &'a [Month],
    months: &'a [CopiedMonth],
}

/// What was copied of a month.
#[derive(Debug, Serialize)]
struct CopiedMonth {
    month: Month,
    revisions: Vec<String>,
    files: usize,
    bytes: u64,
}

impl CopiedMonth {
    fn in_words(&self) -> String {
        let CopiedMonth { month, revisions, files, .. } = self;
        format!("{month} {} copied ({})", revisions.join(", "), counted(*files as u64, "file"))
    }
}

/// Copies what a place lacks of a book: imported openings, then months and revisions in order, each in force once it is
/// whole there and every file is what its manifest says. Cut short, the same request goes on.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where there is nothing to copy, or both places are one;
/// [`crate::base::error::Kind::Book`] where the other place holds another book, or something cannot be read or written;
/// [`crate::base::error::Kind::Conservation`] where a file is not as it was published;
/// [`crate::base::error::Kind::Locked`] where a run is at the copy. What was copied before is named by the error.
pub fn run(request: &Request) -> Result<Answer> {
    let Request { from, to, .. } = request;
    let months = from.months()?;
    if months.is_empty() {
        return Err(Error::new(Code::HOLDS_NO_MONTH, "holds no month: there is nothing to copy")
            .in_file(from.folder())
            .hint("say first the book, and then where its copy goes"));
    }
    if from.folder() == to.folder() {
        return Err(Error::new(Code::OPTION_VALUE, "a book is not copied onto itself")
            .in_file(to.folder())
            .expected("another place"));
    }
    // Whether it is another book is looked at before anything is written there.
    let mut lacking = Vec::new();
    for month in to.months()?.into_iter().chain(months).collect::<BTreeSet<_>>() {
        if !from.lacking_in(to, month)?.is_empty() {
            lacking.push(month);
        }
    }
    let (mut imports, mut done) = (Vec::new(), Vec::new());
    let copied = copy(request, &lacking, &mut imports, &mut done);
    let copied = copied.and_then(|()| to.renew_current_tables());
    copied.map_err(|e| e.after(done.iter().map(CopiedMonth::in_words)))?;
    Ok(answer(from, to, &imports, &done))
}

fn copy(
    request: &Request,
    lacking: &[Month],
    imports: &mut Vec<Month>,
    done: &mut Vec<CopiedMonth>,
) -> Result<()> {
    let Request { from, to, holder } = request;
    for month in from.imports()? {
        let Some(imported) = from.imported(month)? else { continue };
        let there = to.imported(month)?;
        if there.is_none_or(|there| there.record != imported.record) {
            let _lock = to.lock(month, holder)?;
            from.copy_import(&imported, to)?;
            imports.push(month);
        }
    }
    for &month in lacking {
        let _lock = to.lock(month, holder)?;
        let mut journal = to.open_journal()?;
        let (mut revisions, mut sum) = (Vec::new(), Copied::default());
        for name in from.lacking_in(to, month)? {
            let copied = from.copy_revision(month, &name, to, &mut journal)?;
            revisions.push(name);
            sum = Copied { files: sum.files + copied.files, bytes: sum.bytes + copied.bytes };
        }
        let Copied { files, bytes } = sum;
        done.push(CopiedMonth { month, revisions, files, bytes });
    }
    Ok(())
}

fn answer(from: &Book, to: &Book, imports: &[Month], months: &[CopiedMonth]) -> Answer {
    let [from, to] = [from, to].map(|book| book.folder().display().to_string());
    let of_imports = imports.iter().map(|month| format!("{month} imported opening copied\n"));
    let mut text: String = of_imports.collect();
    text.extend(months.iter().map(|month| month.in_words() + "\n"));
    let is_all_there = imports.is_empty() && months.is_empty();
    let status = if is_all_there { "unchanged" } else { "copied" };
    text.push_str(&match is_all_there {
        true => format!("{to} has all of {from} already: nothing to copy\n"),
        false => {
            format!("{to} is a copy of {from}; monthend verify --book {to} proves all of it\n")
        }
    });
    Answer::new(text, &CopyResult { status, exit_code: 0, from, to, imports, months }, 0)
}
