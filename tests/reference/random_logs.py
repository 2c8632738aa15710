#!/usr/bin/env python3
"""Seeded generator of small adversarial logs for a month, the month before and the month after.

Writes OUTDIR/catalog.toml, changes.csv, usage.csv, adjustments.csv, `month` (a text file with the
month), often catalog-next.toml, a version for the month after, and `term` with a payment term.
The same seed gives the same files.
"""

import argparse
import csv
import os
import random
from datetime import timedelta
from decimal import Decimal

import random_grants
from inputs import DAY, EPOCH, RECENT, SECOND, Month
from random_catalogue import (add_grants, next_version, other_grants, random_catalogue,
                              without_a_plan)

NEXT_CATALOGUE, TERM = "catalog-next.toml", "term"
COLUMNS = {"changes": ["change_id", "account_id", "at", "change", "plan"],
           "usage": ["event_id", "account_id", "at", "credits"],
           "adjustments": ["adjustment_id", "account_id", "at", "amount", "description"]}
OF_GRANTS = ["grant", "credits", "expires_at"]  # columns that a change log may lack
ODD_IDS = ["=sum(A1)", "+plus", "-minus", "@at", "with,comma", 'quo"te', "ünï-ço∂é", "Zeta", "zeta",
           "in side", "0007", "7", "日本", "a" * 256, "acct-00", "acct-0000"]


class Generator:
    def __init__(self, seed, lineage, grants):
        self.random = random.Random(f"monthend {seed}")
        self.month = Month(self.random.choice([2023, 2024, 2024, 2025]),
                           self.random.choice([1, 2, 2, 3, 4, 5, 6, 9, 10, 12]))
        self.start, self.end = self.month.start, self.month.end
        self.first = self.month.previous().start
        self.last = self.month.next().end
        self.changes, self.usage = [], []  # rows of plain values, `at` in microseconds
        self.catalogue = random_catalogue(
            self.random, ["2020-01-01", self.month.first_day], lineage)
        self.next_catalogue = None
        if lineage and self.chance(0.6):
            self.next_catalogue = next_version(self.random, self.catalogue, self.random.choice(
                [self.month.next().first_day, self.month.last_day, self.month.first_day]))
            if seed % 2 == 0 and self.chance(0.3):  # for months that are billed once
                self.next_catalogue = without_a_plan(self.random, self.next_catalogue)
        self.plans = self.catalogue.entries()
        if self.next_catalogue:
            known = {entry[0] for entry in self.plans}
            self.plans += [entry for entry in self.next_catalogue.entries()
                           if entry[0] not in known]
        self.trial_credits, self.trial_days = self.catalogue.trial or (0, 0)
        self.grants, self.kinds, self.adjustments, self.edges_of = grants, [], [], {}
        if grants:
            self.add_kinds(random.Random(f"grants {seed}"))

    def add_kinds(self, pick):
        add_grants(pick, self.catalogue)
        versions = [self.catalogue]
        if self.next_catalogue:
            self.next_catalogue.grants = list(self.catalogue.grants)
            self.next_catalogue.overage_limit = self.catalogue.overage_limit
            other_grants(pick, self.next_catalogue)
            versions.append(self.next_catalogue)
        self.kinds = sorted({kind.id for version in versions for kind in version.grants})

    def chance(self, share):
        return self.random.random() < share

    # -- instants ------------------------------------------------------------------------

    def edges(self, signup):
        """Instants at which something happens to an account."""
        result = [self.start, self.end, self.first, self.month.next().end - 1]
        if signup is not None:
            result.append(signup)
            if self.trial_days:
                result.append(signup + self.trial_days * DAY)
        return result

    def instant(self, low, high, edges):
        """Somewhere in [low, high), often exactly at an edge, beside one, or at a day's end."""
        low, high = min(low, high - 1), high
        for _ in range(5):
            if edges and self.chance(0.3):
                at = self.random.choice(edges) + self.random.choice([0, 0, 0, -1, 1, -SECOND])
            else:
                at = self.random.randrange(low, high)
                at -= at % self.random.choice([1, 1000, SECOND, SECOND, 60 * SECOND, DAY])
                at -= self.chance(0.05)
            if low <= at < high:
                return at
        return low

    def text_of_instant(self, at):
        """The instant with some offset and some way to write its fraction."""
        offset = self.random.choice([0] * 6 + [330, -480, 840, -720, 60, -210, 1])
        local = EPOCH + timedelta(microseconds=at, minutes=offset)
        text = local.strftime("%Y-%m-%dT%H:%M:%S")
        digits = f"{local.microsecond:06}"
        shortest = digits.rstrip("0")
        fraction = digits[:self.random.randint(len(shortest), 6)]
        text += "." + fraction if fraction else ""
        if offset == 0 and self.chance(0.8):
            return text + "Z"
        return text + f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"

    # -- accounts ------------------------------------------------------------------------

    def signup_instant(self):
        kind = self.random.choice(["old", "old", "before", "before", "in", "in", "edge", "after"])
        trial = (self.trial_days or 30) * DAY
        if kind == "old":
            return self.instant(self.start - 400 * DAY, self.first, [])
        if kind == "before":
            return self.instant(self.first - 20 * DAY, self.start, [self.start - trial])
        if kind == "in":
            return self.instant(self.start, self.end, [])
        if kind == "after":
            return self.instant(self.end, self.last + 5 * DAY, [])
        return self.random.choice([self.start, self.end, self.start - trial, self.end - trial,
                                   self.start - 1, self.end - 1, self.last])

    def any_plan(self):
        return "no-such-plan" if self.chance(0.03) else self.random.choice(self.plans)[0]

    def add_change(self, account, at, kind, plan="", grant="", credits="", expires_at=""):
        change_id = f"c{self.random.randrange(10**6):06}-{len(self.changes)}"
        self.changes.append([change_id, account, at, kind, plan, grant, credits, expires_at])
        return change_id

    def add_usage(self, account, at, credits):
        event_id = f"{self.random.randrange(16**8):08x}-{len(self.usage)}"
        self.usage.append([event_id, account, at, credits])

    def account(self, account):
        signup = self.signup_instant()
        edges = self.edges(signup)
        if not self.chance(0.05):  # else nobody signs it up
            plan = self.any_plan() if self.chance(0.3) else ""
            self.add_change(account, signup, "signup", plan)
            if self.chance(0.05):
                self.add_change(account, self.instant(signup, self.last, edges), "signup",
                                self.random.choice(["", self.any_plan()]))
        if self.chance(0.8):
            self.account_changes(account, signup, edges)
        if self.grants:
            random_grants.give(self, account, signup, edges)
            self.edges_of[account] = edges
        if not self.chance(0.12):
            self.account_usage(account, signup, edges)

    def account_changes(self, account, signup, edges):
        count = self.random.choice([1, 1, 2, 3, 5, 9])
        busy = self.random.choice([(signup, self.last), (self.start, self.end),
                                   (signup, self.end), (self.start, self.last),
                                   (signup, max(signup + 1, self.start))])
        eager = self.random.choice([0, 0.5, 0.9])  # to have overage wherever it is offered
        at = None
        for _ in range(count):
            if at is None or not self.chance(0.15):  # else at the same instant as the one before
                at = self.instant(max(busy[0], signup), max(busy[1], signup + DAY), edges)
            if self.chance(0.02):
                at = signup - self.random.choice([1, DAY])
            kind = self.random.choice(["plan", "plan", "plan", "overage_on", "overage_on",
                                       "overage_off"])
            plan = self.any_plan() if kind == "plan" else ""
            self.add_change(account, at, kind, plan)
            edges.append(at)
            if kind == "plan" and self.chance(eager):
                later = self.random.choice([0, 1, SECOND, DAY, self.random.randrange(9 * DAY)])
                self.add_change(account, at + later, "overage_on")
                edges.append(at + later)

    def credits(self, scale):
        """Text of an amount about as large as `scale`, in many ways of writing."""
        pick = self.random
        kind = pick.randrange(9)
        if kind == 0:
            return pick.choice(["0", "0.000001", "0.0000005", "0.0000015", "1e-6", "0.00"])
        if kind == 1:
            return f"{pick.randrange(1, int(scale * 8) + 2) * Decimal('0.125')}"
        if kind == 2:
            return f"{pick.randint(1, int(scale * 10) + 1)}e-1"
        if kind == 3:
            return str(pick.randint(0, int(scale) + 1))
        if kind == 4 and self.chance(0.05):
            return pick.choice(["12345678.9", "1E7", "99999999.999999"])
        return self.amount(scale)

    def amount(self, scale):
        pick = self.random
        places = pick.choice([1, 2, 2, 6, 7, 8, 9])
        return str(Decimal(pick.uniform(0, scale)).quantize(Decimal(1).scaleb(-places)))

    def account_usage(self, account, signup, edges):
        count = self.random.choice([1, 2, 5, 20, 40, 80])
        total = self.random.choice(self.plans)[1] * self.random.choice([0.3, 1, 1, 2, 5]) + 5
        if self.trial_days and self.chance(0.5):
            total += self.trial_credits
        low = min(self.first, max(signup - 2 * DAY, self.start - 50 * DAY))
        for _ in range(count):
            at = self.instant(low, self.last + DAY, edges)
            self.add_usage(account, at, self.credits(2.5 * total / count))
        if self.chance(0.1):  # exactly up to a cap
            _, cap, _ = self.random.choice(self.plans)
            self.add_usage(account, self.instant(self.start, self.end, edges), str(cap))

    # -- duplicates ----------------------------------------------------------------------

    def other_instant(self, at):
        """Another instant; of usage, in the same or in another of the three months."""
        return self.random.choice([at + 1, at - 1, at + SECOND, at + DAY, at - 40 * DAY,
                                   self.instant(self.first, self.last, [self.start, self.end])])

    def retries(self, share):
        """L1: events of a month's last hours that come again after its end, with their ids."""
        for row in list(self.usage):
            end = self.start if row[2] < self.start else self.end
            recent = end - RECENT
            if not recent - SECOND <= row[2] < end or not self.chance(share):
                continue
            row[2] = self.random.choice([row[2]] * 6 + [recent, recent - 1, recent + 1, end - 1])
            again = list(row)
            again[2] = end + self.random.choice([0, 1, 3 * SECOND, self.random.randrange(30 * DAY)])
            if self.chance(0.25):
                again[1] = self.random.choice(self.accounts)
            if self.chance(0.25):
                again[3] = self.credits(20)
            self.usage.append(again)

    def repeat(self, rows, share, change_content):
        for row in list(rows):
            if not self.chance(share):
                continue
            if self.chance(0.5):
                rows.append(list(row))
                continue
            other = change_content(list(row))
            rows.append(other)
            if self.chance(0.3):
                rows.append(list(self.random.choice([row, other])))
            if self.chance(0.2):
                rows.append(change_content(list(row)))

    def other_usage(self, row):
        kind = self.random.randrange(3)
        if kind == 0:
            row[1] = self.random.choice(self.accounts)
        elif kind == 1:
            row[2] = self.other_instant(row[2])
        else:
            row[3] = self.credits(20)
        return row

    def other_change(self, row):
        kind = self.random.randrange(3)
        if kind == 0:
            row[1] = self.random.choice(self.accounts)
        elif kind == 1 and row[3] == "plan":
            row[4] = self.any_plan()
        elif kind == 1 and row[3] == "grant":
            row[5], row[6] = self.random.choice(self.kinds), random_grants.credits_text(self)
        elif kind == 1 and row[3] == "overage_limit":
            row[6] = random_grants.limit_text(self)
        else:
            row[2] = self.other_instant(row[2])
        return row

    def other_text(self, credits):
        """The same credits, perhaps written otherwise."""
        if "e" in credits.lower() or self.chance(0.6):
            return credits
        return credits + ("0" if "." in credits else self.random.choice([".0", "e0", ".000"]))

    # -- files ---------------------------------------------------------------------------

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "month"), "w", encoding="utf-8") as file:
            file.write(f"{self.month}\n")
        with open(os.path.join(folder, "catalog.toml"), "w", encoding="utf-8") as file:
            file.write(self.catalogue.text())
        if self.next_catalogue:
            with open(os.path.join(folder, NEXT_CATALOGUE), "w", encoding="utf-8") as file:
                file.write(self.next_catalogue.text())
        odd = self.random.sample(ODD_IDS, 6)
        self.accounts = odd + [f"acct-{n:03}" for n in range(self.random.randint(24, 54))]
        for account in self.accounts:
            self.account(account)
        self.retries(0.4)
        self.repeat(self.usage, 0.04, self.other_usage)
        self.repeat(self.changes, 0.04, self.other_change)
        self.write_log(folder, "changes", [self.change_cells(*row) for row in self.changes],
                       OF_GRANTS if self.grants else [])
        self.write_log(folder, "usage", [[a, b, self.text_of_instant(at), self.other_text(d)]
                                         for a, b, at, d in self.usage])
        if self.grants:
            random_grants.adjust(self)
            self.write_log(folder, "adjustments", [[a, b, self.text_of_instant(at), *more]
                                                   for a, b, at, *more in self.adjustments])

    def change_cells(self, change_id, account, at, kind, plan, grant, credits, expires_at):
        cells = [change_id, account, self.text_of_instant(at), kind, plan]
        if not self.grants:
            return cells
        return cells + [grant, credits, self.text_of_instant(expires_at) if expires_at else ""]

    def write_log(self, folder, log, rows, more=()):
        self.write_csv(os.path.join(folder, log + ".csv"), [*COLUMNS[log], *more], rows)

    def write_csv(self, path, columns, rows):
        """Rows and columns in random order, sometimes with a column that nobody asked for."""
        if self.chance(0.3):
            columns = columns + ["note"]
            rows = [row + [self.random.choice(["", "x", "a, b", 'say "hi"'])] for row in rows]
        order = list(range(len(columns)))
        if self.chance(0.5):
            self.random.shuffle(order)
        self.random.shuffle(rows)
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator=self.random.choice(["\n", "\n", "\r\n"]),
                                quoting=self.random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
            writer.writerow([columns[i] for i in order])
            writer.writerows([row[i] for i in order] for row in rows)


def catalogues(folder):
    """The catalogues of the two months of a folder of logs."""
    first = os.path.join(folder, "catalog.toml")
    later = os.path.join(folder, NEXT_CATALOGUE)
    return [first, later if os.path.exists(later) else first]


def adjustments(folder):
    """The adjustments of a folder of logs: one file, or none."""
    path = os.path.join(folder, "adjustments.csv")
    return [path] if os.path.exists(path) else []


def adjustments_option(folder):
    """How the program is told of them."""
    paths = adjustments(folder)
    return ["--adjustments", *paths] if paths else []


def payment_term(folder):
    """The payment term of a folder of logs in days, or None."""
    path = os.path.join(folder, TERM)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return int(file.read())


def term_option(folder):
    """How the program is told of it."""
    term = payment_term(folder)
    return [] if term is None else ["--payment-term-days", str(term)]


def generate(seed, folder, lineage=True, grants=False):
    """Writes the logs of a seed; returns their month as text. Without `lineage` every plan can be
    entered, by one id; without `grants` there are no limits, grants, adjustments and terms."""
    generator = Generator(seed, lineage, grants)
    generator.write(folder)
    term = random.Random(f"term {seed}").choice([None, None, 0, 14, 30, 365])
    if grants and term is not None:
        with open(os.path.join(folder, TERM), "w", encoding="utf-8") as file:
            file.write(f"{term}\n")
    return str(generator.month)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("outdir")
    options = parser.parse_args()
    print(generate(options.seed, options.outdir, grants=True))


if __name__ == "__main__":
    main()
