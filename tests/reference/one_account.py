"""One account's months, billed by the reference from a few rows: what the tests are made of."""

import csv
import os
import tempfile
import unittest

import reference
import tables

KIRO = """
name = "Kiro for individuals"
in_force_from = 2023-01-01
currency = "USD"
rounding = "{rounding}"
proration = "{proration}"
{limit}
{trial}
[[plan]]
id = "free"
name = "Free"
price = "0.00"
credits = 50
[[plan]]
id = "pro"
name = "Pro"
price = "20.00"
credits = 1000
overage_rate = "0.04"
[[plan]]
id = "proplus"
name = "Pro+"
price = "40.00"
credits = 2000
overage_rate = "0.04"
[[plan]]
id = "power"
name = "Power"
price = "200.00"
credits = 10000
overage_rate = "0.04"
{grants}"""
TRIAL = "[trial]\ncredits = 500\ndays = 30"
OLD = "2024-01-10T00:00:00Z"
KINDS = """
[[grant]]
id = "pack-125"
name = "125 add-on credits"
credits = 125
price = "5.00"
draws = "after-plan"
expires_after_days = 365
[[grant]]
id = "goodwill"
name = "Goodwill"
[[grant]]
id = "promo"
name = "Promotion"
credits = 40
draws = "before-plan"
expires_after_days = 10
[[grant]]
id = "spare"
name = "Spare credits"
credits = 20
draws = "after-plan"
"""
COLUMNS = ["plan", "grant", "credits", "expires_at"]

FREE = (OLD, "signup", "")
PRO = (OLD, "signup", "pro")
SWITCH = ("2024-02-01", "overage_on", "")


def limit(at, credits):
    return at, "overage_limit", {"credits": credits}


def grant(at, kind, credits="", expires_at="", **more):
    return at, "grant", {"grant": kind, "credits": credits, "expires_at": expires_at} | more


def void(at, grant_id, **more):
    return at, "grant_void", {"grant": grant_id} | more


class Case(unittest.TestCase):
    """Bills consecutive months of one account `a`, each opened with the state before it."""

    def bill(self, months, changes, usage=(), trial=False, proration="days-after",
             rounding="half-up", genesis_each=False, versions=(), adjustments=(), limit="",
             grants="", currency="USD"):
        """Changes are (at, change, plan), or (at, change, {column: text}); the logs' further
        columns, if any, are the rows' last: an event's id, an adjustment's id and description."""
        folder = self.enterContext(tempfile.TemporaryDirectory())

        def path(name):
            return os.path.join(folder, name)
        with open(path("cat.toml"), "w", encoding="utf-8") as file:
            text = KIRO.format(trial=TRIAL if trial else "", proration=proration,
                               rounding=rounding, limit=limit, grants=grants)
            file.write(text.replace("USD", currency))
        for number, text in enumerate(versions):  # of later months, one each
            with open(path(f"cat-{number}.toml"), "w", encoding="utf-8") as file:
                file.write(text)
        catalogues = ["cat.toml", *(f"cat-{number}.toml" for number in range(len(versions)))]
        self.write(path("changes.csv"), ["change_id", "account_id", "at", "change", *COLUMNS],
                   (self.change(number, *row) for number, row in enumerate(changes)))
        self.write(path("usage.csv"), ["event_id", "account_id", "at", "credits"],
                   ([*(event_id or [f"e{number:03}"]), "a", self.at(at), amount]
                    for number, (at, amount, *event_id) in enumerate(usage)))
        self.write(path("adjustments.csv"),
                   ["account_id", "at", "amount", "adjustment_id", "description"],
                   (["a", self.at(at), amount, *(more or [f"a{number:03}", "by hand"])]
                    for number, (at, amount, *more) in enumerate(adjustments)))
        opening, results = "genesis", []
        for number, month in enumerate(months.split()):
            catalogue = path(catalogues[min(number, len(catalogues) - 1)])
            result = reference.run(month, catalogue, [path("changes.csv")], [path("usage.csv")],
                                   opening, [path("adjustments.csv")])
            tables.write_tables(result.tables, path(month))
            if not genesis_each:
                opening = os.path.join(path(month), "state.csv")
            results.append(result)
        self.results = results
        return [result.tables["statements"][0] for result in results]

    @staticmethod
    def write(path, columns, rows):
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)

    def change(self, number, at, change, more):
        cells = dict.fromkeys(COLUMNS, "") | (more if isinstance(more, dict) else {"plan": more})
        change_id = cells.pop("id", f"c{number:03}")
        if cells["expires_at"]:
            cells["expires_at"] = self.at(cells["expires_at"])
        return [change_id, "a", self.at(at), change, *cells.values()]

    @staticmethod
    def at(text):
        return text if "T" in text else text + "T12:00:00Z"

    def lines(self, index=0):
        return [(row["line_type"], row["amount"], row["proration"])
                for row in self.results[index].tables["invoice_lines"]]

    def expired(self, index=0):
        return [(row["pool"], row["expired"], row["expired_at"], row["reason"])
                for row in self.results[index].tables["expired_credits"]]

    def exceptions(self, index=0):
        return [(row["kind"], row["rows"], row["credits"], row["detail"])
                for row in self.results[index].tables["exceptions"]]

    def check(self, row, **expected):
        self.assertEqual({name: row[name] for name in expected}, expected)


class Checks(Case):
    def bill(self, *arguments, **options):
        return super().bill(*arguments, **{"grants": KINDS} | options)

    def credits(self, row, **expected):
        """Columns of credits, as short as they are said."""
        found = {name: row[name].removesuffix(".000000") for name in expected}
        self.assertEqual(found, expected)

    def grants(self, row, text):
        """opening drawn expired carried"""
        names = ["grants_opening", "grants_drawn", "grants_expired", "grants_carried"]
        self.credits(row, **dict(zip(names, text.split())))

    def expired_grants(self, index=0):
        return [(row["grant_id"], row["granted"][:-7], row["drawn"][:-7], row["expired"][:-7],
                 row["expired_at"], row["reason"])
                for row in self.results[index].tables["expired_credits"]
                if row["pool"] == "grant"]

    def left(self, index=0):
        return [(row["grant_id"], row["left"].removesuffix(".000000"))
                for row in self.results[index].tables["grants"]]

    def reasons(self, index=0):
        return {row["detail"]: row["credits"][:-7]
                for row in self.results[index].tables["exceptions"]
                if row["kind"] == "unbilled-usage"}

    def kinds(self, index=0):
        return [(kind, rows) for kind, rows, _, _ in self.exceptions(index)]
