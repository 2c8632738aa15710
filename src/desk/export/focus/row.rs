//! A charge of the export, and what must hold of all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::money::Currency;
use crate::base::named::named_enum;
use crate::catalog::Catalog;
use crate::desk::document::disagree;
use crate::tables::{LineRow, LineType};

/// Decimals of exact costs: a quantity times a unit price, six decimals each.
pub(super) const COST_DECIMALS: u32 = 12;

/// What the rows of one revision share.
#[derive(Debug, Clone)]
pub(super) struct RevisionBasis {
    /// The month that was billed.
    pub month: Month,
    /// The revision's name.
    pub revision: String,
    /// Whether the month had been invoiced before.
    pub correction: bool,
    /// The catalogue that it was billed with.
    pub catalog: Catalog,
}

impl RevisionBasis {
    pub fn currency(&self) -> Currency {
        self.catalog.currency
    }

    /// `ChargeClass`.
    pub fn class(&self) -> Option<&'static str> {
        self.correction.then_some("Correction")
    }
}

/// What is charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Charge {
    /// A line of a document.
    Purchase(Box<DocumentLine>),
    /// Credits: what they were drawn on, and how many, in millionths. They are on no document.
    Usage(CreditUse, i128),
}

named_enum! {
    /// What credits were drawn on, or what became of them: in `x_LineType` and in the SKU's id.
    pub(super) enum CreditUse {
        /// Used, on the trial.
        Trial = "trial",
        /// Used, on the plan's pools.
        Plan = "plan",
        /// Paid with the plan's fee and not used.
        Unused = "unused",
        /// Used over the cap, billed.
        Overage = "overage",
        /// Used over the cap, charged nothing.
        Unbilled = "unbilled",
        /// Drawn on grants.
        Grants = "grants",
    }
}

/// Unit prices and quantity, all in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    /// The price list's price of one.
    pub list: i128,
    /// What one costs the account before rounding.
    pub contracted: i128,
    /// How many.
    pub quantity: i128,
}

/// The line of a document that a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DocumentLine {
    pub row: LineRow,
    pub line_type: LineType,
    /// A note's invoice.
    pub relates_to: Option<String>,
    /// A note's.
    pub reason: Option<String>,
    /// `None` for a correction of an amount alone.
    pub price: Option<Price>,
}

/// A row of the export.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub account: AccountId,
    pub basis: Arc<RevisionBasis>,
    pub charge: Charge,
    /// The plan: a line's, or the billed one.
    pub plan: String,
    /// The charge period, half-open.
    pub period: (Instant, Instant),
    /// BilledCost in minor units.
    pub billed: i128,
    /// EffectiveCost in minor units.
    pub effective: i128,
}

impl Row {
    /// The line of a document that it is; `None` for usage.
    pub fn line(&self) -> Option<&DocumentLine> {
        match &self.charge {
            Charge::Purchase(line) => Some(line),
            Charge::Usage(..) => None,
        }
    }

    /// Its price; `None` for a correction of an amount alone. A credit has no price in money where
    /// it is used: it was bought.
    pub fn price(&self) -> Option<Price> {
        match &self.charge {
            Charge::Purchase(line) => line.price,
            Charge::Usage(_, quantity) => {
                Some(Price { list: 0, contracted: 0, quantity: *quantity })
            }
        }
    }

    /// BilledCost as an exact cost.
    fn billed_cost(&self) -> i128 {
        self.billed * 10_i128.pow(COST_DECIMALS - u32::from(self.basis.currency().decimals()))
    }

    /// List price × quantity; the amount where there is no price.
    pub fn list_cost(&self) -> i128 {
        self.price().map_or(self.billed_cost(), |price| price.list * price.quantity)
    }

    /// Contracted price × quantity; the amount where there is no price.
    pub fn contracted_cost(&self) -> i128 {
        self.price().map_or(self.billed_cost(), |price| price.contracted * price.quantity)
    }

    /// Credits that were used, in micro-credits; `None` for a purchase.
    pub fn consumed(&self) -> Option<i128> {
        match self.charge {
            Charge::Purchase(_) => None,
            // They are paid for and expired: nothing of them was consumed.
            Charge::Usage(CreditUse::Unused, _) => Some(0),
            Charge::Usage(_, credits) => Some(credits),
        }
    }

    /// By account, then by month and revision, purchases before usage.
    pub fn order(&self) -> impl Ord + '_ {
        let (usage, line) = match &self.charge {
            Charge::Purchase(line) => (None, Some(line.row.line_number)),
            Charge::Usage(credit_use, _) => (Some(*credit_use), None),
        };
        let RevisionBasis { month, revision, .. } = &*self.basis;
        (&self.account, *month, revision.len(), revision, usage, line)
    }
}

/// Checks that each account's EffectiveCost sums to its BilledCost: what was bought is spread
/// over what was used, to the minor unit.
pub(super) fn reconciled(rows: &[Row]) -> Result<()> {
    let mut accounts: BTreeMap<(&str, &str), (i128, i128)> = BTreeMap::new();
    for row in rows {
        let sums = accounts.entry((&row.account, row.basis.currency().code())).or_default();
        sums.0 += row.billed;
        sums.1 += row.effective;
    }
    match accounts.iter().find(|(_, (billed, effective))| billed != effective) {
        None => Ok(()),
        Some(((account, currency), (billed, effective))) => Err(disagree(format!(
            "account `{account}`: its documents come to {billed}, its statements to \
             {effective} minor units of {currency}"
        ))),
    }
}
