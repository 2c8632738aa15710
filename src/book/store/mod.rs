//! The place of a book: what a book asks of it, and the places that there are.

mod current;
mod disk;
mod made;
mod object;
mod seam;

use std::path::Path;
use std::sync::Arc;

pub use self::current::{link_to, month_and_form};
pub use self::disk::NEXT_CURRENT;
use self::disk::OnDisk;
pub(super) use self::made::{Made, write_flushed};
use self::object::InStorage;
pub use self::object::{MADE_FROM, give_up_leases, is_prefix};
pub(super) use self::seam::{ImportWay, Journaling, Store, Way};
pub use self::seam::{Layout, Leftover, Lock};
use crate::base::storage;

/// The place at a path, where there need be no book yet; the path may be an address in object storage.
pub(super) fn at(folder: &Path) -> Arc<dyn Store> {
    match storage::is_address(folder) {
        true => Arc::new(InStorage::at(folder)),
        false => Arc::new(OnDisk::at(folder)),
    }
}
