//! Who was charged most overage, and how much of it a few accounts pay.

use std::collections::BTreeMap;

use super::super::frames::{Frame, MONTH};
use super::super::model::{Cell, Picture, Section, columns};
use super::source::Source;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::money::Rounding;
use crate::tables::Table;

/// So many of the largest charges of a month are told.
const TOLD: usize = 10;

/// Percentages of the accounts.
const TOPS: [u32; 2] = [1, 10];

/// What an account was charged.
#[derive(Debug)]
struct Charge {
    account_id: String,
    plan: String,
    credits: i128,
    amount: i128,
}

/// The largest charges, and the share of a few.
pub(super) fn sections(source: &Source) -> Result<[Section; 2]> {
    let charges = charges(source)?;
    Ok([concentration(&charges), largest(&charges)])
}

/// The charges of each month, the largest first; of one amount in the order of the accounts' ids.
fn charges(source: &Source) -> Result<BTreeMap<Month, Vec<Charge>>> {
    let columns = "account_id plan overage_credits amount";
    let frame = Frame::read(&source.span.revisions, Table::OverageCharges, columns)?;
    let mut months: BTreeMap<Month, Vec<Charge>> = BTreeMap::new();
    let texts = frame.texts(MONTH)?.zip(frame.texts("account_id")?).zip(frame.texts("plan")?);
    let numbers = frame.numbers("overage_credits")?.zip(frame.numbers("amount")?);
    for (((month, account_id), plan), (credits, amount)) in texts.zip(numbers) {
        let Some(month) = month.and_then(|month| source.shown(month)) else { continue };
        months.entry(month).or_default().push(Charge {
            account_id: account_id.unwrap_or_default().to_owned(),
            plan: plan.unwrap_or_default().to_owned(),
            credits: credits.unwrap_or_default(),
            amount: amount.unwrap_or_default(),
        });
    }
    for charges in months.values_mut() {
        charges.sort_by(|one, other| {
            (other.amount, &one.account_id).cmp(&(one.amount, &other.account_id))
        });
    }
    Ok(months)
}

fn largest(months: &BTreeMap<Month, Vec<Charge>>) -> Section {
    let row = |month: Month, place: i128, charge: &Charge| {
        let Charge { account_id, plan, credits, amount } = charge;
        let [account_id, plan] = [account_id, plan].map(|text| Cell::Text(text.clone()));
        vec![month.into(), place.into(), account_id, plan, (*credits).into(), (*amount).into()]
    };
    let rows = months.iter().flat_map(|(month, charges)| {
        (1..).zip(charges.iter().take(TOLD)).map(|(place, charge)| row(*month, place, charge))
    });
    Section {
        id: "overage_top",
        title: "The largest overage",
        question: "Who was charged most overage?",
        columns: columns![
            month: Month, place: Integer, account_id: Id, plan: Text, overage_credits: Credits,
            amount: Money,
        ],
        rows: rows.collect(),
        picture: Picture::None,
    }
}

fn concentration(months: &BTreeMap<Month, Vec<Charge>>) -> Section {
    let row = |month: Month, charges: &[Charge], percent: u32| {
        // Rounded up to whole accounts, so that it is one at least.
        let few = (charges.len() * percent as usize).div_ceil(100);
        let of = |charges: &[Charge]| charges.iter().map(|charge| charge.amount).sum::<i128>();
        let (amount, all) = (of(&charges[..few]), of(charges));
        // Four decimals of the six that shares have.
        let share = (all > 0).then(|| Rounding::HalfUp.divide(amount * 10_000, all) * 100);
        let figures = [percent.into(), few as i128, amount, charges.len() as i128, all];
        let share = share.map_or(Cell::Empty, Cell::Number);
        std::iter::once(month.into()).chain(figures.map(Cell::Number)).chain([share]).collect()
    };
    let rows = months
        .iter()
        .flat_map(|(month, charges)| TOPS.map(|percent| row(*month, charges, percent)));
    Section {
        id: "overage_concentration",
        title: "Concentration of overage",
        question: "How much of the overage do a few accounts pay?",
        columns: columns![
            month: Month, top_percent: Integer, accounts: Integer, amount: Money,
            all_accounts: Integer, all_amount: Money, share: Share,
        ],
        rows: rows.collect(),
        picture: Picture::None,
    }
}
