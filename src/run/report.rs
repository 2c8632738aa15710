//! What a run came to: for people, for `--json`, and for `run.json`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Prepared;
use super::publish::{MOST_TOLD, Made};
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::digits::{plain_decimal, with_thousands};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Currency;
use crate::base::text_table::TextTable;
use crate::book::differences::Differences;
use crate::book::{ControlTotals, seal};
use crate::tables::Output;

/// What became of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Published.
    Published {
        /// As this revision.
        revision: String,
    },
    /// The month was published already, with the same result.
    Unchanged {
        /// The revision in force.
        revision: String,
    },
    /// A dry run: it would be published.
    WouldPublish {
        /// As this revision.
        revision: String,
    },
    /// A dry run or check: the month is published with another result.
    WouldDiffer {
        /// The revision in force.
        revision: String,
        /// The tables that differ.
        tables: Vec<String>,
    },
    /// A check: all is well.
    Checked,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// What became of the month.
    pub status: Status,
    /// Wall-clock time by stage.
    pub stages: Vec<(&'static str, Duration)>,
    /// What differs from the revision before, and why.
    pub differences: Option<Differences>,
    /// Later months whose opening state is no longer, or would no longer be, in force.
    pub stale_after: Vec<Month>,
    facts: Value,
    needs_a_look: bool,
    currency: Currency,
    amounts: [i128; 3],
    exceptions: BTreeMap<ExceptionKind, u64>,
    where_published: Option<String>,
    counts: Counts,
    event_ids: bool,
    tables: Vec<(String, u64)>,
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    accounts: u64,
    events: u64,
    documents: u64,
    new_notes: Option<u64>,
    /// Accounts that are named, where the run does not bill all.
    billed_anew: Option<u64>,
    rejects: u64,
    duplicates: u64,
    outside: u64,
}

impl Report {
    pub(super) fn new(
        request: &Request,
        prepared: &Prepared,
        made: &Made,
        exceptions: BTreeMap<ExceptionKind, u64>,
        outputs: &[Output],
        status: Status,
    ) -> Self {
        let look = exceptions.keys().any(|kind| kind.needs_a_look());
        let (documents, amounts) = made.totals();
        let usage = &prepared.usage;
        let some = request.accounts.is_some();
        let counts = Counts {
            accounts: rows_of(outputs, "statements.csv"),
            events: usage.used.rows,
            documents,
            new_notes: made.new_notes(),
            billed_anew: request.accounts.as_ref().map(|accounts| accounts.len() as u64),
            rejects: prepared.rejects.len() as u64,
            duplicates: usage.duplicates.rows,
            outside: usage.outside.values().map(|o| o.read.rows + o.unread_rows).sum(),
        };
        let book = request.book.as_ref().map(|book| book.folder().display().to_string());
        Report {
            status,
            stages: Vec::new(),
            differences: None,
            stale_after: Vec::new(),
            facts: json!({
                "month": request.month.to_string(),
                "control_totals": ControlTotals::of(usage, prepared.changes, some),
            }),
            needs_a_look: look || counts.rejects > 0,
            currency: request.catalog.catalog.currency,
            amounts,
            exceptions,
            where_published: book.map(|book| format!("{book}/{}", request.month)),
            counts,
            event_ids: request.inputs.event_ids,
            tables: outputs
                .iter()
                .filter_map(|output| {
                    Some((output.file.strip_suffix(".csv")?.to_owned(), output.rows))
                })
                .collect(),
        }
    }

    /// The process exit code.
    pub fn exit_code(&self) -> u8 {
        match self.status {
            Status::Unchanged { .. } => 0,
            _ if self.needs_a_look => 3,
            _ => 0,
        }
    }

    fn amount(&self, index: usize) -> String {
        plain_decimal(self.amounts[index], u32::from(self.currency.decimals()))
    }

    fn status_name(&self) -> (&'static str, Option<&str>) {
        match &self.status {
            Status::Published { revision } => ("published", Some(revision)),
            Status::Unchanged { revision } => ("unchanged", Some(revision)),
            Status::WouldPublish { revision } => ("would-publish", Some(revision)),
            Status::WouldDiffer { revision, .. } => ("would-differ", Some(revision)),
            Status::Checked => ("checked", None),
        }
    }

    /// The result as one JSON object.
    pub fn to_json(&self) -> Value {
        let (status, revision) = self.status_name();
        let stages: serde_json::Map<String, Value> =
            self.stages.iter().map(|(name, s)| ((*name).to_owned(), json!(seconds(*s)))).collect();
        let tables: serde_json::Map<String, Value> =
            self.tables.iter().map(|(name, rows)| (name.clone(), (*rows).into())).collect();
        let exceptions: BTreeMap<&str, u64> =
            self.exceptions.iter().map(|(kind, groups)| (kind.name(), *groups)).collect();
        let mut result = json!({
            "status": status,
            "revision": revision,
            "exit_code": self.exit_code(),
            "folder": self.where_published,
            "accounts": self.counts.accounts,
            "events": self.counts.events,
            "documents": self.counts.documents,
            "new_documents": self.counts.new_notes.unwrap_or(self.counts.documents),
            "currency": self.currency.code(),
            "subscription_amount": self.amount(0),
            "overage_amount": self.amount(1),
            "total_amount": self.amount(2),
            "rejects": self.counts.rejects,
            "exceptions": exceptions,
            "tables": tables,
            "stale": self.stale_after.iter().map(Month::to_string).collect::<Vec<_>>(),
            "seconds": stages,
        });
        if let Some(differences) = &self.differences {
            result["differences"] = differences.to_json();
        }
        if let (Some(result), Some(facts)) = (result.as_object_mut(), self.facts.as_object()) {
            result.extend(facts.clone());
        }
        result
    }

    /// `run.json`: the facts that depend on the clock and the machine, and the seal on the
    /// manifest and on themselves.
    pub(super) fn run_facts(
        &self,
        request: &Request,
        prepared: &Prepared,
        manifest_sha256: &str,
    ) -> String {
        let whole: Duration = self.stages.iter().map(|(_, took)| *took).sum();
        let stages: Vec<Value> = self
            .stages
            .iter()
            .map(|(stage, took)| json!({ "stage": stage, "seconds": seconds(*took) }))
            .collect();
        let facts = json!({
            "started_at": request.process.holder.since,
            "seconds": seconds(whole),
            "stages": stages,
            "host": request.process.holder.host,
            "pid": request.process.holder.pid,
            "threads": request.process.machine.threads,
            "usage_rows_per_second": self.rows_per_second(prepared),
            "peak_memory_bytes": peak_memory(),
            "memory_budget_bytes": request.process.machine.memory,
            "spilled_bytes": prepared.spilled,
            "kept_bytes": prepared.kept,
            "inputs_modified": prepared.times_of_change,
            "manifest_sha256": manifest_sha256,
        });
        seal(facts.as_object().cloned().unwrap_or_default())
    }

    /// Rows of usage for each second of the rollup, both passes together.
    fn rows_per_second(&self, prepared: &Prepared) -> Option<u128> {
        let rollup = self.stages.iter().find(|(stage, _)| *stage == "rollup");
        let micros = rollup.map(|(_, took)| took.as_micros()).filter(|micros| *micros > 0)?;
        let unread: u64 = prepared.usage.outside.values().map(|month| month.unread_rows).sum();
        let rows = prepared.usage.read.rows + unread;
        Some(u128::from(rows) * 1_000_000 / micros)
    }

    /// A short summary for people.
    pub fn summary(&self) -> String {
        let mut text = self.headline();
        let Counts { accounts, events, documents, new_notes, rejects, duplicates, outside, .. } =
            self.counts;
        let mut table = TextTable::labelled(11);
        let mut line = |label: &str, value: String| table.entry(label, value);
        line(
            "accounts",
            match self.counts.billed_anew {
                None => with_thousands(accounts),
                Some(anew) => {
                    format!(
                        "{}: {} billed anew, the others as before",
                        with_thousands(accounts),
                        with_thousands(anew)
                    )
                }
            },
        );
        let ids = if self.event_ids { "" } else { " (no event ids: not looked for)" };
        line(
            "events",
            format!(
                "{} billed, {} duplicates{ids}, {} of other months",
                with_thousands(events),
                with_thousands(duplicates),
                with_thousands(outside)
            ),
        );
        line(
            "documents",
            format!(
                "{}: {} subscription + {} overage = {} {}",
                with_thousands(documents),
                self.amount(0),
                self.amount(1),
                self.amount(2),
                self.currency.code()
            ),
        );
        if let Some(new) = new_notes {
            line("new", format!("{} of these documents", with_thousands(new)));
        }
        line("rejects", with_thousands(rejects));
        let kinds: Vec<String> = self
            .exceptions
            .iter()
            .map(|(kind, groups)| format!("{} {}", with_thousands(*groups), kind.name()))
            .collect();
        line("exceptions", if kinds.is_empty() { "0".to_owned() } else { kinds.join(", ") });
        let tables: Vec<String> = self
            .tables
            .iter()
            .map(|(name, rows)| format!("{name} {}", with_thousands(*rows)))
            .collect();
        line("tables", tables.join(", "));
        let stages: Vec<String> = self
            .stages
            .iter()
            .map(|(stage, took)| format!("{stage} {}", in_words(*took)))
            .collect();
        line("time", stages.join(", "));
        let stale: Vec<String> = self.stale_after.iter().map(Month::to_string).collect();
        if !stale.is_empty() {
            let them = stale.join(", ");
            line(
                "stale",
                format!("{them}: opened with another closing state; --cascade bills again"),
            );
        }
        text.push_str(&table.text("  "));
        if let Some(differences) = &self.differences {
            text.push_str(&differences.summary(MOST_TOLD));
        }
        text
    }

    /// What became of the month, in a line.
    pub(super) fn headline(&self) -> String {
        let month = self.facts["month"].as_str().unwrap_or_default();
        let place = self.where_published.as_deref().unwrap_or_default();
        match &self.status {
            Status::Published { revision } => format!("{month} published: {place}/{revision}\n"),
            Status::Unchanged { revision } => format!(
                "{month} is published already as {place}/{revision}, with the same result: \
                 nothing to change\n"
            ),
            Status::WouldPublish { revision } => {
                format!("{month} would be published as {revision}; nothing was written\n")
            }
            Status::WouldDiffer { revision, tables } => format!(
                "{month} is published as {place}/{revision}; this run comes to another result in \
                 {}\n",
                tables.join(", ")
            ),
            Status::Checked => format!("{month} checked; nothing was written\n"),
        }
    }
}

fn rows_of(outputs: &[Output], file: &str) -> u64 {
    outputs.iter().find(|output| output.file == file).map_or(0, |output| output.rows)
}

/// The exit code of a month and the later ones that were billed again with it.
pub fn exit_code(reports: &[Report]) -> u8 {
    reports.iter().map(Report::exit_code).max().unwrap_or(0)
}

/// The result of a month as one JSON object, with those of later months under `later`.
pub fn to_json(reports: &[Report]) -> Value {
    let mut all = reports.iter().map(Report::to_json);
    let mut result = all.next().unwrap_or_default();
    let later: Vec<Value> = all.collect();
    if !later.is_empty() {
        result["later"] = later.into();
    }
    result
}

/// Seconds to the hundredth, such as `1.23 s`.
fn in_words(took: Duration) -> String {
    format!("{}.{:02} s", took.as_secs(), took.subsec_millis() / 10)
}

/// Seconds to the millisecond.
fn seconds(took: Duration) -> serde_json::Number {
    let text = format!("{}.{:03}", took.as_secs(), took.subsec_millis());
    text.parse().unwrap_or_else(|_| took.as_secs().into())
}

/// The process's peak memory in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}
