//! The stages that look at the logs: accounts cut into segments, and their usage.

use std::fmt::Write as _;

use monthend::base::credits::Credits;
use monthend::base::exceptions::Exception;
use monthend::billing::rollup::Count;
use monthend::billing::timeline::{AccountMonth, Pool, Segment, SegmentEnd};
use monthend::catalog::PlanRank;

use super::Outcome;
use super::walk::April;

impl April {
    /// The id of a plan.
    pub fn plan(&self, rank: PlanRank) -> &str {
        &self.catalog.plan(rank).id
    }

    /// The accounts with their numbers and ids.
    pub fn accounts(&self) -> impl Iterator<Item = (usize, &str, &AccountMonth)> {
        let ids = (0..).map(|number| self.timeline.accounts.id(number));
        self.timeline.months.iter().zip(ids).enumerate().map(|(n, (month, id))| (n, id, month))
    }
}

/// Micro-credits in plain digits, without zeros that do not matter.
pub fn credits(micros: i128) -> String {
    let text = monthend::base::digits::plain_decimal(micros, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Accounts and their segments, with why each ends.
pub fn timeline(april: &April) -> Outcome<String> {
    let mut text = format!("{}, opened by genesis\n", april.month);
    for (_, id, account) in april.accounts() {
        writeln!(text, "\n{id}")?;
        standing(april, account, &mut text)?;
        for (number, segment) in (1..).zip(april.timeline.segments_of(account)) {
            writeln!(text, "  segment {number}  {}", described(april, account, segment))?;
        }
    }
    writeln!(text, "\nchanges that cannot be applied")?;
    exceptions(&april.refused, &mut text)?;
    let counts = april.timeline.counts;
    writeln!(
        text,
        "\nchanges: {} applied, {} refused, {} outside the month",
        counts.applied, counts.excepted, counts.outside
    )?;
    Ok(text)
}

fn standing(april: &April, account: &AccountMonth, text: &mut String) -> Outcome {
    match account.opening_plan {
        Some(plan) => writeln!(text, "  opens on {}", april.plan(plan))?,
        None => writeln!(text, "  signs up {}", account.signed_up_at)?,
    }
    for upgrade in &account.upgrades {
        let first = match account.first_upgrade() == Some(upgrade) {
            true if upgrade.from == PlanRank(0) => ", the first ever",
            _ => "",
        };
        let (from, to) = (april.plan(upgrade.from), april.plan(upgrade.to));
        writeln!(text, "  upgrade    {}  {from} → {to}{first}", upgrade.at)?;
    }
    if let Some(trial) = account.trial {
        let left = credits(trial.left.micros().into());
        writeln!(text, "  trial      {left} until {}, before usage", trial.ends_at)?;
    }
    let switch = if account.overage_on { "on" } else { "off" };
    let paid = account.first_paid_at.map_or("never".to_owned(), |at| at.to_string());
    let (billed, next) = (april.plan(account.billed_plan), april.plan(account.next_plan));
    writeln!(
        text,
        "  billed as {billed}; then {next}, overage {switch}; signed up {}, first paid {paid}",
        account.signed_up_at
    )?;
    Ok(())
}

fn described(april: &April, account: &AccountMonth, segment: &Segment) -> String {
    let ends = match segment.end {
        SegmentEnd::FirstUpgrade => "the first upgrade",
        SegmentEnd::TrialEnded => "the trial's end",
        SegmentEnd::GrantBegan => "a grant given",
        SegmentEnd::GrantEnded => "a grant's end",
        SegmentEnd::OverageLimit => "overage limited anew",
        SegmentEnd::OverageOn => "overage switched on",
        SegmentEnd::OverageOff => "overage switched off",
        SegmentEnd::OverageAvailability => "overage offered or not",
        SegmentEnd::MonthBegan => "the month's start",
        SegmentEnd::MonthEnded => "the month's end",
    };
    let pool = match segment.pool {
        Pool::BeforeMonth => "no pool".to_owned(),
        Pool::Earlier => "the earlier pool".to_owned(),
        Pool::Main => format!("{}'s pool", april.plan(account.billed_plan)),
    };
    let trial = if segment.in_trial { "trial, " } else { "" };
    let overage = match (segment.overage_offered, segment.overage_on) {
        (true, true) => "overage on",
        (true, false) => "overage off",
        (false, true) => "overage on though not offered",
        (false, false) => "overage not offered",
    };
    let (from, until) = (segment.from.to_string(), segment.until.to_string());
    format!("{from:20} to {until:20}  by {ends:20}  {trial}{pool}, {overage}")
}

/// Usage of each account and segment, what was set aside, and what became of every row.
pub fn rollup(april: &April) -> Outcome<String> {
    let mut text = format!("{}, usage by account and segment\n", april.month);
    for (_, id, account) in april.accounts() {
        writeln!(text, "\n{id}")?;
        let (from, to) = (account.segments.start as usize, account.segments.end as usize);
        for (number, sum) in (1..).zip(&april.rollup.sums[from..to]) {
            writeln!(text, "  segment {number}  {}", counted("events", *sum))?;
        }
    }
    writeln!(text, "\nusage set aside")?;
    exceptions(&april.rollup.exceptions, &mut text)?;
    writeln!(text, "\nusage that cannot be read")?;
    for reject in april.rollup.rejects.part(0)?.iter() {
        let monthend::base::rejects::Reject { file, row, column, value, reason } = reject;
        writeln!(text, "  {file}, row {row}: {column} `{value}` {reason}")?;
    }
    let control = &april.rollup.control;
    writeln!(text, "\nwhat became of every row")?;
    for (name, count) in [
        ("read", control.read),
        ("used", control.used),
        ("duplicates", control.duplicates),
        ("rejected", control.rejected),
        ("excepted", control.excepted),
        ("before, in trials", control.before_in_trial),
    ] {
        writeln!(text, "  {name:18} {}", counted("rows", count))?;
    }
    for (month, rows) in &control.outside {
        writeln!(text, "  of {month}         {rows:4} rows")?;
    }
    writeln!(text, "  passed over        {:4} rows", control.passed_over)?;
    writeln!(text, "  of concern         {:4} rows", control.of_concern)?;
    let moved = monthend::base::digits::plain_decimal(control.rounding_moved, 24);
    writeln!(text, "  rounded            {:4} rows, by {moved}", control.rounded_rows)?;
    Ok(text)
}

fn counted(what: &str, count: Count) -> String {
    format!("{:4} {what} {:>12} credits", count.rows, credits(count.credits))
}

fn exceptions(exceptions: &[Exception], text: &mut String) -> Outcome {
    for exception in exceptions {
        let Exception { account, kind, detail, sample_id, .. } = exception;
        let rows = exception.rows.map_or("?".to_owned(), |rows| rows.to_string());
        let amount = exception.credits.map(|amount| format!(", {} credits", credits(amount)));
        let amount = amount.unwrap_or_default();
        let span = [exception.first_at, exception.last_at]
            .map(|at| at.map_or("?".to_owned(), |at| at.to_string()))
            .join(" to ");
        let kind = kind.name();
        writeln!(
            text,
            "  {account}: {kind}, {detail}: {rows} rows{amount}, {span}, such as {sample_id}"
        )?;
    }
    Ok(())
}

/// Credits as the stages' texts show them.
pub fn of_credits(quantity: Credits) -> String {
    credits(quantity.micros().into())
}
