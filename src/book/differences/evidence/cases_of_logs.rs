//! Cases of causes that lie in the logs: usage, plans, the switch.
//!
//! Each case begins with the same account in both revisions: on Pro at the beginning and at the
//! end of the month, overage on, ten events of 110 credits, so 100 over the cap. The two runs read
//! other logs, opened with the same state and billed by the same catalogue. A case changes what it
//! is about.

use super::bench::{ONE, at, hold};
use crate::base::exceptions::ExceptionKind::{
    BeforeSignup, ConflictingDuplicate, OverageUnavailable, UnknownAccount, UnknownPlan,
};
use crate::billing::rules::overage::Unbilled::{OverageOff, PlanWithoutOverage};
use crate::book::differences::account_month::View;

#[test]
fn usage() {
    hold(&[
        ("an event came late", |c| c.after.usage(11, 1_150), "late usage"),
        ("a file was left out", |c| c.after.usage(9, 990), "dropped usage"),
        ("one event had the wrong credits", |c| c.after.usage(10, 1_010), "corrected usage"),
        (
            "the same copies twice, and now their ids are looked at",
            |c| {
                c.before.usage(20, 2_200);
                c.ground.more_duplicates = true;
            },
            "duplicate removed",
        ),
        (
            "copies that are no longer looked for are not late",
            |c| {
                c.after.usage(20, 2_200);
                c.ground.duplicates_kept = true;
            },
            "unexplained",
        ),
        (
            "an event was taken out",
            |c| {
                c.after.usage(9, 990);
                c.after.dropped(1, 110, "a test");
            },
            "dropped usage",
        ),
        (
            "events were taken out, some of them as duplicates",
            |c| {
                c.after.usage(7, 770);
                c.after.dropped(1, 110, "a test");
                c.after.dropped(2, 220, "DUPLICATE of the export of 3 May");
            },
            "dropped usage; duplicate removed",
        ),
        (
            "an event was taken out with its copy, which was a duplicate before",
            |c| {
                c.after.usage(9, 990);
                c.after.dropped(2, 220, "a test");
                c.ground.fewer_duplicates = 1;
            },
            "dropped usage",
        ),
        (
            "an event was taken out, and two came late",
            |c| {
                c.after.usage(11, 1_210);
                c.after.dropped(1, 110, "a test");
            },
            "late usage; dropped usage",
        ),
        (
            "an event was taken out, and another one corrected",
            |c| {
                c.after.usage(9, 980);
                c.after.dropped(1, 110, "a test");
            },
            "dropped usage; corrected usage",
        ),
        (
            "what was taken out is back",
            |c| {
                c.before.usage(9, 990);
                c.before.dropped(1, 110, "a test");
            },
            "dropped usage",
        ),
        (
            "a late row in conflict with one that was used: it is set aside",
            |c| c.after.exception(ConflictingDuplicate, "usage", Some(1), Some(5)),
            "late usage",
        ),
        (
            "a dispute that leaves an event out, of a log in which it stood three times",
            |c| {
                c.after.usage(9, 990);
                c.after.dropped(3, 330, "billed by mistake");
                c.ground.same_usage = true;
            },
            "dropped usage",
        ),
        (
            "the same logs were read, but a partial rerun in between passed over this account",
            |c| {
                c.after.usage(11, 1_150);
                (c.ground.same_usage, c.ground.same_drops) = (true, true);
                c.ground.only[0] = Some(["bob".to_owned()].into());
            },
            "late usage",
        ),
        (
            "the same credits at other instants draw on other pools",
            |c| {
                let row = c.after.statement();
                (row.trial_drawn, row.plan_drawn) = (10 * ONE, 990 * ONE);
                c.ground.same_changes = true;
            },
            "corrected usage",
        ),
    ]);
}

#[test]
fn plans() {
    hold(&[
        ("an upgrade was logged late", |c| c.after.on_power(), "plan change"),
        ("a downgrade was logged late", |c| c.after.goes_to_free(), "plan change"),
        (
            "the first upgrade was on another day",
            |c| {
                c.after.statement().subscription_amount = 1_000;
                c.after.state().first_paid_at = Some(at("2026-04-15T00:00:00Z"));
            },
            "plan change",
        ),
        (
            "the signup was on another day",
            |c| {
                c.before.signed_up("2026-04-02T00:00:00Z");
                c.after.signed_up("2026-04-03T00:00:00Z");
            },
            "plan change",
        ),
        (
            "the signup was on a later day, and usage before it is set aside now",
            |c| {
                c.before.signed_up("2026-04-02T00:00:00Z");
                c.after.signed_up("2026-04-12T00:00:00Z");
                let row = c.after.statement();
                (row.events, row.usage_credits) = (8, 80 * ONE);
                c.after.exception(BeforeSignup, "usage", Some(2), Some(20));
            },
            "plan change",
        ),
        (
            "the signup was logged late: the usage was there already",
            |c| {
                c.after.signed_up("2026-04-02T00:00:00Z");
                c.before = View::default();
                c.before.exception(UnknownAccount, "usage", Some(10), Some(100));
            },
            "plan change",
        ),
        (
            "the signup was logged late, and with it came usage",
            |c| {
                c.after.signed_up("2026-04-02T00:00:00Z");
                c.before = View::default();
            },
            "plan change; late usage",
        ),
        (
            "the signup was another account's",
            |c| {
                c.before.signed_up("2026-04-02T00:00:00Z");
                c.after = View::default();
                c.after.exception(UnknownAccount, "usage", Some(10), Some(100));
            },
            "plan change",
        ),
        (
            "a change to a plan that there is not",
            |c| {
                let detail = "the catalogue lacks plan gold";
                c.after.exception(UnknownPlan, detail, Some(1), None);
            },
            "plan change",
        ),
        (
            "an upgrade and usage were logged late",
            |c| {
                c.after.usage(11, 1_150);
                c.after.on_power();
            },
            "plan change; late usage",
        ),
        (
            "usage over the cap fell on days before the plan that offers overage",
            |c| c.after.unbilled(20, PlanWithoutOverage),
            "plan change",
        ),
    ]);
}

#[test]
fn switch() {
    hold(&[
        ("it was switched off at the end", |c| c.after.state().overage_on = false, "switch"),
        ("it was switched on later", |c| c.after.unbilled(20, OverageOff), "switch"),
        (
            "it was off all month, and usage came late",
            |c| {
                c.after.usage(11, 1_150);
                c.after.unbilled(150, OverageOff);
                c.after.state().overage_on = false;
            },
            "switch; late usage",
        ),
        (
            "more usage takes nothing away from what is billed: it was off for a while, too",
            |c| {
                c.after.usage(11, 1_150);
                c.after.unbilled(80, OverageOff);
            },
            "switch; late usage",
        ),
        (
            "more usage while it was off",
            |c| {
                c.after.usage(11, 1_150);
                c.after.unbilled(50, OverageOff);
            },
            "late usage",
        ),
        ("it goes off with a downgrade to Free (P4)", |c| c.after.goes_to_free(), "plan change"),
        (
            "it was asked for before the upgrade, which now comes later (O2)",
            |c| {
                c.after.state().overage_on = false;
                c.after.statement().subscription_amount = 1_000;
                c.after.exception(OverageUnavailable, "changes", Some(1), None);
            },
            "plan change",
        ),
        (
            "it was asked for once more, where there is no overage",
            |c| c.after.exception(OverageUnavailable, "changes", Some(1), None),
            "switch",
        ),
        (
            "the change log is the same: the usage was at other instants",
            |c| {
                c.after.unbilled(20, OverageOff);
                c.ground.same_changes = true;
            },
            "corrected usage",
        ),
    ]);
}
