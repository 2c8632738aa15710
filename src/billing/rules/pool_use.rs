//! A single pool.

use crate::base::credits::Credits;

/// A pool of credits and what was drawn on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// Granted, or carried in.
    pub granted: Credits,
    /// Drawn by usage.
    pub drawn: Credits,
}

impl PoolUse {
    pub(super) fn new(granted: Credits) -> Self {
        PoolUse { granted, drawn: Credits::ZERO }
    }

    /// What has not been drawn.
    pub fn left(self) -> Credits {
        self.granted - self.drawn
    }

    /// Draws as much of `wanted` as there is; gives what it took.
    pub(super) fn draw(&mut self, wanted: Credits) -> Credits {
        let taken = wanted.min(self.left());
        self.drawn += taken;
        taken
    }
}
