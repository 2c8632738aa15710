//! What credits are worth in money, and what was paid for those of grants.

use std::collections::HashMap;

use super::super::frames::{Frame, MONTH};
use super::source::Source;
use crate::base::error::Result;
use crate::desk::worth::{self, Paid, worth};
use crate::tables::{PoolKind, Table};

/// The month, the account, and what the grant is known by.
type Key = (String, String, String);

/// What was paid for grants that end in a month: for those carried in by what the month before says, for those given
/// within it by the account's lines.
#[derive(Debug)]
struct PaidGrants {
    /// By the grant's id.
    carried: HashMap<Key, Paid>,
    /// By its kind.
    sold: HashMap<Key, Paid>,
}

impl PaidGrants {
    /// Those of all months.
    fn of(source: &Source) -> Result<Self> {
        let mut carried = HashMap::new();
        let next: HashMap<String, String> = source.span.months_and_next().collect();
        let grants = &source.grants;
        for (key, (credits, amount)) in keyed(grants, "grant_id", ["granted", "price"])? {
            if let Some(later) = next.get(&key.0) {
                carried.insert((later.clone(), key.1, key.2), Paid { amount, credits });
            }
        }
        let is_grant = source.lines.texts("line_type")?.map(|line_type| line_type == Some("grant"));
        let lines = source.lines.kept(is_grant)?;
        let mut sold: HashMap<Key, Paid> = HashMap::new();
        for (key, (credits, amount)) in keyed(&lines, "grant", ["quantity", "amount"])? {
            let paid = sold.entry(key).or_default();
            paid.credits += credits;
            paid.amount += amount;
        }
        Ok(PaidGrants { carried, sold })
    }

    /// What was paid for a grant: as one that was carried in, and as one of a kind that was sold.
    fn of_grant(&self, month: &str, account: &str, id: &str, kind: &str) -> [Option<Paid>; 2] {
        let key = |last: &str| (month.to_owned(), account.to_owned(), last.to_owned());
        [self.carried.get(&key(id)).copied(), self.sold.get(&key(kind)).copied()]
    }
}

/// Two numbers of each row by its month, its account and one more text.
fn keyed(
    frame: &Frame,
    last: &'static str,
    [one, other]: [&'static str; 2],
) -> Result<impl Iterator<Item = (Key, (i128, i128))>> {
    let keys = frame.texts(MONTH)?.zip(frame.texts("account_id")?).zip(frame.texts(last)?);
    let numbers = frame.numbers(one)?.zip(frame.numbers(other)?);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(keys.zip(numbers).map(move |(((month, account), last), (one, other))| {
        (
            (text(month), text(account), text(last)),
            (one.unwrap_or_default(), other.unwrap_or_default()),
        )
    }))
}

/// Credits that expired, a row for each pool: with the `source` that they were from, a plan or a kind of grant; with
/// their
/// `worth`; and with `accounts`, which adds up to the accounts that lost credits of a source for a reason.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the tables cannot be read.
pub(super) fn expired(source: &Source) -> Result<Frame> {
    let columns = "account_id pool plan grant_id grant granted expired reason";
    let expired = Frame::read(&source.span.revisions, Table::ExpiredCredits, columns)?;
    let paid = PaidGrants::of(source)?;
    let (mut sources, mut worths, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    // Rows of an account stand together.
    let mut account_before = None;
    let mut seen: Vec<[&str; 3]> = Vec::new();
    let [months, account_ids, pools] = texts(&expired, [MONTH, "account_id", "pool"])?;
    let [plans, grant_ids, grants] = texts(&expired, ["plan", "grant_id", "grant"])?;
    let [reasons] = texts(&expired, ["reason"])?;
    let numbers = expired.numbers("granted")?.zip(expired.numbers("expired")?);
    for (at, (granted, credits)) in numbers.enumerate() {
        let (month, credits) = (months[at], credits.unwrap_or_default());
        let (pool, plan, grant) = (pools[at], plans[at], grants[at]);
        let from = if plan.is_empty() { grant } else { plan };
        let granted = granted.unwrap_or_default();
        worths.push(Some(match (PoolKind::parse(pool), source.plan(month, plan)) {
            (Some(PoolKind::Plan), Some(plan)) => {
                worth(plan.price.into(), credits, plan.credits.into())
            }
            (Some(PoolKind::Grant), _) => {
                let [carried, sold] = paid.of_grant(month, account_ids[at], grant_ids[at], grant);
                worth::lapsed(credits, granted, carried, sold)
            }
            _ => 0,
        }));
        let account = Some((month, account_ids[at]));
        if account != account_before {
            seen.clear();
            account_before = account;
        }
        let group = [pool, from, reasons[at]];
        accounts.push(Some(i128::from(!seen.contains(&group))));
        seen.push(group);
        sources.push(Some(from));
    }
    let sourced = expired.clone().with_texts("source", sources.into_iter())?;
    sourced
        .with_numbers("worth", worths.into_iter())?
        .with_numbers("accounts", accounts.into_iter())
}

/// Columns of texts; nothing is the empty text.
fn texts<'f, const N: usize>(frame: &'f Frame, names: [&str; N]) -> Result<[Vec<&'f str>; N]> {
    let mut columns = [const { Vec::new() }; N];
    for (column, name) in columns.iter_mut().zip(names) {
        column.extend(frame.texts(name)?.map(Option::unwrap_or_default));
    }
    Ok(columns)
}
