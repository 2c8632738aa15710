//! Cases of causes beside the logs: the catalogue, the program's version, the opening state. See
//! `cases_of_logs` for how they begin.

use super::bench::{Case, ONE, at, catalogue, hold, state};
use crate::base::exceptions::ExceptionKind::UnknownAccount;
use crate::billing::rules::LineType;
use crate::billing::rules::overage::Unbilled::{OverageOff, PlanWithoutOverage};
use crate::book::differences::account_month::{Opening, View};

#[test]
fn catalogue_and_version() {
    hold(&[
        (
            "Pro costs more",
            |c| {
                c.ground.after = catalogue("pro price = 25.00");
                c.after.statement().subscription_amount = 2_500;
            },
            "catalogue",
        ),
        (
            "Power costs more, which is nothing to an account on Pro",
            |c| {
                c.ground.after = catalogue("power price = 250.00");
                c.after.usage(11, 1_150);
            },
            "late usage",
        ),
        (
            "Pro's rate is another one, and usage came late",
            |c| {
                c.ground.after = catalogue("pro rate = overage_rate = \"0.05\"");
                c.after.usage(11, 1_150);
                c.after.charge(50_000);
            },
            "catalogue; late usage",
        ),
        (
            "Pro gives more credits",
            |c| {
                c.ground.after = catalogue("pro credits = 2000");
                c.after.statement().plan_granted = 2_000 * ONE;
            },
            "catalogue",
        ),
        (
            "Pro offers no overage any more",
            |c| {
                c.ground.after = catalogue("pro rate = ");
                c.after.unbilled(100, PlanWithoutOverage);
                c.after.state().overage_on = false;
            },
            "catalogue",
        ),
        (
            "Pro costs more, and the account is on Power now",
            |c| {
                c.ground.after = catalogue("pro price = 25.00");
                c.after.on_power();
            },
            "catalogue; plan change",
        ),
        (
            "the trial is shorter: for who signed up within the month",
            |c| {
                c.ground.after = catalogue("trial days = 5");
                c.before.signed_up("2026-04-02T00:00:00Z");
                c.after.signed_up("2026-04-02T00:00:00Z");
                c.before.state().trial_ends_at = Some(at("2026-05-02T00:00:00Z"));
                c.after.statement().trial_carried = 0;
            },
            "catalogue",
        ),
        (
            "a first upgrade is prorated otherwise",
            |c| {
                c.ground.after = catalogue("proration = days-inclusive");
                c.before.lines(&[(LineType::FirstUpgrade, "pro", 2_000)]);
                c.after.lines(&[(LineType::FirstUpgrade, "pro", 2_067)]);
            },
            "catalogue",
        ),
        (
            "overage is rounded otherwise",
            |c| {
                c.ground.after = catalogue("rounding = half-even");
                c.after.statement().overage_amount = 399;
            },
            "catalogue",
        ),
        (
            "the same logs, another version",
            |c| {
                c.after.statement().overage_amount = 399;
                c.ground.versions_differ = true;
                c.ground.same_usage = true;
                c.ground.same_changes = true;
            },
            "rule version",
        ),
        (
            "another version, but usage came late, too",
            |c| {
                c.after.usage(11, 1_150);
                c.ground.versions_differ = true;
            },
            "late usage",
        ),
        ("nothing tells", |c| c.after.statement().overage_amount = 399, "unexplained"),
    ]);
}

/// The states that opened the months, which differ.
fn opened(c: &mut Case) {
    c.ground.same_opening = false;
    c.before.opening = Opening::Row(state());
    c.after.opening = Opening::Row(state());
}

#[test]
fn opening_state() {
    hold(&[
        (
            "an upgrade of the month before",
            |c| {
                opened(c);
                let Opening::Row(row) = &mut c.after.opening else { return };
                row.plan = "power".to_owned();
                c.after.statement().opening_plan = "power".to_owned();
                c.after.on_power();
            },
            "opening state",
        ),
        (
            "the states differ, but not in this account",
            |c| {
                opened(c);
                c.after.usage(11, 1_150);
            },
            "late usage",
        ),
        (
            "less was left of the trial, and usage came late",
            |c| {
                opened(c);
                let Opening::Row(row) = &mut c.after.opening else { return };
                row.trial_left = 100 * ONE;
                c.after.statement().trial_opening = 100 * ONE;
                c.after.usage(11, 1_150);
            },
            "opening state; late usage",
        ),
        (
            "the switch was on at the beginning",
            |c| {
                opened(c);
                let Opening::Row(row) = &mut c.before.opening else { return };
                row.overage_on = false;
                c.before.unbilled(20, OverageOff);
            },
            "opening state",
        ),
        (
            "it signed up in the month before, as is now known",
            |c| {
                opened(c);
                c.before = View { opening: Opening::Absent, ..View::default() };
                c.before.exception(UnknownAccount, "usage", Some(10), Some(1_100));
            },
            "opening state",
        ),
        (
            "the state files are not at hand, but the plan at the beginning is told",
            |c| {
                c.ground.same_opening = false;
                c.after.statement().opening_plan = "power".to_owned();
                c.after.on_power();
            },
            "opening state",
        ),
        (
            "without history the plan at the beginning is the change log's",
            |c| {
                c.ground.same_opening = false;
                c.ground.genesis = [true, true];
                c.after.statement().opening_plan = "power".to_owned();
                c.after.on_power();
            },
            "plan change",
        ),
        (
            "without history the usage before the month tells what is left of the trial",
            |c| {
                c.ground.same_opening = false;
                c.ground.genesis = [true, true];
                c.after.statement().trial_opening = 100 * ONE;
            },
            "opening state",
        ),
        (
            "the state files are not at hand, and the change log is the same",
            |c| {
                c.ground.same_opening = false;
                c.ground.same_changes = true;
                c.after.state().overage_on = false;
            },
            "opening state",
        ),
    ]);
}
