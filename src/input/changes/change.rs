//! A change, and what it asks for.

use std::cmp::Ordering;

use crate::base::calendar::Instant;
use crate::base::named::vocabulary;

vocabulary! {
    /// What a change asks for.
    pub enum ChangeKind {
        /// Switch overage off.
        OverageOff = "overage_off",
        /// Switch overage on (O2).
        OverageOn = "overage_on",
        /// Change to a plan.
        Plan = "plan",
        /// Sign up, on a plan if one is named (T3).
        Signup = "signup",
    }
}

/// A row of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The change's id.
    pub id: &'a str,
    /// Whose change it is.
    pub account: &'a str,
    /// When it was asked for.
    pub at: Instant,
    /// What is asked for.
    pub kind: ChangeKind,
    /// The plan named; the catalogue may lack it.
    pub plan: Option<&'a str>,
}

impl Change<'_> {
    /// Same ids together; of those the first stands.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let key = |c: &Self| (c.id, c.at, c.account, c.kind, c.plan);
        key(self).cmp(&key(other))
    }
}
