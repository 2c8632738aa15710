//! What is known of everybody's month before its usage.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::base::accounts::Accounts;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::exceptions::{ChangeExceptions, ExceptionKind};
use crate::base::named::named_enum;
use crate::base::number::number;
use crate::catalog::{Catalog, PlanRank};
use crate::input::adjustments::{self, Adjustment, AdjustmentControl, AdjustmentLog};
use crate::tables::opening::{OpenGrant, TrialLeft};

/// A change to a higher plan (P1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgrade {
    /// When it took effect.
    pub at: Instant,
    /// The plan left.
    pub from: PlanRank,
    /// The plan entered.
    pub to: PlanRank,
    /// Whether it is the account's first ever to a paid plan (F2).
    pub first_ever: bool,
}

/// One account's month, but for its usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMonth {
    /// The plan in force at S; `None` where it signed up within the month.
    pub opening_plan: Option<PlanRank>,
    /// When it signed up.
    pub signed_up_at: Instant,
    /// When it was first on a paid plan, this month included.
    pub first_paid_at: Option<Instant>,
    /// The upgrades of the month, in order (P1).
    pub upgrades: Box<[Upgrade]>,
    /// The highest plan in force in the month.
    pub billed_plan: PlanRank,
    /// The plan in force from E (P2).
    pub next_plan: PlanRank,
    /// Whether the overage switch is on from E (O2, P4).
    pub overage_on: bool,
    /// The trial that runs at S or starts within the month, before usage. In genesis: before the
    /// usage before S is taken off, too.
    pub trial: Option<TrialLeft>,
    /// Its segments among [`Timeline::segments`].
    pub segments: Range<u32>,
    /// What few accounts have.
    pub extras: Option<Box<Extras>>,
}

/// What few accounts have in a month: grants, limits of their own, adjustments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Grants that are open at S or given in the month, in the order in which they were given (G1).
    pub grants: Vec<MonthGrant>,
    /// The account's own limits of overage (O6): the one that it brings along first.
    pub limits: Vec<OwnLimit>,
    /// Adjustments, by instant and id (A1).
    pub adjustments: Vec<Adjustment>,
}

/// A grant in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthGrant {
    /// The grant as it came into the month, or as it was given.
    pub grant: OpenGrant,
    /// When it was voided (G5).
    pub voided_at: Option<Instant>,
    /// Of one that was given in the month: how many of the month's upgrades came before it (F10).
    pub upgrades_before: usize,
}

/// A limit of an account's own, from an instant on (O6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnLimit {
    /// The first instant.
    pub from: Instant,
    /// The most credits of overage; `None` for the catalogue's limit.
    pub credits: Option<Credits>,
}

/// Everybody's month, but for the usage.
#[derive(Debug)]
pub struct Timeline {
    /// The month.
    pub month: Month,
    /// The accounts that exist in it.
    pub accounts: Accounts,
    /// Each account's month, by number.
    pub months: Vec<AccountMonth>,
    /// All segments, each account's one after the other in time order.
    pub segments: Vec<Segment>,
    /// Changes that could not be applied.
    pub exceptions: ChangeExceptions,
    /// What became of the changes.
    pub counts: ChangeCounts,
}

impl Timeline {
    /// Whether an account exists at an instant.
    pub fn has_signed_up(&self, account: &str, at: Instant) -> bool {
        let month = self.accounts.find(account).and_then(|n| self.months.get(n as usize));
        month.is_some_and(|month| month.signed_up_at <= at)
    }

    /// Gives adjustments to their accounts, each account's by instant and id (A1). Those of accounts
    /// that are unknown by E are exceptions (A3).
    pub fn adjust(&mut self, log: AdjustmentLog) -> AdjustmentControl {
        let AdjustmentLog { adjustments, mut control, exceptions } = log;
        self.exceptions.merge(exceptions);
        for own in adjustments {
            let month = self.accounts.find(&own.account);
            match month.and_then(|number| self.months.get_mut(number as usize)) {
                Some(month) => {
                    control.used += 1;
                    control.amount += i128::from(own.amount);
                    month.extras.get_or_insert_default().adjustments.push(own);
                }
                None => {
                    let kind = ExceptionKind::UnknownAccount;
                    self.exceptions.add(&own.account, kind, adjustments::DETAIL, own.at, &own.id);
                    control.excepted += 1;
                }
            }
        }
        control
    }

    /// An account's segments.
    pub fn segments_of(&self, account: &AccountMonth) -> &[Segment] {
        &self.segments[account.segments.start as usize..account.segments.end as usize]
    }

    /// The number of the account that a segment belongs to.
    pub fn account_of(&self, segment: u32) -> u32 {
        number(self.months.partition_point(|account| account.segments.end <= segment))
    }

    /// As [`Timeline::account_of`], where it is known that the account is `from` or comes after it,
    /// and not long after.
    pub fn account_since(&self, from: u32, segment: u32) -> u32 {
        let before = |account: &&AccountMonth| account.segments.end <= segment;
        from + number(self.months[from as usize..].iter().take_while(before).count())
    }
}

/// What became of the changes that stand after duplicates are gone (K3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Applied in this run.
    pub applied: u64,
    /// Reported as exceptions.
    pub excepted: u64,
    /// Outside the month: at E or later, or before S where an opening state covers that time.
    pub outside: u64,
}

impl AccountMonth {
    /// The first upgrade ever, if it was in this month (F2, C4).
    pub fn first_upgrade(&self) -> Option<&Upgrade> {
        self.upgrades.iter().find(|upgrade| upgrade.first_ever)
    }

    /// The grants, in the order in which they were given (G1).
    pub fn grants(&self) -> &[MonthGrant] {
        self.extras.as_ref().map_or(&[], |extras| &extras.grants)
    }

    /// The adjustments, by instant and id (A1).
    pub fn adjustments(&self) -> &[Adjustment] {
        self.extras.as_ref().map_or(&[], |extras| &extras.adjustments)
    }

    fn own_limits(&self) -> &[OwnLimit] {
        self.extras.as_ref().map_or(&[], |extras| &extras.limits)
    }

    /// The account's own limit of overage from E on (O6).
    pub fn own_limit(&self) -> Option<Credits> {
        self.own_limits().last().and_then(|limit| limit.credits)
    }

    /// The most credits that the month may have billed as overage by an instant, from which on this
    /// limit is in force (O6); `None` where there is none.
    pub fn overage_limit(&self, at: Instant, catalog: &Catalog) -> Option<Credits> {
        let limits = self.own_limits();
        let before = limits.partition_point(|limit| limit.from <= at);
        limits[..before].last().and_then(|limit| limit.credits).or(catalog.overage_limit)
    }
}

/// Which plan pool a segment's usage draws on, after the trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// None: usage before S that falls in a trial reaching into the month (genesis only).
    BeforeMonth,
    /// The lower plan's pool, up to the first upgrade ever (C4).
    Earlier,
    /// The billed plan's pool (C3).
    Main,
}

named_enum! {
    /// Why a segment ends.
    pub enum SegmentEnd {
        /// The first upgrade ever (C4).
        FirstUpgrade = "first-upgrade",
        /// The trial ended (C2).
        TrialEnded = "trial-ended",
        /// A grant was given (G1).
        GrantBegan = "grant-began",
        /// A grant expired or was voided (G5).
        GrantEnded = "grant-ended",
        /// Overage was switched on (O1).
        OverageOn = "overage-on",
        /// Overage was switched off, by request or by P4.
        OverageOff = "overage-off",
        /// A change of plan made overage available, or took it away (O5).
        OverageAvailability = "overage-availability",
        /// The limit of overage changed (O6).
        OverageLimit = "overage-limit",
        /// The month began: what lies before is of interest to the trial only.
        MonthBegan = "month-began",
        /// The month ended.
        MonthEnded = "month-ended",
    }
}

/// A span of an account's month within which nothing that matters to rating changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    /// Why it ends.
    pub end: SegmentEnd,
    /// The plan pool that it draws on.
    pub pool: Pool,
    /// Whether it lies within the trial (C2).
    pub in_trial: bool,
    /// Whether the overage switch is on (O1).
    pub overage_on: bool,
    /// Whether the plan in force offers overage (O5).
    pub overage_offered: bool,
}

/// What became of every row of the change log (K3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeControl {
    /// All rows.
    pub read: u64,
    /// Applied.
    pub applied: u64,
    /// Dropped as exact duplicates.
    pub duplicates: u64,
    /// Not readable.
    pub rejected: u64,
    /// Set aside as exceptions, conflicting duplicates included.
    pub excepted: u64,
    /// Outside the month.
    pub outside: u64,
    /// Of accounts that are not billed in this run.
    pub other_accounts: u64,
    /// Rows read whose credits were rounded to a micro-credit.
    pub rounded: u64,
}
