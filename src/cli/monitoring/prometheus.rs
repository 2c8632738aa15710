//! Metrics in the text format of Prometheus, as node_exporter reads it from a file.

use std::fmt::Write as _;

use crate::base::named::named_enum;

named_enum! {
    /// A metric; all of them are gauges.
    pub(super) enum Metric {
        /// The program, and the command that it was last asked.
        Info = "monthend_info",
        /// When a command ended last.
        LastRun = "monthend_last_run_timestamp_seconds",
        /// When it was last a success.
        LastSuccess = "monthend_last_success_timestamp_seconds",
        /// How it left.
        ExitCode = "monthend_exit_code",
        /// The end of the newest month in force.
        BilledUntil = "monthend_billed_until_timestamp_seconds",
        /// Rows of usage by what became of them.
        MonthRows = "monthend_month_rows",
        /// What the documents come to.
        MonthAmount = "monthend_month_amount",
        /// Accounts with a statement.
        MonthAccounts = "monthend_month_accounts",
        /// What someone should look at.
        Findings = "monthend_findings",
        /// How long each stage took.
        StageSeconds = "monthend_stage_seconds",
        /// How long it took in all.
        RunSeconds = "monthend_run_seconds",
        /// How much memory it took.
        PeakMemory = "monthend_peak_memory_bytes",
    }
}

impl Metric {
    fn help(self) -> &'static str {
        match self {
            Metric::Info => "The version that a command was last run with.",
            Metric::LastRun => "When the command ended last, in seconds since 1970.",
            Metric::LastSuccess => {
                "When the command last ended with exit code 0 or with findings to look at, in \
                 seconds since 1970."
            }
            Metric::ExitCode => "The exit code of the command.",
            Metric::BilledUntil => {
                "The end of the newest month in force in the book, in seconds since 1970."
            }
            Metric::MonthRows => "Rows of the usage logs by what became of them.",
            Metric::MonthAmount => "What the documents of the month come to.",
            Metric::MonthAccounts => "Accounts that have a statement of the month.",
            Metric::Findings => "What someone should look at, by kind.",
            Metric::StageSeconds => "How long each stage took, all months together.",
            Metric::RunSeconds => "How long the command took.",
            Metric::PeakMemory => "The most memory that the process had.",
        }
    }

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
                let (name, help) = (metric.name(), metric.help());
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
pub(super) fn is_ours(text: &str) -> bool {
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
