//! Months matched together, and payments that the job file names.

use std::fs;

use serde_json::{Value, json};

use super::bench::{Bench, COLUMNS, Row, as_csv, breaks};
use crate::common::{Outcome, monthend, result, run};

impl Bench {
    /// `reconcile` of some months.
    fn span(&self, options: &[&str], code: i32) -> Outcome<Value> {
        let mut command = monthend(["reconcile", "--json", "--book"]);
        command.arg(self.book()).args(options);
        result(&run(&mut command, code)?)
    }

    /// What April's and May's documents come to, each paid in May or June.
    fn payments_of_both(&self) -> Outcome<Vec<Row>> {
        let mut rows = Vec::new();
        for (month, paid) in
            [("2026-04", "2026-05-28T00:00:00Z"), ("2026-05", "2026-06-02T00:00:00Z")]
        {
            let documents = self.book().join(month).join("r001/documents.csv");
            for record in csv::Reader::from_path(documents)?.records() {
                let record = record?;
                let [id, account] = [&record[0], &record[3]];
                let total = record.get(11).ok_or("no total")?;
                if total != "0.00" {
                    let cells = [&format!("py_{id}"), account, id, paid, total, "USD"];
                    rows.push(cells.map(str::to_owned));
                }
            }
        }
        Ok(rows)
    }
}

const BOTH: [&str; 4] = ["--from", "2026-04", "--through", "2026-05"];

#[test]
fn a_payment_of_may_for_aprils_invoice_is_matched() -> Outcome {
    let bench = Bench::april_and_may()?;
    let rows = bench.payments_of_both()?;
    let payments = bench.write("both.csv", as_csv(&rows)?)?;
    let payments = payments.to_str().ok_or("no text")?;
    let told = bench.span(&[&BOTH[..], &["--payments", payments]].concat(), 0)?;
    assert_eq!(told["payments"]["matched"]["count"], rows.len());
    assert_eq!(told["payments"]["other_months"], json!({}));
    assert_eq!(told["months"][0], json!({ "month": "2026-04", "revision": "r001" }));
    assert_eq!((&told["month"], &told["as_of"]), (&json!("2026-05"), &json!("2026-06-02")));
    assert_eq!(told["ageing"]["balance"], "0.00");
    // The last month of the book is meant where none is said; each month alone sets the other's payments apart.
    let same = bench.span(&["--from", "2026-04", "--payments", payments], 0)?;
    assert_eq!(same["months"], told["months"]);
    let alone = bench.span(&["--month", "2026-04", "--payments", payments], 0)?;
    let of_may = rows.iter().filter(|row| row[2].contains("2026-05")).count();
    assert_eq!(alone["payments"]["other_months"]["2026-05"]["count"], of_may);

    // Without April's payments its documents are open: for a month, as of the last day that is known.
    let may: Vec<Row> = rows.iter().filter(|row| row[2].contains("2026-05")).cloned().collect();
    let may = bench.write("may.csv", as_csv(&may)?)?;
    let out = bench.path("out");
    let out = ["--out", out.to_str().ok_or("no text")?];
    let may = ["--payments", may.to_str().ok_or("no text")?];
    let told = bench.span(&[&BOTH[..], &may, &out].concat(), 4)?;
    let missing = &told["breaks"]["missing-payment"];
    assert_eq!(told["ageing"]["by_age"]["31-60"]["count"], missing["count"]);
    let open = told["ageing"]["documents"].as_str().ok_or("no amount")?;
    assert_eq!(format!("-{open}"), missing["difference"].as_str().unwrap_or_default());
    let table = fs::read_to_string(bench.path("out/reconciled_documents.csv"))?;
    let open = table.lines().filter(|line| line.ends_with(",32,31-60")).count();
    assert_eq!(missing["count"], open);
    // As of a day before they are due, the same is not due yet; what was paid later does not count.
    let early = [&BOTH[..], &may, &["--as-of", "2026-04-30"]].concat();
    let told = bench.span(&early, 4)?;
    let all = told["documents"]["all"]["amount"].clone();
    assert_eq!(told["ageing"]["documents"], all);
    assert_eq!(told["ageing"]["by_age"]["not-due"]["amount"], all);
    assert_eq!(told["payments"]["later"]["count"], of_may);
    assert_eq!(breaks(&told)?.len(), 1);
    Ok(())
}

#[test]
fn months_that_are_not_there_are_refused() -> Outcome {
    let bench = Bench::april()?;
    let payments = bench.write("none.csv", format!("{}\n", COLUMNS.join(",")))?;
    let payments = ["--payments", payments.to_str().ok_or("no text")?];
    let both = bench.span(&[&BOTH[..], &payments].concat(), 1)?;
    assert!(both["error"]["message"].as_str().unwrap_or_default().contains("2026-05"), "{both}");
    for wrong in [
        &["--from", "2026-04", "--through", "2026-03"][..],
        &["--month", "2026-04", "--from", "2026-04"],
        &["--through", "2026-04"],
        &[],
        &["--month", "2026-04", "--as-of", "May"],
    ] {
        let mut command = monthend(["reconcile", "--book"]);
        command.arg(bench.book()).args(wrong).args(payments);
        run(&mut command, 2)?;
    }
    Ok(())
}

#[test]
fn a_job_file_says_once_what_payments_are() -> Outcome {
    let bench = Bench::april_and_may()?;
    let rows = bench.payments_of_both()?;
    fs::create_dir(bench.path("paid"))?;
    for month in ["2026-04", "2026-05"] {
        let of_month: Vec<Row> =
            rows.iter().filter(|row| row[2].contains(month)).cloned().collect();
        let text = String::from_utf8(as_csv(&of_month)?)?;
        let text =
            text.replace(',', ";").replace("payment_id", "Charge").replace("USD", "USD;Karte");
        let text = text.replace("currency", "currency;kind");
        bench.write(&format!("paid/{month}.csv"), text)?;
    }
    let job = |more: &str| {
        let text = format!(
            "book = \"book\"\n\n[payments]\npaths = \"paid/{{month}}.csv\"\n\
             map = {{ payment_id = \"Charge\" }}\ncsv = {{ delimiter = \";\" }}\nkinds = [\"Karte\"]\n{more}"
        );
        bench.write("monthend.toml", text)
    };
    let file = job("")?;
    let asked = |options: &[&str], code: i32| -> Outcome<Value> {
        let mut command = monthend(["reconcile", "--json", "--job"]);
        command.arg(&file).args(options);
        result(&run(&mut command, code)?)
    };
    let told = asked(&BOTH, 0)?;
    assert_eq!(told["payments"]["matched"]["count"], rows.len());
    assert_eq!(told["files"].as_array().map(Vec::len), Some(2), "{}", told["files"]);
    let april = asked(&["--month", "2026-04"], 0)?;
    assert_eq!(april["files"].as_array().map(Vec::len), Some(1));
    // What is typed wins.
    asked(&["--month", "2026-04", "--kinds", "cash"], 1)?;
    asked(&["--month", "2026-04", "--csv-delimiter", ","], 1)?;
    let none = bench.write(
        "none.csv",
        format!("{};kind\n", COLUMNS.join(";").replace("payment_id", "Charge")),
    )?;
    let told = asked(&["--month", "2026-04", "--payments", none.to_str().ok_or("no text")?], 4)?;
    assert_eq!(told["payments"]["all"]["count"], 0);
    // Faults of the file are told with their line.
    for (more, message) in [
        ("tolerence = \"0.05\"\n", "tolerence"),
        ("other_kinds = [\"karte\"]\n", "karte"),
        ("tolerance = \"a\"\n", "tolerance"),
    ] {
        job(more)?;
        let refused = asked(&["--month", "2026-04"], 2)?;
        assert!(refused.to_string().contains(message), "{refused}");
    }
    Ok(())
}
