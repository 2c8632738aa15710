//! The stages that bill: what was drawn and what is due, the documents, and the tables.

use std::fmt::Write as _;

use monthend::base::money::Money;
use monthend::billing::documents::Invoices;
use monthend::billing::replay::AccountReplay;
use monthend::billing::rules::Line;
use monthend::billing::rules::expiry::ExpiredPool;
use monthend::billing::rules::pools::PoolUse;
use monthend::tables::Table;

use super::Outcome;
use super::render_inputs::of_credits;
use super::walk::April;
use crate::months::table_text::table_text;

/// Draws of each segment, pools, usage over the cap, what expires, and what it comes to.
pub fn replay(april: &April) -> Outcome<String> {
    let mut text = format!("{}, credits drawn and amounts due\n", april.month);
    for (number, id, _) in april.accounts() {
        let outcome = &april.outcomes[number];
        let (events, usage) = (outcome.events, of_credits(outcome.usage));
        writeln!(text, "\n{id}: {events} events, {usage} credits")?;
        for (number, draw) in (1..).zip(&outcome.draws) {
            let [trial, plan, over] = [draw.trial, draw.plan, draw.over].map(of_credits);
            writeln!(text, "  segment {number}  trial {trial}, plan {plan}, over the cap {over}")?;
        }
        credits(april, outcome, &mut text)?;
        let amounts = [outcome.subscription_amount, outcome.overage_amount, outcome.total_amount];
        let [fees, overage, total] = amounts.map(|amount| april.catalog.currency.plain(amount));
        writeln!(text, "  due        {fees} + {overage} = {total}")?;
    }
    Ok(text)
}

fn credits(april: &April, outcome: &AccountReplay, text: &mut String) -> Outcome {
    let pool = |text: &mut String, name: &str, pool: PoolUse| {
        let [granted, drawn, left] = [pool.granted, pool.drawn, pool.left()].map(of_credits);
        writeln!(text, "  pool       {name}: {drawn} of {granted} drawn, {left} left")
    };
    if let Some(trial) = outcome.pools.trial {
        pool(text, "trial", trial)?;
    }
    if let Some((plan, earlier)) = outcome.pools.earlier {
        pool(text, &format!("{}, earlier", april.plan(plan)), earlier)?;
    }
    let billed = april.timeline.months[outcome.account as usize].billed_plan;
    pool(text, april.plan(billed), outcome.pools.main)?;
    let over = outcome.over_cap;
    let parts = [over.overage, over.while_off, over.not_offered];
    if parts.iter().any(|part| !part.is_zero()) {
        let [overage, off, not_offered] = parts.map(of_credits);
        writeln!(
            text,
            "  over       {overage} overage, unbilled: {off} overage-off, {not_offered} \
             plan-without-overage"
        )?;
    }
    for expired in &outcome.expired {
        let name = match expired.pool {
            ExpiredPool::Trial => "trial",
            ExpiredPool::Grant(_) => "a grant",
            ExpiredPool::Plan(plan) => april.plan(plan),
        };
        let (credits, at, reason) = (of_credits(expired.expired), expired.at, expired.reason);
        writeln!(text, "  expires    {credits} of {name} at {at}, {}", reason.name())?;
    }
    if let Some(trial) = outcome.trial_carried {
        let left = of_credits(trial.left);
        writeln!(text, "  carries    {left} of the trial, until {}", trial.ends_at)?;
    }
    Ok(())
}

/// Documents with their lines.
pub fn documents(april: &April) -> Outcome<String> {
    let mut text = format!("{}, documents\n", april.month);
    let plain = |amount: Money| april.catalog.currency.plain(amount);
    let with_lines = april.outcomes.iter().filter(|outcome| outcome.lines().next().is_some());
    let with_lines: Vec<&AccountReplay> = with_lines.collect();
    let accounts = with_lines.iter().map(|outcome| outcome.account).collect();
    let invoices = Invoices::of(accounts, april.month, april.month.next().first_day(), None);
    for (at, outcome) in with_lines.into_iter().enumerate() {
        let account = april.timeline.accounts.id(outcome.account);
        let amounts = [outcome.subscription_amount, outcome.overage_amount, outcome.total_amount];
        let [fees, overage, total] = amounts.map(plain);
        let (id, issued_on) = (invoices.id_at(at), invoices.issued_on());
        writeln!(text, "\n{id}, {account}, issued on {issued_on}: {fees} + {overage} = {total}")?;
        for (number, line) in (1..).zip(outcome.lines()) {
            write_line(april, number, line, &mut text)?;
        }
    }
    Ok(text)
}

fn write_line(april: &April, number: usize, line: &Line, text: &mut String) -> Outcome {
    let from = line.from_plan().map(|plan| format!("{} → ", april.plan(plan))).unwrap_or_default();
    let proration = line.proration().map(|fraction| format!(" × {fraction}")).unwrap_or_default();
    let unit_price = monthend::base::digits::plain_decimal(line.unit_price, 6);
    let (plan, quantity) = (april.plan(line.plan), of_credits(line.quantity));
    let amount = april.catalog.currency.plain(line.amount);
    let Line { charged_on, service_start, service_end, .. } = line;
    let explanation = line.explanation(&april.catalog, april.month);
    let kind = line.line_type().name();
    writeln!(text, "  {number}. {charged_on} {kind}, {from}{plan}")?;
    writeln!(text, "     {quantity} × {unit_price}{proration} = {amount}")?;
    writeln!(text, "     {service_start} to {service_end}")?;
    writeln!(text, "     {explanation}")?;
    Ok(())
}

/// The CSV of each table.
pub fn tables(april: &April) -> Outcome<String> {
    let folder = april.book.path().join(april.month.to_string()).join("r001");
    let mut text = format!("{}, tables\n", april.month);
    for table in Table::ALL {
        let file = table.files().pop().unwrap_or_default();
        writeln!(text, "\n{file}\n{}", table_text(&folder, table.name())?.trim_end())?;
    }
    Ok(text)
}
