//! The payments read, the documents of some months looked up, and both matched.

use std::collections::BTreeMap;

use super::ageing::Ageing;
use super::asked::Asked;
use super::conservation::check;
use super::export::{self, Export};
use super::items::{BreakCode, MatchInput, Matched};
use super::payouts::{Payout, payouts};
use super::{lookup, matching};
use crate::base::error::{Code, Error, Result};
use crate::base::money::{Currency, Money, parse_amount};
use crate::book::{Book, Revision};
use crate::desk::months::other_currency;

/// Documents and payments, and what came of them.
#[derive(Debug)]
pub struct Reconciled {
    /// The revisions in force, in the order of their months.
    pub revisions: Vec<Revision>,
    /// What was matched.
    pub input: MatchInput,
    /// What the export holds beside the payments.
    pub export: Export,
    /// How they were matched.
    pub matched: Matched,
    /// What is open.
    pub ageing: Ageing,
    /// What was paid out, where the export tells of it.
    pub payouts: Vec<Payout>,
}

impl Reconciled {
    /// Matches the payments with the documents of some revisions, in the order of their months.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] for payments that cannot be read, [`crate::base::error::Kind::Usage`]
    /// for a wrong tolerance or months of several currencies, [`crate::base::error::Kind::Book`] where the
    /// book cannot be read.
    pub fn of(book: &Book, revisions: Vec<Revision>, asked: &Asked) -> Result<Self> {
        let currency = one_currency(&revisions)?;
        let tolerance = tolerance(asked.tolerance.as_deref(), currency)?;
        let (payments, export) = export::read(asked, currency)?;
        let documents = lookup::documents(&revisions)?;
        let lookup = lookup::look_up(book, &revisions, &documents, &payments)?;
        let last_days = revisions.iter().map(|revision| revision.manifest.month.last_day());
        let known = last_days.chain(export::last_day(&payments)).max();
        let as_of = asked.as_of.or(known).unwrap_or_default();
        let input = MatchInput { documents, payments, lookup, currency, tolerance, as_of };
        let matched = matching::reconcile(&input);
        check(&input, &matched)?;
        let ageing = Ageing::of(&input, &matched)?;
        let payouts = payouts(&input.payments);
        Ok(Reconciled { revisions, input, export, matched, ageing, payouts })
    }

    /// How many breaks there are of each code, and their differences in minor units; codes without any are left
    /// out.
    pub fn breaks(&self) -> BTreeMap<BreakCode, (u64, i128)> {
        let mut codes: BTreeMap<BreakCode, (u64, i128)> = BTreeMap::new();
        for found in self.matched.settlements.iter().flat_map(|settlement| &settlement.breaks) {
            let sums = codes.entry(found.code).or_default();
            *sums = (sums.0 + 1, sums.1 + found.difference);
        }
        codes
    }
}

/// The currency of all months.
fn one_currency(revisions: &[Revision]) -> Result<Currency> {
    let mut found: Option<Currency> = None;
    for revision in revisions.iter().rev() {
        let currency = revision.catalog()?.currency;
        match found {
            Some(later) if later != currency => {
                return Err(other_currency(revision.manifest.month, currency, later));
            }
            _ => found = Some(currency),
        }
    }
    found.ok_or_else(|| Error::new(Code::IMPOSSIBLE, "a span has no month"))
}

/// The tolerance; none unless asked for.
fn tolerance(text: Option<&str>, currency: Currency) -> Result<Money> {
    let Some(text) = text else { return Ok(Money::ZERO) };
    parse_amount(text, currency).map_err(|fault| {
        Error::new(Code::OPTION_VALUE, format!("--tolerance {text} {fault}"))
            .expected(format!("an amount in {}, such as 0.05", currency.code()))
    })
}
