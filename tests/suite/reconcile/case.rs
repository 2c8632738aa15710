//! Documents and payments written as short texts, matched, and the breaks as short texts again.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use monthend::base::calendar::{Instant, Month};
use monthend::base::money::{Currency, Money};
use monthend::desk::payments::{
    Ageing, BookLookup, Document, MatchInput, Matched, Payment, check, reconcile,
};
use monthend::tables::DocumentType;

use crate::common::Outcome;

/// What is matched, in a form that can be owned.
#[derive(Debug, Clone)]
pub struct Case {
    /// The documents in force.
    pub documents: Vec<Document>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// What is known beside them.
    pub lookup: BookLookup,
    /// The tolerance in cents.
    pub tolerance: i128,
    /// The day by whose end something was paid.
    pub as_of: NaiveDate,
}

/// A day.
pub fn day(text: &str) -> Outcome<NaiveDate> {
    Ok(text.parse()?)
}

/// A currency that the tests know to be one.
pub fn currency(code: &str) -> Outcome<Currency> {
    Ok(Currency::parse(code).ok_or_else(|| format!("{code} is no currency"))?)
}

/// `20.00` as 2000.
pub fn cents(text: &str) -> Outcome<i128> {
    Ok(text.replace('.', "").parse()?)
}

/// 2000 as `20.00`.
pub fn decimal(cents: i128) -> String {
    monthend::base::digits::plain_decimal(cents, 2)
}

/// The instant at an hour after the month's end.
pub fn hour(hour: i64) -> Instant {
    let may = Month::parse("2026-05").map_or(Instant::EPOCH, Month::start);
    may.plus_micros(hour * 3_600_000_000)
}

/// A document; its type is told by its name, as in `CN-2`. Notes relate to the account's `INV`.
pub fn document(account: &str, name: &str, total: i128) -> Document {
    let document_type = match name.split('-').next() {
        Some("CN") => DocumentType::CreditNote,
        Some("DN") => DocumentType::DebitNote,
        _ => DocumentType::Invoice,
    };
    let note = document_type != DocumentType::Invoice;
    Document {
        document_id: format!("{account}/{name}"),
        document_type: document_type.into(),
        account_id: account.into(),
        total: Money::from_minor(total).unwrap_or_default(),
        relates_to: note.then(|| format!("{account}/INV")),
        month: Month::of_date(hour(0).date()).previous(),
        issued_on: hour(0).date(),
        due_on: None,
    }
}

/// A payment in dollars; of no account, or for no document, where these are empty.
pub fn payment(id: &str, account: &str, document: &str, at: i64, amount: i128) -> Outcome<Payment> {
    Ok(Payment {
        payment_id: id.to_owned(),
        account_id: (!account.is_empty()).then(|| account.into()),
        document_id: (!document.is_empty()).then(|| document.to_owned()),
        at: Some(hour(at)),
        money: Money::from_minor(amount)?,
        currency: currency("USD")?,
        kind: String::new(),
        set_aside: None,
        payout_id: None,
        fee: Money::ZERO,
        is_payout: false,
    })
}

/// One of Ann's months. Documents are written as `INV 100.00, CN -30.00`; payments as `100.00 INV, -30.00` with the
/// document that each names, if any, and its currency, if not the dollar. They are called p1, p2 and so on.
pub fn of_ann(documents: &str, payments: &str) -> Outcome<Case> {
    let parts = |text: &str| -> Vec<Vec<String>> {
        let parts = text.split(", ").filter(|part| !part.is_empty());
        parts.map(|part| part.split(' ').map(str::to_owned).collect()).collect()
    };
    let mut case = Case {
        documents: Vec::new(),
        payments: Vec::new(),
        lookup: BookLookup { accounts: BTreeSet::from(["ann".into()]), ..BookLookup::default() },
        tolerance: 0,
        as_of: day("2026-06-30")?,
    };
    for words in parts(documents) {
        let total = cents(words.get(1).ok_or("a document needs a total")?)?;
        case.documents.push(document("ann", &words[0], total));
    }
    for (at, words) in (1..).zip(parts(payments)) {
        let mut one = payment(&format!("p{at}"), "ann", "", at, cents(&words[0])?)?;
        for word in &words[1..] {
            match Currency::parse(word) {
                Some(currency) => one.currency = currency,
                None => one.document_id = Some(format!("ann/{word}")),
            }
        }
        case.payments.push(one);
    }
    Ok(case)
}

impl Case {
    /// What is asked.
    pub fn input(&self) -> Outcome<MatchInput> {
        Ok(MatchInput {
            documents: self.documents.clone(),
            payments: self.payments.clone(),
            lookup: self.lookup.clone(),
            currency: currency("USD")?,
            tolerance: Money::from_minor(self.tolerance)?,
            as_of: self.as_of,
        })
    }

    /// Matches, and checks that nothing was lost.
    pub fn matched(&self) -> Outcome<Matched> {
        let matched = reconcile(&self.input()?);
        check(&self.input()?, &matched)?;
        Ok(matched)
    }

    /// What is open.
    pub fn ageing(&self) -> Outcome<Ageing> {
        Ok(Ageing::of(&self.input()?, &self.matched()?)?)
    }

    /// The breaks, each as `code document payment difference`, as far as it has them.
    pub fn breaks(&self) -> Outcome<Vec<String>> {
        let matched = self.matched()?;
        let breaks = matched.settlements.iter().flat_map(|settlement| &settlement.breaks);
        let told = breaks.map(|found| {
            let document = found.document.map(|d| self.documents[d].document_id.as_str());
            let payment = found.payment.map(|p| self.payments[p].payment_id.as_str());
            let mut words = vec![found.code.name().to_owned()];
            words.extend(document.map(|id| id.trim_start_matches("ann/").to_owned()));
            words.extend(payment.map(str::to_owned));
            words.push(decimal(found.difference));
            words.join(" ")
        });
        Ok(told.collect())
    }
}
