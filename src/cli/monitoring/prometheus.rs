//! Metrics: what is known of what a command came to, in the text format of Prometheus as node_exporter reads it from
//! a file; and that file, written aside and put in place at once: whoever reads it meanwhile, or after a crash, sees
//! a whole one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Error, ErrorKind};
use std::path::Path;
use std::time::Duration;

use crate::base::calendar::Month;
use crate::base::files::{flush_folder, replace_whole};
use crate::base::money::Amount;
use crate::base::named::{Meaning as _, named_enum};
use crate::book::Controls;
use crate::run::{Finding, Report};

named_enum! {
    /// A metric; all of them are gauges. What they mean is their help in the file, too.
    pub(super) enum Metric {
        /// The version that a command was last run with.
        Info = "monthend_info",
        /// When the command ended last, in seconds since 1970.
        LastRun = "monthend_last_run_timestamp_seconds",
        /// When the command last ended with exit code 0 or with findings to look at, in seconds
        /// since 1970.
        LastSuccess = "monthend_last_success_timestamp_seconds",
        /// The exit code of the command.
        ExitCode = "monthend_exit_code",
        /// The end of the newest month in force in the book, in seconds since 1970.
        BilledUntil = "monthend_billed_until_timestamp_seconds",
        /// Rows of the usage logs by what became of them.
        MonthRows = "monthend_month_rows",
        /// What the documents of the month come to.
        MonthAmount = "monthend_month_amount",
        /// Accounts that have a statement of the month.
        MonthAccounts = "monthend_month_accounts",
        /// What someone should look at, by kind.
        Findings = "monthend_findings",
        /// How long each stage took, all months together.
        StageSeconds = "monthend_stage_seconds",
        /// How long the command took.
        RunSeconds = "monthend_run_seconds",
        /// The most memory that the process had.
        PeakMemory = "monthend_peak_memory_bytes",
    }
}

impl Metric {
    /// Whether it tells what was found of months: the newest `run` or `rerun` tells it for both.
    fn tells_of_months(self) -> bool {
        matches!(
            self,
            Metric::MonthRows | Metric::MonthAmount | Metric::MonthAccounts | Metric::Findings
        )
    }
}

/// Metrics with their labels and values.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<(Metric, String)>);

impl Samples {
    /// Adds one.
    pub fn add(&mut self, metric: Metric, labels: &[(&str, &str)], value: impl ToString) {
        let mut line = metric.name().to_owned();
        for (at, (name, text)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let _ = write!(line, "{before}{name}=\"{}\"", escaped(text));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = write!(line, "{end} {}", value.to_string());
        self.0.push((metric, line));
    }

    /// Takes over what other commands have said in the file as it is, and what this one said last of
    /// what it says nothing of now: when it was last a success, how far the book is billed, and what
    /// the newest billing came to.
    pub fn take_over(&mut self, text: &str, command: &str) {
        let is_said = |metric| self.0.iter().any(|(said, _)| *said == metric);
        let [success, until, findings] =
            [Metric::LastSuccess, Metric::BilledUntil, Metric::Findings].map(is_said);
        let bills = |command| matches!(command, "run" | "rerun" | "adjust" | "waive");
        for line in text.lines() {
            let Some((metric, said_by)) = understood(line) else { continue };
            let is_same = said_by.is_none_or(|other| {
                other == command || (metric.tells_of_months() && bills(other) && bills(command))
            });
            let is_kept = match metric {
                _ if !is_same => true,
                Metric::LastSuccess => !success,
                Metric::BilledUntil => !until,
                metric => metric.tells_of_months() && !findings,
            };
            if is_kept {
                self.0.push((metric, line.to_owned()));
            }
        }
    }

    /// All of them, as a file has them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for metric in Metric::ALL {
            let mut lines = self.0.iter().filter(|(of, _)| *of == metric).peekable();
            if lines.peek().is_some() {
                let (name, help) = (metric.name(), metric.meaning());
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            }
            for (_, line) in lines {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}

/// Whether a file is one of ours, or empty: no other is overwritten.
fn is_ours(text: &str) -> bool {
    text.is_empty() || text.starts_with(&format!("# HELP {}", Metric::Info.name()))
}

/// The metric of a line, and the command that has said it, which is the first label of all that are a
/// command's.
fn understood(line: &str) -> Option<(Metric, Option<&str>)> {
    let (sample, value) = line.rsplit_once(' ')?;
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
    let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name)?;
    let is_whole = !value.is_empty() && value.chars().all(is_number);
    let command = labels.strip_prefix("command=\"").and_then(|rest| rest.split('"').next());
    (is_whole && (labels.is_empty() || labels.ends_with('}'))).then_some((metric, command))
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The file as it is; nothing where there is none.
///
/// # Errors
/// It cannot be read, or is none of ours, which would be lost.
pub(super) fn read_file(path: &Path) -> io::Result<String> {
    let other =
        || Error::new(ErrorKind::AlreadyExists, "another file is there, which would be lost");
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Ok(about) if !about.is_file() => return Err(other()),
        about => about?,
    };
    let text = String::from_utf8(fs::read(path)?).map_err(|_| other())?;
    if is_ours(&text) { Ok(text) } else { Err(other()) }
}

/// Puts another text in its place.
///
/// # Errors
/// It cannot be written: the file is as it was.
pub(super) fn replace_file(path: &Path, text: &str) -> io::Result<()> {
    // node_exporter reads it, which is another user, and passes over what is not renamed yet.
    replace_whole(path, text)?;
    flush_folder(path.parent().unwrap_or(Path::new("")))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(command: &str, at: u32) -> Samples {
        let mut samples = Samples::default();
        let command = ("command", command);
        samples.add(Metric::LastRun, &[command], at);
        samples.add(Metric::Findings, &[command, ("kind", "re\"jects\\\n")], at);
        samples
    }

    #[test]
    fn labels_are_escaped_and_each_metric_is_described_once() {
        let mut both = samples("run", 1);
        both.take_over(&samples("verify", 2).text(), "run");
        let text = "\
# HELP monthend_last_run_timestamp_seconds When the command ended last, in seconds since 1970.
# TYPE monthend_last_run_timestamp_seconds gauge
monthend_last_run_timestamp_seconds{command=\"run\"} 1
monthend_last_run_timestamp_seconds{command=\"verify\"} 2
# HELP monthend_findings What someone should look at, by kind.
# TYPE monthend_findings gauge
monthend_findings{command=\"run\",kind=\"re\\\"jects\\\\\\n\"} 1
monthend_findings{command=\"verify\",kind=\"re\\\"jects\\\\\\n\"} 2
";
        assert_eq!(both.text(), text);
    }

    #[test]
    fn what_lasts_is_taken_over_and_nothing_else_of_the_same_command() {
        let mut before = samples("run", 1);
        before.add(Metric::LastSuccess, &[("command", "run")], 7);
        before.add(Metric::BilledUntil, &[], 8);
        let mut now = samples("run", 9);
        now.take_over(&before.text(), "run");
        let text = now.text();
        assert!(text.contains("success_timestamp_seconds{command=\"run\"} 7\n"), "{text}");
        assert!(text.contains("monthend_billed_until_timestamp_seconds 8\n"), "{text}");
        assert!(!text.contains("} 1\n"), "{text}");
        let mut later = samples("run", 9);
        later.add(Metric::LastSuccess, &[("command", "run")], 9);
        later.add(Metric::BilledUntil, &[], 9);
        later.take_over(&before.text(), "run");
        assert_eq!(later.text().matches(" 9\n").count(), 4, "{}", later.text());
    }

    #[test]
    fn the_newest_billing_tells_of_months() {
        let mut rerun = samples("rerun", 2);
        rerun.take_over(&samples("run", 1).text(), "rerun");
        let text = rerun.text();
        assert!(text.contains("last_run_timestamp_seconds{command=\"run\"} 1\n"), "{text}");
        assert!(!text.contains("findings{command=\"run\""), "{text}");
        let mut nothing_due = Samples::default();
        nothing_due.add(Metric::LastRun, &[("command", "run")], 3);
        nothing_due.take_over(&text, "run");
        let text = nothing_due.text();
        assert!(text.contains("findings{command=\"rerun\""), "{text}");
        assert!(!text.contains("{command=\"run\"} 1\n"), "{text}");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let mut now = samples("run", 1);
        let text = now.text();
        for line in
            ["other 1", "monthend_findings{command=\"verify\"", "monthend_findings x y", "x"]
        {
            now.take_over(line, "run");
        }
        assert_eq!(now.text(), text);
        assert!(is_ours("") && !is_ours("catalogue") && !is_ours(&text));
    }
}
