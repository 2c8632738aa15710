//! The last guard: a panic is told like any other failure, on whatever thread it happens.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use crate::base::error::{Code, Error, Result};

/// The first panic of the process: where, and what it says.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Panics are kept for [`guarded`] to tell, and not printed as well.
pub(super) fn keep_panics() {
    set_hook(Box::new(|panic| {
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| panic.to_string());
    }));
}

/// Does something; a panic is a failure of the program.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed()))
}

fn failed() -> Error {
    let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner).take();
    let words = first.unwrap_or_else(|| "a panic".to_owned());
    let message = "the program has failed: something has happened that it takes for impossible";
    Error::new(Code::PANIC, message)
        .caused_by(words.lines().map(str::trim).collect::<Vec<_>>().join(" "))
        .hint("please report it, with this message, the command and, if you may, its inputs")
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    /// One test, since the hook is the process's.
    #[test]
    fn a_panic_is_told_on_whatever_thread_it_happens() {
        let usual = std::panic::take_hook();
        keep_panics();
        let here = guarded::<()>(|| panic!("no such\nplan"));
        let pool = crate::base::threads::start(2).unwrap();
        let elsewhere = guarded(|| {
            pool.install(|| (0..9).into_par_iter().for_each(|at| assert!(at < 7, "beyond {at}")));
            Ok(())
        });
        let fine = guarded(|| Ok(1));
        set_hook(usual);
        assert_eq!(fine.unwrap(), 1);
        for (failed, said) in [(here, "no such plan"), (elsewhere, "beyond ")] {
            let failed = failed.unwrap_err();
            assert_eq!((failed.code(), failed.kind().exit_code()), (Code::PANIC, 1));
            let told = failed.to_string();
            assert!(told.contains(said) && told.contains("src/cli/guard.rs"), "{told}");
            assert!(told.contains("please report it"), "{told}");
        }
    }
}
