//! Cases of causes that lie in the logs: usage, plans, the switch.
//!
//! Each case begins with the same account in both revisions: on Pro at the beginning and at the
//! end of the month, overage on, ten events of 110 credits, so 100 over the cap. The two runs read
//! other logs, opened with the same state and billed by the same catalogue. A case changes what it
//! is about.

use super::bench::{at, case, credits, open_grant, usd};
use crate::base::exceptions::ExceptionKind::{
    BeforeSignup, ConflictingDuplicate, OverageUnavailable, UnknownAccount, UnknownPlan,
};
use crate::base::scope::Scope;
use crate::billing::rules::overage::Unbilled::{OverageOff, PlanWithoutOverage};
use crate::book::differences::account_month::AccountMonth;

#[test]
fn usage() {
    case("an event came late", "late usage", |c| c.after.usage(11, 1_150));
    case("a file was left out", "dropped usage", |c| c.after.usage(9, 990));
    case("one event had the wrong credits", "corrected usage", |c| c.after.usage(10, 1_010));
    case("the same copies twice, and now their ids are looked at", "duplicate removed", |c| {
        c.before.usage(20, 2_200);
        c.context.more_duplicates = true;
    });
    case("copies that are no longer looked for are not late", "unexplained", |c| {
        c.after.usage(20, 2_200);
        c.context.duplicates_kept = true;
    });
    case("an event was taken out", "dropped usage", |c| {
        c.after.usage(9, 990);
        c.after.dropped(1, 110, "a test");
    });
    case(
        "events were taken out, some of them as duplicates",
        "dropped usage; duplicate removed",
        |c| {
            c.after.usage(7, 770);
            c.after.dropped(1, 110, "a test");
            c.after.dropped(2, 220, "DUPLICATE of the export of 3 May");
        },
    );
    case(
        "an event was taken out with its copy, which was a duplicate before",
        "dropped usage",
        |c| {
            c.after.usage(9, 990);
            c.after.dropped(2, 220, "a test");
            c.context.fewer_duplicates = 1;
        },
    );
    case("an event was taken out, and two came late", "late usage; dropped usage", |c| {
        c.after.usage(11, 1_210);
        c.after.dropped(1, 110, "a test");
    });
    case(
        "an event was taken out, and another one corrected",
        "dropped usage; corrected usage",
        |c| {
            c.after.usage(9, 980);
            c.after.dropped(1, 110, "a test");
        },
    );
    case("what was taken out is back", "dropped usage", |c| {
        c.before.usage(9, 990);
        c.before.dropped(1, 110, "a test");
    });
    case("a late row in conflict with one that was used: it is set aside", "late usage", |c| {
        c.after.exception(ConflictingDuplicate, "usage", Some(1), Some(5))
    });
    case(
        "a dispute that leaves an event out, of a log in which it stood three times",
        "dropped usage",
        |c| {
            c.after.usage(9, 990);
            c.after.dropped(3, 330, "billed by mistake");
            c.context.same_usage = true;
        },
    );
    case(
        "the same logs were read, but a partial rerun in between passed over this account",
        "late usage",
        |c| {
            c.after.usage(11, 1_150);
            (c.context.same_usage, c.context.same_drops) = (true, true);
            c.context.scopes[0] = Scope::of_account("bob");
        },
    );
    case("the same credits at other instants draw on other pools", "corrected usage", |c| {
        let row = c.after.statement();
        (row.trial_drawn, row.plan_drawn) = (credits(10), credits(990));
        c.context.same_changes = true;
    });
    case("the same credits at other instants draw on another grant", "corrected usage", |c| {
        let left = |first, second| vec![open_grant("first", first), open_grant("second", second)];
        (c.before.grants, c.after.grants) = (left(10, 50), left(50, 10));
        c.context.same_changes = true;
    });
}

#[test]
fn plans() {
    case("an upgrade was logged late", "plan change", |c| c.after.on_power());
    case("a downgrade was logged late", "plan change", |c| c.after.goes_to_free());
    case("the first upgrade was on another day", "plan change", |c| {
        c.after.statement().subscription_amount = usd(1_000);
        c.after.state().first_paid_at = Some(at("2026-04-15T00:00:00Z"));
    });
    case("the signup was on another day", "plan change", |c| {
        c.before.signed_up("2026-04-02T00:00:00Z");
        c.after.signed_up("2026-04-03T00:00:00Z");
    });
    case(
        "the signup was on a later day, and usage before it is set aside now",
        "plan change",
        |c| {
            c.before.signed_up("2026-04-02T00:00:00Z");
            c.after.signed_up("2026-04-12T00:00:00Z");
            let row = c.after.statement();
            (row.events, row.usage_credits) = (8, credits(80));
            c.after.exception(BeforeSignup, "usage", Some(2), Some(20));
        },
    );
    case("the signup was logged late: the usage was there already", "plan change", |c| {
        c.after.signed_up("2026-04-02T00:00:00Z");
        c.before = AccountMonth::default();
        c.before.exception(UnknownAccount, "usage", Some(10), Some(100));
    });
    case("the signup was logged late, and with it came usage", "plan change; late usage", |c| {
        c.after.signed_up("2026-04-02T00:00:00Z");
        c.before = AccountMonth::default();
    });
    case("the signup was another account's", "plan change", |c| {
        c.before.signed_up("2026-04-02T00:00:00Z");
        c.after = AccountMonth::default();
        c.after.exception(UnknownAccount, "usage", Some(10), Some(100));
    });
    case("a change to a plan that there is not", "plan change", |c| {
        let detail = "the catalogue lacks plan gold";
        c.after.exception(UnknownPlan, detail, Some(1), None);
    });
    case("an upgrade and usage were logged late", "plan change; late usage", |c| {
        c.after.usage(11, 1_150);
        c.after.on_power();
    });
    case(
        "usage over the cap fell on days before the plan that offers overage",
        "plan change",
        |c| c.after.unbilled(20, PlanWithoutOverage),
    );
}

#[test]
fn switch() {
    case("it was switched off at the end", "switch", |c| c.after.state().overage_on = false);
    case("it was switched on later", "switch", |c| c.after.unbilled(20, OverageOff));
    case("it was off all month, and usage came late", "switch; late usage", |c| {
        c.after.usage(11, 1_150);
        c.after.unbilled(150, OverageOff);
        c.after.state().overage_on = false;
    });
    case(
        "more usage takes nothing away from what is billed: it was off for a while, too",
        "switch; late usage",
        |c| {
            c.after.usage(11, 1_150);
            c.after.unbilled(80, OverageOff);
        },
    );
    case("more usage while it was off", "late usage", |c| {
        c.after.usage(11, 1_150);
        c.after.unbilled(50, OverageOff);
    });
    case("it goes off with a downgrade to Free (P4)", "plan change", |c| c.after.goes_to_free());
    case("it was asked for before the upgrade, which now comes later (O2)", "plan change", |c| {
        c.after.state().overage_on = false;
        c.after.statement().subscription_amount = usd(1_000);
        c.after.exception(OverageUnavailable, "changes", Some(1), None);
    });
    case("it was asked for once more, where there is no overage", "switch", |c| {
        c.after.exception(OverageUnavailable, "changes", Some(1), None)
    });
    case("the change log is the same: the usage was at other instants", "corrected usage", |c| {
        c.after.unbilled(20, OverageOff);
        c.context.same_changes = true;
    });
}
