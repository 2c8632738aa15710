//! Faults planted in May, which opens with April's closing state.

use monthend::catalog::PlanRank;

use super::plants::{Plant, later, more_of, of, plant, remove_outcome, set};

/// What the check sees only where it knows the opening state.
pub const IN_MAY: &[Plant] = &[
    plant(
        "the plan at opening",
        |p| {
            let (_, month) = of(p, "first-upgrade-in-may")?;
            set(month.opening_plan.as_mut().ok_or("no opening")?, PlanRank(1))
        },
        "K5, account first-upgrade-in-may: plan at opening = the opening state's: 1 is not 0",
    ),
    plant(
        "the trial at opening",
        |p| {
            let pools = &mut of(p, "trial-over-month-end")?.0.pools;
            more_of(&mut pools.trial.as_mut().ok_or("no trial")?.granted)
        },
        "K5, account trial-over-month-end: trial at opening = the opening state's: 200000001 is not 200000000",
    ),
    plant(
        "the signup",
        |p| later(&mut of(p, "no-usage")?.1.signed_up_at),
        "K5, account no-usage: signup = the opening state's: 1763719200000000 is not 1763632800000000",
    ),
    plant(
        "the first payment",
        |p| {
            let (_, month) = of(p, "cancelled-to-free")?;
            later(month.first_paid_at.as_mut().ok_or("never paid")?)
        },
        "K5, account cancelled-to-free: first payment = the opening state's: 1765706400000000 is not 1765620000000000",
    ),
    plant(
        "a first payment made up",
        |p| {
            let (_, month) = of(p, "no-usage")?;
            set(&mut month.first_paid_at, Some(month.signed_up_at))
        },
        "F2, account no-usage: a first payment where a paid plan was billed: 1 is not 0",
    ),
    plant(
        "an account that opened, lost",
        |p| remove_outcome(p, "zero-credits"),
        "K5, account zero-credits: statements of the account: 0 is not 1",
    ),
    plant(
        "a trial that ended, going on",
        |p| {
            let trial = of(p, "signs-up-in-may")?.0.trial_carried;
            set(&mut of(p, "trial-over-month-end")?.0.trial_carried, trial)
        },
        "C2, account trial-over-month-end: end of a trial that goes on, in microseconds",
    ),
];
