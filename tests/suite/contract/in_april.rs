//! Faults planted in April, which opens by genesis.

use monthend::base::exceptions::ExceptionKind;
use monthend::base::money::{Money, parse_rate};
use monthend::base::rejects::RejectCollector;
use monthend::billing::rules::expiry::ExpiredPool;
use monthend::catalog::PlanRank;

use super::plants::{Plant, add, exception, later, more, more_of, of, plant, remove_outcome, set};

/// What the check sees from April's own tables.
pub const IN_APRIL: &[Plant] = &[
    plant(
        "a line's amount",
        |p| more(&mut of(p, "first-upgrade-15th")?.0.charges[0].amount),
        "K4, account first-upgrade-15th: fees = their lines: 1000 is not 1001",
    ),
    plant(
        "a line's amount, and all sums of it",
        |p| {
            let (outcome, _) = of(p, "first-upgrade-15th")?;
            more(&mut outcome.charges[0].amount)?;
            more(&mut outcome.subscription_amount)?;
            more(&mut outcome.total_amount)
        },
        "F7, account first-upgrade-15th: fees = what the billed plan costs, in minor units: 1001 is not 1000",
    ),
    plant(
        "a line dropped",
        |p| {
            of(p, "saved-by-upgrade")?.0.charges.truncate(1);
            Ok(())
        },
        "K4, account saved-by-upgrade: fees = their lines: 4000 is not 2000",
    ),
    plant(
        "a line's unit price",
        |p| add(&mut of(p, "pro-within-cap")?.0.charges[0].unit_price, 10_000),
        "F7, account pro-within-cap: unit prices of the fees = the plan's, in millionths: 20010000 \
         is not 20000000",
    ),
    plant(
        "a statement's fees",
        |p| more(&mut of(p, "no-usage")?.0.subscription_amount),
        "F7, account no-usage: fees = what the billed plan costs, in minor units: 1 is not 0",
    ),
    plant(
        "a statement's total",
        |p| more(&mut of(p, "pro-within-cap")?.0.total_amount),
        "K4, account pro-within-cap: statement = fees + grants + adjustments + overage: 2001 is not 2000",
    ),
    plant(
        "a draw on a plan's pool",
        |p| more_of(&mut of(p, "pro-within-cap")?.0.pools.main.drawn),
        "K1, account pro-within-cap: usage = trial + grants + plan + overage + unbilled, in micro-credits: \
         607060000 is not 607060001",
    ),
    plant(
        "a draw on a trial",
        |p| {
            let pools = &mut of(p, "trial-over-month-end")?.0.pools;
            more_of(&mut pools.trial.as_mut().ok_or("no trial")?.drawn)
        },
        "K1, account trial-over-month-end: usage = trial + grants + plan + overage + unbilled, in micro-credits: \
         300000000 is not 300000001",
    ),
    plant(
        "a plan's pool",
        |p| more_of(&mut of(p, "no-usage")?.0.pools.main.granted),
        "K2, account no-usage: plan pools = credits of the plans: 50000001 is not 50000000",
    ),
    plant(
        "the earlier pool dropped",
        |p| set(&mut of(p, "first-upgrade-15th")?.0.pools.earlier, None),
        "K2, account first-upgrade-15th: plan pools = credits of the plans: 1000000000 is not 1050000000",
    ),
    plant(
        "a trial's grant",
        |p| {
            let pools = &mut of(p, "trial-over-month-end")?.0.pools;
            more_of(&mut pools.trial.as_mut().ok_or("no trial")?.granted)
        },
        "K2, account trial-over-month-end: trial granted = the catalogue's: 500000001 is not 500000000",
    ),
    plant(
        "an expired row dropped",
        |p| {
            of(p, "no-usage")?.0.expired.clear();
            Ok(())
        },
        "K2, account no-usage: expired plan credits = the table's rows: 50000000 is not 0",
    ),
    plant(
        "an expired row's pool",
        |p| {
            set(&mut of(p, "trial-ends-at-nine")?.0.expired[0].pool, ExpiredPool::Plan(PlanRank(0)))
        },
        "K2, account trial-ends-at-nine: expired trial credits = the table's rows: 490000000 is not 0",
    ),
    plant(
        "an expired row's draw",
        |p| more_of(&mut of(p, "trial-ends-at-nine")?.0.expired[0].drawn),
        "K2, account trial-ends-at-nine: an expired pool = drawn + expired: 500000000 is not 500000001",
    ),
    plant(
        "an event",
        |p| add(&mut of(p, "pro-within-cap")?.0.events, 1),
        "K3, the run: usage rows used = events of the statements: 81 is not 82",
    ),
    plant(
        "an account's usage, drawn and all",
        |p| {
            let (outcome, _) = of(p, "free-over-cap")?;
            more_of(&mut outcome.usage)?;
            more_of(&mut outcome.over_cap.not_offered)?;
            let unbilled = exception(p, ExceptionKind::UnbilledUsage, "free-over-cap")?;
            add(unbilled.credits.as_mut().ok_or("no credits")?, 1)
        },
        "K3, the run: credits used = usage of the statements: 52593070002 is not 52593070003",
    ),
    plant(
        "the outcome of an account without usage removed",
        |p| remove_outcome(p, "no-usage"),
        "K5, account no-usage: statements of the account: 0 is not 1",
    ),
    plant(
        "the outcome of the last account removed",
        |p| remove_outcome(p, "zero-credits"),
        "K5, account zero-credits: statements of the account: 0 is not 1",
    ),
    plant(
        "the outcome of an account with an invoice removed",
        |p| remove_outcome(p, "pro-within-cap"),
        "K5, account pro-within-cap: statements of the account: 0 is not 1",
    ),
    plant(
        "an outcome doubled",
        |p| {
            let twice = of(p, "zero-credits")?.0.clone();
            p.outcomes.push(twice);
            Ok(())
        },
        "K5, account zero-credits: statements of the account: 2 is not 1",
    ),
    plant(
        "what is left of a closing trial",
        |p| {
            let carried = &mut of(p, "trial-over-month-end")?.0.trial_carried;
            more_of(&mut carried.as_mut().ok_or("no trial")?.left)
        },
        "K2, account trial-over-month-end: expired trial credits = the table's rows: -1 is not 0",
    ),
    plant(
        "a closing trial dropped",
        |p| set(&mut of(p, "trial-over-month-end")?.0.trial_carried, None),
        "K2, account trial-over-month-end: expired trial credits = the table's rows: 200000000 is not 0",
    ),
    plant(
        "a spent closing trial dropped",
        |p| set(&mut of(p, "signup-on-pro")?.0.trial_carried, None),
        "C2, account signup-on-pro: end of a trial that goes on, in microseconds: -1 is not 1778400000000000",
    ),
    plant(
        "a closing trial's end",
        |p| {
            let carried = &mut of(p, "trial-over-month-end")?.0.trial_carried;
            later(&mut carried.as_mut().ok_or("no trial")?.ends_at)
        },
        "C2, account trial-over-month-end: end of a trial that goes on, in microseconds: \
         1779364800000000 is not 1779278400000000",
    ),
    plant(
        "a closing switch on a plan without overage",
        |p| set(&mut of(p, "no-usage")?.1.overage_on, true),
        "P4, account no-usage: switch on, on a plan without overage: 1 is not 0",
    ),
    plant(
        "a plan from E above the billed plan",
        |p| set(&mut of(p, "pro-within-cap")?.1.next_plan, PlanRank(3)),
        "P1, account pro-within-cap: plan from E is none above the billed plan: 1 is not 3",
    ),
    plant(
        "a first payment forgotten",
        |p| set(&mut of(p, "pro-within-cap")?.1.first_paid_at, None),
        "F2, account pro-within-cap: a first payment where a paid plan was billed: 0 is not 1",
    ),
    plant(
        "a first payment made up",
        |p| {
            let (_, month) = of(p, "late-signup")?;
            set(&mut month.first_paid_at, Some(month.signed_up_at))
        },
        "F2, account late-signup: a first payment where a paid plan was billed: 1 is not 0",
    ),
    plant(
        "the billed plan",
        |p| set(&mut of(p, "pro-within-cap")?.1.billed_plan, PlanRank(2)),
        "F7, account pro-within-cap: fees = what the billed plan costs, in minor units: 2000 is not 4000",
    ),
    plant(
        "overage's amount",
        |p| {
            let (outcome, _) = of(p, "ten-over-the-cap")?;
            more(&mut outcome.overage.as_mut().ok_or("no overage")?.amount)?;
            more(&mut outcome.overage_amount)?;
            more(&mut outcome.total_amount)
        },
        "O4, account ten-over-the-cap: overage = round(credits × rate), in minor units: 41 is not 40",
    ),
    plant(
        "overage's credits",
        |p| {
            let (outcome, _) = of(p, "ten-over-the-cap")?;
            more_of(&mut outcome.overage.as_mut().ok_or("no overage")?.quantity)
        },
        "O4, account ten-over-the-cap: overage credits = the charge's: 10000000 is not 10000001",
    ),
    plant(
        "overage's rate, charged and all",
        |p| {
            let (outcome, _) = of(p, "ten-over-the-cap")?;
            let line = outcome.overage.as_mut().ok_or("no overage")?;
            line.unit_price = parse_rate("0.06").map_err(|fault| fault.to_string())?.scaled();
            line.amount = Money::from_minor(60)?;
            outcome.overage_amount = line.amount;
            outcome.total_amount = Money::from_minor(2_060)?;
            Ok(())
        },
        "O4, account ten-over-the-cap: rate = the billed plan's, in millionths: 60000 is not 40000",
    ),
    plant(
        "the overage charge dropped",
        |p| set(&mut of(p, "ten-over-the-cap")?.0.overage, None),
        "K4, account ten-over-the-cap: overage = its lines: 40 is not 0",
    ),
    plant(
        "the credits of unbilled usage",
        |p| {
            let unbilled = exception(p, ExceptionKind::UnbilledUsage, "switch-off-again")?;
            add(unbilled.credits.as_mut().ok_or("no credits")?, 1)
        },
        "O5, account switch-off-again: unbilled credits = the exceptions' credits: 40000000 is not 40000001",
    ),
    plant(
        "unbilled usage dropped",
        |p| {
            p.exceptions.retain(|e| e.account != "free-over-cap");
            Ok(())
        },
        "O5, account free-over-cap: unbilled credits = the exceptions' credits: 10000000 is not 0",
    ),
    plant(
        "the account of unbilled usage",
        |p| {
            let unbilled = exception(p, ExceptionKind::UnbilledUsage, "free-over-cap")?;
            set(&mut unbilled.account, "free-over".into())
        },
        "O5, account free-over-cap: unbilled credits = the exceptions' credits: 10000000 is not 0",
    ),
    plant(
        "the rows of an exception",
        |p| {
            let found = exception(p, ExceptionKind::BeforeSignup, "late-signup")?;
            set(&mut found.rows, Some(2))
        },
        "K3, the run: usage rows excepted = the exceptions' rows: 5 is not 6",
    ),
    plant(
        "the credits of an exception",
        |p| {
            let found = exception(p, ExceptionKind::BeforeSignup, "late-signup")?;
            set(&mut found.credits, Some(0))
        },
        "K3, the run: credits excepted = the exceptions' credits: 82500000 is not 70500000",
    ),
    plant(
        "an exception of a change dropped",
        |p| {
            p.exceptions.retain(|e| e.kind != ExceptionKind::DuplicateSignup);
            Ok(())
        },
        "K3, the run: changes and adjustments excepted = the exceptions' rows: 4 is not 3",
    ),
    plant(
        "a reject dropped",
        |p| {
            let [first, ..] = &*p.rejects.part(0)? else { return Err("no reject".into()) };
            let folder = tempfile::tempdir()?;
            let fewer = RejectCollector::new(folder.path());
            fewer.add(&mut vec![first.clone()])?;
            p.rejects = fewer.finish(false)?;
            Ok(())
        },
        "K3, the run: rows rejected = rows of the table: 2 is not 1",
    ),
    plant(
        "a row read",
        |p| add(&mut p.facts.usage.read.rows, 1),
        "K3, the run: usage rows read = rows accounted for: 95 is not 94",
    ),
    plant(
        "a row used",
        |p| add(&mut p.facts.usage.used.rows, 1),
        "K3, the run: usage rows used = events of the statements: 82 is not 81",
    ),
    plant(
        "a duplicate",
        |p| add(&mut p.facts.usage.duplicates.rows, 1),
        "K3, the run: usage rows read = rows accounted for: 94 is not 95",
    ),
    plant(
        "a credit read",
        |p| add(&mut p.facts.usage.read.credits, 1),
        "K3, the run: credits read = credits accounted for",
    ),
    plant(
        "a row of another month",
        |p| p.facts.usage.outside.pop_last().map(|_| ()).ok_or_else(|| "no other month".into()),
        "K3, the run: usage rows read = rows accounted for: 94 is not 93",
    ),
    plant(
        "a change applied",
        |p| add(&mut p.facts.changes.applied, 1),
        "K3, the run: changes read = changes accounted for: 115 is not 116",
    ),
];
