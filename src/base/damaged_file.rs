//! Damaged Parquet files: the reader panics on some of them, and here that is a fault of the file
//! like any other.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Reads, and gives a fault where the reader panics. What the reader has left behind then is not
/// to be used again.
pub(crate) fn guarded<T, E: Into<Box<dyn Error + Send + Sync>>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    be_quiet();
    let before = READING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    READING.set(before);
    match outcome {
        Ok(read) => read.map_err(Into::into),
        Err(_) => Err("the file is damaged: its reader gave up".into()),
    }
}

/// A panic of the reader is told as a fault, and not by the process as well.
fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !READING.get() {
                usual(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_tells_of_a_damaged_file() {
        let fine = guarded(|| Ok::<_, String>(1));
        assert_eq!(fine.unwrap(), 1);
        let wrong = guarded(|| Err::<(), _>("short"));
        assert_eq!(wrong.unwrap_err().to_string(), "short");
        let damaged = guarded(|| -> Result<(), String> { panic!("Decoder should have been set") });
        assert!(damaged.unwrap_err().to_string().contains("damaged"));
        assert!(!READING.get());
    }
}
