//! Differences for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::cause::Causes;
use super::outcome::{AccountDifference, CauseTotals, Differences, Totals};
use super::run_differences::{FileRejects, ManifestDifference, ManifestPart, SetAside};
use crate::base::digits::{
    counted, digits_with_thousands, quantity_of, short_with_thousands, with_thousands,
    without_last_zeros,
};
use crate::base::text_table::TextTable;
use crate::tables::StatementRow;

impl Differences {
    /// For people: what differs in sum, by cause, and the `most` largest differences; ends with a
    /// line break.
    pub fn summary(&self, most: usize) -> String {
        let mut table = TextTable::labelled(11);
        if !self.is_empty() {
            let lines = self.lines.len() as u64;
            let differ = if lines == 1 { "differs" } else { "differ" };
            entry(&mut table, "total", vec![self.in_sum()]);
            entry(&mut table, "accounts", self.new_and_gone());
            entry(&mut table, "lines", vec![format!("{} {differ}", with_thousands(lines))]);
            entry(&mut table, "causes", self.causes_in_words());
            entry(&mut table, "largest", self.largest_in_words(most));
            entry(&mut table, "set aside", self.set_aside_in_words());
            entry(&mut table, "rejects", self.rejects_in_words(most));
        }
        for part in ManifestPart::ALL {
            let label = if part == ManifestPart::ControlTotals { "totals" } else { part.name() };
            let differences = in_words(self.runs.in_manifests(part));
            let all = differences.len();
            entry(&mut table, label, capped(differences.into_iter().take(most).collect(), all));
        }
        self.headline() + &table.text("  ")
    }

    fn headline(&self) -> String {
        let Differences { month, from_revision, to_revision, .. } = self;
        let (_, gone) = self.one_sided();
        let all = with_thousands(self.after.accounts + gone);
        let what = match self.accounts.len() {
            _ if self.is_empty() => "nothing differs".to_owned(),
            1 => format!("1 of {all} accounts differs"),
            some => format!("{} of {all} accounts differ", with_thousands(some as u64)),
        };
        format!("{month}, {from_revision} to {to_revision}: {what}\n")
    }

    fn in_sum(&self) -> String {
        let (before, after) = (&self.before, &self.after);
        let delta = |of: fn(&Totals) -> i128| self.signed(of(after) - of(before));
        let if_any = |what: &str, of: fn(&Totals) -> i128| match of(after) == of(before) {
            true => String::new(),
            false => format!(", {what} {}", delta(of)),
        };
        format!(
            "{} before, {} after: {} {} (subscription {}{}{}, overage {})",
            self.told(before.total_amount),
            self.told(after.total_amount),
            delta(|totals| totals.total_amount),
            self.currency.code(),
            delta(|totals| totals.subscription_amount),
            if_any("grants", |totals| totals.grants_amount),
            if_any("adjustments", |totals| totals.adjustments_amount),
            delta(|totals| totals.overage_amount),
        )
    }

    fn new_and_gone(&self) -> Vec<String> {
        let (new, gone) = self.one_sided();
        let told = [(new, "new"), (gone, "gone")].into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> =
            told.map(|(count, what)| format!("{} {what}", with_thousands(count))).collect();
        if words.is_empty() { words } else { vec![words.join(", ")] }
    }

    fn causes_in_words(&self) -> Vec<String> {
        let in_words = |(causes, group): (Causes, CauseTotals)| {
            let accounts = counted(group.accounts, "account");
            format!("{causes}: {accounts}, {}", self.signed(group.total_amount))
        };
        self.by_cause().into_iter().map(in_words).collect()
    }

    fn largest_in_words(&self, most: usize) -> Vec<String> {
        let in_words = |row: &AccountDifference| {
            let total = |statement: &Option<StatementRow>| match statement {
                Some(statement) => self.told(statement.total_amount.into()),
                None => "none".to_owned(),
            };
            let (before, after) = (total(&row.before), total(&row.after));
            let delta = self.signed(row.total_delta());
            format!("{}: {before} to {after} ({delta}), {}", row.account_id, row.causes)
        };
        capped(self.largest(most).into_iter().map(in_words).collect(), self.accounts.len())
    }

    fn set_aside_in_words(&self) -> Vec<String> {
        let sum = |SetAside { rows, credits }: SetAside| match (rows, credits) {
            (0, _) => "none".to_owned(),
            (rows, credits) => {
                let credits = quantity_of(short_with_thousands(credits, 6), "credit");
                format!("{} of {credits}", counted(rows, "row"))
            }
        };
        let kinds = self.runs.set_aside.iter();
        kinds
            .map(|(kind, [before, after])| {
                format!("{kind}, accounts in neither: {} to {}", sum(*before), sum(*after))
            })
            .collect()
    }

    fn rejects_in_words(&self, most: usize) -> Vec<String> {
        let files = self.runs.rejects.iter().take(most);
        let words = files.map(|FileRejects { file, before, after }| match before == after {
            true => format!("{file}: {}, not the same", counted(*before, "row")),
            false => format!("{file}: {} to {}", with_thousands(*before), counted(*after, "row")),
        });
        capped(words.collect(), self.runs.rejects.len())
    }

    /// Why accounts differ: each cause, or causes together, once; that of most accounts first.
    pub fn causes(&self) -> Vec<String> {
        self.by_cause().into_iter().map(|(causes, _)| causes.to_string()).collect()
    }

    /// An amount for people.
    pub fn told(&self, amount: i128) -> String {
        self.currency.amount(amount).to_string()
    }

    /// An amount with its sign, such as `+4.40`.
    pub fn signed(&self, amount: i128) -> String {
        let sign = if amount > 0 { "+" } else { "" };
        format!("{sign}{}", self.told(amount))
    }
}

/// What differs as lines; the credits of rows stand beside the rows.
fn in_words<'a>(differences: impl Iterator<Item = &'a ManifestDifference>) -> Vec<String> {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for difference in differences {
        let (of, unit) = match (difference.part, difference.what.rsplit_once('.')) {
            (ManifestPart::ControlTotals, Some((of, unit @ ("rows" | "credits")))) => {
                (of, Some(unit))
            }
            _ => (difference.what.as_str(), None),
        };
        let words = match unit {
            Some(unit) => {
                let told = from_to(difference);
                let one = told.ends_with(" to 1");
                format!("{told} {}", if one { unit.trim_end_matches('s') } else { unit })
            }
            None => from_to(difference),
        };
        let line = lines.entry(of).or_default();
        let separator = if line.is_empty() { "" } else { ", " };
        // Writing to a String does not fail.
        let _ = write!(line, "{separator}{words}");
    }
    let labelled = |(of, words): (&str, String)| match of {
        "" => words,
        of => format!("{of}: {words}"),
    };
    lines.into_iter().map(labelled).collect()
}

fn from_to(difference: &ManifestDifference) -> String {
    let plain = |value: &Value| match value {
        // Of the accounts that are billed, none named means all.
        Value::Null
            if difference.part == ManifestPart::Options && difference.what == "accounts" =>
        {
            "all".to_owned()
        }
        Value::Null => "none".to_owned(),
        // A digest says no more by its whole length.
        Value::String(text) if text.len() == 64 => text.chars().take(12).chain(['…']).collect(),
        Value::String(text) if difference.what.ends_with(".credits") => {
            without_last_zeros(&digits_with_thousands(text)).to_owned()
        }
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("{} of them", with_thousands(values.len() as u64)),
        Value::Number(number) if difference.part == ManifestPart::ControlTotals => {
            digits_with_thousands(&number.to_string())
        }
        other => other.to_string(),
    };
    match (difference.part, &difference.before, &difference.after) {
        (ManifestPart::Inputs, Value::Null, _) => "new".to_owned(),
        (ManifestPart::Inputs, _, Value::Null) => "gone".to_owned(),
        (ManifestPart::Inputs, ..) => "other bytes".to_owned(),
        (_, before, after) => format!("{} to {}", plain(before), plain(after)),
    }
}

/// Adds lines under a label, if there are any.
fn entry(table: &mut TextTable<2>, label: &str, lines: Vec<String>) {
    for (at, line) in lines.into_iter().enumerate() {
        table.entry(if at == 0 { label } else { "" }, line);
    }
}

/// Says how many there are beside those told.
fn capped(mut told: Vec<String>, all: usize) -> Vec<String> {
    if let Some(rest) = all.checked_sub(told.len()).filter(|rest| *rest > 0) {
        told.push(format!("and {} more", with_thousands(rest as u64)));
    }
    told
}
