"""Grants: the rules' worked examples, and edges by hand."""

import os
import tempfile

import catalogue
import inputs
import reference
from one_account import FREE, KINDS, PRO, SWITCH, Checks, grant, limit, void


class Grants(Checks):
    """G1 to G6."""

    def test_goodwill(self):
        changes = [FREE, grant("2026-04-10", "goodwill", "100", "2026-05-10")]
        usage = [("2026-04-05", "30"), ("2026-04-12", "90")]
        april, may = self.bill("2026-04 2026-05", changes, usage)
        self.check(april, plan_drawn="30.000000", total_amount="0.00")
        self.grants(april, "100 90 0 10")
        self.assertEqual(self.lines(), [])
        self.assertEqual(self.expired(), [
            ("plan", "20.000000", "2026-05-01T00:00:00Z", "month-ended")])
        self.grants(may, "10 0 10 0")
        self.assertEqual(self.expired_grants(1), [
            ("c001", "10", "0", "10", "2026-05-10T12:00:00Z", "grant-expired")])
        self.assertEqual([self.left(), self.left(1)], [[("c001", "10")], []])

    def test_packs_and_an_upgrade_that_gives_back(self):
        changes = [PRO, grant("2026-04-20", "pack-125")]
        usage = [("2026-04-10", "1000"), ("2026-04-25", "80")]
        row, = self.bill("2026-04", changes, usage)
        self.check(row, subscription_amount="20.00", grants_amount="5.00", total_amount="25.00")
        self.grants(row, "125 80 0 45")
        self.assertEqual(self.lines(), [("subscription", "20.00", ""), ("grant", "5.00", "")])
        row, = self.bill("2026-04", changes + [("2026-04-28", "plan", "proplus")], usage)
        self.grants(row, "125 0 0 125")
        self.check(row, plan_drawn="1080.000000", total_amount="45.00")

    def test_a_pack_does_not_cover_what_came_before_it(self):
        changes = [PRO, SWITCH, grant("2026-04-20", "pack-125")]
        row, = self.bill("2026-04", changes, [("2026-04-10", "1010"), ("2026-04-25", "10")])
        self.credits(row, overage_credits="10", grants_drawn="10")

    def test_the_soonest_end_first(self):
        changes = [FREE, grant("2026-04-01", "goodwill", "100", "2026-05-01"),
                   grant("2026-04-02", "goodwill", "100", "2026-04-20")]
        self.bill("2026-04", changes, [("2026-04-10", "60")])
        self.assertEqual(self.expired_grants(), [
            ("c002", "100", "60", "40", "2026-04-20T12:00:00Z", "grant-expired")])
        self.assertEqual(self.left(), [("c001", "100")])

    def test_equal_ends(self):
        end = "2026-06-01"
        changes = [FREE, grant("2026-04-03", "goodwill", "10", end, id="a"),
                   grant("2026-04-02", "goodwill", "10", end, id="z"),
                   grant("2026-04-02", "goodwill", "10", end, id="m"),
                   grant("2026-04-01", "goodwill", "10", id="never")]
        self.bill("2026-04", changes, [("2026-04-10", "15")])
        self.assertEqual(self.left(), [("never", "10"), ("z", "5"), ("a", "10")])

    def test_that_expire_together(self):
        end = "2026-04-20"
        changes = [FREE, grant("2026-04-02", "spare", "10", end, id="a"),
                   grant("2026-04-03", "promo", "10", end, id="b"),
                   grant("2026-04-02", "promo", "10", end, id="c")]
        self.bill("2026-04", changes)
        self.assertEqual([row[0] for row in self.expired_grants()], ["a", "c", "b"])

    def test_one_event_over_all_pools(self):
        changes = [("2026-04-01", "signup", "pro"), ("2026-04-01", "overage_on", ""),
                   grant("2026-04-02", "spare"), grant("2026-04-02", "promo")]
        row, = self.bill("2026-04", changes, [("2026-04-03", "1600")], trial=True)
        self.credits(row, trial_drawn="500", grants_drawn="60", plan_drawn="1000",
                     overage_credits="40")

    def test_on_both_sides_of_a_first_upgrade(self):
        at = "2026-04-10T00:00:00Z"
        changes = [FREE, grant("2026-04-01", "promo", "5"), grant("2026-04-01", "spare"),
                   (at, "plan", "pro")]
        row, = self.bill("2026-04", changes, [("2026-04-05", "65"), (at, "1004")])
        self.grants(row, "25 19 0 6")
        self.credits(row, plan_drawn="1050", unbilled_credits="0")
        row, = self.bill("2026-04", changes, [("2026-04-05", "75.000001"), (at, "1000")])
        self.credits(row, grants_drawn="25", unbilled_credits="0.000001")

    def test_begin_and_end_are_half_open(self):
        changes = [FREE, grant("2026-04-10T00:00:00Z", "goodwill", "10", "2026-04-10T06:00:00Z")]
        for at, drawn in (("2026-04-09T23:59:59.999999Z", "0"), ("2026-04-10T00:00:00Z", "10"),
                          ("2026-04-10T05:59:59.999999Z", "10"), ("2026-04-10T06:00:00Z", "0")):
            row, = self.bill("2026-04", changes, [(at, "10")])
            self.grants(row, f"10 {drawn} {10 - int(drawn)} 0")

    def test_an_end_at_the_months_end(self):
        changes = [FREE, grant("2026-04-10", "goodwill", "10", "2026-05-01T00:00:00Z")]
        april, may = self.bill("2026-04 2026-05", changes, [("2026-05-01T00:00:00Z", "10")])
        self.grants(april, "10 0 10 0")
        self.grants(may, "0 0 0 0")
        self.assertEqual(self.expired()[0][0], "grant")  # at one instant before the plan's

    def test_days_of_the_kind(self):
        self.bill("2024-02", [("2024-02-25", "signup", ""), grant("2024-02-25", "promo")])
        ends = [row["expires_at"] for row in self.results[0].tables["grants"]]
        self.assertEqual(ends, ["2024-03-06T12:00:00Z"])

    def test_voids(self):
        changes = [FREE, grant("2026-04-10", "goodwill", "100", id="g"),
                   void("2026-04-12T12:00:00Z", "g"), void("2026-04-13", "g"),
                   void("2026-04-13", "other")]
        usage = [("2026-04-11", "30"), ("2026-04-12T12:00:00Z", "30")]
        row, = self.bill("2026-04", changes, usage)
        self.grants(row, "100 30 70 0")
        self.credits(row, plan_drawn="30")
        self.assertEqual(self.expired_grants(), [
            ("g", "100", "30", "70", "2026-04-12T12:00:00Z", "grant-voided")])
        self.assertEqual(self.kinds(), [("invalid-grant", "2")])

    def test_voids_that_come_to_nothing(self):
        end = "2026-04-12T12:00:00Z"
        changes = [FREE, grant("2026-04-10", "goodwill", "10", end, id="g"), void(end, "g")]
        self.bill("2026-04", changes)
        self.assertEqual(self.kinds(), [("invalid-grant", "1")])
        self.assertEqual(self.expired_grants()[0][-1], "grant-expired")
        changes = [FREE, grant("2026-04-10", "goodwill", "10", id="g"), void("2026-04-12", "g")]
        row, = self.bill("2026-04", changes, [("2026-04-11", "10")])
        self.grants(row, "10 10 0 0")
        self.assertEqual((self.kinds(), self.expired_grants()), ([], []))

    def test_a_price_stands_when_a_pack_is_voided(self):
        changes = [PRO, grant("2026-04-20", "pack-125", "10", id="p"),
                   void("2026-04-20T12:00:00Z", "p", id="q")]
        row, = self.bill("2026-04", changes)
        self.check(row, grants_amount="5.00", grants_expired="10.000000")

    def test_before_the_grant_at_one_instant(self):
        self.bill("2026-04", [FREE, void("2026-04-20", "p", id="a"),
                              grant("2026-04-20", "spare", id="p")])
        self.assertEqual(self.kinds(), [("invalid-grant", "1")])
        self.assertEqual(self.left(), [("p", "20")])

    def test_grants_that_cannot_be(self):
        at = "2026-04-20T00:00:00Z"
        self.bill("2026-04", [
            FREE, grant(at, "gold"), grant(at, "goodwill"), grant(at, "promo", "0"),
            grant(at, "promo", "0.0000005"), grant(at, "promo", "", at),
            grant(at, "promo", "5", "2026-04-19"), ("2023-12-31", "grant", {"grant": "promo"})])
        self.assertEqual(sorted(self.kinds()), [("before-signup", "1"), ("invalid-grant", "6")])
        self.assertEqual(self.left(), [])

    def test_a_pack_is_no_upgrade(self):
        changes = [FREE, grant("2026-04-02", "pack-125"), ("2026-04-15", "plan", "pro")]
        row, = self.bill("2026-04", changes)
        self.check(row, subscription_amount="10.00", total_amount="15.00")
        self.assertEqual([line[0] for line in self.lines()], ["grant", "first_upgrade"])

    def test_over_three_months(self):
        changes = [FREE, grant("2024-01-31", "goodwill", "200", "2024-03-01T00:00:00Z")]
        usage = [("2024-01-31T13:00:00Z", "60"), ("2024-02-29T23:59:59.999999Z", "60"),
                 ("2024-03-01T00:00:00Z", "10")]
        january, february, march = self.bill("2024-01 2024-02 2024-03", changes, usage)
        self.grants(january, "200 60 0 140")
        self.grants(february, "140 60 80 0")
        self.grants(march, "0 0 0 0")
        self.assertEqual(self.results[0].tables["grants"][0]["granted"], "200.000000")

    def test_the_line(self):
        self.bill("2026-04", [FREE, grant("2026-04-30T23:59:59.999999Z", "pack-125", "7.5")])
        line, = self.results[0].tables["invoice_lines"]
        self.check(line, line_type="grant", charged_on="2026-04-30", quantity="7.500000",
                   grant="pack-125", unit_price="0.666667", plan="free", proration="",
                   service_end="2027-04-30T23:59:59.999999Z")
        self.check(self.results[0].tables["grants"][0], price="5.00", granted="7.500000")

    def test_retries(self):
        pack = grant("2026-04-20", "pack-125", id="g")
        again = grant("2026-04-21", "pack-125", id="g")
        row, = self.bill("2026-04", [FREE, pack, pack, again, again])
        self.check(row, grants_amount="5.00")
        self.assertEqual(self.kinds(), [("conflicting-duplicate", "1")])
        self.assertEqual(self.results[0].control["changes"]["duplicates"][0], 2)

    def test_conflicts(self):
        for first, second in ((grant("2026-04-20", "spare", "", id="g"),
                               grant("2026-04-20", "spare", "5", id="g")),
                              (grant("2026-04-20", "spare", "5", id="g"),
                               grant("2026-04-20", "spare", "7", id="g")),
                              (grant("2026-04-20", "promo", "9", "2026-04-22", id="g"),
                               grant("2026-04-20", "promo", "9", "2026-04-23", id="g"))):
            alone, = self.bill("2026-04", [FREE, first])
            for rows in ([first, second], [second, first]):
                row, = self.bill("2026-04", [FREE, *rows])
                self.assertEqual(row, alone)
                self.assertEqual(self.kinds(), [("conflicting-duplicate", "1")])

    def test_the_columns_of_a_change(self):
        for change in (("2026-04-20", "overage_on", {"credits": "5"}), grant("2026-04-20", ""),
                       ("2026-04-20", "plan", {"plan": "pro", "grant": "promo"}),
                       ("2026-04-20", "grant_void", {"grant": "g", "expires_at": "2026-04-21"})):
            with self.assertRaises(ValueError):
                self.bill("2026-04", [FREE, change])


class Genesis(Checks):
    """G7."""

    def test_a_grant_from_before(self):
        changes = [FREE, grant("2026-03-10", "pack-125", id="g"), limit("2026-03-11", "5"),
                   grant("2026-03-01", "promo", id="over"),
                   grant("2026-03-22T00:00:00Z", "promo", id="over at S"),
                   grant("2026-03-01", "spare", id="void"), void("2026-03-31", "void")]
        row, = self.bill("2026-04", changes, [("2026-03-20", "100"), ("2026-04-20", "60")])
        self.grants(row, "125 10 0 115")
        self.check(row, total_amount="0.00", grants_amount="0.00")
        self.assertEqual(self.kinds(), [("grant-history-unknown", "1")])
        self.check(self.results[0].tables["grants"][0], price="5.00", granted="125.000000")
        self.assertEqual(self.results[0].tables["state"][0]["overage_limit"], "5.000000")
        self.assertEqual(self.results[0].control["changes"]["excepted"], (0, 0))

    def test_at_the_very_start(self):
        row, = self.bill("2026-04", [FREE, grant("2026-04-01T00:00:00Z", "pack-125")])
        self.check(row, grants_amount="5.00", grants_opening="125.000000")
        self.assertEqual(self.kinds(), [])

    def test_what_was_wrong_before(self):
        changes = [FREE, grant("2026-03-01", "gold"), void("2026-03-02", "none")]
        self.bill("2026-04", changes)
        self.assertEqual(self.kinds(), [("invalid-grant", "2")])


class Openings(Checks):
    """Grants of accounts that were billed elsewhere."""

    STATE = ("account_id,plan,overage_on,signed_up_at,first_paid_at,trial_ends_at,trial_left\n"
             "a,free,false,2024-01-10T00:00:00Z,,,\n")
    GRANTS = "account_id,grant_id,grant,granted,left,granted_at,expires_at,price\n"

    def opened(self, rows):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "state.csv")
        for name, text in (("state.csv", self.STATE), ("grants.csv", self.GRANTS + rows)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        text = """
            name = "Free"
            in_force_from = 2023-01-01
            currency = "USD"
            plan = [{ id = "free", name = "Free", price = "0.00", credits = 50 }]
            """.replace("            ", "") + KINDS
        version = catalogue.parse_catalogue(text)
        usage = [inputs.Usage("e", "a", inputs.parse_instant("2026-04-10T00:00:00Z"), 60_000_000)]
        return reference.bill(inputs.Month.parse("2026-04"), version, [], usage, path)

    def test_what_is_left(self):
        result = self.opened("a,g,pack-125,125,80.5,2026-02-01T00:00:00Z,,5.00\n")
        self.check(result.tables["grants"][0], granted="125.000000", left="70.500000",
                   granted_at="2026-02-01T00:00:00Z", expires_at="", price="5.00")
        self.check(result.tables["statements"][0], grants_opening="80.500000",
                   total_amount="0.00")

    def test_what_cannot_be(self):
        for row in ("b,g,promo,40,20,2026-02-01T00:00:00Z,,0.00",
                    "a,g,promo,40,41,2026-02-01T00:00:00Z,,0.00",
                    "a,g,promo,40,0,2026-02-01T00:00:00Z,,0.00",
                    "a,g,promo,40,40,2026-04-01T00:00:00Z,,0.00",
                    "a,g,promo,40,40,2026-02-01T00:00:00Z,2026-04-01T00:00:00Z,0.00",
                    "a,g,gone,40,40,2026-02-01T00:00:00Z,,0.00"):
            with self.assertRaises(ValueError):
                self.opened(row + "\n")
