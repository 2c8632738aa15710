//! Cases of causes beside the logs: the catalogue, the program's version, the opening state. See
//! `cases_of_logs` for how they begin.

use super::bench::{Case, at, case, catalogue, credits, state, usd};
use crate::base::exceptions::ExceptionKind::{BilledBefore, RetiredPlan, UnknownAccount};
use crate::billing::rules::overage::Unbilled::{OverageOff, PlanWithoutOverage};
use crate::book::differences::account_month::{AccountMonth, OpeningRow};
use crate::tables::LineType;

#[test]
fn ids_of_the_month_before() {
    case("an event is known to be billed in the month before", "opening state", |c| {
        c.context.same_recent_ids = false;
        c.after.usage(9, 990);
        c.after.exception(BilledBefore, "usage", Some(1), Some(110));
    });
    case("a retry came late", "late usage", |c| {
        c.after.exception(BilledBefore, "usage", Some(1), Some(110));
    });
    case("the month before keeps other ids, which no event bears", "late usage", |c| {
        c.context.same_recent_ids = false;
        c.after.usage(11, 1_150);
    });
}

#[test]
fn catalogue_and_version() {
    case("Pro costs more", "catalogue", |c| {
        c.context.after = catalogue("20.00", "25.00");
        c.after.statement().subscription_amount = usd(2_500);
    });
    case("Power costs more, which is nothing to an account on Pro", "late usage", |c| {
        c.context.after = catalogue("200.00", "250.00");
        c.after.usage(11, 1_150);
    });
    case("Pro's rate is another one, and usage came late", "catalogue; late usage", |c| {
        c.context.after = catalogue("0.04", "0.05");
        c.after.usage(11, 1_150);
        c.after.charge(50_000);
    });
    case("Pro gives more credits", "catalogue", |c| {
        c.context.after = catalogue("credits = 1000", "credits = 2000");
        c.after.statement().plan_granted = credits(2_000);
    });
    case("Pro offers no overage any more", "catalogue", |c| {
        c.context.after = catalogue("overage_rate = \"0.04\"", "");
        c.after.unbilled(100, PlanWithoutOverage);
        c.after.state().overage_on = false;
    });
    case("Power is retired, and the upgrade to it is refused", "catalogue", |c| {
        c.context.after = catalogue("\"200.00\"", "\"200.00\"\nretired = true");
        c.before.on_power();
        c.after.exception(RetiredPlan, "plan power is retired", Some(1), None);
    });
    case("Pro has another id", "catalogue", |c| {
        c.context.after = catalogue("id = \"pro\"", "id = \"pro-2026\"\nformerly = [\"pro\"]");
        c.after.statement().billed_plan = "pro-2026".to_owned();
    });
    case("Pro costs more, and the account is on Power now", "catalogue; plan change", |c| {
        c.context.after = catalogue("20.00", "25.00");
        c.after.on_power();
    });
    case("the trial is shorter: for who signed up within the month", "catalogue", |c| {
        c.context.after = catalogue("days = 30", "days = 5");
        c.before.signed_up("2026-04-02T00:00:00Z");
        c.after.signed_up("2026-04-02T00:00:00Z");
        c.before.state().trial_ends_at = Some(at("2026-05-02T00:00:00Z"));
        c.after.statement().trial_carried = credits(0);
    });
    case("a first upgrade is prorated otherwise", "catalogue", |c| {
        c.context.after = catalogue("days-after", "days-inclusive");
        c.before.lines(&[(LineType::FirstUpgrade, "pro", 2_000)]);
        c.after.lines(&[(LineType::FirstUpgrade, "pro", 2_067)]);
    });
    case("overage is rounded otherwise", "catalogue", |c| {
        c.context.after = catalogue("half-up", "half-even");
        c.after.statement().overage_amount = usd(399);
    });
    case("the same logs, another version", "rule version", |c| {
        c.after.statement().overage_amount = usd(399);
        c.context.versions_differ = true;
        c.context.same_usage = true;
        c.context.same_changes = true;
    });
    case("another version, but usage came late, too", "late usage", |c| {
        c.after.usage(11, 1_150);
        c.context.versions_differ = true;
    });
    case("nothing tells", "unexplained", |c| c.after.statement().overage_amount = usd(399));
}

/// The states that opened the months, which differ.
fn opened(c: &mut Case) {
    c.context.same_opening = false;
    c.before.opening = OpeningRow::Row(state());
    c.after.opening = OpeningRow::Row(state());
}

#[test]
fn opening_state() {
    case("an upgrade of the month before", "opening state", |c| {
        opened(c);
        let OpeningRow::Row(row) = &mut c.after.opening else { return };
        row.plan = "power".to_owned();
        c.after.statement().opening_plan = Some("power".to_owned());
        c.after.on_power();
    });
    case("the states differ, but not in this account", "late usage", |c| {
        opened(c);
        c.after.usage(11, 1_150);
    });
    case("less was left of the trial, and usage came late", "opening state; late usage", |c| {
        opened(c);
        let OpeningRow::Row(row) = &mut c.after.opening else { return };
        row.trial_left = credits(100);
        c.after.statement().trial_opening = credits(100);
        c.after.usage(11, 1_150);
    });
    case("the switch was on at the beginning", "opening state", |c| {
        opened(c);
        let OpeningRow::Row(row) = &mut c.before.opening else { return };
        row.overage_on = false;
        c.before.unbilled(20, OverageOff);
    });
    case("it signed up in the month before, as is now known", "opening state", |c| {
        opened(c);
        c.before = AccountMonth { opening: OpeningRow::Absent, ..AccountMonth::default() };
        c.before.exception(UnknownAccount, "usage", Some(10), Some(1_100));
    });
    case(
        "the state files are not at hand, but the plan at the beginning is told",
        "opening state",
        |c| {
            c.context.same_opening = false;
            c.after.statement().opening_plan = Some("power".to_owned());
            c.after.on_power();
        },
    );
    case("without history the plan at the beginning is the change log's", "plan change", |c| {
        c.context.same_opening = false;
        c.context.genesis = [true, true];
        c.after.statement().opening_plan = Some("power".to_owned());
        c.after.on_power();
    });
    case(
        "without history the usage before the month tells what is left of the trial",
        "opening state",
        |c| {
            c.context.same_opening = false;
            c.context.genesis = [true, true];
            c.after.statement().trial_opening = credits(100);
        },
    );
    case("the state files are not at hand, and the change log is the same", "opening state", |c| {
        c.context.same_opening = false;
        c.context.same_changes = true;
        c.after.state().overage_on = false;
    });
}
