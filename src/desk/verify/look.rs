//! The whole book, looked at until it holds still.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rayon::prelude::*;

use super::current_tables::CurrentListing;
use super::finding::{Audit, FindingCode, Place, in_words};
use super::listing::{BookListing, MonthFolder};
use super::openings::{self, HeldStates};
use super::report::{MonthReport, Report, RevisionReport};
use super::revision::{self, CheckedRevision};
use super::{
    archived, billed_twice, conservation, documents, earlier_verification, history, journal,
};
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::book::{Book, CURRENT_TABLES, Manifest, Whereabouts};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The book.
    pub book: Book,
    /// Where recorded inputs are now.
    pub whereabouts: Whereabouts,
    /// What an earlier verification printed with `--json`.
    pub since: Option<PathBuf>,
    /// Only months before this one are verified, and of archived ones only what the book has.
    pub before: Option<Month>,
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
    let earlier = request.since.as_deref().map(earlier_verification::read).transpose()?;
    let mut looks = 0;
    loop {
        looks += 1;
        request.book.look_afresh();
        let listing = BookListing::of(&request.book, request.before)?;
        let current = CurrentListing::of(&request.book, &listing);
        let mut report = look(request, &listing, current.as_ref(), earlier.as_deref());
        if report.audit.is_underway {
            std::thread::sleep(BETWEEN);
        }
        request.book.look_afresh();
        let now = BookListing::of(&request.book, request.before)?;
        let has_changed = CurrentListing::of(&request.book, &now) != current || now != listing;
        if has_changed && looks < LOOKS && !report.audit.findings.is_empty() {
            continue;
        }
        if has_changed {
            let what = "was published in meanwhile; what came last is not verified";
            report.audit.note("changing", &Place::book(), what);
        }
        return Ok(report.answer());
    }
}

/// Verifies the book as it is now.
fn look(
    request: &Request,
    listing: &BookListing,
    current: Option<&CurrentListing>,
    earlier: Option<&[MonthReport]>,
) -> Report {
    let book = &request.book;
    let mut audit = Audit::default();
    listing.check(&mut audit);
    let imported = match listing.has_openings() {
        true => openings::imported(book, &mut audit),
        false => BTreeMap::new(),
    };
    let of_month = |month: &'_ MonthFolder| -> Vec<(CheckedRevision, Audit)> {
        month.revisions().par_iter().map(|name| revision::check(month, name)).collect()
    };
    let checked: Vec<(CheckedRevision, Audit)> =
        listing.months.par_iter().flat_map(of_month).collect();
    let (revisions, by_themselves): (Vec<CheckedRevision>, Vec<Audit>) =
        checked.into_iter().unzip();
    let by_name = |revision: &'_ CheckedRevision| (revision.month, revision.name.clone());
    let held = HeldStates {
        revisions: revisions.iter().map(|revision| (by_name(revision), revision)).collect(),
        imported: &imported,
    };
    let beside_others: Vec<Audit> =
        revisions.par_iter().map(|revision| with_others(revision, &held)).collect();
    // What was found, in the order of months and revisions.
    let mut of_revisions = by_themselves.into_iter().zip(beside_others);
    for month in &listing.months {
        let before = audit.findings.len();
        month.check(&mut audit);
        archived::check(book, month, &mut audit);
        left_behind(book, month.month, &mut audit);
        for (one, other) in of_revisions.by_ref().take(month.revisions().len()) {
            audit.extend(one);
            audit.extend(other);
        }
        // The logs are only asked where the month is sound by itself.
        if audit.findings.len() == before
            && let Ok(Some(in_force)) = book.current(month.month)
        {
            billed_twice::check(book, &in_force, &request.whereabouts, &mut audit);
        }
    }
    archived::note(book, &listing.months, &mut audit);
    match current {
        // Of months that are not looked at it is not known what is due.
        _ if request.before.is_some() => {}
        Some(current) => current.check(&listing.months, &revisions, &mut audit),
        None if listing.months.is_empty() => {}
        // A book of an earlier version, or one whose `current` was removed: it lacks nothing of its own.
        None => {
            let what =
                format!("has no folder `{CURRENT_TABLES}`: the next run of any month makes it");
            audit.note("no-current-tables", &Place::book(), what);
        }
    }
    journal::check(listing.journal.as_deref(), &revisions, request.before, &mut audit);
    if let Some(earlier) = earlier {
        earlier_verification::check(earlier, &revisions, &mut audit);
    }
    if audit.findings.is_empty() {
        stale(book, &mut audit);
    }
    let months = listing.months.iter().map(|month| month_report(month, &revisions)).collect();
    Report { book: book.folder().display().to_string(), months, audit }
}

/// What runs that were cut short left in object storage: nobody reads it.
fn left_behind(book: &Book, month: Month, audit: &mut Audit) {
    for left in book.leftovers(month).unwrap_or_default() {
        let what =
            format!("{} belongs to no revision: a run that was cut short left it", left.folder);
        audit.note("left-behind", &Place::month(month), what);
    }
}

fn month_report(month: &MonthFolder, revisions: &[CheckedRevision]) -> MonthReport {
    let of_month = revisions.iter().filter(|revision| revision.month == month.month);
    let revision = |of: &CheckedRevision| RevisionReport {
        revision: of.name.clone(),
        manifest_sha256: of.manifest_sha256.clone(),
    };
    MonthReport {
        month: month.month.to_string(),
        in_force: month.in_force(),
        archived: month.archived.is_some(),
        revisions: of_month.map(revision).collect(),
    }
}

/// What can be said of a revision only beside the others.
fn with_others(revision: &CheckedRevision, held: &HeldStates<'_>) -> Audit {
    let of_month = held.revisions.values().filter(|other| other.month == revision.month);
    let issuers: BTreeMap<&str, &Manifest> =
        of_month.filter_map(|other| Some((&*other.name, other.manifest.as_ref()?))).collect();
    let mut audit = documents::check(revision, &issuers);
    let before = revision.name_before();
    let before = before.and_then(|name| held.revisions.get(&(revision.month, name))).copied();
    if let Some(before) = before {
        audit.extend(history::check(before, revision));
        previous(before, revision, &mut audit);
    }
    if let (Some(manifest), Some(catalog)) = (&revision.manifest, &revision.catalog) {
        let opening = openings::check(revision, manifest, catalog, held, &mut audit);
        conservation::check(revision, manifest, catalog, opening, before, &mut audit);
    }
    audit
}

/// The revision names the manifest of the one before it.
fn previous(before: &CheckedRevision, revision: &CheckedRevision, audit: &mut Audit) {
    let named = revision.manifest.as_ref().and_then(|manifest| manifest.previous.as_ref());
    let (Some(named), Some(is)) = (named, &before.manifest_sha256) else {
        return; // Told where the manifest is read.
    };
    if named.manifest_sha256 != *is {
        let place = revision.place().file(Manifest::FILE);
        let what = format!("follows a {} whose manifest is another", before.name);
        let expected = format!("sha256 {is}, as that manifest is now");
        audit.add_expected(FindingCode::Previous, place, what, expected);
    }
}

/// Months that rest on a closing state that a later revision has changed: no fault, for a run may
/// have been told to.
fn stale(book: &Book, audit: &mut Audit) {
    let chain = match book.chain() {
        Ok(chain) => chain,
        Err(error) => return audit.add(FindingCode::Unreadable, Place::book(), in_words(&error)),
    };
    for link in chain {
        if let Ok(Some(stale)) = link.stale {
            let what = format!(
                "is stale: it rests on {} {}, and {} is in force",
                stale.month, stale.opened_with, stale.in_force
            );
            audit.note("stale", &Place::month(link.month), what);
        }
    }
}
