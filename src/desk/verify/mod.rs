//! An auditor's check of everything in a book: that nothing is missing, strange or changed, that
//! the revisions and months follow from one another, and that credits and money add up.
//!
//! It reads the book and nothing else, writes nothing and takes no lock. Where a run publishes
//! meanwhile, it looks again.

mod conservation;
mod document;
mod documents;
mod finding;
mod format_parity;
mod history;
mod journal;
mod openings;
mod report;
mod revision;
mod since;
mod survey;
mod totals;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rayon::prelude::*;

use crate::base::answer::Answer;
use crate::base::error::Result;
use crate::book::{Book, Manifest};

pub use finding::{Code, Finding, Note, Place};

use finding::Found;
use openings::Known;
use report::{MonthReport, Report};
use revision::Facts;
use survey::{MonthFolder, Survey};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// What an earlier verification printed with `--json`.
    pub since: Option<PathBuf>,
}

/// A book that changes meanwhile is looked at this often.
const LOOKS: usize = 5;

/// How long a run may take from putting a revision there to putting it in force and noting it.
const BETWEEN: Duration = Duration::from_millis(300);

/// Verifies a book.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where there is no such folder, or what an earlier verification
/// printed cannot be understood; [`crate::base::error::Kind::Book`] where the folder cannot be listed
/// or is no book's. Whatever is wrong within a book is a finding and no error.
pub fn run(request: &Request) -> Result<Answer> {
    let seen = request.since.as_deref().map(since::read).transpose()?;
    let mut looks = 0;
    loop {
        looks += 1;
        let survey = Survey::of(&request.book)?;
        let mut report = look(&request.book, &survey, seen.as_deref());
        if report.found.is_underway {
            std::thread::sleep(BETWEEN);
        }
        let has_changed = Survey::of(&request.book)? != survey;
        if has_changed && looks < LOOKS && !report.found.findings.is_empty() {
            continue;
        }
        if has_changed {
            let what = "was published in meanwhile; what came last is not verified";
            report.found.note("changing", &Place::book(), what);
        }
        return Ok(report.answer());
    }
}

/// Verifies the book as it is now.
fn look(book: &Book, survey: &Survey, seen: Option<&[since::Seen]>) -> Report {
    let mut found = Found::default();
    survey.check(&mut found);
    let imported = match survey.has_openings() {
        true => openings::imported(&book.folder().join("openings"), &mut found),
        false => BTreeMap::new(),
    };
    let of_month = |month: &'_ MonthFolder| -> Vec<(Facts, Found)> {
        month.revisions().par_iter().map(|name| revision::check(month, name)).collect()
    };
    let checked: Vec<(Facts, Found)> = survey.months.par_iter().flat_map(of_month).collect();
    let (revisions, by_themselves): (Vec<Facts>, Vec<Found>) = checked.into_iter().unzip();
    let by_name = |facts: &'_ Facts| (facts.month, facts.name.clone());
    let known = Known {
        revisions: revisions.iter().map(|facts| (by_name(facts), facts)).collect(),
        imported: &imported,
    };
    let beside_others: Vec<Found> =
        revisions.par_iter().map(|facts| with_others(facts, &known)).collect();
    // What was found, in the order of months and revisions.
    let mut of_revisions = by_themselves.into_iter().zip(beside_others);
    for month in &survey.months {
        month.check(&mut found);
        for (one, other) in of_revisions.by_ref().take(month.revisions().len()) {
            found.extend(one);
            found.extend(other);
        }
    }
    journal::check(survey.journal.as_deref(), &revisions, &mut found);
    if let Some(seen) = seen {
        since::check(seen, &revisions, &mut found);
    }
    if found.findings.is_empty() {
        stale(book, &mut found);
    }
    let months = survey.months.iter().map(|month| month_report(month, &revisions)).collect();
    Report { book: book.folder().display().to_string(), months, found }
}

fn month_report(month: &MonthFolder, revisions: &[Facts]) -> MonthReport {
    let of_month = revisions.iter().filter(|facts| facts.month == month.month);
    MonthReport {
        month: month.month.to_string(),
        in_force: month.in_force(),
        revisions: of_month
            .map(|facts| (facts.name.clone(), facts.manifest_sha256.clone()))
            .collect(),
    }
}

/// What can be said of a revision only beside the others.
fn with_others(facts: &Facts, known: &Known<'_>) -> Found {
    let of_month = known.revisions.values().filter(|other| other.month == facts.month);
    let reasons: BTreeMap<String, Option<String>> = of_month
        .filter_map(|other| Some((other.name.clone(), other.manifest.as_ref()?.reason.clone())))
        .collect();
    let mut found = documents::check(facts, &reasons);
    let before = facts.name_before().and_then(|name| known.revisions.get(&(facts.month, name)));
    let before = before.copied();
    if let Some(before) = before {
        found.extend(history::check(before, facts));
        previous(before, facts, &mut found);
    }
    if let (Some(manifest), Some(catalog)) = (&facts.manifest, &facts.catalog) {
        let began = openings::check(facts, manifest, catalog, known, &mut found);
        conservation::check(facts, (manifest, catalog), began, before, &mut found);
    }
    found
}

/// The revision names the manifest of the one before it.
fn previous(before: &Facts, facts: &Facts, found: &mut Found) {
    let named = facts.manifest.as_ref().and_then(|manifest| manifest.previous.as_ref());
    let (Some(named), Some(is)) = (named, &before.manifest_sha256) else {
        return; // Told where the manifest is read.
    };
    if named.manifest_sha256 != *is {
        let place = facts.place().file(Manifest::FILE);
        let what = format!("follows a {} whose manifest is another", before.name);
        let expected = format!("sha256 {is}, as that manifest is now");
        found.add_expected(Code::Previous, place, what, expected);
    }
}

/// Months that rest on a closing state that a later revision has changed: no fault, for a run may
/// have been told to.
fn stale(book: &Book, found: &mut Found) {
    for link in book.chain().unwrap_or_default() {
        if let Ok(Some(stale)) = link.stale {
            let what = format!(
                "is stale: it rests on {} {}, and {} is in force",
                stale.month, stale.opened_with, stale.in_force
            );
            found.note("stale", &Place::month(link.month), what);
        }
    }
}
