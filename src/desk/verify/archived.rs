//! Archived months: their records against what the book keeps, and against the archive where it is at
//! hand.

use super::finding::{Audit, FindingCode, Place};
use super::listing::MonthFolder;
use crate::book::{ARCHIVED, ArchiveRecord, Book, Manifest, MonthTotals};

/// Holds a revision's manifests against the record: the one that the book keeps, and the one in the
/// archive, where that is at hand.
pub(super) fn check_revision(
    record: &ArchiveRecord,
    place: &Place,
    name: &str,
    (kept, copy): (Option<&str>, Option<Option<&str>>),
    audit: &mut Audit,
) {
    let place = || place.clone().file(Manifest::FILE);
    let Some(due) = record.manifest_of(name) else {
        let what = format!("{ARCHIVED} does not name the revision");
        let expected = "all revisions of the month";
        return audit.add_expected(FindingCode::Archive, place(), what, expected);
    };
    let both = [("the manifest", Some(kept)), ("the manifest in the archive", copy)];
    for (which, is) in both {
        // One that cannot be read is told already.
        if let Some(Some(is)) = is.filter(|is| *is != Some(due)) {
            let what =
                format!("{which} is not the one that {ARCHIVED} records: its sha256 is {is}");
            audit.add_expected(FindingCode::Archive, place(), what, due);
        }
    }
}

/// Checks the record of an archived month, and the month's folder in the archive.
pub(super) fn check(book: &Book, month: &MonthFolder, audit: &mut Audit) {
    let place = || Place::month(month.month).file(ARCHIVED);
    let record = match &month.archived {
        None => return,
        Some(Err(why)) => return audit.add(FindingCode::Archive, place(), why),
        Some(Ok(record)) => record,
    };
    let mut hold = |what: &str, is: String, due: String| {
        if is != due {
            audit.add_expected(FindingCode::Archive, place(), format!("`{what}` is `{is}`"), due);
        }
    };
    let list = |names: &[String]| names.join(", ");
    hold("month", record.month.to_string(), month.month.to_string());
    hold("in_force", record.in_force.clone(), month.in_force().unwrap_or_default());
    let named: Vec<String> = record.revisions.iter().map(|one| one.revision.clone()).collect();
    hold("revisions", list(&named), list(&month.revisions()));
    let Some(copy) = &month.in_archive else { return };
    let mut of_copy = Audit::default();
    copy.check(&mut of_copy);
    if copy.revisions() != month.revisions() {
        let what = format!("there are {}", list(&copy.revisions()));
        of_copy.add_expected(FindingCode::Archive, Place::month(month.month), what, list(&named));
    }
    audit.extend(of_copy.in_the_archive());
    let totals = book.current(month.month).and_then(|revision| {
        let totals = revision.as_ref().map(MonthTotals::of).transpose()?;
        Ok(totals)
    });
    match totals {
        Ok(Some(is)) if is == record.totals => {}
        Ok(_) => {
            let what = "`totals` are not what the tables in the archive come to";
            audit.add(FindingCode::Archive, place(), what);
        }
        Err(error) => audit.add_failure(FindingCode::Archive, place(), &error),
    }
}

/// Says which months are archived where the archive is not at hand, so that the book alone speaks for
/// them.
pub(super) fn note(book: &Book, months: &[MonthFolder], audit: &mut Audit) {
    let away =
        |month: &&MonthFolder| matches!(month.archived, Some(Ok(_))) && month.in_archive.is_none();
    let away: Vec<&MonthFolder> = months.iter().filter(away).collect();
    let (Some(first), Some(last)) = (away.first(), away.last()) else { return };
    let Some(Ok(record)) = &last.archived else { return };
    let which = match away.len() {
        1 => format!("{} is archived, and its archive is", first.month),
        count => {
            format!("{count} months, {} to {}, are archived, and are", first.month, last.month)
        }
    };
    let what = format!(
        "{which} not at {}: held against what the book keeps; --archive DIR verifies all of it",
        book.archive_of(record).display()
    );
    audit.note("archived", &Place::book(), what);
}
