//! An engine that keeps to docs/ROLLUP.md and knows nothing of the program: it reads a request, goes through the log
//! row by row, and gives back tables. For small logs of a few types.
#![expect(clippy::expect_used, reason = "a test's own rows are as the test makes them")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use chrono::{DateTime, Utc};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

use crate::common::{Outcome, json};

/// What an engine gives back.
#[derive(Debug, Clone, Default)]
pub struct Rollup {
    pub sums: Vec<Sum>,
    pub exceptions: Vec<Group>,
    pub sharing: BTreeSet<String>,
    pub recent: Vec<Recent>,
    pub rejects: Vec<(i32, Option<i64>)>,
    pub control: Vec<Control>,
}

/// A segment's usage.
#[derive(Debug, Clone)]
pub struct Sum {
    pub account: String,
    pub segment: i32,
    pub tally: Tally,
}

/// Rows that are set aside.
#[derive(Debug, Clone)]
pub struct Group {
    pub kind: String,
    pub account: String,
    pub before: bool,
    pub entry: Option<i32>,
    pub tally: Tally,
    pub first: (i64, String),
    pub last: i64,
}

/// An id that is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recent {
    pub account: String,
    pub at: i64,
    pub event: String,
    pub credits: i128,
}

/// Rows, their credits, and the XOR of their checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: i64,
    pub credits: i128,
    pub check: i64,
}

impl Tally {
    pub fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.credits += row.credits;
        self.check ^= row.check();
    }
}

/// A row of `control`.
#[derive(Debug, Clone, Default)]
pub struct Control {
    pub what: &'static str,
    pub file: Option<i32>,
    pub month: Option<String>,
    pub bucket: Option<i32>,
    pub tally: Tally,
    pub moved: i128,
    pub last_at: Option<i64>,
}

/// A row that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    // In the order of precedence.
    before: bool,
    event: String,
    at: i64,
    account: String,
    credits: i128,
}

impl Row {
    fn check(&self) -> i64 {
        let hash = xxh64(self.account.as_bytes(), xxh64(self.event.as_bytes(), 42));
        let hash = xxh64(&self.at.to_le_bytes(), hash);
        let credits = i64::try_from(self.credits).expect("credits up to 10^18");
        xxh64(&credits.to_le_bytes(), hash).cast_signed()
    }

    fn bucket(&self) -> i32 {
        bucket(&self.account)
    }

    fn same_content(&self, other: &Row) -> bool {
        (self.at, &self.account, self.credits) == (other.at, &other.account, other.credits)
    }
}

pub fn bucket(account: &str) -> i32 {
    i32::try_from(crc32fast::hash(account.as_bytes()) % 4096).expect("a bucket")
}

fn month_of(at: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(at).expect("an instant").format("%Y-%m").to_string()
}

fn micros(text: &Value) -> Option<i64> {
    DateTime::parse_from_rfc3339(text.as_str()?).ok().map(|at| at.timestamp_micros())
}

/// What is asked.
struct Request {
    start: i64,
    end: i64,
    genesis: bool,
    keep_from: i64,
    segments: BTreeMap<String, Vec<(i64, i64)>>,
    billed_before: BTreeSet<String>,
    dropped: BTreeMap<(String, Option<String>), Option<i32>>,
}

impl Request {
    fn read(place: &Path, request: &Value) -> Outcome<Self> {
        let instant = |name: &str| micros(&request[name]).ok_or("no instant");
        let mut segments: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for batch in batches(&place.join("boundaries/part-00000.parquet"))? {
            let at = |name: &str| batch[name].as_primitive::<TimestampMicrosecondType>();
            for row in 0..batch.num_rows() {
                let account = batch["account_id"].as_string::<i32>().value(row).to_owned();
                let own = segments.entry(account).or_default();
                own.push((at("from_instant").value(row), at("until_instant").value(row)));
            }
        }
        let mut billed_before = BTreeSet::new();
        for batch in batches(&place.join("billed-before/part-00000.parquet"))? {
            let ids = batch["event_id"].as_string::<i32>().iter().flatten().map(str::to_owned);
            billed_before.extend(ids);
        }
        let mut dropped = BTreeMap::new();
        for batch in batches(&place.join("dropped/part-00000.parquet"))? {
            let accounts = batch["account_id"].as_string::<i32>();
            let entries = batch["entry"].as_primitive::<Int32Type>();
            let events = batch["event_id"].as_string::<i32>().iter().flatten();
            for ((event, account), entry) in events.zip(accounts).zip(entries) {
                dropped.insert((event.to_owned(), account.map(str::to_owned)), entry);
            }
        }
        Ok(Request {
            start: instant("start")?,
            end: instant("end")?,
            genesis: request["genesis"] == true,
            keep_from: micros(&request["keep_from"]).unwrap_or(i64::MAX),
            segments,
            billed_before,
            dropped,
        })
    }

    fn segment(&self, row: &Row) -> Option<usize> {
        let own = self.segments.get(&row.account)?;
        own.iter().position(|(from, until)| (*from..*until).contains(&row.at))
    }

    fn entry(&self, row: &Row) -> Option<i32> {
        let of = |account| self.dropped.get(&(row.event.clone(), account)).copied();
        of(Some(row.account.clone())).or_else(|| of(None)).flatten()
    }

    fn is_recent(&self, row: &Row) -> bool {
        !row.before && row.at >= self.keep_from
    }
}

/// A table's batches, whose columns are asked for by name.
fn batches(path: &Path) -> Outcome<Vec<RecordBatch>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}

/// Credits of a decimal of so many places, in micro-credits, and what rounding moved in 10⁻²⁴.
fn rounded(value: i128, scale: u32) -> (i128, i128) {
    let unit = 10_i128.pow(scale.saturating_sub(6));
    let whole = value * 10_i128.pow(6_u32.saturating_sub(scale));
    let (mut micros, rest) = (whole / unit, whole % unit);
    let is_up = 2 * rest > unit || 2 * rest == unit && micros % 2 == 1;
    micros += i128::from(is_up);
    (micros, (micros * unit - whole) * 10_i128.pow(24 - scale.max(6)))
}

fn is_id(text: Option<&str>) -> bool {
    text.is_some_and(|id| (1..=256).contains(&id.len()) && !id.contains(char::is_control))
}

/// Totals that are kept by what they are of.
type Totals = BTreeMap<(&'static str, Option<i32>, Option<String>, Option<i32>), (Tally, i128)>;

impl Rollup {
    /// Rolls up what is requested in a folder.
    pub fn of(place: &Path) -> Outcome<Self> {
        Rollup::of_logs(place, |path| path.into())
    }

    /// As [`Rollup::of`], given where files of the log are.
    pub fn of_logs(place: &Path, locate: impl Fn(&str) -> PathBuf) -> Outcome<Self> {
        let asked = json(&place.join("request.json"))?;
        let request = Request::read(place, &asked)?;
        let (mut rollup, mut totals, mut rows) = (Rollup::default(), Totals::new(), Vec::new());
        for file in asked["files"].as_array().into_iter().flatten() {
            let path = locate(file["path"].as_str().ok_or("no path")?);
            rollup.read(&request, (file, &path), &asked, &mut totals, &mut rows)?;
        }
        rollup.settle(&request, rows, &mut totals);
        rollup.control.extend(totals.into_iter().map(
            |((what, file, month, bucket), (tally, moved))| Control {
                what,
                file,
                month,
                bucket,
                tally,
                moved,
                last_at: None,
            },
        ));
        Ok(rollup)
    }

    /// Goes through a file.
    fn read(
        &mut self,
        request: &Request,
        (file, path): (&Value, &Path),
        asked: &Value,
        totals: &mut Totals,
        rows: &mut Vec<Row>,
    ) -> Outcome {
        let number = i32::try_from(file["file"].as_i64().ok_or("no number")?)?;
        let name = |column: &str| asked["columns"][column].as_str().unwrap_or_default().to_owned();
        let has_ids = asked["event_ids"] == true;
        let mut row_number = 0;
        for batch in batches(path)? {
            let ids = has_ids.then(|| batch[&*name("event_id")].as_string::<i32>().clone());
            let accounts = batch[&*name("account_id")].as_string::<i32>();
            let instants = batch[&*name("at")].as_primitive::<TimestampMicrosecondType>();
            let credits = batch[&*name("credits")].as_primitive::<Decimal128Type>();
            let scale = u32::try_from(credits.scale())?;
            for at_row in 0..batch.num_rows() {
                row_number += 1;
                let at = instants.is_valid(at_row).then(|| instants.value(at_row));
                let account = accounts.is_valid(at_row).then(|| accounts.value(at_row));
                let event = match &ids {
                    Some(ids) => ids.is_valid(at_row).then(|| ids.value(at_row)),
                    None => Some(""),
                };
                let credits = credits.is_valid(at_row).then(|| credits.value(at_row));
                let credits = credits.filter(|credits| *credits >= 0);
                let credits = credits.map(|credits| rounded(credits, scale));
                let credits = credits.filter(|(micros, _)| *micros <= 999_999_999_999_999_999);
                let at =
                    at.filter(|at| (-62_135_596_800_000_000..253_402_300_800_000_000).contains(at));
                let month = at.map(month_of);
                let is_before = at.is_some_and(|at| at < request.start);
                let is_outside = at
                    .is_some_and(|at| at >= request.end || at < request.start && !request.genesis);
                if is_outside {
                    totals.entry(("outside", Some(number), month, None)).or_default().0.rows += 1;
                    continue;
                }
                let row = match (at, account, event, credits) {
                    (Some(at), Some(account), Some(event), Some((credits, moved)))
                        if is_id(Some(account)) && (!has_ids || is_id(Some(event))) =>
                    {
                        let (event, account) = (event.to_owned(), account.to_owned());
                        (Row { before: is_before, event, at, account, credits }, moved)
                    }
                    _ => {
                        let rejected =
                            totals.entry(("rejected", Some(number), month, None)).or_default();
                        rejected.0.rows += 1;
                        rejected.0.credits += credits.map_or(0, |(micros, _)| micros);
                        self.rejects.push((number, Some(row_number)));
                        continue;
                    }
                };
                let (row, moved) = row;
                if moved != 0 {
                    let rounded = totals.entry(("rounded", Some(number), None, None)).or_default();
                    rounded.0.rows += 1;
                    rounded.1 += moved;
                }
                totals.entry(("read", Some(number), month, None)).or_default().0.add(&row);
                let bucket = Some(row.bucket());
                totals.entry(("read-by-bucket", None, None, bucket)).or_default().0.add(&row);
                if request.is_recent(&row) {
                    totals.entry(("recent-read", None, None, None)).or_default().0.add(&row);
                }
                rows.push(row);
            }
        }
        Ok(())
    }

    /// Decides on the rows.
    fn settle(&mut self, request: &Request, mut rows: Vec<Row>, totals: &mut Totals) {
        rows.sort();
        let mut groups: BTreeMap<(&str, String, bool, Option<i32>), Vec<Row>> = BTreeMap::new();
        let mut sums: BTreeMap<(String, usize), Tally> = BTreeMap::new();
        let (mut used, mut last_at) = (Tally::default(), None);
        let mut aside = |row: &Row, kind, entry, totals: &mut Totals| {
            groups
                .entry((kind, row.account.clone(), row.before, entry))
                .or_default()
                .push(row.clone());
            if request.is_recent(row) {
                totals.entry(("recent-aside", None, None, None)).or_default().0.add(row);
            }
        };
        let (kept, dropped): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| request.entry(row).is_none());
        for row in &dropped {
            aside(row, "dropped-usage", request.entry(row), totals);
        }
        let (mut last, mut stands): (Option<&Row>, Option<&Row>) = (None, None);
        for row in &kept {
            let same_id = |other: &&Row| {
                !row.event.is_empty() && (other.before, &other.event) == (row.before, &row.event)
            };
            let before = last.filter(same_id);
            last = Some(row);
            let is_copy = before.is_some_and(|before| before.same_content(row));
            let was_billed = !row.before && request.billed_before.contains(&row.event);
            if before.is_none() || was_billed && !is_copy {
                stands = Some(row);
            }
            if let Some(stands) = stands.filter(|stands| stands.account != row.account) {
                self.sharing.extend([stands.account.clone(), row.account.clone()]);
            }
            let gone = (None, Some(month_of(row.at)), Some(row.bucket()));
            if is_copy {
                totals.entry(("duplicates", gone.0, gone.1, gone.2)).or_default().0.add(row);
                if request.is_recent(row) {
                    totals.entry(("recent-aside", None, None, None)).or_default().0.add(row);
                }
            } else if was_billed {
                aside(row, "billed-before", None, totals);
            } else if before.is_some() {
                aside(row, "conflicting-duplicate", None, totals);
            } else if let Some(segment) = request.segment(row) {
                sums.entry((row.account.clone(), segment)).or_default().add(row);
                if row.before {
                    let in_trial = totals.entry(("in-trial", None, gone.1, None)).or_default();
                    in_trial.0.rows += 1;
                    in_trial.0.credits += row.credits;
                    continue;
                }
                used.rows += 1;
                used.credits += row.credits;
                last_at = last_at.max(Some(row.at));
                if request.is_recent(row) {
                    let Row { event, at, account, credits, .. } = row.clone();
                    self.recent.push(Recent { account, at, event, credits });
                }
            } else if row.before {
                totals.entry(("nowhere", gone.0, gone.1, gone.2)).or_default().0.add(row);
            } else if request.segments.contains_key(&row.account) {
                aside(row, "before-signup", None, totals);
            } else {
                aside(row, "unknown-account", None, totals);
            }
        }
        self.recent.sort();
        self.sums.extend(sums.into_iter().map(|((account, segment), tally)| {
            let segment = i32::try_from(segment).expect("a few segments");
            Sum { account, segment, tally }
        }));
        self.exceptions.extend(groups.into_iter().map(|((kind, account, before, entry), rows)| {
            let mut tally = Tally::default();
            rows.iter().for_each(|row| tally.add(row));
            let first = rows.iter().map(|row| (row.at, row.event.clone())).min();
            let last = rows.iter().map(|row| row.at).max().expect("a group has a row");
            let (kind, first) = (kind.to_owned(), first.expect("a group has a row"));
            Group { kind, account, before, entry, tally, first, last }
        }));
        self.control.push(Control { what: "used", tally: used, last_at, ..Control::default() });
    }
}
