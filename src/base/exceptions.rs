//! Rows that read but cannot be billed, in groups.

use crate::base::calendar::Instant;
use crate::base::ids::AccountId;
use crate::base::named::vocabulary;

vocabulary! {
    /// Why rows cannot be billed.
    pub enum ExceptionKind {
        /// Usage before the account's signup, which came later in the month (T4).
        BeforeSignup = "before-signup",
        /// Usage whose id was billed in the month before (L1).
        BilledBefore = "billed-before",
        /// The same id, other content.
        ConflictingDuplicate = "conflicting-duplicate",
        /// Usage that is left out by request, with the reason (`--drop-events`).
        DroppedUsage = "dropped-usage",
        /// A second signup.
        DuplicateSignup = "duplicate-signup",
        /// A grant from before the first month, which comes into it whole, since nobody knows what
        /// was drawn on it (G7). It is in force.
        GrantHistoryUnknown = "grant-history-unknown",
        /// A grant or a void that cannot take effect (G6).
        InvalidGrant = "invalid-grant",
        /// Usage of an earlier, published month in files that it was not billed from (L2).
        LateUsage = "late-usage",
        /// `overage_on` on a plan without overage (O2).
        OverageUnavailable = "overage-unavailable",
        /// A change to a plan that nobody may enter any more (V1).
        RetiredPlan = "retired-plan",
        /// Usage over the cap that is charged nothing (O5, O6).
        UnbilledUsage = "unbilled-usage",
        /// Usage or changes of an account that has not signed up by E (T4).
        UnknownAccount = "unknown-account",
        /// A change to a plan that the catalogue lacks.
        UnknownPlan = "unknown-plan",
    }
}

impl ExceptionKind {
    /// Whether someone should look at it: the run then exits with 3.
    pub fn needs_a_look(self) -> bool {
        !matches!(
            self,
            ExceptionKind::UnbilledUsage
                | ExceptionKind::OverageUnavailable
                | ExceptionKind::DroppedUsage
        )
    }
}

/// A group of rows with one kind, account and detail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// Whose rows they are.
    pub account: AccountId,
    /// Why they cannot be billed.
    pub kind: ExceptionKind,
    /// What else there is to say.
    pub detail: String,
    /// The number of rows; `None` where events may be covered in part (O5).
    pub rows: Option<u64>,
    /// Their credits in micro-credits; `None` for changes.
    pub credits: Option<i128>,
    /// The earliest row.
    pub first_at: Option<Instant>,
    /// The latest row.
    pub last_at: Option<Instant>,
    /// The id of the earliest row, the least where several are.
    pub sample_id: String,
}

/// Rows of one group, being added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Rows so far.
    pub rows: u64,
    /// Their credits in micro-credits.
    pub credits: i128,
    first: (Instant, String),
    last: Instant,
}

impl Tally {
    /// A group of one row.
    pub fn new(at: Instant, id: &str, credits: i128) -> Self {
        Tally { rows: 1, credits, first: (at, id.to_owned()), last: at }
    }

    /// A group that was added up before: with its first row, the least id among the earliest, and its last instant.
    pub fn of(rows: u64, credits: i128, (at, id): (Instant, &str), last: Instant) -> Self {
        Tally { rows, credits, first: (at, id.to_owned()), last }
    }

    /// Adds a row.
    pub fn add(&mut self, at: Instant, id: &str, credits: i128) {
        self.rows += 1;
        self.credits += credits;
        self.last = self.last.max(at);
        if (at, id) < (self.first.0, self.first.1.as_str()) {
            self.first = (at, id.to_owned());
        }
    }

    /// Adds another group; the order does not matter.
    pub fn merge(&mut self, other: Tally) {
        self.rows += other.rows;
        self.credits += other.credits;
        self.last = self.last.max(other.last);
        if other.first < self.first {
            self.first = other.first;
        }
    }

    /// The finished group; changes have no credits.
    pub fn finish(self, group: Group, credits: Option<i128>) -> Exception {
        let Group { account, kind, detail } = group;
        Exception {
            account,
            kind,
            detail,
            rows: Some(self.rows),
            credits,
            first_at: Some(self.first.0),
            last_at: Some(self.last),
            sample_id: self.first.1,
        }
    }
}

/// What rows of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Whose rows they are.
    pub account: AccountId,
    /// Why they cannot be billed.
    pub kind: ExceptionKind,
    /// What else there is to say.
    pub detail: String,
}

/// Groups of changes that cannot be applied. A group may be there in parts, until all are put
/// together in the end.
#[derive(Debug, Clone, Default)]
pub struct ChangeExceptions(Vec<(Group, Tally)>);

impl ChangeExceptions {
    /// Adds a change to its group.
    pub fn add(
        &mut self,
        account: &str,
        kind: ExceptionKind,
        detail: &str,
        at: Instant,
        change_id: &str,
    ) {
        match self.0.last_mut() {
            Some((group, tally))
                if (&*group.account, group.kind, &*group.detail) == (account, kind, detail) =>
            {
                tally.add(at, change_id, 0);
            }
            _ => {
                let (account, detail) = (account.into(), detail.to_owned());
                self.0.push((Group { account, kind, detail }, Tally::new(at, change_id, 0)));
            }
        }
    }

    /// Adds other groups; the order does not matter.
    pub fn merge(&mut self, mut other: ChangeExceptions) {
        self.0.append(&mut other.0);
    }

    /// Leaves the groups of some accounts, and gives their number of rows.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) -> u64 {
        self.0.retain(|(group, _)| wanted(&group.account));
        self.0.iter().map(|(_, tally)| tally.rows).sum()
    }

    /// The groups, by account, kind and detail.
    pub fn finish(self) -> Vec<Exception> {
        let mut parts = self.0;
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut whole: Vec<(Group, Tally)> = Vec::with_capacity(parts.len());
        for (group, tally) in parts {
            match whole.last_mut() {
                Some((same, sum)) if *same == group => sum.merge(tally),
                _ => whole.push((group, tally)),
            }
        }
        whole.into_iter().map(|(group, tally)| tally.finish(group, None)).collect()
    }
}
