//! Differences for machines.

use serde_json::{Map, Value, json};

use super::outcome::{AccountDifference, Differences, Figures, Totals};
use super::run_differences::{About, SetAside};
use crate::base::digits::plain_decimal;

/// The largest differences in the JSON; all of them are in the tables.
const MOST_IN_JSON: usize = 20;

impl Differences {
    /// For machines: sums, causes, the largest differences, and what the runs were given. All
    /// accounts and lines are in the tables that [`Differences::write`] writes.
    pub fn to_json(&self) -> Value {
        let (new, gone) = self.one_sided();
        let causes = self.by_cause().into_iter().map(|(causes, group)| {
            json!({
                "cause": causes.to_string(),
                "accounts": group.accounts,
                "usage_credits_delta": plain_decimal(group.usage_credits, 6),
                "subscription_amount_delta": self.plain(group.subscription_amount),
                "overage_amount_delta": self.plain(group.overage_amount),
                "total_amount_delta": self.plain(group.total_amount),
            })
        });
        let largest = self.largest(MOST_IN_JSON).into_iter().map(|row| self.row(row));
        let (before, after) = (&self.before, &self.after);
        let mut result = json!({
            "month": self.month,
            "from_revision": self.from_revision,
            "to_revision": self.to_revision,
            "currency": self.currency.code(),
            "differs": !self.is_empty(),
            "accounts_before": before.accounts,
            "accounts_after": after.accounts,
            "accounts_differing": self.accounts.len(),
            "accounts_new": new,
            "accounts_gone": gone,
            "lines_differing": self.lines.len(),
            "subscription_amount": self.amounts(|t| t.subscription_amount),
            "overage_amount": self.amounts(|t| t.overage_amount),
            "total_amount": self.amounts(|t| t.total_amount),
            "by_cause": causes.collect::<Value>(),
            "largest": largest.collect::<Value>(),
        });
        if let Some(result) = result.as_object_mut() {
            result.extend(self.beside_to_json());
        }
        result
    }

    fn amounts(&self, of: fn(&Totals) -> i128) -> Value {
        let (before, after) = (of(&self.before), of(&self.after));
        json!({
            "before": self.plain(before),
            "after": self.plain(after),
            "delta": self.plain(after - before),
        })
    }

    fn row(&self, row: &AccountDifference) -> Value {
        let total = |f: &Option<Figures>| f.as_ref().map(|f| self.plain(f.total_amount));
        json!({
            "account_id": row.account_id,
            "cause": row.causes.to_string(),
            "total_amount_before": total(&row.before),
            "total_amount_after": total(&row.after),
            "total_amount_delta": self.plain(row.total_delta()),
        })
    }

    fn beside_to_json(&self) -> Map<String, Value> {
        let rejects = self.beside.rejects.iter().map(
            |(file, [before, after])| json!({ "file": file, "before": before, "after": after }),
        );
        let set_aside = self.beside.set_aside.iter().map(|(kind, [before, after])| {
            let sum = |sum: &SetAside| {
                json!({ "rows": sum.rows as i64, "credits": plain_decimal(sum.credits, 6) })
            };
            json!({ "kind": kind, "before": sum(before), "after": sum(after) })
        });
        let mut result = Map::new();
        result.insert("rejects".to_owned(), rejects.collect());
        result.insert("set_aside".to_owned(), set_aside.collect());
        for about in About::ALL {
            let facts = self.beside.facts_about(about).map(
                |fact| json!({ "what": fact.what, "before": fact.before, "after": fact.after }),
            );
            result.insert(about.name().to_owned(), facts.collect());
        }
        result
    }
}
