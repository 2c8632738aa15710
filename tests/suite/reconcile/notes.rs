//! Notes that a later revision issued: April, disputed by one account, and with late usage of another.

use super::bench::{Bench, Row, as_csv, breaks};
use crate::common::{Outcome, monthend, root, run};

/// April's second revision: power-heavy gets back 144.13 by a credit note, ten-over-the-cap owes 1.00 by a debit note.
fn disputed() -> Outcome<Bench> {
    let bench = Bench::april()?;
    let drops = bench.write("drop.csv", "event_id,reason\nev-0090,dispute\nev-0091,dispute\n")?;
    let late = "event_id,account_id,at,credits\nlate,ten-over-the-cap,2026-04-29T00:00:00Z,25\n";
    let late = bench.write("late.csv", late)?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--reason", "ticket 1042", "-q"]);
    rerun.arg("--book").arg(bench.book()).arg("--drop-events").arg(drops);
    run(rerun.arg("--add-usage").arg(late), 3)?;
    Ok(bench)
}

fn row(id: &str, account: &str, document: &str, amount: &str) -> Row {
    [id, account, document, "2026-05-21 10:00", amount, "usd"].map(str::to_owned)
}

#[test]
fn notes_are_paid_and_given_back() -> Outcome {
    let bench = Bench::april()?;
    let paid = bench.payments()?; // what was due before the dispute
    drop(bench);
    let bench = disputed()?;
    let with =
        |more: &[Row]| -> Outcome<Vec<u8>> { as_csv(&[paid.clone(), more.to_vec()].concat()) };

    let file = bench.write("before.csv", with(&[])?)?;
    let told = bench.told(&file, &[], 4)?;
    assert_eq!(told["revision"], "r002");
    assert_eq!(breaks(&told)?, ["missing-payment 1 -1.00", "note-without-refund 1 144.13"]);

    let (credit, debit) = ("INV-2026-04-00000030", "INV-2026-04-00000031");
    let refund = |document: &str| row("re_1", "power-heavy", document, "-144.13");
    let charge = |document: &str| row("py_99", "ten-over-the-cap", document, "1.00");
    let ways = [
        [refund(credit), charge(debit)],
        [refund("INV-2026-04-00000014"), charge("INV-2026-04-00000024")],
        [refund(""), charge("")],
    ];
    for (at, way) in ways.iter().enumerate() {
        let file = bench.write(&format!("{at}.csv"), with(way)?)?;
        let told = bench.told(&file, &[], 0)?;
        assert_eq!(told["documents"]["matched"]["count"], 31, "{way:?}");
    }
    Ok(())
}

#[test]
fn what_is_paid_after_the_dispute_is_the_rest() -> Outcome {
    let bench = disputed()?;
    let mut rows = bench.payments()?;
    rows.retain(|row| !matches!(row[1].as_str(), "power-heavy" | "ten-over-the-cap"));
    rows.push(row("py_98", "power-heavy", "INV-2026-04-00000014", "200.00"));
    rows.push(row("py_99", "ten-over-the-cap", "", "21.40"));
    let file = bench.write("payments.csv", as_csv(&rows)?)?;
    bench.reconcile(&file, &[], 0)?;
    Ok(())
}

#[test]
fn a_note_makes_a_refund_right() -> Outcome {
    let bench = disputed()?;
    let file = root().join("tests/reconcile/stripe/charges.ndjson");
    let columns = "payment_id=id,at=created,kind=status,refunded_amount=amount_refunded";
    let map = ["--minor-units", "--map", columns, "--map", "document_id=metadata.document_id"];
    let told = bench.told(&file, &map, 4)?;
    let expected = [
        "missing-payment 2 -41.00",
        "duplicate-payment 1 40.00",
        "unknown-document 1 20.00", // May is not in this book
    ];
    assert_eq!(breaks(&told)?, expected);
    Ok(())
}
