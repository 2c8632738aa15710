//! `init`: from an empty folder and two foreign files to a published month in four commands, without an edit.
//!
//! The month is the same in every dialect, and so are its tables, to the byte.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMillisecondArray};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use crate::common::{Outcome, code, in_one_line, program, result, words};

/// An event: its id, its account, its minute of 10 April, and its credits in thousandths.
const EVENTS: [(&str, &str, u32, i128); 4] = [
    ("e-1", "acorn", 5, 1_000_500),
    ("e-2", "acorn", 6, 100_250),
    ("e-3", "birch", 7, 12_000),
    ("e-4", "cedar", 8, 40_125),
];

/// A change: its id, its account, its instant, what it is, and its plan.
const CHANGES: [(&str, &str, &str, &str, &str); 6] = [
    ("c-1", "acorn", "2026-01-05T09:00:00", "signup", "pro"),
    ("c-2", "acorn", "2026-01-05T09:01:00", "overage_on", ""),
    ("c-3", "birch", "2026-02-05T09:00:00", "signup", ""),
    ("c-4", "cedar", "2026-03-30T09:00:00", "signup", ""),
    ("c-5", "cedar", "2026-04-16T00:00:00", "plan", "power"),
    ("c-6", "acorn", "2026-04-20T00:00:00", "overage_off", ""),
];

/// How a log is written: the lines of its rows, made of cells.
struct Dialect {
    header: &'static [&'static str],
    between: &'static str,
}

impl Dialect {
    fn text(&self, rows: impl Iterator<Item = Vec<String>>) -> String {
        let header = self.header.iter().map(|name| (*name).to_owned()).collect();
        let rows = std::iter::once(header).chain(rows);
        rows.map(|cells: Vec<String>| format!("{}\n", cells.join(self.between))).collect()
    }

    /// The usage log, with instants and credits as they are written.
    fn usage(&self, at: fn(u32) -> String, credits: fn(i128) -> String) -> String {
        self.text(EVENTS.iter().map(|(id, account, minute, thousandths)| {
            vec![(*id).to_owned(), (*account).to_owned(), at(*minute), credits(*thousandths)]
        }))
    }

    /// The change log, with instants, changes and plans as they are written.
    fn changes(&self, at: fn(&str) -> String, words: fn(&str) -> &str) -> String {
        self.text(CHANGES.iter().map(|(id, account, instant, change, plan)| {
            let [change, plan] = [change, plan].map(|word| words(word).to_owned());
            vec![(*id).to_owned(), (*account).to_owned(), at(instant), change, plan]
        }))
    }
}

const OUR_USAGE: Dialect =
    Dialect { header: &["event_id", "account_id", "at", "credits"], between: "," };
const OUR_CHANGES: Dialect =
    Dialect { header: &["change_id", "account_id", "at", "change", "plan"], between: "," };

fn in_utc(minute: u32) -> String {
    format!("2026-04-10T12:{minute:02}:00Z")
}

fn with_z(instant: &str) -> String {
    format!("{instant}Z")
}

fn with_point(thousandths: i128) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

fn with_comma(thousandths: i128) -> String {
    with_point(thousandths).trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

/// Milliseconds from 1970 to noon of 10 April 2026.
const NOON: i64 = 1_775_822_400_000;

fn millis(minute: u32) -> i64 {
    NOON + i64::from(minute) * 60_000
}

fn same(word: &str) -> &str {
    word
}

fn other_words(word: &str) -> &str {
    match word {
        "signup" => "Subscribed",
        "plan" => "upgrade",
        "overage_on" => "overage-enabled",
        "overage_off" => "overage-disabled",
        "pro" => "Pro Monthly",
        "power" => "Power",
        other => other,
    }
}

/// A folder with two logs.
fn folder(usage: (&str, &str), changes: (&str, &str)) -> Outcome<TempDir> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(usage.0), usage.1)?;
    fs::write(folder.path().join(changes.0), changes.1)?;
    Ok(folder)
}

fn command(folder: &Path, args: &[&str]) -> Outcome<Output> {
    let mut command = Command::new(program());
    command.current_dir(folder).env_remove("MONTHEND_JOB").args(args);
    Ok(command.output()?)
}

/// The same four commands, whatever the logs are; gives what `init` wrote.
fn four_commands(folder: &Path, usage: &str, changes: &str) -> Outcome<String> {
    let month = ["--month", "2026-04", "--opening", "genesis"];
    for args in [
        vec!["init", "--usage", usage, "--changes", changes],
        [&["check"], &month[..]].concat(),
        [&["run"], &month[..]].concat(),
        vec!["status", "--as-of", "2026-05-10"],
    ] {
        let output = command(folder, &args)?;
        let told = format!("{}{}", words(&output), String::from_utf8_lossy(&output.stdout));
        assert_eq!(code(&output)?, 0, "{args:?}: {told}");
    }
    Ok(fs::read_to_string(folder.join("monthend.toml"))?)
}

/// Checks that the month is the one that our own form of the logs comes to.
fn comes_to_the_same(folder: &Path) -> Outcome {
    let plain = self::folder(
        ("usage.csv", &OUR_USAGE.usage(in_utc, with_point)),
        ("changes.csv", &OUR_CHANGES.changes(with_z, same)),
    )?;
    let job = four_commands(plain.path(), "usage.csv", "changes.csv")?;
    for key in ["map_", "instants", "assume_utc", "csv.", "_values", "no_event_ids"] {
        let says = |line: &str| line.starts_with(key);
        assert!(!job.lines().any(says), "{key} is said though nothing is otherwise: {job}");
    }
    for table in
        ["documents.csv", "invoice_lines.csv", "statements.csv", "state.csv", "state.parquet"]
    {
        let [ours, theirs] =
            [plain.path(), folder].map(|f| fs::read(f.join("book/2026-04/r001").join(table)));
        assert_eq!(ours?, theirs?, "{table}");
    }
    let documents = fs::read_to_string(folder.join("book/2026-04/r001/documents.csv"))?;
    // 100.75 credits over the cap of Pro at 0.04.
    assert!(documents.contains(",20.00,4.03,24.03,"), "{documents}");
    Ok(())
}

#[test]
fn semicolons_and_decimal_commas() -> Outcome {
    let usage = Dialect { between: ";", ..OUR_USAGE }.usage(in_utc, with_comma);
    let changes = Dialect { between: ";", ..OUR_CHANGES }.changes(with_z, same);
    let folder = folder(("usage.csv", &usage), ("changes.csv", &changes))?;
    let job = four_commands(folder.path(), "usage.csv", "changes.csv")?;
    for line in [
        "csv.usage.delimiter = \";\"",
        "csv.usage.decimal = \",\"",
        "csv.changes.delimiter = \";\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    comes_to_the_same(folder.path())
}

#[test]
fn milliseconds_since_1970_and_other_names() -> Outcome {
    let usage = Dialect { header: &["Event ID", "customer_id", "ts", "credits_used"], ..OUR_USAGE };
    let usage = usage.usage(|minute| millis(minute).to_string(), with_point);
    let changes =
        Dialect { header: &["id", "customer_id", "created_at", "type", "tier"], ..OUR_CHANGES };
    let folder =
        folder(("usage-2026-04.csv", &usage), ("log.csv", &changes.changes(with_z, same)))?;
    let job = four_commands(folder.path(), "usage-2026-04.csv", "log.csv")?;
    for line in [
        "usage = [\"usage-{month}.csv\"]",
        "map_usage.event_id = \"Event ID\"",
        "map_usage.account_id = \"customer_id\"",
        "map_usage.credits = \"credits_used\"",
        "instants.usage = \"epoch-ms\"",
        "map_changes.change = \"type\"",
        "map_changes.plan = \"tier\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    comes_to_the_same(folder.path())
}

#[test]
fn tabs_and_times_without_an_offset() -> Outcome {
    let tabs = |dialect| Dialect { between: "\t", ..dialect };
    let usage = tabs(OUR_USAGE).usage(|minute| format!("2026-04-10 12:{minute:02}:00"), with_point);
    let changes = tabs(OUR_CHANGES).changes(|at| at.replace('T', " "), same);
    let folder = folder(("usage.csv", &usage), ("changes.csv", &changes))?;
    let job = four_commands(folder.path(), "usage.csv", "changes.csv")?;
    assert!(
        job.contains("\nassume_utc.usage = true") && job.contains("\nassume_utc.changes = true")
    );
    assert!(job.contains("\ncsv.usage.delimiter = \"tab\""), "{job}");
    comes_to_the_same(folder.path())
}

#[test]
fn objects_of_json_and_a_packed_log_with_bars() -> Outcome {
    let objects: String = EVENTS
        .iter()
        .map(|(id, account, minute, thousandths)| {
            let (at, credits) = (in_utc(*minute), with_point(*thousandths));
            format!(
                "{{\"id\":\"{id}\",\"customer\":{{\"id\":\"{account}\"}},\
                 \"time\":\"{at}\",\"quantity\":{credits},\"model\":\"m\"}}\n"
            )
        })
        .collect();
    let changes = Dialect { between: "|", ..OUR_CHANGES }.changes(with_z, same);
    let folder = folder(("usage.jsonl", &objects), ("none", ""))?;
    let packed = fs::File::create(folder.path().join("changes.csv.gz"))?;
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
    std::io::Write::write_all(&mut packed, changes.as_bytes())?;
    packed.finish()?;
    let job = four_commands(folder.path(), "usage.jsonl", "changes.csv.gz")?;
    assert!(job.contains("\nmap_usage.account_id = \"customer.id\""), "{job}");
    assert!(job.contains("\ncsv.changes.delimiter = \"|\""), "{job}");
    comes_to_the_same(folder.path())
}

#[test]
fn other_words_for_changes_and_plans() -> Outcome {
    let usage = OUR_USAGE.usage(in_utc, with_point);
    let changes = OUR_CHANGES.changes(with_z, other_words);
    let folder = folder(("usage.csv", &usage), ("changes.csv", &changes))?;
    let job = four_commands(folder.path(), "usage.csv", "changes.csv")?;
    for line in [
        "change_values.Subscribed = \"signup\"",
        "change_values.overage-disabled = \"overage_off\"",
        "plan_values.\"Pro Monthly\" = \"pro\"",
        "plan_values.Power = \"power\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    comes_to_the_same(folder.path())
}

#[test]
fn parquet_without_event_ids() -> Outcome {
    let changes = OUR_CHANGES.changes(with_z, same);
    let folder = folder(("none", ""), ("changes.csv", &changes))?;
    let text = |of: fn(&(&'static str, &'static str, u32, i128)) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from(EVENTS.iter().map(of).collect::<Vec<_>>()))
    };
    let at = EVENTS.iter().map(|event| millis(event.2)).collect::<Vec<_>>();
    let credits = EVENTS.iter().map(|event| event.3).collect::<Vec<_>>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("tenant_id", text(|event| event.1)),
        ("timestamp", Arc::new(TimestampMillisecondArray::from(at).with_timezone("UTC"))),
        ("credits", Arc::new(Decimal128Array::from(credits).with_precision_and_scale(12, 3)?)),
        ("model", text(|_| "large")),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let file = fs::File::create(folder.path().join("usage.parquet"))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    let job = four_commands(folder.path(), "usage.parquet", "changes.csv")?;
    for line in ["map_usage.account_id = \"tenant_id\"", "no_event_ids = true"] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    comes_to_the_same(folder.path())
}

/// What is left open of two logs, by what it is about.
fn open(folder: &Path) -> Outcome<Vec<(String, String)>> {
    let output = command(folder, &["init", "--usage", "u.csv", "--changes", "c.csv", "--json"])?;
    assert_eq!(code(&output)?, 3, "{}", words(&output));
    let told = result(&output)?;
    let mut open = Vec::new();
    for log in ["usage", "changes"] {
        for conclusion in told[log].as_array().ok_or("no list")? {
            if conclusion["is_open"] == true {
                let text = |key: &str| conclusion[key].as_str().unwrap_or_default().to_owned();
                open.push((text("about"), text("evidence")));
            }
        }
    }
    Ok(open)
}

#[test]
fn what_cannot_be_told_is_left_open_and_not_guessed() -> Outcome {
    let usage = "user_id;org_id;at;amount;cost\n\
        u-1;o-1;2026-04-10T12:00:00Z;1,234;2,500\nu-2;o-1;2026-04-10T12:01:00Z;2,345;3,500\n";
    let changes = "id;user_id;at;action;plan\nc-1;u-1;2026-01-05T09:00:00Z;subscribe;Gold\n\
        c-2;u-2;2026-01-05T09:00:00Z;cancelled;\n";
    let folder = folder(("u.csv", usage), ("c.csv", changes))?;
    let about: Vec<String> = open(folder.path())?.into_iter().map(|(about, _)| about).collect();
    assert_eq!(about, ["account_id", "credits", "cancelled", "plan Gold"]);
    let job = fs::read_to_string(folder.path().join("monthend.toml"))?;
    let left = |line: &str| job.lines().any(|found| found.starts_with(&format!("# {line}")));
    assert!(left("map_usage.account_id = \"…\"   # which of user_id, org_id?"), "{job}");
    assert!(left("change_values.cancelled = \"…\""), "{job}");
    // The file can be read as it is, and what is open is told by what cannot be read then.
    let args = ["check", "--month", "2026-04", "--opening", "genesis"];
    let checked = command(folder.path(), &args)?;
    assert_eq!(code(&checked)?, 1, "{}", words(&checked));
    Ok(())
}

#[test]
fn columns_of_grants_are_found_and_the_terms_of_a_kind_left_open() -> Outcome {
    let usage = "event_id,account_id,at,credits\ne-1,acorn,2026-04-11T12:00:00Z,100\n";
    let changes = "change_id,account_id,at,change,plan,pack,credits_granted,valid_until\n\
        c-1,acorn,2026-01-05T09:00:00Z,signup,,,,\n\
        c-2,acorn,2026-04-10T09:00:00Z,top-up,,pack-125,125,2026-07-01T00:00:00Z\n";
    let folder = folder(("u.csv", usage), ("c.csv", changes))?;
    let about: Vec<String> = open(folder.path())?.into_iter().map(|(about, _)| about).collect();
    assert_eq!(about, ["grant pack-125"]);
    let job = fs::read_to_string(folder.path().join("monthend.toml"))?;
    for line in [
        "map_changes.grant = \"pack\"   # such as `pack-125`: 1 of 1 rows",
        "map_changes.credits = \"credits_granted\"",
        "map_changes.expires_at = \"valid_until\"",
        "change_values.top-up = \"grant\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    // The catalogue that it wrote has the kind, and the month is billed: 25 of 125 credits go on.
    let args = ["run", "--month", "2026-04", "--opening", "genesis"];
    let billed = command(folder.path(), &args)?;
    assert_eq!(code(&billed)?, 0, "{}", words(&billed));
    let grants = fs::read_to_string(folder.path().join("book/2026-04/r001/grants.csv"))?;
    assert!(grants.contains("acorn,c-2,pack-125,125.000000,25.000000,"), "{grants}");
    // A catalogue of one's own is copied as it is.
    let own = folder.path().join("catalogs/2026-04-01.toml");
    let without =
        fs::read_to_string(&own)?.replace("[[grant]]\nid = \"pack-125\"", "[[grant]]\nid = \"p\"");
    fs::write(folder.path().join("own.toml"), &without)?;
    let args = ["init", "--changes", "c.csv", "--catalog", "own.toml", "--force"];
    let copied = command(folder.path(), &args)?;
    assert_eq!(code(&copied)?, 3, "{}", words(&copied));
    assert_eq!(fs::read_to_string(own)?, without);
    Ok(())
}

#[test]
fn a_comma_before_three_digits_may_stand_between_thousands() -> Outcome {
    let usage = "event_id;account_id;at;credits\ne-1;a;2026-04-10T12:00:00Z;1,234\n";
    let changes = "change_id;account_id;at;change;plan\nc-1;a;2026-01-05T09:00:00Z;signup;pro\n";
    let folder = folder(("u.csv", usage), ("c.csv", changes))?;
    let found = open(folder.path())?;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("before decimals, or before thousands?"), "{found:?}");
    Ok(())
}

#[test]
fn nothing_is_overwritten_but_by_force_and_gitignore_never() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join(".gitignore"), "mine\n")?;
    let plans = ["--currency", "EUR", "--plan", "free:0:50", "--plan", "basic:9.90:500:0.02"];
    let first =
        command(folder.path(), &[&["init", "jobs", "--plan"], &["free:0:50"][..]].concat())?;
    assert_eq!(code(&first)?, 0, "{}", words(&first));
    let again = command(folder.path(), &[&["init", "jobs"], &plans[..]].concat())?;
    assert_eq!(code(&again)?, 2);
    assert!(words(&again).contains("jobs/monthend.toml: is there already"), "{}", words(&again));
    let forced = command(folder.path(), &[&["init", "jobs", "--force"], &plans[..]].concat())?;
    assert_eq!(code(&forced)?, 0, "{}", words(&forced));
    let shown = command(folder.path(), &["catalog", "show", "jobs/catalogs"])?;
    let shown = String::from_utf8(shown.stdout)?;
    assert!(shown.contains("basic") && shown.contains("9.90") && shown.contains("EUR"), "{shown}");
    let here = command(folder.path(), &["init"])?;
    let told = in_one_line(&String::from_utf8(here.stdout)?);
    assert!(told.contains("prices made up") && told.contains("add to it: /book/"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join(".gitignore"))?, "mine\n");
    Ok(())
}
