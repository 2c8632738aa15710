//! What was paid of the months' documents, and what is open. The questions in SQL ask the tables of `reconcile --out`.

use std::collections::BTreeMap;

use super::super::model::{Cell, Picture, Section, columns};
use crate::base::calendar::Month;
use crate::desk::payments::{Age, PayoutOutcome, Reconciled};

/// The sections, in their order; that of payouts where the export tells of some.
pub(super) fn sections(reconciled: &Reconciled) -> Vec<Section> {
    let mut sections = vec![settled(reconciled), ageing(reconciled), breaks(reconciled)];
    if !reconciled.payouts.is_empty() {
        sections.push(payouts(reconciled));
    }
    sections
}

/// What was billed of a month, and what is open of it.
#[derive(Default)]
struct Billed {
    documents: i128,
    amount: i128,
    open_documents: i128,
    open: i128,
}

fn settled(reconciled: &Reconciled) -> Section {
    let mut months: BTreeMap<Month, Billed> = BTreeMap::new();
    let documents = reconciled.input.documents.iter();
    for (document, &open) in documents.zip(&reconciled.ageing.documents) {
        let billed = months.entry(document.month).or_default();
        billed.documents += 1;
        billed.amount += i128::from(document.total);
        billed.open_documents += i128::from(open != 0);
        billed.open += open;
    }
    let rows = months.into_iter().map(|(month, billed)| {
        let settled = billed.amount - billed.open;
        let sums = [billed.documents, billed.amount, settled, billed.open_documents, billed.open];
        std::iter::once(Cell::Month(month)).chain(sums.map(Cell::Number)).collect()
    });
    Section {
        id: "payments_settled",
        title: "What was paid",
        question: "How much of each month's documents is settled, and what is open?",
        columns: columns![
            month: Month, documents: Integer, billed: Money, settled: Money,
            open_documents: Integer, open: Money,
        ],
        rows: rows.collect(),
        picture: Picture::Lines { of: &["billed", "settled"] },
    }
}

fn ageing(reconciled: &Reconciled) -> Section {
    let ageing = &reconciled.ageing;
    let as_of = match ageing.counts.iter().any(|&count| count > 0) {
        true => Cell::Text(reconciled.input.as_of.to_string()),
        false => Cell::Empty,
    };
    let rows = Age::ALL.into_iter().zip(ageing.counts).map(|(age, documents)| {
        let name = Cell::Text(age.name().to_owned());
        vec![as_of.clone(), name, Cell::Number(documents.into()), Cell::Number(ageing.all.of(age))]
    });
    Section {
        id: "payments_ageing",
        title: "What is open, by age",
        question: "For how many days has what is open been due?",
        columns: columns![as_of: Text, age: Text, documents: Integer, amount: Money],
        rows: rows.collect(),
        picture: Picture::None,
    }
}

fn breaks(reconciled: &Reconciled) -> Section {
    // In the order of the words, as SQL has them.
    let codes: BTreeMap<&str, (u64, i128)> =
        reconciled.breaks().into_iter().map(|(code, sums)| (code.name(), sums)).collect();
    let rows = codes.into_iter().map(|(code, (count, difference))| {
        vec![Cell::Text(code.to_owned()), Cell::Number(count.into()), Cell::Number(difference)]
    });
    Section {
        id: "payments_breaks",
        title: "What does not agree with the payments",
        question: "What is wrong between documents and payments, and what does it come to?",
        columns: columns![code: Text, breaks: Integer, difference: Money],
        rows: rows.collect(),
        picture: Picture::None,
    }
}

fn payouts(reconciled: &Reconciled) -> Section {
    let currency = reconciled.input.currency;
    let mut outcomes: BTreeMap<PayoutOutcome, [i128; 5]> = BTreeMap::new();
    for payout in reconciled.payouts.iter().filter(|payout| payout.currency == currency) {
        let amounts = [
            1,
            payout.payments.amount + payout.others.amount,
            payout.fees,
            payout.paid_out.unwrap_or(0),
            payout.difference().unwrap_or(0),
        ];
        let sums = outcomes.entry(payout.outcome()).or_default();
        sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
    }
    let rows = outcomes.into_iter().map(|(outcome, sums)| {
        let outcome = Cell::Text(outcome.name().to_owned());
        std::iter::once(outcome).chain(sums.map(Cell::Number)).collect()
    });
    Section {
        id: "payments_payouts",
        title: "Payouts",
        question: "Is what was paid out what its payments come to, less the fees?",
        columns: columns![
            outcome: Text, payouts: Integer, amount: Money, fees: Money, paid_out: Money,
            difference: Money,
        ],
        rows: rows.collect(),
        picture: Picture::None,
    }
}
