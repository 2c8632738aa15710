//! Late usage of the months of a book (L2), told from the manifests in force: as it is now, whatever
//! was late when a month was published.

use std::collections::BTreeMap;
use std::path::Path;

use super::month::BookMonth;
use super::request::Request;
use crate::base::calendar::Month;
use crate::book::{BilledUsage, LateUsage, months_in};

/// What months of a book were not billed from, though the inputs of a later month have it; by month
/// and file. A file that several months read is told once, as it is where it has most. Of a month
/// that is damaged nothing is known.
pub(super) fn late_usage(request: &Request, months: &[BookMonth]) -> Vec<LateUsage> {
    let mut billed = BilledUsage::of(&request.book);
    let mut found: BTreeMap<(Month, String), LateUsage> = BTreeMap::new();
    for (reader, published) in months.iter().filter_map(|of| Some((of.month, of.published()?))) {
        let inputs = &published.recorded;
        let folder = published.inputs_folder.as_deref().map(Path::new);
        for month in months_in(inputs).into_iter().filter(|month| *month < reader) {
            for late in billed.late(month, inputs, folder).unwrap_or_default() {
                let late = late.seen_from(&request.working_folder, folder);
                let key = (month, late.file.clone());
                if found.get(&key).is_none_or(|known| known.rows < late.rows) {
                    found.insert(key, late);
                }
            }
        }
    }
    found.into_values().collect()
}
