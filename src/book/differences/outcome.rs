//! What a comparison comes to.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use super::cause::Causes;
use super::run_differences::RunDifferences;
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::tables::{LineType, StatementRow, Word, batches, view};

view! {
    /// What an account's month comes to.
    struct Amounts of Statements.statements {
        subscription_amount, grants_amount, adjustments_amount, overage_amount, total_amount,
    }
}

/// What differs between two revisions of a month. Empty where nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences {
    /// The month.
    pub month: Month,
    /// The revision that is compared.
    pub from_revision: String,
    /// The revision that it is compared with.
    pub to_revision: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Every account that differs, by id.
    pub accounts: Vec<AccountDifference>,
    /// Every line that differs, by account, type and plan.
    pub lines: Vec<LineDifference>,
    /// The sums over all accounts, those that do not differ included.
    pub before: Totals,
    /// The same in the second revision.
    pub after: Totals,
    pub(super) runs: RunDifferences,
}

/// Sums over the statements of a revision, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the table `statements`")]
pub struct Totals {
    pub accounts: u64,
    pub subscription_amount: i128,
    pub grants_amount: i128,
    pub adjustments_amount: i128,
    pub overage_amount: i128,
    pub total_amount: i128,
}

impl Totals {
    /// The sums of the revision at `folder`.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut totals = Totals::default();
        for batch in batches(folder, Amounts::TABLE, Amounts::COLUMNS, &Scope::All)? {
            for row in Amounts::rows(&batch?)? {
                totals.accounts += 1;
                totals.subscription_amount += i128::from(row.subscription_amount);
                totals.grants_amount += i128::from(row.grants_amount);
                totals.adjustments_amount += i128::from(row.adjustments_amount);
                totals.overage_amount += i128::from(row.overage_amount);
                totals.total_amount += i128::from(row.total_amount);
            }
        }
        Ok(totals)
    }
}

/// An account whose month differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDifference {
    /// Its id.
    pub account_id: AccountId,
    /// Its statement before, where it has one.
    pub before: Option<StatementRow>,
    /// Its statement after.
    pub after: Option<StatementRow>,
    /// What else differs: other columns of `statements`, columns of `state` (as `state.plan`),
    /// and whole tables.
    pub also: Vec<String>,
    /// Why.
    pub causes: Causes,
}

impl AccountDifference {
    /// What its total rose by, in minor units; negative in the customer's favour.
    pub fn total_delta(&self) -> i128 {
        self.delta(|row| row.total_amount.into())
    }

    /// What one of its figures rose by, which counts as 0 where it has no statement.
    pub(super) fn delta(&self, of: fn(&StatementRow) -> i128) -> i128 {
        self.after.as_ref().map_or(0, of) - self.before.as_ref().map_or(0, of)
    }
}

/// A line that differs: all lines of an account's documents with one type and plan, kind
/// of grant or adjustment, as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDifference {
    /// The account.
    pub account_id: AccountId,
    /// The type, as `invoice_lines` has it.
    pub line_type: Word<LineType>,
    /// The plan, of fees and overage.
    pub plan: Option<String>,
    /// The kind of a grant, or an adjustment's id.
    pub item: Option<String>,
    /// Micro-credits of overage and grants, or of pieces (one or none), before.
    pub quantity_before: i128,
    /// The same after.
    pub quantity_after: i128,
    /// Minor units before.
    pub amount_before: i128,
    /// Minor units after.
    pub amount_after: i128,
    /// Why: of the account's causes those that can have moved the line.
    pub causes: Causes,
}

/// What accounts with the same causes come to.
#[derive(Debug, Default)]
pub(super) struct CauseTotals {
    pub accounts: u64,
    pub usage_credits: i128,
    pub subscription_amount: i128,
    pub grants_amount: i128,
    pub adjustments_amount: i128,
    pub overage_amount: i128,
    pub total_amount: i128,
}

impl Differences {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.lines.is_empty() && self.runs.is_empty()
    }

    /// What all totals together rose by, in minor units.
    pub fn total_delta(&self) -> i128 {
        self.after.total_amount - self.before.total_amount
    }

    /// How many accounts only one of the revisions has.
    pub(super) fn one_sided(&self) -> (u64, u64) {
        let count = |is: fn(&AccountDifference) -> bool| {
            self.accounts.iter().filter(|row| is(row)).count() as u64
        };
        let new = count(|row| row.before.is_none() && row.after.is_some());
        (new, count(|row| row.before.is_some() && row.after.is_none()))
    }

    /// The accounts by their causes, most accounts first.
    pub(super) fn by_cause(&self) -> Vec<(Causes, CauseTotals)> {
        let mut groups: BTreeMap<Causes, CauseTotals> = BTreeMap::new();
        for account in &self.accounts {
            let group = groups.entry(account.causes).or_default();
            group.accounts += 1;
            group.usage_credits += account.delta(|row| row.usage_credits.into());
            group.subscription_amount += account.delta(|row| row.subscription_amount.into());
            group.grants_amount += account.delta(|row| row.grants_amount.into());
            group.adjustments_amount += account.delta(|row| row.adjustments_amount.into());
            group.overage_amount += account.delta(|row| row.overage_amount.into());
            group.total_amount += account.delta(|row| row.total_amount.into());
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(causes, group)| (Reverse(group.accounts), *causes));
        groups
    }

    /// The accounts whose totals differ most.
    pub(super) fn largest(&self, most: usize) -> Vec<&AccountDifference> {
        let mut all: Vec<&AccountDifference> = self.accounts.iter().collect();
        all.sort_by_key(|row| Reverse(row.total_delta().abs()));
        all.truncate(most);
        all
    }

    /// An amount in plain digits.
    pub(super) fn plain(&self, amount: i128) -> String {
        plain_decimal(amount, u32::from(self.currency.decimals()))
    }
}
