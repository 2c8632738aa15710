//! What must not be cut short by a signal that ends the process: a publication, and the note of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

static UNDIVIDED: Mutex<()> = Mutex::new(());

/// Until it is dropped the process is not ended by a signal; and while a signal ends it, nobody gets
/// here.
pub fn undivided() -> MutexGuard<'static, ()> {
    UNDIVIDED.lock().unwrap_or_else(PoisonError::into_inner)
}
