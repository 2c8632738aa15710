//! Causes in a book: months billed, corrected, and compared.

use super::shop::Shop;
use crate::common::Outcome;

#[test]
fn causes_in_a_book() -> Outcome {
    type Correction = fn(&Shop) -> Outcome;
    let cases: [(&str, Correction, &[&str]); 12] = [
        (
            "an event was left out",
            |shop| shop.replace("usage/april.csv", "e1,ann,2026-04-10T00:00:00Z,1100", ""),
            &["ann, dropped usage, -4.00"],
        ),
        (
            "an event had the wrong credits",
            |shop| shop.replace("usage/april.csv", "1100", "1000.5"),
            &["ann, corrected usage, -3.98"],
        ),
        (
            "the switch was on only later",
            |shop| shop.replace("changes/accounts.csv", "c2,ann,2026-03-01", "c2,ann,2026-04-20"),
            &["ann, switch, -4.00"],
        ),
        (
            "an upgrade was logged late: nothing is over the cap any more",
            |shop| shop.changes("late", "c9,ann,2026-04-30T00:00:00Z,plan,pro-plus"),
            &["ann, plan change, 16.00"],
        ),
        (
            "a downgrade was logged late: the switch goes off with it",
            |shop| shop.changes("late", "c9,ann,2026-04-30T00:00:00Z,plan,free"),
            &["ann, plan change, 0.00"],
        ),
        (
            "an account was signed up late, whose usage had been there",
            |shop| {
                shop.replace("changes/accounts.csv", "c3,bob", "c3,bo")?;
                shop.changes("late", "c9,bob,2026-04-05T00:00:00Z,signup,")
            },
            &["bo, plan change, 20.00", "bob, plan change, -20.00"],
        ),
        (
            "Pro was 25.00 all along, and its overage 0.05",
            |shop| {
                shop.replace("catalogs/kiro.toml", "\"20.00\"", "\"25.00\"")?;
                let old = "credits = 1000\noverage_rate = \"0.04\"";
                let new = "credits = 1000\noverage_rate = \"0.05\"";
                shop.replace("catalogs/kiro.toml", old, new)
            },
            &["ann, catalogue, 6.00", "bob, catalogue, 5.00"],
        ),
        (
            "Free gives more credits",
            |shop| shop.replace("catalogs/kiro.toml", "credits = 50\n", "credits = 60\n"),
            &["cid, catalogue, 0.00"],
        ),
        (
            "a plan that nobody is on costs more: nobody's month differs",
            |shop| {
                shop.replace("catalogs/kiro.toml", "\"40.00\"", "\"45.00\"")?;
                shop.usage("late", "e9,cid,2026-04-12T00:00:00Z,1")
            },
            &["cid, late usage, 0.00"],
        ),
        (
            "other names of plans say nothing of why",
            |shop| {
                shop.replace("catalogs/kiro.toml", "Kiro Pro\"", "Kiro Professional\"")?;
                shop.usage("late", "e9,ann,2026-04-12T00:00:00Z,1")
            },
            &["ann, late usage, 0.04"],
        ),
        (
            "less than half a cent: no note, and the invoice stands",
            |shop| shop.usage("late", "e9,ann,2026-04-12T00:00:00Z,0.1"),
            &["ann, late usage, 0.00"],
        ),
        (
            "a plan change and usage of one account, both late",
            |shop| {
                shop.changes("late", "c9,bob,2026-04-20T00:00:00Z,plan,pro-plus")?;
                shop.usage("late", "e9,bob,2026-04-12T00:00:00Z,1")
            },
            &["bob, plan change; late usage, 20.00"],
        ),
    ];
    for (what, correction, expected) in cases {
        let shop = Shop::new()?;
        shop.correct(correction)?;
        assert_eq!(shop.causes(&[])?, expected, "{what}");
    }
    Ok(())
}

#[test]
fn an_export_that_came_twice_with_and_without_ids() -> Outcome {
    let shop = Shop::new()?;
    shop.usage("again", "e1,ann,2026-04-10T00:00:00Z,1100")?;
    shop.bill("2026-04", &["--no-event-ids"])?;
    shop.bill("2026-04", &["--reason", "with ids"])?;
    assert_eq!(shop.causes(&[])?, ["ann, duplicate removed, -44.00"]);
    let told = shop.diff(&[])?;
    assert!(told.contains("options     event_ids: false to true\n"), "{told}");
    // Billed with the copies again, nothing came late.
    assert_eq!(shop.causes(&["r002", "r001"])?, ["ann, unexplained, 44.00"]);
    Ok(())
}

#[test]
fn events_left_out_with_a_reason() -> Outcome {
    let shop = Shop::new()?;
    shop.usage("again", "x1,ann,2026-04-10T00:00:00Z,1100\nx2,bob,2026-04-10T00:00:00Z,400")?;
    shop.usage("copy", "x1,ann,2026-04-10T00:00:00Z,1100")?;
    shop.bill("2026-04", &[])?;
    let list = "event_id,reason\nx1,duplicate export\nx2,a test\ne4,a test\n";
    std::fs::write(shop.path("drops.csv"), list)?;
    shop.rerun(&["--drop-events", "drops.csv", "--reason", "billed twice"])?;
    // Ann's event was in the logs twice; its copy did not come late.
    let expected =
        ["ann, duplicate removed, -44.00", "bob, dropped usage, 0.00", "dee, dropped usage, 0.00"];
    assert_eq!(shop.causes(&[])?, expected);
    Ok(())
}

#[test]
fn a_dispute_and_who_was_passed_over_by_it() -> Outcome {
    let shop = Shop::new()?;
    shop.usage("again", "x1,ann,2026-04-10T00:00:00Z,100\nx1,ann,2026-04-10T00:00:00Z,100")?;
    shop.bill("2026-04", &[])?;
    std::fs::write(shop.path("drops.csv"), "event_id,reason\nx1,ticket 1042\n")?;
    shop.rerun(&["--accounts", "ann", "--drop-events", "drops.csv", "--reason", "ticket 1042"])?;
    assert_eq!(shop.causes(&[])?, ["ann, dropped usage, -4.00"]);
    let told = shop.diff(&[])?;
    assert!(told.contains("options     accounts: all to 1 of them\n"), "{told}");
    assert!(!told.contains("  totals "), "of other accounts: {told}");
    // Ann's dispute reads a late file that holds bob's usage, too; it counts for bob later on.
    shop.usage("late", "e8,ann,2026-04-12T00:00:00Z,10\ne9,bob,2026-04-12T00:00:00Z,10")?;
    let late = ["--add-usage", "usage/late.csv", "--reason", "late"];
    shop.rerun(&[&late[..], &["--accounts", "ann"]].concat())?;
    assert_eq!(shop.causes(&[])?, ["ann, late usage, 0.40"]);
    shop.rerun(&["--reason", "everybody"])?;
    assert_eq!(shop.causes(&[])?, ["bob, late usage, 0.00"]);
    Ok(())
}
