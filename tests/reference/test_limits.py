"""Overage limits and adjustments: the rules' worked examples, and edges by hand."""

from one_account import FREE, PRO, SWITCH, Checks, grant, limit


class Limits(Checks):
    """O6."""

    def test_worked_examples(self):
        changes = [PRO, SWITCH, limit("2026-04-01", "100")]
        row, = self.bill("2026-04", changes, [("2026-04-10", "1250")])
        self.check(row, overage_amount="4.00", overage_credits="100.000000",
                   unbilled_credits="150.000000")
        self.assertEqual(self.reasons(), {"overage-limit": "150"})
        usage = [("2026-04-10", "1180"), ("2026-04-20", "70")]
        row, = self.bill("2026-04", changes + [limit("2026-04-15", "200")], usage)
        self.check(row, overage_amount="6.80", overage_credits="170.000000",
                   unbilled_credits="80.000000")

    def test_lowered_below_what_is_billed_and_raised_again(self):
        changes = [PRO, SWITCH, limit("2026-04-11", "30"), limit("2026-04-13", "60")]
        usage = [("2026-04-10", "1050"), ("2026-04-12", "20"), ("2026-04-14", "20")]
        row, = self.bill("2026-04", changes, usage)
        self.credits(row, overage_credits="60", unbilled_credits="30")

    def test_of_the_catalogue_and_of_the_account(self):
        usage = [("2026-04-10", "1020"), ("2026-05-10", "1020"), ("2026-06-10", "1020")]
        changes = [PRO, SWITCH, limit("2026-05-01", "7.000001"), limit("2026-06-01", "")]
        april, may, june = self.bill("2026-04 2026-05 2026-06", changes, usage,
                                     limit="overage_limit = 5")
        self.credits(april, overage_credits="5", unbilled_credits="15")
        self.credits(may, overage_credits="7.000001", unbilled_credits="12.999999")
        self.credits(june, overage_credits="5", unbilled_credits="15")
        limits = [result.tables["state"][0]["overage_limit"] for result in self.results]
        self.assertEqual(limits, ["", "7.000001", ""])

    def test_nothing_at_all(self):
        changes = [PRO, SWITCH, limit("2026-04-02", "0")]
        row, = self.bill("2026-04", changes, [("2026-04-10", "1001")], limit="overage_limit = 9")
        self.credits(row, overage_credits="0", unbilled_credits="1")
        self.assertEqual(self.lines(), [("subscription", "20.00", "")])

    def test_at_the_very_instant(self):
        at = "2026-04-10T12:00:00Z"
        row, = self.bill("2026-04", [PRO, SWITCH, limit(at, "3")], [(at, "1010")])
        self.credits(row, overage_credits="3", unbilled_credits="7")

    def test_the_other_reasons_go_first(self):
        changes = [FREE, limit("2026-04-01", "5"), ("2026-04-10", "plan", "pro"),
                   ("2026-04-12", "overage_on", "")]
        usage = [("2026-04-05", "60"), ("2026-04-11", "1010"), ("2026-04-13", "6")]
        row, = self.bill("2026-04", changes, usage)
        self.credits(row, overage_credits="5", unbilled_credits="21")
        self.assertEqual(self.reasons(), {"plan-without-overage": "10", "overage-off": "10",
                                          "overage-limit": "1"})

    def test_what_switch_and_plan_do_not_touch(self):
        changes = [PRO, SWITCH, limit("2026-04-01", "4"), ("2026-04-02", "overage_off", ""),
                   ("2026-04-03", "plan", "free"), ("2026-05-02", "plan", "pro"),
                   ("2026-05-03", "overage_on", "")]
        _, may = self.bill("2026-04 2026-05", changes, [("2026-05-10", "1010")])
        self.credits(may, overage_credits="4", unbilled_credits="6")


class Adjustments(Checks):
    """A1 to A3, F10."""

    def documents(self):
        return [(row["document_type"], row["total_amount"], row["relates_to"])
                for row in self.results[0].tables["documents"]]

    def test_worked_example(self):
        row, = self.bill("2026-04", [PRO], adjustments=[("2026-04-10", "-30.00")])
        self.check(row, subscription_amount="20.00", adjustments_amount="-30.00",
                   total_amount="-10.00")
        self.assertEqual(self.documents(), [("credit_note", "-10.00", "")])
        self.assertEqual(self.lines(), [("subscription", "20.00", ""),
                                        ("adjustment", "-30.00", "")])

    def test_that_come_to_nothing(self):
        rows = [("2026-04-10", "-30"), ("2026-04-11", "30.0")]
        self.bill("2026-04", [FREE], adjustments=rows)
        self.assertEqual(self.documents(), [("invoice", "0.00", "")])

    def test_on_the_months_edges(self):
        rows = [("2026-03-31T23:59:59.999999Z", "1"), ("2026-04-01T00:00:00Z", "2"),
                ("2026-04-30T23:59:59.999999Z", "4"), ("2026-05-01T00:00:00Z", "8")]
        row, = self.bill("2026-04", [FREE], adjustments=rows)
        self.check(row, adjustments_amount="6.00")
        self.assertEqual(self.results[0].control["adjustments"]["outside"], (2, 0))

    def test_the_order_of_lines(self):
        at = "2026-04-10T00:00:00Z"
        changes = [PRO, SWITCH, grant(at, "pack-125", id="x"), (at, "plan", "proplus"),
                   grant("2026-04-11", "pack-125", id="w")]
        rows = [(at, "-1", "b", "second"), (at, "-2", "a", "first"),
                ("2026-04-30T23:59:59.999999Z", "3", "z", "last"),
                ("2026-04-01T00:00:00Z", "4", "0", "at the start")]
        self.bill("2026-04", changes, [("2026-04-10", "2251")], adjustments=rows)
        self.assertEqual(self.lines(), [
            ("subscription", "20.00", ""), ("adjustment", "4.00", ""), ("upgrade", "20.00", ""),
            ("grant", "5.00", ""), ("adjustment", "-2.00", ""), ("adjustment", "-1.00", ""),
            ("grant", "5.00", ""), ("adjustment", "3.00", ""), ("overage", "5.04", "")])

    def test_duplicates_and_conflicts(self):
        rows = [("2026-04-10", "-5", "a", "two"), ("2026-04-10", "-5.00", "a", "two"),
                ("2026-04-10", "-5", "a", "you"), ("2026-04-10", "-4", "a", "one"),
                ("2026-05-10", "-9", "a", "another month's")]
        row, = self.bill("2026-04", [FREE], adjustments=rows)
        self.check(row, adjustments_amount="-5.00")
        self.assertEqual(self.kinds(), [("conflicting-duplicate", "2")])
        self.assertEqual(self.results[0].control["adjustments"], {
            "read": (5, 0), "used": (1, 0), "duplicates": (1, 0), "excepted": (2, 0),
            "outside": (1, 0)})

    def test_before_and_without_a_signup(self):
        rows = [("2026-04-10", "-5")]
        row, = self.bill("2026-04", [("2026-04-20", "signup", "")], adjustments=rows)
        self.check(row, adjustments_amount="-5.00")
        with self.assertRaises(IndexError):  # there is no statement
            self.bill("2026-04", [("2026-05-01T00:00:00Z", "signup", "")], adjustments=rows)

    def test_in_yen(self):
        self.bill("2026-04", [FREE], adjustments=[("2026-04-10", "-500")], currency="JPY")
        self.assertEqual(self.documents(), [("credit_note", "-500", "")])
        for amount in ("0.5", "0", "5,0", ""):
            with self.assertRaises(ValueError):
                self.bill("2026-04", [FREE], adjustments=[("2026-04-10", amount)], currency="JPY")
