//! A reconciliation for people.

use std::fmt::Write as _;

use super::details::detail;
use super::report::{PAYOUT, Report, Written};
use super::totals::{Sum, Totals};
use crate::base::digits::{counted, with_thousands};
use crate::base::error::Result;
use crate::base::text_table::{Column, TextTable};
use crate::desk::payments::{Age, MatchInput, PayoutOutcome, Reconciled};
use crate::input::logs::PassedOver;

/// Breaks that the summary shows.
const SHOWN: usize = 10;

/// The summary for people.
///
/// # Errors
/// See [`detail`].
pub(super) fn summary(report: &Report<'_>) -> Result<String> {
    let Report { months, reconciled, totals, .. } = *report;
    let (input, export) = (&reconciled.input, &reconciled.export);
    let mut text = String::new();
    let code = input.currency.code();
    let breaks = totals.all_breaks.count;
    let verdict = match (breaks, totals.payouts_that_differ()) {
        (0, 0) => " agrees with".to_owned(),
        (0, payouts) => {
            format!(" agrees, but for {}, with", counted(payouts, "payout"))
        }
        (1, _) => ": 1 break against".to_owned(),
        (breaks, _) => format!(": {} breaks against", with_thousands(breaks)),
    };
    let files = match export.files.as_slice() {
        [one] => one.clone(),
        files => format!("{} files", with_thousands(files.len() as u64)),
    };
    // Writing to a String does not fail.
    let _ = match reconciled.revisions.as_slice() {
        [one] => writeln!(text, "{months} {}{verdict} {files}", one.name),
        _ => writeln!(text, "{months}{verdict} {files}"),
    };
    text.push_str(&balance(input, totals));
    let mut table = TextTable::labelled(15);
    for (currency, sum) in &totals.payments.other_currencies {
        let payments = counted(sum.count, "payment");
        table.entry("in no sum", format!("{payments} in {currency}: {}", sum.amount));
    }
    if let Some(over) = PassedOver::list(&export.passed_over) {
        table.entry("not read", over);
    }
    if export.duplicate_rows > 0 {
        let rows = with_thousands(export.duplicate_rows);
        table.entry("rows dropped", format!("{rows}: the same row again"));
    }
    if totals.tolerated.count > 0 {
        let (count, amount) = (with_thousands(totals.tolerated.count), totals.tolerated.amount);
        table.entry("tolerated", format!("{amount} {code} in {count} settlements"));
    }
    text.push_str(&table.text("  "));
    text.push_str(&breaks_in_words(report)?);
    text.push_str(&open_by_age(report));
    text.push_str(&payouts_in_words(report));
    match report.tables {
        Some(Written { folder, rows }) => {
            let tables: Vec<String> = rows
                .iter()
                .map(|(name, rows)| format!("{name} {}", with_thousands(*rows)))
                .collect();
            let _ = writeln!(text, "\n  tables in {folder}: {}", tables.join(", "));
        }
        None => text.push_str("\n  --out DIR writes all of it as Parquet and CSV\n"),
    }
    Ok(text)
}

/// Where every document and every payment is, with the sums.
fn balance(input: &MatchInput, totals: &Totals) -> String {
    let Totals { documents, payments, .. } = totals;
    let listed = |(name, sum): (String, &Sum)| {
        format!("{} {name} {}", with_thousands(sum.count), sum.amount)
    };
    let months = payments.other_months.iter().map(|(month, sum)| listed((month.to_string(), sum)));
    let kinds = payments.set_aside.iter().map(|(kind, sum)| listed((kind.clone(), sum)));
    let (months, kinds): (Vec<_>, Vec<_>) = (months.collect(), kinds.collect());
    let rows = [
        ("matched", Some(documents.matched), payments.matched, ""),
        ("in breaks", Some(documents.in_breaks), payments.in_breaks, ""),
        ("other months", None, payments.of_other_months(), &months.join(", ")),
        ("later", None, payments.later, &format!("after {}", input.as_of)),
        ("set aside", None, payments.all_set_aside(), &kinds.join(", ")),
        ("in all", Some(documents.all), payments.all, ""),
    ];
    let code = input.currency.code();
    let cells = |sum: Sum| [with_thousands(sum.count), sum.amount.to_string()];
    let mut table = TextTable::new([
        Column::text("").at_least(15),
        Column::numbers("documents").at_least(10).gap(1),
        Column::numbers("").at_least(12).gap(1),
        Column::numbers("payments").at_least(10).gap(1),
        Column::numbers("").at_least(12).gap(1),
        Column::text("").gap(1),
        Column::text(""),
    ]);
    for (label, documents, payments, of_which) in rows {
        if documents.is_none() && payments.count == 0 {
            continue;
        }
        let [documents, billed] = documents.map(cells).unwrap_or_default();
        let [payments, paid] = cells(payments);
        let (label, code, of_which) = (label.to_owned(), code.to_owned(), of_which.to_owned());
        table.row([label, documents, billed, payments, paid, code, of_which]);
    }
    format!("\n{}", table.text("  "))
}

/// Breaks by code, and the first of them.
fn breaks_in_words(report: &Report<'_>) -> Result<String> {
    let Report { reconciled, totals, .. } = *report;
    let (input, matched) = (&reconciled.input, &reconciled.matched);
    let mut text = String::new();
    if totals.breaks.is_empty() {
        return Ok(text);
    }
    let mut table = TextTable::new([
        Column::text("breaks").at_least(20),
        Column::numbers("").at_least(5).gap(1),
        Column::numbers("paid less due").gap(1),
    ]);
    for (code, sum) in &totals.breaks {
        let (breaks, due) = (with_thousands(sum.count), sum.amount);
        table.row([code.name().to_owned(), breaks, due.to_string()]);
    }
    let _ = write!(text, "\n{}", table.text("  "));
    let all = || matched.settlements.iter().flat_map(|s| s.breaks.iter().map(move |b| (s, b)));
    text.push('\n');
    for (settlement, found) in all().take(SHOWN) {
        let account = settlement.account_id.as_deref();
        let names = [account, input.document_of(found), input.payment_id(found.payment)];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let detail = detail(found, settlement, input)?;
        let _ = writeln!(text, "  {}  {}: {detail}", found.code.name(), names.join(", "));
    }
    let more = all().count().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  and {} more", with_thousands(more as u64));
    }
    Ok(text)
}

/// What is open, by how long it has been due.
fn open_by_age(report: &Report<'_>) -> String {
    let Reconciled { ageing, .. } = report.reconciled;
    let input = &report.reconciled.input;
    if ageing.accounts.is_empty() {
        return String::new();
    }
    let mut table = TextTable::new([
        Column::text("days due").at_least(20),
        Column::numbers("documents").at_least(10).gap(1),
        Column::numbers("amount").at_least(12).gap(1),
    ]);
    for age in Age::ALL {
        let Sum { count, amount } = Sum::open(ageing, age, input);
        if count > 0 {
            let label = match age {
                Age::NotDue => "not due yet".to_owned(),
                Age::Over90 => "over 90 days".to_owned(),
                _ => format!("{} days", age.name()),
            };
            table.row([label, with_thousands(count), amount.to_string()]);
        }
    }
    if ageing.all.unapplied != 0 {
        let paid = input.amount(-ageing.all.unapplied).to_string();
        table.row(["of no document".to_owned(), String::new(), paid]);
    }
    let balance = input.amount(ageing.all.balance()).to_string();
    table.row(["in all".to_owned(), String::new(), balance]);
    format!("\n  open on {}\n{}", input.as_of, table.text("  "))
}

/// Payouts by what comes of them, and the first that differ.
fn payouts_in_words(report: &Report<'_>) -> String {
    let Report { reconciled, totals, .. } = *report;
    let mut text = String::new();
    if totals.payouts.is_empty() {
        return text;
    }
    let sums: Vec<String> = totals
        .payouts
        .iter()
        .map(|(outcome, sum)| match outcome {
            PayoutOutcome::Agrees => format!("{} agree", with_thousands(sum.count)),
            PayoutOutcome::Differs => {
                format!("{} differ by {}", with_thousands(sum.count), sum.amount)
            }
            PayoutOutcome::NotThere => {
                format!("{} have rows, and are not in the export", with_thousands(sum.count))
            }
        })
        .collect();
    let _ = writeln!(text, "\n  payouts: {}", sums.join(", "));
    let differ = reconciled.payouts.iter().filter(|p| p.outcome() == PayoutOutcome::Differs);
    for payout in differ.take(SHOWN) {
        let _ = writeln!(text, "  {PAYOUT}  {}: {}", payout.payout_id, payout.in_words());
    }
    text
}
