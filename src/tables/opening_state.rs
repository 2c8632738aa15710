//! How accounts stand at the first instant of a month.

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::ids::AccountId;
use crate::base::money::Money;
use crate::catalog::{GrantKindPlace, PlanRank};

/// An account at the first instant of a month. A row of the table `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The account.
    pub account: AccountId,
    /// The plan in force.
    pub plan: PlanRank,
    /// Whether the overage switch is on (O2).
    pub overage_on: bool,
    /// When it signed up (T3).
    pub signed_up_at: Instant,
    /// When it was first on a paid plan, if ever (F2).
    pub first_paid_at: Option<Instant>,
    /// The trial, while it runs (C2).
    pub trial: Option<TrialLeft>,
    /// The account's own limit of overage (O6); `None` where the catalogue's is in force.
    pub overage_limit: Option<Credits>,
    /// Grants that go on, in the order in which they were given (G1).
    pub grants: Box<[OpenGrant]>,
}

/// A grant that can be drawn (G1). A row of the table `grants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGrant {
    /// The `change_id` of the change that gave it.
    pub id: Box<str>,
    /// Its kind.
    pub kind: GrantKindPlace,
    /// Its credits when it was given.
    pub granted: Credits,
    /// Credits not drawn yet.
    pub left: Credits,
    /// The first instant at which it can be drawn.
    pub granted_at: Instant,
    /// The first instant at which it has expired; `None` for never.
    pub expires_at: Option<Instant>,
    /// What was paid for it.
    pub price: Money,
}

/// What is left of a running trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialLeft {
    /// The first instant at which the trial has ended.
    pub ends_at: Instant,
    /// Credits not drawn yet.
    pub left: Credits,
}

/// What is to be corrected where accounts are on a plan that the catalogue lacks (V3).
#[derive(Debug, Clone, Copy)]
pub enum Blame<'a> {
    /// The state's file, or the catalogue: either may be wrong.
    Either,
    /// The catalogue, by its file: the state is one that the book holds.
    Catalogue(&'a str),
}
