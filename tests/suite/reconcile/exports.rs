//! Exports in every form through the binary, the tables that come out, and what is said of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::Float64Builder;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use super::bench::{Bench, COLUMNS, Row, as_csv, breaks};
use super::case::{cents, decimal};
use crate::common::{Outcome, monthend, run, tree};

/// Rows as NDJSON; amounts as numbers or as text.
fn as_ndjson(rows: &[Row]) -> Outcome<Vec<u8>> {
    let mut text = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let cells = COLUMNS.iter().zip(row).map(|(name, cell)| match (*name, cell.as_str()) {
            ("document_id", "") => format!("\"{name}\":null"),
            ("amount", _) if at % 2 == 0 => format!("\"{name}\":{cell}"),
            _ => format!("\"{name}\":{}", json!(cell)),
        });
        writeln!(text, "{{{}}}", cells.collect::<Vec<_>>().join(","))?;
    }
    Ok(text)
}

/// Rows as Parquet, with amounts and instants as given, and all of them captured.
fn as_parquet(path: &Path, rows: &[Row], amounts: ArrayRef, at: ArrayRef) -> Outcome {
    let texts = |column: usize| -> ArrayRef {
        let cells =
            rows.iter().map(|row| Some(row[column].as_str()).filter(|cell| !cell.is_empty()));
        Arc::new(cells.collect::<StringArray>())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("captured", Arc::new(BooleanArray::from(vec![true; rows.len()]))),
        ("amount", amounts),
        ("note", texts(1)),
        ("currency", texts(5)),
        ("document_id", texts(2)),
        ("account_id", texts(1)),
        ("at", at),
        ("payment_id", texts(0)),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// The tables' bytes, by name.
fn tables(folder: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let files = tree(folder)?.into_iter();
    let files = files.filter_map(|(path, entry)| Some((path.display().to_string(), entry.bytes?)));
    Ok(files.collect())
}

#[test]
fn an_export_made_from_the_documents_agrees_whatever_its_form() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    let (csv, ndjson) = (as_csv(&rows)?, as_ndjson(&rows)?);
    let gzip = |bytes: &[u8]| -> Outcome<Vec<u8>> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes)?;
        Ok(writer.finish()?)
    };
    bench.write("a.csv", &csv)?;
    bench.write("b.csv.gz", gzip(&csv)?)?;
    bench.write("c.csv.zst", zstd::encode_all(csv.as_slice(), 1)?)?;
    bench.write("d.ndjson", &ndjson)?;
    bench.write("e.jsonl.gz", gzip(&ndjson)?)?;
    fs::create_dir(bench.path("parts"))?;
    let middle = rows.len() / 2;
    bench.write("parts/1.csv", as_csv(&rows[middle..])?)?;
    bench.write("parts/2.ndjson", as_ndjson(&rows[..middle])?)?;
    let reversed: Vec<Row> = rows.iter().rev().cloned().collect();
    bench.write("reversed.csv", as_csv(&reversed)?)?;

    let files = [
        "a.csv",
        "b.csv.gz",
        "c.csv.zst",
        "d.ndjson",
        "e.jsonl.gz",
        "parts",
        "parts/*",
        "reversed.csv",
    ];
    for file in files {
        let out = bench.path("out").join(file.replace('/', "-"));
        let options = ["--out", out.to_str().ok_or("no text")?];
        let told = bench.told(&bench.path(file), &options, 0)?;
        assert_eq!((&told["status"], &told["all_breaks"]), (&json!("agrees"), &json!(0)), "{file}");
        let (count, amount) = (rows.len(), "1401.84");
        assert_eq!(told["payments"]["matched"], json!({ "count": count, "amount": amount }));
        let first = tables(&bench.path("out/a.csv"))?;
        assert_eq!(first.len(), 12);
        assert!(first == tables(&out)?, "{file} makes other tables");
    }
    // With semicolons, and commas before decimals; instants have points as well.
    let csv = String::from_utf8(csv)?.replace(',', ";");
    let decimal = csv.split('\n').map(|line| {
        let cells = line.split(';').map(|cell| match cell.parse::<rust_decimal::Decimal>() {
            Ok(_) => cell.replace('.', ","),
            Err(_) => cell.to_owned(),
        });
        cells.collect::<Vec<_>>().join(";")
    });
    let decimal = decimal.collect::<Vec<_>>().join("\n");
    assert_ne!(decimal, csv);
    bench.write("other.csv", &decimal)?;
    let out = bench.path("out/other.csv");
    let out = ["--out", out.to_str().ok_or("no text")?];
    let written = ["--csv-delimiter", ";", "--csv-decimal", ","];
    bench.told(&bench.path("other.csv"), &[&out[..], &written].concat(), 0)?;
    assert!(tables(&bench.path("out/a.csv"))? == tables(&bench.path("out/other.csv"))?);
    Ok(())
}

#[test]
fn parquet_of_many_types_reads_alike() -> Outcome {
    let bench = Bench::april()?;
    let rows = bench.payments()?;
    let amounts: Result<Vec<i128>, _> = rows.iter().map(|row| cents(&row[4])).collect();
    let amounts = amounts?;
    let whole =
        || amounts.iter().map(|&amount| i64::try_from(amount)).collect::<Result<Vec<_>, _>>();
    let texts = rows.iter().map(|row| Some(row[4].as_str()));
    let mut doubles = Float64Builder::new();
    for row in &rows {
        doubles.append_value(row[4].parse()?);
    }
    let seconds = |at: usize| 1_777_604_400 + 60 * at as i64;
    let of_seconds = |scale: i64| (0..rows.len()).map(move |at| seconds(at) * scale);
    let forms: Vec<(&str, ArrayRef, ArrayRef, &[&str])> = vec![
        (
            "decimals.parquet",
            Arc::new(Decimal128Array::from(amounts.clone()).with_precision_and_scale(18, 2)?),
            Arc::new(TimestampMillisecondArray::from_iter_values(of_seconds(1000))),
            &[],
        ),
        (
            "cents.parquet",
            Arc::new(Int64Array::from(whole()?)),
            Arc::new(Int64Array::from_iter_values(of_seconds(1))),
            &["--minor-units"],
        ),
        (
            "text.parquet",
            Arc::new(texts.collect::<StringArray>()),
            Arc::new(StringArray::from(vec!["2026-05-01 03:12"; rows.len()])),
            &[],
        ),
        (
            "doubles.parquet",
            Arc::new(doubles.finish()),
            Arc::new(Date32Array::from(vec![20_574; rows.len()])),
            &[],
        ),
    ];
    for (name, amounts, at, options) in forms {
        as_parquet(&bench.path(name), &rows, amounts, at)?;
        let options = [options, &["--map", "status=captured"]].concat();
        let told = bench.told(&bench.path(name), &options, 0)?;
        assert_eq!(told["payments"]["matched"]["amount"], "1401.84", "{name}");
    }
    Ok(())
}

/// What is wrong with a month of payments, in every way.
fn faulty(bench: &Bench) -> Outcome<Vec<Row>> {
    let mut rows = bench.payments()?;
    let text = |cells: [&str; 6]| cells.map(str::to_owned);
    rows.retain(|row| row[0] != "py_00"); // cancelled-then-back
    rows[0][4] = "21.00".to_owned(); // cancelled-to-free, 22.00
    rows[1][4] = "210.00".to_owned(); // downgrade-cancelled, 200.00
    rows[2][5] = "EUR".to_owned(); // downgrade-pending, 40.00
    rows[3][2] = "INV-2026-04-00000099".to_owned(); // downgrade-withdrawn, 20.00
    let again = rows[4].clone(); // first-upgrade-15th, 10.00
    rows.push(Row::from(
        [&"py_again".to_owned(), &again[1], &again[2], &again[3], &again[4], &again[5]]
            .map(String::clone),
    ));
    rows.push(rows[5].clone()); // the same row once more
    rows.push(text(["py_90", "nobody", "", "2026-05-02", "5.00", "USD"]));
    rows.push(text(["py_91", "", "", "2026-05-02", "6.00", ""]));
    rows.push(text(["py_92", "power-heavy", "", "2026-05-02", "-44.13", "usd"]));
    rows.push(text(["py_93", "no-usage", "", "2026-05-02", "7.00", "USD"]));
    Ok(rows)
}

const FAULTS: [&str; 8] = [
    "missing-payment 2 -40.00",
    "short-payment 1 -1.00",
    "over-payment 2 17.00",
    "duplicate-payment 1 10.00",
    "unknown-document 1 20.00",
    "unknown-account 2 11.00",
    "wrong-currency 1 -40.00",
    "refund-without-note 1 -44.13",
];

/// A table's rows as CSV, by column.
fn rows_of(folder: &Path, table: &str) -> Outcome<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{table}.csv")))?;
    let rows: Result<_, _> = reader.deserialize().collect();
    Ok(rows?)
}

fn sum(rows: &[BTreeMap<String, String>], column: &str) -> Outcome<i128> {
    let cells = rows.iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty());
    cells.map(cents).sum()
}

#[test]
fn every_row_and_every_document_is_in_the_tables_once() -> Outcome {
    let bench = Bench::april()?;
    let rows = faulty(&bench)?;
    let file = bench.write("payments.csv", as_csv(&rows)?)?;
    let out = bench.path("out");
    let told = bench.told(&file, &["--out", out.to_str().ok_or("no text")?], 4)?;
    assert_eq!(breaks(&told)?, FAULTS);
    assert_eq!((&told["rows"], &told["duplicate_rows"]), (&json!(rows.len()), &json!(1)));

    let documents = rows_of(&out, "reconciled_documents")?;
    let payments = rows_of(&out, "reconciled_payments")?;
    let (matches, breaks) = (rows_of(&out, "matches")?, rows_of(&out, "breaks")?);
    let ids = |rows: &[BTreeMap<String, String>], column: &str| {
        let mut ids: Vec<String> = rows.iter().map(|row| row[column].clone()).collect();
        ids.sort();
        ids
    };
    let issued = rows_of(&bench.book().join("2026-04/r001"), "documents")?;
    assert_eq!(ids(&documents, "document_id"), ids(&issued, "document_id"));
    assert_eq!(sum(&documents, "total_amount")?, sum(&issued, "total_amount")?);
    let mut given: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    given.sort();
    given.dedup();
    assert_eq!(ids(&payments, "payment_id"), given);

    // Settlements: the matches, and those that the breaks are of; nothing is in both.
    let mut settled: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    for row in matches.iter().chain(&breaks) {
        let sums = (cents(&row["expected"])?, cents(&row["paid"])?);
        assert_eq!(*settled.entry(row["settlement"].clone()).or_insert(sums), sums);
    }
    let (expected, paid) = settled.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert_eq!(expected, sum(&documents, "total_amount")?);
    assert_eq!(paid, sum(&payments, "amount")?);
    assert_eq!(paid - expected, sum(&breaks, "difference")?);
    assert_eq!(told["difference"], decimal(paid - expected));
    let of_break = |row: &&BTreeMap<String, String>| row["outcome"] == "break";
    for row in documents.iter().chain(&payments) {
        let (settlement, code) = (&row["settlement"], &row["code"]);
        let found = breaks.iter().find(|b| &b["settlement"] == settlement && &b["code"] == code);
        assert_eq!(found.is_some(), row["outcome"] == "break", "{row:?}");
    }
    let in_breaks = &told["documents"]["in_breaks"];
    assert_eq!(in_breaks["count"], documents.iter().filter(of_break).count());
    assert_eq!(told["payments"]["in_breaks"]["count"], payments.iter().filter(of_break).count());
    let euros = payments.iter().find(|row| row["currency"] == "EUR").ok_or("no euros")?;
    assert_eq!((euros["amount"].as_str(), euros["other_amount"].as_str()), ("", "40.00"));
    Ok(())
}

#[test]
fn neither_order_nor_threads_change_a_byte() -> Outcome {
    let bench = Bench::april()?;
    let mut rows = faulty(&bench)?;
    bench.write("a.csv", as_csv(&rows)?)?;
    rows.reverse();
    bench.write("b.csv", as_csv(&rows)?)?;
    for (name, threads) in [("a", "1"), ("b", "7")] {
        let mut command = monthend(["reconcile", "--month", "2026-04", "--payments"]);
        command.arg(bench.path(&format!("{name}.csv"))).arg("--book").arg(bench.book());
        command.arg("--out").arg(bench.path(name)).env("RAYON_NUM_THREADS", threads);
        run(&mut command, 4)?;
    }
    assert!(tables(&bench.path("a"))? == tables(&bench.path("b"))?);
    Ok(())
}

#[test]
fn the_summary_says_what_is_where() -> Outcome {
    let bench = Bench::april()?;
    let file = bench.write("payments.csv", as_csv(&faulty(&bench)?)?)?;
    let out = bench.path("out");
    let output = bench.reconcile(&file, &["--out", out.to_str().ok_or("no text")?], 4)?;
    let text = String::from_utf8(output.stdout)?;
    let text = text.replace(bench.path("").to_str().ok_or("no text")?, "");
    let expected = "\
2026-04 r001: 11 breaks against payments.csv

                   documents                payments
  matched                 24     1,099.84         23     1,099.84 USD
  in breaks                5       302.00          9       234.87 USD
  in all                  29     1,401.84         32     1,334.71 USD
";
    let first: String = text.lines().take(6).map(|line| format!("{line}\n")).collect();
    assert_eq!(first, expected);
    for part in [
        "\n  in no sum       1 payment in EUR: 40.00\n",
        "\n  rows dropped    1: the same row again\n",
        "\n  short-payment            1         -1.00\n",
        "\n  unknown-account  py_91: the payment names neither a document nor an account\n",
        "\n  unknown-account  nobody, py_90: the payment names no document, and the month has no such account\n",
        "\n  short-payment  cancelled-to-free, INV-2026-04-00000002: 1.00 USD of 22.00 USD lacking\n",
        "INV-2026-04-00000004, py_03: 40.00 EUR paid, while documents are in USD\n",
        "INV-2026-04-00000006, py_again: 10.00 USD paid again, as by py_05\n",
        "\n  and 1 more\n",
        "\n  open on 2026-05-02\n",
        "  0-30 days                     4        81.00\n",
        "  of no document                        -13.87\n",
        "\n  tables in out: matches 24, breaks 11, reconciled_documents 29, reconciled_payments 32, \
         ageing 10, payouts 0\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
    let quiet = bench.reconcile(&file, &["--quiet"], 4)?;
    assert_eq!((quiet.stdout.len(), quiet.stderr.len()), (0, 0));
    Ok(())
}

#[test]
fn payments_of_other_months_are_counted_apart() -> Outcome {
    let bench = Bench::april_and_may()?;
    let mut rows = bench.payments()?;
    let text = |cells: [&str; 6]| cells.map(str::to_owned);
    rows.push(text(["m1", "", "INV-2026-05-00000001", "2026-06-01", "20.00", "USD"]));
    rows.push(text(["m2", "", "INV-2026-05-00000002", "2026-06-01", "1.00", "EUR"]));
    let file = bench.write("payments.csv", as_csv(&rows)?)?;
    let told = bench.told(&file, &[], 0)?;
    let months: Value = json!({ "2026-05": { "count": 2, "amount": "20.00" } });
    assert_eq!(told["payments"]["other_months"], months);
    Ok(())
}
