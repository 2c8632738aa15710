//! Differences for machines.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::cause::Causes;
use super::outcome::{AccountDifference, CauseTotals, Differences, Totals};
use super::run_differences::{FileRejects, ManifestDifference, ManifestPart, SetAside};
use crate::base::calendar::Month;
use crate::base::digits::plain_decimal;
use crate::tables::StatementRow;

/// The largest differences in the JSON; all of them are in the tables.
const MOST_IN_JSON: usize = 20;

#[derive(Serialize)]
struct DifferencesJson<'a> {
    month: Month,
    from_revision: &'a str,
    to_revision: &'a str,
    currency: &'static str,
    differs: bool,
    accounts_before: u64,
    accounts_after: u64,
    accounts_differing: usize,
    accounts_new: u64,
    accounts_gone: u64,
    lines_differing: usize,
    subscription_amount: AmountJson,
    grants_amount: AmountJson,
    adjustments_amount: AmountJson,
    overage_amount: AmountJson,
    total_amount: AmountJson,
    by_cause: Vec<CauseJson>,
    largest: Vec<AccountJson<'a>>,
    rejects: &'a [FileRejects],
    set_aside: Vec<SetAsideJson<'a>>,
    #[serde(flatten)]
    of_manifests: BTreeMap<ManifestPart, Vec<&'a ManifestDifference>>,
}

#[derive(Serialize)]
struct AmountJson {
    before: String,
    after: String,
    delta: String,
}

#[derive(Serialize)]
struct CauseJson {
    cause: String,
    accounts: u64,
    usage_credits_delta: String,
    subscription_amount_delta: String,
    grants_amount_delta: String,
    adjustments_amount_delta: String,
    overage_amount_delta: String,
    total_amount_delta: String,
}

#[derive(Serialize)]
struct AccountJson<'a> {
    account_id: &'a str,
    cause: String,
    total_amount_before: Option<String>,
    total_amount_after: Option<String>,
    total_amount_delta: String,
}

#[derive(Serialize)]
struct SetAsideJson<'a> {
    kind: &'a str,
    before: SetAside,
    after: SetAside,
}

impl Differences {
    /// For machines: sums, causes, the largest differences, and what the runs were given. All
    /// accounts and lines are in the tables that [`Differences::write`] writes.
    pub fn to_json(&self) -> Value {
        let (accounts_new, accounts_gone) = self.one_sided();
        let by_cause = self.by_cause().into_iter();
        let by_cause = by_cause.map(|(causes, totals)| self.cause(&causes, &totals));
        let of_manifests = ManifestPart::ALL.map(|part| (part, self.runs.in_manifests(part)));
        let set_aside = self.runs.set_aside.iter();
        let set_aside =
            set_aside.map(|(kind, &[before, after])| SetAsideJson { kind, before, after });
        json!(DifferencesJson {
            month: self.month,
            from_revision: &self.from_revision,
            to_revision: &self.to_revision,
            currency: self.currency.code(),
            differs: !self.is_empty(),
            accounts_before: self.before.accounts,
            accounts_after: self.after.accounts,
            accounts_differing: self.accounts.len(),
            accounts_new,
            accounts_gone,
            lines_differing: self.lines.len(),
            subscription_amount: self.amount(|totals| totals.subscription_amount),
            grants_amount: self.amount(|totals| totals.grants_amount),
            adjustments_amount: self.amount(|totals| totals.adjustments_amount),
            overage_amount: self.amount(|totals| totals.overage_amount),
            total_amount: self.amount(|totals| totals.total_amount),
            by_cause: by_cause.collect(),
            largest: self.largest(MOST_IN_JSON).into_iter().map(|of| self.account(of)).collect(),
            rejects: &self.runs.rejects,
            set_aside: set_aside.collect(),
            of_manifests: of_manifests.map(|(part, of)| (part, of.collect())).into(),
        })
    }

    fn amount(&self, of: fn(&Totals) -> i128) -> AmountJson {
        let (before, after) = (of(&self.before), of(&self.after));
        let delta = self.plain(after - before);
        AmountJson { before: self.plain(before), after: self.plain(after), delta }
    }

    fn cause(&self, causes: &Causes, totals: &CauseTotals) -> CauseJson {
        CauseJson {
            cause: causes.to_string(),
            accounts: totals.accounts,
            usage_credits_delta: plain_decimal(totals.usage_credits, 6),
            subscription_amount_delta: self.plain(totals.subscription_amount),
            grants_amount_delta: self.plain(totals.grants_amount),
            adjustments_amount_delta: self.plain(totals.adjustments_amount),
            overage_amount_delta: self.plain(totals.overage_amount),
            total_amount_delta: self.plain(totals.total_amount),
        }
    }

    fn account<'a>(&self, account: &'a AccountDifference) -> AccountJson<'a> {
        let total = |row: &StatementRow| self.plain(row.total_amount.into());
        AccountJson {
            account_id: &account.account_id,
            cause: account.causes.to_string(),
            total_amount_before: account.before.as_ref().map(total),
            total_amount_after: account.after.as_ref().map(total),
            total_amount_delta: self.plain(account.total_delta()),
        }
    }
}
