"""The worked examples of the billing rules, and edges, checked with the reference itself."""

import sys

if sys.version_info < (3, 11):
    print("the reference needs Python 3.11", file=sys.stderr)
    sys.exit(77)

import unittest
from datetime import date

import catalogue
import inputs
import tables
from blake3 import blake3
from one_account import KIRO, OLD, Case
from test_grants import Genesis, Grants, Openings  # noqa: F401  tests, too
from test_limits import Adjustments, Limits  # noqa: F401


class WorkedExamples(Case):
    def test_days_of_payment(self):
        for issued_on, term, due_on in [("2024-02-01", 30, "2024-03-02"), ("2023-02-01", 30, "2023-03-03"),
                                        ("2026-05-01", 0, "2026-05-01"), ("2026-05-01", None, "")]:
            self.assertEqual(tables.due_on(date.fromisoformat(issued_on), term), due_on)

    def test_first_upgrades_in_april(self):
        signup, pro = ("2026-04-02", "signup", ""), ("2026-04-15", "plan", "pro")
        plus, power = ("2026-04-20", "plan", "proplus"), ("2026-04-25", "plan", "power")
        april, may = self.bill("2026-04 2026-05", [signup, pro])
        self.check(april, total_amount="10.00", plan_granted="1050.000000")
        self.assertEqual(self.lines(), [("first_upgrade", "10.00", "15/30")])
        self.check(may, total_amount="20.00", plan_granted="1000.000000")
        april, may = self.bill("2026-04 2026-05", [signup, pro, plus])
        self.check(april, total_amount="20.00", plan_granted="2050.000000")
        self.assertEqual(self.lines()[1], ("upgrade", "10.00", "15/30"))
        self.check(may, total_amount="40.00")
        april, = self.bill("2026-04", [signup, pro, plus, power])
        self.check(april, total_amount="100.00", plan_granted="10050.000000")
        self.assertEqual(self.lines()[2], ("upgrade", "80.00", "15/30"))

    def test_other_first_upgrades(self):
        self.check(self.bill("2025-09", [(OLD, "signup", ""), ("2025-09-05", "plan", "pro")])[0],
                   total_amount="16.67")
        self.check(self.bill("2026-03", [(OLD, "signup", ""),
                                         ("2026-03-15", "plan", "proplus")])[0],
                   total_amount="20.65")
        row, = self.bill("2026-02", [(OLD, "signup", ""), ("2026-02-03", "plan", "pro"),
                                     ("2026-02-09", "plan", "proplus")])
        self.assertEqual([line[1] for line in self.lines()], ["17.86", "17.85"])
        self.check(row, total_amount="35.71")

    def test_upgrade_on_the_31st(self):
        changes = [(OLD, "signup", "pro"), ("2024-02-01", "overage_on", "")]
        upgrade = ("2026-05-31", "plan", "proplus")
        row, = self.bill("2026-05", changes + [upgrade], [("2026-05-20", "1010")])
        self.check(row, subscription_amount="40.00", overage_amount="0.00",
                   overage_credits="0.000000")
        self.assertEqual(self.lines(), [("subscription", "20.00", ""), ("upgrade", "20.00", "")])
        row, = self.bill("2026-05", changes, [("2026-05-20", "1010")])
        self.check(row, subscription_amount="20.00", overage_amount="0.40")

    def test_overage(self):
        changes = [(OLD, "signup", "pro"), ("2024-02-01", "overage_on", "")]
        self.check(self.bill("2026-05", changes, [("2026-05-20", "1100")])[0],
                   subscription_amount="20.00", overage_amount="4.00")
        changes = [(OLD, "signup", "power"), ("2024-02-01", "overage_on", "")]
        self.check(self.bill("2026-05", changes, [("2026-05-20", "13603.25")])[0],
                   subscription_amount="200.00", overage_amount="144.13")

    def test_downgrades(self):
        changes = [(OLD, "signup", "proplus"), ("2026-06-02", "plan", "pro")]
        june, july = self.bill("2026-06 2026-07", changes)
        self.check(june, total_amount="40.00", plan_granted="2000.000000", next_plan="pro")
        self.check(july, total_amount="20.00", opening_plan="pro")
        changes.append(("2026-06-10", "plan", "power"))
        june, july = self.bill("2026-06 2026-07", changes)
        self.check(june, total_amount="200.00", billed_plan="power", next_plan="power")
        self.check(july, total_amount="200.00")

    def test_returning_account(self):
        changes = [(OLD, "signup", "pro"), ("2024-03-05", "plan", "free"),
                   ("2026-04-20", "plan", "pro")]
        row, = self.bill("2026-04", changes, [("2026-04-10", "900")])
        self.check(row, opening_plan="free", total_amount="20.00", plan_granted="1000.000000",
                   plan_drawn="900.000000", unbilled_credits="0.000000")
        changes = [(OLD, "signup", "pro"), ("2026-04-05", "plan", "free"),
                   ("2026-04-08", "plan", "pro")]
        first, second = self.bill("2026-04 2026-05", changes)
        self.check(first, total_amount="20.00", next_plan="pro")
        self.check(second, total_amount="20.00")

    def test_trial_and_pro(self):
        changes = [("2026-04-05", "signup", ""), ("2026-04-15", "plan", "pro")]
        usage = [("2026-04-16", "1500"), ("2026-04-17", "1")]
        self.check(self.bill("2026-04", changes, usage, trial=True)[0],
                   trial_drawn="500.000000", plan_drawn="1000.000000",
                   unbilled_credits="1.000000")
        april, may = self.bill("2026-04 2026-05", changes, [("2026-05-06", "1001")], trial=True)
        self.check(april, trial_carried="500.000000")
        self.check(may, trial_expired="500.000000", plan_drawn="1000.000000",
                   unbilled_credits="1.000000")

    def test_trial_over_the_month_end(self):
        changes = [("2026-04-20", "signup", "")]
        usage = [("2026-04-25", "300"), ("2026-05-03", "150"), ("2026-05-20", "7")]
        for genesis_each in (False, True):
            april, may = self.bill("2026-04 2026-05", changes, usage, trial=True,
                                   genesis_each=genesis_each)
            self.check(april, trial_carried="200.000000", trial_opening="500.000000")
            self.check(may, trial_opening="200.000000", trial_drawn="150.000000",
                       trial_expired="50.000000", plan_drawn="7.000000")
            self.assertEqual(self.expired(1)[0],
                             ("trial", "50.000000", "2026-05-20T12:00:00Z", "trial-ended"))

    def test_unbilled(self):
        changes = [(OLD, "signup", "pro"), ("2024-02-01", "overage_on", ""),
                   ("2026-03-10", "plan", "free")]
        row, = self.bill("2026-04", changes, [("2026-04-01", "182")])
        self.check(row, total_amount="0.00", plan_drawn="50.000000",
                   unbilled_credits="132.000000")
        self.assertEqual(self.exceptions(),
                         [("unbilled-usage", "", "132.000000", "plan-without-overage")])
        changes = [(OLD, "signup", "pro"), ("2026-04-20", "overage_on", "")]
        row, = self.bill("2026-04", changes, [("2026-04-10", "1005"), ("2026-04-21", "100")])
        self.check(row, overage_amount="4.00", unbilled_credits="5.000000")
        self.assertEqual(self.exceptions(), [("unbilled-usage", "", "5.000000", "overage-off")])
        row, = self.bill("2026-04", [(OLD, "signup", "")], [("2026-04-10", "60")], trial=True)
        self.check(row, total_amount="0.00", plan_drawn="50.000000", unbilled_credits="10.000000")


    def test_retry_over_the_month_end(self):
        changes = [(OLD, "signup", "")]
        usage = [("2026-04-30T23:59:58Z", "2", "x"), ("2026-05-01T00:00:03Z", "2", "x")]
        april, may = self.bill("2026-04 2026-05", changes, usage)
        self.check(april, usage_credits="2.000000")
        self.check(may, usage_credits="0.000000")
        self.assertEqual(self.exceptions(1), [("billed-before", "1", "2.000000", "")])


class BetweenMonths(Case):
    """L1."""

    CHANGES = [("2026-04-10", "signup", "")]

    def billed(self, *usage):
        rows = self.bill("2026-04 2026-05", self.CHANGES, usage)
        return [row["usage_credits"].removesuffix(".000000") for row in rows]

    def test_the_window(self):
        for at, may in (("2026-04-30T00:00:00Z", "0"), ("2026-04-29T23:59:59.999999Z", "2"),
                        ("2026-04-30T23:59:59.999999Z", "0")):
            self.assertEqual(self.billed((at, "2", "x"), ("2026-05-31T23:59:59Z", "2", "x")),
                             ["2", may])

    def test_other_content_is_no_other_event(self):
        self.assertEqual(self.billed(("2026-04-30", "2", "x"), ("2026-05-03", "7", "x")),
                         ["2", "0"])

    def test_retries_of_a_retry(self):
        self.assertEqual(self.billed(
            ("2026-04-30", "2", "x"), ("2026-05-03", "7", "x"), ("2026-05-03", "7", "x"),
            ("2026-05-04", "3", "x")), ["2", "0"])
        self.assertEqual(self.exceptions(1), [("billed-before", "2", "10.000000", "")])
        self.assertEqual(self.results[1].control["usage"]["duplicates"], (1, 7_000_000))

    def test_what_was_not_billed_is_not_kept(self):
        usage = [("2026-04-30T10:00:00Z", "2", "x"), ("2026-04-30T11:00:00Z", "3", "x"),
                 ("2026-04-30T01:00:00Z", "5", "y"), ("2026-05-02", "1", "y")]
        april, may = self.bill("2026-04 2026-05", [("2026-04-30T02:00:00Z", "signup", "")], usage)
        self.check(april, usage_credits="2.000000")  # `y` came before the signup
        self.check(may, usage_credits="1.000000")
        self.assertEqual([row["event_id"] for row in self.results[0].tables["recent_ids"]], ["x"])


class Versions(Case):
    """V1 to V3."""

    KIRO = KIRO.format(trial="", rounding="half-up", proration="days-after", limit="",
                       grants="")

    def test_retired_and_renamed(self):
        later = self.KIRO.replace('id = "pro"', 'id = "pro-2026"\nformerly = ["pro"]\nretired = true')
        changes = [(OLD, "signup", "pro"), ("2026-05-10", "plan", "free"),
                   ("2026-05-12", "plan", "pro"), ("2026-06-03", "plan", "free"),
                   ("2026-07-02", "plan", "pro")]
        *_, may, june, july = self.bill("2026-04 2026-05 2026-06 2026-07", changes,
                                        versions=[later])
        self.check(may, opening_plan="pro-2026", next_plan="pro-2026", total_amount="20.00")
        self.check(june, next_plan="free", total_amount="20.00")
        self.check(july, billed_plan="free", total_amount="0.00")
        self.assertEqual(self.exceptions(1), [])  # nobody enters what it is on
        self.assertEqual(self.exceptions(3), [("retired-plan", "1", "0.000000", "")])
        self.assertEqual([row["retired"] for row in self.results[1].tables["plans"]],
                         ["false", "true", "false", "false"])

    def test_a_version_that_lacks_a_plan_in_use(self):
        lacking = self.KIRO.replace('id = "pro"', 'id = "other"')
        with self.assertRaises(catalogue.PlanMissing):
            self.bill("2026-04 2026-05", [(OLD, "signup", "pro")], versions=[lacking])
        self.bill("2026-04 2026-05", [(OLD, "signup", "power")], versions=[lacking])


class Edges(Case):
    def test_proration_conventions(self):
        first = [(OLD, "signup", ""), ("2026-04-01T00:00:00Z", "plan", "pro")]
        last = [(OLD, "signup", ""), ("2026-04-30T23:59:59.9Z", "plan", "pro")]
        for convention, change, expected in (
                ("days-after", first, ("19.33", "29/30")), ("days-after", last, ("0.00", "0/30")),
                ("days-inclusive", first, ("20.00", "30/30")),
                ("days-inclusive", last, ("0.67", "1/30")),
                ("seconds", first, ("20.00", "2592000/2592000")),
                ("seconds", last, ("0.00", "0.1/2592000"))):
            self.bill("2026-04", change, proration=convention)
            self.assertEqual(self.lines(), [("first_upgrade", *expected)])
        self.bill("2026-04", first)  # C4: an upgrade at S leaves no earlier pool
        self.assertEqual(len(self.expired()), 1)

    def test_rounding(self):
        changes = [(OLD, "signup", "pro"), ("2024-02-01", "overage_on", "")]
        for rounding, amount in (("half-up", "0.01"), ("half-even", "0.00")):
            row, = self.bill("2026-04", changes, [("2026-04-03", "1000.125")], rounding=rounding)
            self.check(row, overage_amount=amount, overage_credits="0.125000")
        self.assertEqual([inputs.parse_credits(text) for text in
                          ("0.0000005", "0.0000015", "1e-2", "6.70", "2E2")],
                         [0, 2, 10_000, 6_700_000, 200_000_000])

    def test_instants(self):
        self.assertEqual(inputs.parse_instant("2026-05-01T05:30:00.50+05:30"),
                         inputs.parse_instant("2026-05-01T00:00:00Z") + 500_000)
        self.assertRaises(ValueError, inputs.parse_instant, "2026-05-01T00:00:00.0000001Z")
        self.assertRaises(ValueError, inputs.parse_instant, "2026-05-01T00:00:00")

    def test_trial_that_ends_at_the_months_end(self):
        april, may = self.bill("2026-04 2026-05", [("2026-04-01T00:00:00Z", "signup", "")],
                               [("2026-05-01T00:00:00Z", "1")], trial=True)
        self.check(april, trial_expired="500.000000", trial_carried="0.000000")
        self.check(may, trial_opening="0.000000", plan_drawn="1.000000")
        self.assertEqual(self.expired()[0][2], "2026-05-01T00:00:00Z")

    def test_change_exceptions(self):
        self.bill("2026-04", [
            ("2026-04-01", "plan", "pro"), ("2026-04-05", "signup", ""),
            ("2026-04-06", "signup", "pro"), ("2026-04-07", "plan", "gold"),
            ("2026-04-08", "overage_on", ""), ("2026-05-01T00:00:00Z", "plan", "pro")],
            [("2026-04-04", "3"), ("2026-04-05", "4")])
        self.assertEqual(sorted(self.exceptions()), [
            ("before-signup", "1", "0.000000", ""), ("before-signup", "1", "3.000000", ""),
            ("duplicate-signup", "1", "0.000000", ""), ("overage-unavailable", "1", "0.000000", ""),
            ("unknown-plan", "1", "0.000000", "")])

    def test_deduplication(self):
        def event(at, amount):
            return inputs.Usage("e", "a", at, amount)
        first, second = event(1, 5), event(2, 5)
        done = inputs.deduplicate([second, first, event(1, 5), event(2, 5)])
        self.assertEqual((done.used, done.conflicts), ([first], [second]))
        self.assertEqual(len(done.duplicates), 2)

    def test_digests(self):
        """BLAKE3's own test vectors."""
        for length, digest in [
                (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
                (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
                (1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
                (31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47")]:
            self.assertEqual(blake3(bytes(n % 251 for n in range(length))), digest)


if __name__ == "__main__":
    unittest.main()
