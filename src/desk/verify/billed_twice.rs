//! Events that were billed to two accounts of a month (X3), as it stands: where some accounts stand
//! as an earlier revision billed them, from other usage. The tables alone cannot show it; the
//! recorded usage can, where it is still there.

use std::path::Path;

use super::finding::{Audit, FindingCode, Place, in_words};
use crate::base::error::Result;
use crate::book::{
    Book, InputPlaces, OpeningSource, Revision, UsageFiles, Whereabouts, read_the_same,
};
use crate::check::{BilledFrom, BilledTwice, EventIds};
use crate::input::logs::{self, LogSchema};
use crate::tables::{StateRow, records_of};

/// Events that are named; more are counted.
const NAMED: usize = 20;

/// Looks for events that the revision in force, and those that other accounts stand as, billed
/// twice.
pub(super) fn check(book: &Book, in_force: &Revision, said: &Whereabouts, audit: &mut Audit) {
    let place = Place::month(in_force.manifest.month).revision(&in_force.name);
    match find(book, in_force, said) {
        Err(e) => {
            let what = format!(
                "whether an event is billed to two accounts cannot be told from here: {}",
                in_words(&e)
            );
            audit.note("usage-elsewhere", &place, what);
        }
        Ok(twice) => {
            for BilledTwice { event, by: [(one, newer), (other, older)] } in
                twice.iter().take(NAMED)
            {
                let what = format!(
                    "event `{event}` is billed to `{one}` ({newer}) and to `{other}` ({older})"
                );
                let place = place.clone().account(other);
                audit.add_expected(FindingCode::BilledTwice, place, what, "one account (X3)");
            }
            if let Some(more) = twice.len().checked_sub(NAMED).filter(|more| *more > 0) {
                audit.add(FindingCode::BilledTwice, place, format!("and {more} more events"));
            }
        }
    }
}

fn find(book: &Book, in_force: &Revision, said: &Whereabouts) -> Result<Vec<BilledTwice>> {
    let month = in_force.manifest.month;
    let revisions = book.billed_by(month, in_force)?;
    let inputs: Vec<_> = revisions.iter().map(|r| r.manifest.inputs.as_slice()).collect();
    let options = &in_force.manifest.options;
    if read_the_same(&inputs) || !options.event_ids {
        return Ok(Vec::new());
    }
    let mut usage = UsageFiles::default();
    let mut billed_from = Vec::new();
    for revision in &revisions {
        let (files, dropped) = usage.add_revision(revision, said)?;
        let (revision, scope) = (revision.name.clone(), revision.manifest.scope().clone());
        billed_from.push(BilledFrom { revision, scope, files, dropped });
    }
    let table = LogSchema::usage(&options.map_usage, true)?.written(options.dialect_usage);
    let places = InputPlaces::of(in_force.folder(), said);
    let billed_before = match book.opening_of(&in_force.manifest, &places)? {
        OpeningSource::InBook(state) => state.recent_ids()?.map(Path::to_owned),
        OpeningSource::Genesis | OpeningSource::File(_) => None,
    };
    let event_ids = EventIds {
        month,
        reads_before: false,
        sources: &logs::open(usage.files.clone(), &table)?,
        table: &table,
        billed_from: &billed_from,
        billed_before: billed_before.as_deref(),
        is_billed: &|account, at| {
            let states = records_of::<StateRow>(in_force.in_book(), account)?;
            Ok(states.iter().any(|state| state.signed_up_at <= at))
        },
    };
    event_ids.billed_twice()
}
