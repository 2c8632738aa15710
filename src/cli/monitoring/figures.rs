//! What a month came to, as far as metrics tell of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::prometheus::{Metric, Samples};
use crate::base::calendar::Month;
use crate::base::money::Amount;
use crate::book::Controls;
use crate::run::{Finding, Report};

/// What is known by now of what a command came to.
#[derive(Debug, Default)]
pub(super) struct Figures {
    months: Vec<MonthFigures>,
    /// How many findings there are of each kind; none where nothing was looked at yet.
    findings: BTreeMap<&'static str, u64>,
    stages: Vec<(&'static str, Duration)>,
}

#[derive(Debug)]
struct MonthFigures {
    month: Month,
    rows: Vec<(&'static str, u64)>,
    accounts: u64,
    amounts: [(&'static str, Amount); 5],
    currency: &'static str,
}

impl Figures {
    /// Takes in what a month came to.
    pub fn add_month(&mut self, report: &Report) {
        Finding::kinds().for_each(|kind| self.add_findings(kind, 0));
        report.findings.iter().for_each(|finding| self.add_findings(finding.kind, finding.count));
        for stage in &report.stages {
            match self.stages.iter_mut().find(|(name, _)| *name == stage.stage) {
                Some((_, took)) => *took += stage.took,
                None => self.stages.push((stage.stage, stage.took)),
            }
        }
        self.months.push(MonthFigures {
            month: report.month,
            rows: rows(report),
            accounts: report.accounts,
            amounts: [
                ("subscription", report.subscription_amount),
                ("grants", report.grants_amount),
                ("adjustments", report.adjustments_amount),
                ("overage", report.overage_amount),
                ("total", report.total_amount),
            ],
            currency: report.currency,
        });
    }

    /// Takes in findings of a kind that was looked for.
    pub fn add_findings(&mut self, kind: &'static str, count: u64) {
        *self.findings.entry(kind).or_default() += count;
    }

    /// As metrics.
    pub fn tell(&self, command: (&str, &str), samples: &mut Samples) {
        for MonthFigures { month, rows, accounts, amounts, currency } in &self.months {
            let month = month.to_string();
            let month = ("month", month.as_str());
            for (fate, rows) in rows {
                samples.add(Metric::MonthRows, &[command, month, ("fate", fate)], rows);
            }
            for (kind, amount) in amounts {
                let labels = [command, month, ("kind", kind), ("currency", currency)];
                samples.add(Metric::MonthAmount, &labels, amount.plain());
            }
            samples.add(Metric::MonthAccounts, &[command, month], accounts);
        }
        for (kind, count) in &self.findings {
            samples.add(Metric::Findings, &[command, ("kind", kind)], count);
        }
        for (stage, took) in &self.stages {
            samples.add(Metric::StageSeconds, &[command, ("stage", stage)], seconds(*took));
        }
    }
}

/// Rows of usage by what became of them (K3).
fn rows(report: &Report) -> Vec<(&'static str, u64)> {
    let Ok(Controls { usage, .. }) = report.control_totals.controls() else { return Vec::new() };
    vec![
        ("billed", usage.used.rows),
        ("duplicate", usage.duplicates.rows),
        ("rejected", usage.rejected.rows),
        ("excepted", usage.excepted.rows),
        ("outside", usage.rows_outside()),
        ("other-account", usage.other_accounts.rows),
    ]
}

/// Seconds to the millisecond.
pub(super) fn seconds(took: Duration) -> String {
    format!("{}.{:03}", took.as_secs(), took.subsec_millis())
}
