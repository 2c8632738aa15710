//! What a reconciliation says: a sentence for each break, a summary for people, and JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::breaks::{Break, Code};
use super::matching::{Matched, Question, Settlement};
use super::tables::document_of;
use super::totals::{Sum, Totals};
use crate::base::digits::{plain_decimal, with_thousands};
use crate::base::money::Currency;
use crate::base::text_table::{Column, TextTable};

/// Breaks that the summary shows.
const SHOWN: usize = 10;

/// What was reconciled, and how.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The month.
    pub month: String,
    /// The revision in force.
    pub revision: String,
    /// The payments' files.
    pub files: Vec<String>,
    /// Rows read.
    pub rows: u64,
    /// Rows dropped, since they stand there twice.
    pub duplicate_rows: u64,
    /// The folder of the tables, and how many rows each has.
    pub tables: Option<(String, Vec<(String, u64)>)>,
}

fn amount(minor: i128, currency: Currency) -> String {
    plain_decimal(minor, u32::from(currency.decimals()))
}

/// A break in one sentence.
pub fn detail(found: &Break, settlement: &Settlement, what: &Question<'_>) -> String {
    let code = what.currency.code();
    let money = |minor: i128| format!("{} {code}", amount(minor.abs(), what.currency));
    let payment = found.payment.map(|p| &what.payments[p]);
    let document = found.document.map(|d| &what.documents[d]);
    let total = document.map_or(0, |document| document.total);
    match found.code {
        Code::MissingPayment if total == -found.difference => {
            format!("nothing was paid of {}", money(total))
        }
        Code::MissingPayment => format!(
            "nothing was paid of {}, what a credit note leaves of {}",
            money(found.difference),
            money(total)
        ),
        Code::ShortPayment => {
            let due = settlement.expected;
            format!("{} of {} lacking", money(found.difference), money(due))
        }
        Code::OverPayment if settlement.documents.is_empty() => {
            format!("{} paid, for which nothing is due", money(found.difference))
        }
        Code::OverPayment => {
            let (paid, due) = (settlement.paid, settlement.expected);
            format!("{} paid of {} due", money(paid), money(due))
        }
        Code::DuplicatePayment => {
            let first = found.repeats.map_or("", |p| &what.payments[p].payment_id);
            format!("{} paid again, as by {first}", money(payment.map_or(0, |p| p.amount())))
        }
        Code::UnknownDocument => "no month of the book has this document".to_owned(),
        Code::UnknownAccount => match payment.map_or("", |p| &p.account_id) {
            "" => "the payment names neither a document nor an account".to_owned(),
            _ => "the payment names no document, and the month has no such account".to_owned(),
        },
        Code::WrongCurrency => {
            let (paid, in_code) = payment
                .map_or(Default::default(), |p| (p.currency.plain(p.money), p.currency.code()));
            format!("{paid} {in_code} paid, while documents are in {code}")
        }
        Code::RefundWithoutNote => {
            format!("{} given back without a credit note", money(found.difference))
        }
        Code::NoteWithoutRefund if total == -found.difference => {
            format!("the note's {} were not given back", money(total))
        }
        Code::NoteWithoutRefund => {
            format!("of the note's {}, {} not given back", money(total), money(found.difference))
        }
    }
}

/// The summary for people.
pub fn summary(facts: &Facts, what: &Question<'_>, matched: &Matched, totals: &Totals) -> String {
    let mut text = String::new();
    let code = what.currency.code();
    let breaks = totals.all_breaks().count;
    let verdict = match breaks {
        0 => " agrees with".to_owned(),
        1 => ": 1 break against".to_owned(),
        breaks => format!(": {} breaks against", with_thousands(breaks)),
    };
    let files = match facts.files.as_slice() {
        [one] => one.clone(),
        files => format!("{} files", with_thousands(files.len() as u64)),
    };
    // Writing to a String does not fail.
    let _ = writeln!(text, "{} {}{verdict} {files}", facts.month, facts.revision);
    text.push_str(&balance(what, totals));
    let mut table = TextTable::labelled(15);
    let mut line = |label: &str, value: String| table.entry(label, value);
    for (currency, (count, amount)) in &totals.other_currencies {
        let payments = if *count == 1 { "payment" } else { "payments" };
        line("in no sum", format!("{} {payments} in {currency}: {amount}", with_thousands(*count)));
    }
    if facts.duplicate_rows > 0 {
        line(
            "rows dropped",
            format!("{}: the same row again", with_thousands(facts.duplicate_rows)),
        );
    }
    if totals.tolerated.count > 0 {
        let Sum { count, amount: minor } = totals.tolerated;
        let minor = amount(minor, what.currency);
        line("tolerated", format!("{minor} {code} in {} settlements", with_thousands(count)));
    }
    text.push_str(&table.text("  "));
    text.push_str(&breaks_in_words(what, matched, totals));
    match &facts.tables {
        Some((folder, tables)) => {
            let tables: Vec<String> = tables
                .iter()
                .map(|(name, rows)| format!("{name} {}", with_thousands(*rows)))
                .collect();
            let _ = writeln!(text, "\n  tables in {folder}: {}", tables.join(", "));
        }
        None => text.push_str("\n  --out DIR writes all of it as Parquet and CSV\n"),
    }
    text
}

/// Where every document and every payment is, with the sums.
fn balance(what: &Question<'_>, totals: &Totals) -> String {
    let listed = |(name, sum): (String, &Sum)| {
        format!("{} {name} {}", with_thousands(sum.count), amount(sum.amount, what.currency))
    };
    let months = totals.other_months.iter().map(|(month, sum)| listed((month.to_string(), sum)));
    let kinds = totals.set_aside.iter().map(|(kind, sum)| listed((kind.clone(), sum)));
    let (months, kinds): (Vec<_>, Vec<_>) = (months.collect(), kinds.collect());
    let rows = [
        ("matched", Some(totals.documents_matched), totals.payments_matched, ""),
        ("in breaks", Some(totals.documents_broken), totals.payments_broken, ""),
        ("other months", None, totals.of_other_months(), &months.join(", ")),
        ("set aside", None, totals.aside(), &kinds.join(", ")),
        ("in all", Some(totals.documents()), totals.payments(), ""),
    ];
    let code = what.currency.code();
    let cells = |sum: Sum| [with_thousands(sum.count), amount(sum.amount, what.currency)];
    let mut table = TextTable::new([
        Column::text("").at_least(15),
        Column::numbers("documents").at_least(11).gap(0),
        Column::numbers("").at_least(13).gap(0),
        Column::numbers("payments").at_least(11).gap(0),
        Column::numbers("").at_least(13).gap(0),
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
fn breaks_in_words(what: &Question<'_>, matched: &Matched, totals: &Totals) -> String {
    let mut text = String::new();
    if totals.breaks.is_empty() {
        return text;
    }
    let mut table = TextTable::new([
        Column::text("breaks").at_least(20),
        Column::numbers("").at_least(6).gap(0),
        Column::numbers("paid less due").gap(0),
    ]);
    for (code, sum) in &totals.breaks {
        let (breaks, due) = (with_thousands(sum.count), amount(sum.amount, what.currency));
        table.row([code.name().to_owned(), breaks, due]);
    }
    let _ = write!(text, "\n{}", table.text("  "));
    let all = || matched.settlements.iter().flat_map(|s| s.breaks.iter().map(move |b| (s, b)));
    text.push('\n');
    for (settlement, found) in all().take(SHOWN) {
        let payment = found.payment.map_or("", |p| &what.payments[p].payment_id);
        let names = [settlement.account_id.as_str(), document_of(found, what), payment];
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let detail = detail(found, settlement, what);
        let _ = writeln!(text, "  {}  {}: {detail}", found.code.name(), names.join(", "));
    }
    let more = all().count().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  and {} more", with_thousands(more as u64));
    }
    text
}

/// The result as one JSON object.
pub fn to_json(facts: &Facts, what: &Question<'_>, totals: &Totals) -> Value {
    let sum = |sum: Sum| json!({ "count": sum.count, "amount": amount(sum.amount, what.currency) });
    let breaks = Code::ALL.map(|code| {
        let Sum { count, amount: minor } = totals.breaks.get(&code).copied().unwrap_or_default();
        let difference = amount(minor, what.currency);
        (code.name().to_owned(), json!({ "count": count, "difference": difference }))
    });
    let breaks: Map<String, Value> = breaks.into_iter().collect();
    let months = totals.other_months.iter().map(|(month, s)| (month.to_string(), sum(*s)));
    let kinds = totals.set_aside.iter().map(|(kind, s)| (kind.clone(), sum(*s)));
    let currencies = totals.other_currencies.iter().map(|(code, (count, amount))| {
        ((*code).to_owned(), json!({ "count": count, "amount": amount }))
    });
    let tables = facts.tables.iter().flat_map(|(_, tables)| tables);
    let all = totals.all_breaks().count;
    json!({
        "status": if all == 0 { "agrees" } else { "breaks" },
        "exit_code": exit_code(totals),
        "month": facts.month,
        "revision": facts.revision,
        "currency": what.currency.code(),
        "tolerance": amount(what.tolerance, what.currency),
        "files": facts.files,
        "rows": facts.rows,
        "duplicate_rows": facts.duplicate_rows,
        "documents": {
            "all": sum(totals.documents()),
            "matched": sum(totals.documents_matched),
            "in_breaks": sum(totals.documents_broken),
        },
        "payments": {
            "all": sum(totals.payments()),
            "matched": sum(totals.payments_matched),
            "in_breaks": sum(totals.payments_broken),
            "other_months": months.collect::<Map<_, _>>(),
            "set_aside": kinds.collect::<Map<_, _>>(),
            "other_currencies": currencies.collect::<Map<_, _>>(),
        },
        "breaks": breaks,
        "all_breaks": all,
        "difference": amount(totals.of_month().amount - totals.documents().amount, what.currency),
        "tolerated": sum(totals.tolerated),
        "folder": facts.tables.as_ref().map(|(folder, _)| folder),
        "tables": tables.map(|(name, rows)| (name.clone(), json!(rows))).collect::<Map<_, _>>(),
    })
}

/// 0 where all agrees, 4 where there are breaks.
pub fn exit_code(totals: &Totals) -> u8 {
    if totals.breaks.is_empty() { 0 } else { 4 }
}
