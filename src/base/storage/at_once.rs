//! Many requests at once: each takes long, and all together hardly longer than one.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// So many are on their way.
const THREADS: usize = 16;

/// Does something with each of several things, many at once, on threads of their own, since each mostly waits; gives
/// what it comes to, in their order.
pub fn at_once<T: Sync, R: Send>(things: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if things.len() < 2 {
        return things.iter().map(each).collect();
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(things.len())));
    let work = || {
        loop {
            let number = next.fetch_add(1, Relaxed);
            let Some(thing) = things.get(number) else { return };
            let result = each(thing);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..THREADS.min(things.len()) {
            // Where none can be started, the others do it.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_done_once_and_told_in_order() {
        for count in [0, 1, 2, 15, 16, 17, 300] {
            let things: Vec<u32> = (0..count).collect();
            let squares = at_once(&things, |thing| thing * thing);
            assert_eq!(squares, things.iter().map(|thing| thing * thing).collect::<Vec<_>>());
        }
    }
}
