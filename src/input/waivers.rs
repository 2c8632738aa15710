//! Waivers: adjustments that give an account back what the overage of a window came to. Each is known by
//! its id, which says of which window.

use crate::base::calendar::{Instant, Month};
use crate::base::digest;
use crate::base::ids::AccountId;

/// A time within a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
}

/// What ids of waivers begin with.
const WAIVER: &str = "waive-";

impl Window {
    /// All of a month.
    pub fn whole(month: Month) -> Self {
        Window { from: month.start(), until: month.end() }
    }

    /// Whether an instant lies in it.
    pub fn contains(self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }

    /// The id of the adjustment that waives it for an account.
    pub fn waiver_of(self, account: &AccountId) -> String {
        let account = &digest::of_bytes(account.as_bytes())[..16];
        format!("{WAIVER}{account}-{}..{}", self.from, self.until)
    }

    /// The window of a waiver, by its id; `None` where it is another adjustment.
    pub fn of_waiver(id: &str) -> Option<Self> {
        let (_, window) = id.strip_prefix(WAIVER)?.split_once('-')?;
        let (from, until) = window.split_once("..")?;
        Some(Window { from: Instant::parse(from).ok()?, until: Instant::parse(until).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_known_by_its_id_again() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let window =
            Window { from: at("2026-05-21T02:00:00.5Z"), until: at("2026-05-22T00:00:00Z") };
        let [ann, ben] = ["ann-b..c", "ben"].map(|account| window.waiver_of(&account.into()));
        assert_eq!(Window::of_waiver(&ann), Some(window));
        assert_ne!(ann, ben);
        assert_eq!(Window::of_waiver("adjust-1"), None);
        assert!(window.contains(window.from) && !window.contains(window.until));
    }
}
