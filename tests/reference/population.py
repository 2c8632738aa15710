"""A population that lives through some months: its changes, its usage, its adjustments, and the
catalogue's versions.

All of it is drawn from a random source before the first month is billed: it is what is known in
the end. When a row comes to be known is decided by `deliveries`.
"""

import random_grants
from inputs import DAY, RECENT, SECOND, Month
from random_catalogue import add_grants, next_version, other_grants, random_catalogue

HOUR = 3600 * SECOND
ODD_IDS = ["=sum(A1)", "@at", "with,comma", "ünï-ço∂é", "zeta", "Zeta", "0007", "7"]


class Population:
    def __init__(self, pick, first, count):
        self.random = pick
        self.months = [first]
        while len(self.months) < count:
            self.months.append(self.months[-1].next())
        self.start, self.end = first.start, self.months[-1].end
        self.versions = self.make_versions()
        self.kinds = sorted({kind.id for version in self.versions for kind in version.grants})
        # Rows of plain values, `at` in microseconds.
        self.changes, self.usage, self.adjustments = [], [], []
        self.accounts = pick.sample(ODD_IDS, 3)
        self.accounts += [f"acct-{n:02}" for n in range(pick.randint(7, 20))]
        for account in self.accounts:
            self.live(account)
        for number in range(self.random.randint(0, 2 * count)):
            self.adjust(number)
        self.retry()
        self.repeat()

    def chance(self, share):
        return self.random.random() < share

    def make_versions(self):
        """Dated versions, in order; each can bill whoever is on a plan of the one before."""
        first = self.months[0].first_day
        versions = [random_catalogue(self.random, ["2019-01-01", first], lineage=True)]
        add_grants(self.random, versions[0])
        for month in self.months[1:]:
            if self.chance(0.2):
                day = month.first_day
                if self.chance(0.4):  # in force from within a month: billed from the next one on
                    day = day.replace(day=self.random.randint(2, 28))
                versions.append(next_version(self.random, versions[-1], day))
                other_grants(self.random, versions[-1])
        return versions

    def version_of(self, month):
        """The place of the version that bills a month."""
        due = [place for place, version in enumerate(self.versions)
               if version.in_force_from <= str(month.first_day)]
        return due[-1]

    def month_of(self, at):
        """The month's place; what lies before the first one belongs to it, too."""
        return max(0, next((place for place, month in enumerate(self.months) if at < month.end),
                           len(self.months) - 1))

    # -- lives -----------------------------------------------------------------------------

    def live(self, account):
        pick = self.random
        signup = pick.choice([self.start - pick.randrange(90 * DAY), self.some_instant(),
                              pick.choice(self.months).start, pick.choice(self.months).end - 1])
        signup = max(self.start - 90 * DAY, min(signup, self.end - 1))
        if not self.chance(0.03):  # else nobody signs it up
            plan = self.any_plan(signup) if self.chance(0.3) else ""
            self.add_change(account, signup, "signup", plan)
        for _ in range(pick.choice([0, 1, 3, 6, 12, 25])):
            at = self.some_instant(signup)
            kind = pick.choice(["plan", "plan", "plan", "overage_on", "overage_on", "overage_off"])
            self.add_change(account, at, kind, self.any_plan(at) if kind == "plan" else "")
            if kind == "plan" and self.chance(0.5):
                self.add_change(account, at + pick.choice([0, SECOND, DAY]), "overage_on", "")
        for _ in range(pick.choice([0, 0, 1, 2])):
            random_grants.give(Gifts(self), account, signup, [signup])
        busy = pick.choice([0.3, 1, 2, 5])  # events a month
        for month in [self.months[0].previous(), *self.months]:
            for _ in range(pick.randint(0, int(2 * busy)) if busy >= 1 else self.chance(busy)):
                at = self.instant_in(month)
                if at >= signup - DAY:
                    self.add_usage(account, at)

    def some_instant(self, low=None):
        month = self.random.choice(self.months)
        return max(self.instant_in(month), low or self.start)

    def instant_in(self, month):
        """An instant of a month, often near its end or exactly on an edge."""
        pick = self.random
        if self.chance(0.1):
            return pick.choice([month.start, month.end - 1, month.end - RECENT,
                                month.end - RECENT - 1, month.end - 2 * SECOND])
        if self.chance(0.2):
            return month.end - pick.randrange(1, RECENT)
        return month.start + pick.randrange(month.end - month.start) // SECOND * SECOND

    def any_plan(self, at):
        """A plan by one of the ids that it has by then, or soon."""
        if self.chance(0.02):
            return "no-such-plan"
        place = self.version_of(self.months[self.month_of(at)])
        place = min(place + self.chance(0.1), len(self.versions) - 1)
        return self.random.choice(self.versions[place].entries())[0]

    def add_change(self, account, at, kind, plan="", grant="", credits="", expires_at=""):
        change_id = f"c{self.random.randrange(10**4):04}-{len(self.changes)}"
        self.changes.append([change_id, account, at, kind, plan, grant, credits, expires_at])
        return change_id

    def adjust(self, number):
        """An adjustment of anybody, most often signed up by then, in any month."""
        unit = self.versions[0].unit  # the currency is that of all versions
        amount = self.random.choice([1, -1, -1]) * self.random.randint(1, 9999) * unit
        self.adjustments.append([f"a{number}", self.random.choice(self.accounts),
                                 self.some_instant(), str(amount),
                                 self.random.choice(random_grants.DESCRIPTIONS)])

    def add_usage(self, account, at):
        event_id = f"{self.random.randrange(16**6):06x}-{len(self.usage)}"
        self.usage.append([event_id, account, at, self.credits()])

    def credits(self):
        pick = self.random
        return pick.choice(["0.000001", "1", "50", str(pick.randint(0, 400)),
                            f"{pick.randint(0, 90)}.{pick.randint(0, 10**6 - 1):06}",
                            f"{pick.randint(0, 9)}.{pick.randint(0, 99):02}"])

    # -- ids that come again ------------------------------------------------------------------

    def retry(self):
        """L1: events of a month's last hours come again after its end, most of them unchanged."""
        pick = self.random
        for row in list(self.usage):
            month = Month.of(row[2])
            if row[2] < month.end - RECENT - 1 or not self.chance(0.5):
                continue
            again = list(row)
            again[2] = month.end + pick.choice([0, 1, 3 * SECOND, HOUR, 20 * HOUR,
                                                pick.randrange(25 * DAY)])
            if self.chance(0.2):
                again[1] = pick.choice(self.accounts)
            if self.chance(0.2):
                again[3] = self.credits()
            if again[2] < self.end:
                self.usage.append(again)

    def repeat(self):
        """Ids that come again in the same month, as duplicates and conflicts, or much later."""
        pick = self.random
        for row in list(self.usage):
            if self.chance(0.06):
                again = list(row)
                kind = pick.randrange(5)
                if kind == 0:
                    again[3] = self.credits()
                elif kind == 1:
                    again[1] = pick.choice(self.accounts)
                elif kind == 2:
                    again[2] = self.instant_in(pick.choice(self.months))
                self.usage.append(again)
        # A conflict of change ids is reported in every month, whichever it was: there are none.
        self.changes += [list(row) for row in self.changes if self.chance(0.03)]


class Gifts:
    """A population as `random_grants` sees the logs of a month: one of the months is the one that
    grants are many in, and they end within a few."""

    def __init__(self, population):
        self.population, self.random = population, population.random
        month = self.random.choice(population.months)
        self.start, self.end = month.start, month.end
        self.first, self.last = month.previous().start, min(month.next().end, population.end)
        self.kinds, self.changes = population.kinds, population.changes
        self.plans = population.versions[0].entries()
        self.chance, self.add_change = population.chance, population.add_change

    def instant(self, low, high, edges):
        """Somewhere in [low, high) of the months, often at an edge or beside one."""
        high = min(high, self.population.end)
        low = min(low, high - 1)
        at = self.random.randrange(low, high)
        at -= at % self.random.choice([1, SECOND, HOUR, DAY])
        if self.chance(0.3):
            at = self.random.choice(edges) + self.random.choice([0, 0, -1, 1])
        return max(low, min(at, high - 1))

    def amount(self, scale):
        return f"{self.random.randrange(int(scale * 100) + 1) / 100:.2f}"
