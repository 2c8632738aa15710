//! A value for each thread of the pool, so that threads do not wait for each other.

use std::sync::{Mutex, PoisonError};

/// Values that are made where a thread first asks for its own.
pub(super) struct PerThread<'a, T> {
    slots: Vec<Mutex<Option<T>>>,
    make: Box<dyn Fn() -> T + Sync + 'a>,
}

impl<'a, T> PerThread<'a, T> {
    pub fn new(make: impl Fn() -> T + Sync + 'a) -> Self {
        let slots = (0..rayon::current_num_threads()).map(|_| Mutex::new(None)).collect();
        PerThread { slots, make: Box::new(make) }
    }

    /// Works with the thread's own value.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let slot = &self.slots[rayon::current_thread_index().unwrap_or(0)];
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        work(value.get_or_insert_with(&self.make))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let slots = self.slots.iter_mut();
        slots.filter_map(|slot| slot.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut())
    }

    pub fn into_values(self) -> impl Iterator<Item = T> {
        let slots = self.slots.into_iter();
        slots.filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
