"""What a clerk corrects after months were billed: files that come late, wrong exports, prices that
were wrong, disputes. Each says which months it has to reach, and holds the answer against that."""

from collections import defaultdict

from deliveries import AS_IT_IS
from inputs import unguard
from program import Fault

REFUSED_DISPUTES = ["would have to give way to it", "bill all accounts"]


class Corrections:
    def __init__(self, pick, program, deliveries, truth, keeper):
        self.random, self.program, self.deliveries = pick, program, deliveries
        self.truth, self.keeper, self.population = truth, keeper, deliveries.population
        self.tickets = 0

    def chance(self, share):
        return self.random.random() < share

    def make(self, places):
        """Makes the corrections of what came to be known with some months, in no order."""
        due = [correction for place in places for correction in self.known_with(place)]
        if self.deliveries.lacks() and (places[-1] >= len(self.population.months) - 1
                                        or self.chance(0.5)):
            due += [(self.grow,)]
        for what, share in ((self.dispute, 0.3), (self.again, 0.15)):
            due += [(what,)] if self.chance(share) else []
        self.random.shuffle(due)
        for correct, *what in due:
            correct(*what)

    def known_with(self, place):
        """What comes to be known after a month was billed, as calls."""
        due = [(self.add, log, path) for log in ("usage", "changes", "adjustments")
               for path in self.deliveries.by_hand(log, place)]
        due += [(self.replace, path, rows) for path, rows in self.deliveries.mended(place)]
        return due + [(self.mend_catalogue, number)
                      for number in self.deliveries.wrong_versions(place)]

    # -- which months they reach -------------------------------------------------------------

    def month_of(self, row):
        """The month in the book that a row concerns."""
        return str(self.population.months[self.population.month_of(row[2])])

    def reach(self, first):
        """How far a correction is asked to go: (its options, the months that it is sure to see)."""
        later = [month for month in self.program.published() if month >= first]
        through = self.random.choice(later)
        return self.random.choice([
            ([], [first]),
            (["--cascade"], later),
            (["--through", "last"], later),
            (["--through", through], [month for month in later if month <= through]),
            (["--through", through, "--cascade"], later)])

    def correct(self, words, rows):
        """All months that rows concern are billed again (L3): at once, or one by one, as the result
        names them. A log that has grown touches others, too."""
        due = {self.month_of(row) for row in rows}
        first = min(due)
        options, seen = self.reach(first)
        answer = self.keeper.rerun(first, *words, *options)
        touched = [answer.said, *answer.said.get("later", [])][-1].get("touched", [])
        due -= set(seen)
        if not due <= set(touched) or (self.deliveries.way != "one log" and due != set(touched)):
            raise Fault(f"{sorted(due)} are left to bill again, and the result names {touched}")
        for month in touched:
            self.keeper.rerun(month, *words)

    # -- logs --------------------------------------------------------------------------------

    def add(self, log, path):
        """A file is handed over."""
        self.deliveries.take(log, [path])
        self.correct([f"--add-{log}", path, "--reason", f"late {log}"], self.deliveries.rows[path])

    def grow(self):
        """The one log was cut short, and is there as a whole now."""
        self.correct([*AS_IT_IS, "--reason", "log was cut short"], self.deliveries.complete())

    def replace(self, path, rows):
        """A wrong export is corrected: in its place, or by a file of another name. It may be asked
        for from a month on that was not billed from it, or from one that is not the first."""
        if self.keeper.is_stale():
            self.keeper.settle()
        published = self.program.published()
        recorded = {month: digest for month in published
                    for at, digest in self.program.usage_files(month).items() if at == path}
        start = self.random.choice([*recorded, min(recorded), published[0]])
        new = path
        if self.deliveries.way != "a folder" and self.chance(0.5):
            new = path.replace(self.deliveries.form, "-corrected" + self.deliveries.form)
            self.deliveries.forget(path)
        self.deliveries.write(new, rows)
        words = ["--replace-usage", f"{path}={new}", "--reason", "wrong export"]
        reach = self.random.choice([["--cascade"], ["--through", "last"],
                                    ["--through", start, "--cascade"]])
        answer = self.keeper.rerun(start, *words, *reach)
        earlier = [month for month, digest in recorded.items()
                   if month < start and self.goes_on_with(digest, month, path, new)]
        if answer.said.get("earlier", []) != earlier:
            raise Fault(f"{earlier} were billed from {path}, too: {self.program.steps[-1]}")
        # Those that have no rows of it record it as well, and it is not there as it was any more.
        behind = min(recorded) if new == path and min(recorded) < start else min(earlier, default="")
        if behind:
            self.keeper.rerun(behind, *words, "--cascade")
        self.deliveries.take("usage", [new])

    def goes_on_with(self, digest, month, path, new):
        """Whether a month has rows of a file, which is replaced by more than itself as it has grown."""
        known = self.deliveries
        grown = known.contents[known.digests[new]].startswith(known.contents[digest])
        return known.months_in[digest][month] > 0 and not (path == new and grown)

    # -- prices, disputes, nothing -------------------------------------------------------------

    def mend_catalogue(self, number):
        """A price was wrong: all months that were billed with it are billed again (L3)."""
        self.deliveries.mend_catalogue(number)
        due = [str(month) for month in self.population.months
               if self.population.version_of(month) == number and self.program.in_force(month)]
        if not due:  # another version came before it billed a month
            return
        through = self.random.choice([due[-1], "last"])
        cascade = ["--cascade"] if self.chance(0.5) else []
        self.keeper.rerun(due[0], "--catalog", "catalogs", "--through", through,
                          "--reason", "wrong price", *cascade)

    def dispute(self):
        """Some events of some accounts are left out of a month."""
        month = self.random.choice(self.program.published())
        billed = {unguard(row["account_id"]) for row in self.program.rows(month, "statements")}
        known, owners = self.truth.billed_rows(month), defaultdict(set)
        for row in known:
            owners[row[0]].add(row[1])
        for_all = self.chance(0.3)
        # Of some accounts only what is theirs alone: another one's row would take its place, once
        # all accounts are billed again.
        rows = [row for row in known
                if row[1] in billed and (for_all or len(owners[row[0]]) == 1)]
        if not rows:
            return
        some = self.random.sample(rows, min(len(rows), self.random.randint(1, 3)))
        accounts, ids = {row[1] for row in some}, {row[0] for row in some}
        self.tickets += 1
        path = f"tickets/{self.tickets}.csv"
        self.deliveries.write_list(path, ids)
        words = ["--drop-events", path, "--reason", f"ticket {self.tickets}"]
        if not for_all:
            listed = f"tickets/{self.tickets}-accounts.txt"
            self.deliveries.write_lines(listed, sorted(accounts))
            words += ["--accounts", f"@{listed}"]
        cascade = ["--cascade"] if self.chance(0.5) else []
        if self.keeper.rerun(month, *words, *cascade, refused=REFUSED_DISPUTES):
            self.truth.has_dropped(path, month, None if for_all else accounts, bool(cascade))

    def again(self):
        """A month is billed again on the same inputs, or on a log that has no more of it: nothing
        comes of it, but that the log is recorded as it is now."""
        month = self.random.choice(self.program.published())
        if not self.keeper.is_well():
            return
        tables, recorded = self.program.tables(month), self.program.stands_as(month)
        answer = self.keeper.rerun(month, "--reason", "again")
        now = self.program.usage_files(month)
        is_recorded = all(one == now for one in recorded)
        if self.program.tables(month) != tables:
            raise Fault(f"{month} comes out otherwise from the same rows")
        if (answer.said["status"] == "unchanged") != is_recorded:
            raise Fault(f"{month}, billed from {recorded}: {answer.said['status']}")
        if any(self.deliveries.digests[path] != digest for path, digest in now.items()):
            raise Fault(f"{month} is not recorded to be billed from its log as it is now")
        if not self.keeper.is_well():
            raise Fault("the book is not well any more")
