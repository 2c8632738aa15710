#!/usr/bin/env python3
"""Lets a population live through years, and bills them month by month while corrections arrive in
random order: late files, retries over a month's end, wrong exports, prices that were wrong, late
plan changes, disputes. Whatever the way, whenever `status` says that all is well, every month in
the book must be what the reference comes to, billed once on everything that is known.
"""

import sys

if sys.version_info < (3, 11):
    print("the reference needs Python 3.11", file=sys.stderr)
    sys.exit(77)

import argparse
import os
import random
import shutil
import tempfile
import traceback
from collections import defaultdict

from bookkeeper import EXPECTATION, Bookkeeper
from compare import seeds_of
from deliveries import Deliveries
from inputs import Month, unguard
from population import Population
from program import Fault, Program
from truth import Truth

REFUSED_DISPUTES = ["would have to give way to it", "bill all accounts"]


class Rehearsal:
    def __init__(self, binary, seed, count, folder):
        self.random = random.Random(f"rehearsal {seed}")
        first = Month(self.random.randint(2019, 2023), self.random.randint(1, 12))
        self.population = Population(self.random, first, count)
        self.months = self.population.months
        os.makedirs(folder)
        self.folder, self.program = folder, Program(binary, folder)
        self.deliveries = Deliveries(self.random, self.population, folder)
        self.truth = Truth(self.program, self.deliveries, folder)
        self.keeper = Bookkeeper(self.random, self.program, self.deliveries, self.truth)
        self.tickets = 0

    def chance(self, share):
        return self.random.random() < share

    def play(self):
        self.program.note(f"# usage: {self.deliveries.way}")
        for place in range(len(self.months) + 4):
            if place < len(self.months):
                self.bill(place)
            corrections = self.corrections(place)
            self.random.shuffle(corrections)
            for correct, *what in corrections:
                correct(*what)
            if self.chance(0.5):
                self.settle(compare=0.3)
            if self.chance(0.1):
                self.program.must("verify")
        self.settle(compare=1)
        self.program.must("verify", codes=(0,))
        for _ in range(3):
            self.explain()
        self.archive()

    def archive(self):
        """The older months leave the book and come back: it is as it was."""
        before = self.program.digests()
        self.program.must("archive", "--before", self.months[len(self.months) // 2],
                          "--to", "archive", codes=(0,))
        self.program.must("verify", codes=(0,))
        if not self.keeper.is_well():
            raise Fault("the book is not well without its older months")
        self.program.must("unarchive", "--all", codes=(0,))
        if self.program.digests() != before:
            raise Fault("the book is not what it was before its older months were archived")

    def settle(self, compare):
        """Does what status says; what is in force then is the truth, which is looked at now and then."""
        self.keeper.settle()
        if self.chance(compare):
            self.program.note("# held against the reference")
            self.truth.compare()

    # -- months as they are due ------------------------------------------------------------

    def bill(self, place):
        """Bills a month for the first time, as its scheduler would."""
        month, deliveries = self.months[place], self.deliveries
        usage, changes = deliveries.usage_of(place), deliveries.changes_of(place)
        self.refuse_without_a_plan(place, usage, changes)
        deliveries.deliver_catalogues(place)
        if place and self.keeper.is_stale():
            self.keeper.settle()
        self.refuse_the_wrong_file(place, changes)
        answer = self.keeper.run(place, usage, changes)
        deliveries.take("usage", usage)
        deliveries.take("changes", changes)
        self.truth.expect_code(answer, str(month))
        if self.chance(0.1):
            again = self.program.must(*self.keeper.run_of(place, usage, changes))
            if again.said["status"] != "unchanged" or again.code != answer.code:
                raise Fault(f"{month} again: {again.said['status']}, exit code {again.code}")

    def refuse_the_wrong_file(self, place, changes):
        """L4: the month before's file is taken for this month's."""
        month, deliveries = self.months[place], self.deliveries
        wrong = f"usage/{self.months[place - 1]}{deliveries.form}"
        if wrong in deliveries.rows and self.chance(0.1) and self.truth.is_quiet(month, [wrong]):
            self.program.must(*self.keeper.run_of(place, [wrong], changes), codes=(EXPECTATION,))
            if self.program.in_force(month):
                raise Fault(f"{month} is published from the log of the month before (L4)")

    def refuse_without_a_plan(self, place, usage, changes):
        """V3: a new version that lacks a plan in use stops the run, and is mended then."""
        number, deliveries = self.deliveries.new_version(place), self.deliveries
        if number is None or place == 0 or not self.chance(0.5):
            return
        if self.keeper.is_stale():
            self.keeper.settle()
        month, before = self.months[place], self.months[place - 1]
        in_use = {unguard(row["plan"]) for row in self.program.rows(before, "state")}
        if deliveries.lack_a_plan(number, in_use):
            self.program.must(*self.keeper.run_of(place, usage, changes), codes=(2,))
            if self.program.in_force(month):
                raise Fault(f"{month} is published on a catalogue that lacks a plan (V3)")
            deliveries.remove_catalogue(number)

    # -- corrections -----------------------------------------------------------------------

    def corrections(self, place):
        """What comes to be known after a month was billed, as calls in no order."""
        due = [(self.add, log, path) for log in ("usage", "changes")
               for path in self.deliveries.by_hand(log, place)]
        due += [(self.replace, path, rows) for path, rows in self.deliveries.mended(place)]
        due += [(self.mend_catalogue, number) for number in self.deliveries.wrong_versions(place)]
        for what, share in ((self.dispute, 0.3), (self.again, 0.15)):
            due += [(what,)] if self.chance(share) else []
        return due

    def first_of(self, rows):
        """The earliest month in the book that rows concern."""
        at = max(min(row[2] for row in rows), self.population.start)
        return str(self.months[self.population.month_of(at)])

    def add(self, log, path):
        """A file is handed over: all months that it has rows of are billed again at once (L3), or
        one by one, as the result names them."""
        first, words = self.first_of(self.deliveries.rows[path]), [f"--add-{log}", path]
        words += ["--reason", f"late {log}"]
        self.deliveries.take(log, [path])
        if self.chance(0.7):
            answer = self.keeper.rerun(first, *words, "--cascade")
            for month in answer.said.get("touched", []):  # where it had to be without --cascade
                self.keeper.rerun(month, *words)
            return
        touched = self.keeper.rerun(first, *words).said["touched"]
        due = {self.first_of([row]) for row in self.deliveries.rows[path]} - {first}
        if not due <= set(touched) or (self.deliveries.way != "one log" and due != set(touched)):
            raise Fault(f"{path} has rows of {sorted(due)}, the result names {touched}")
        for month in touched:
            self.keeper.rerun(month, *words)

    def replace(self, path, rows):
        """A wrong export is corrected: in its place, or by a file of another name."""
        months = [month for month in self.program.published()
                  if path in self.program.usage_files(month)]
        new = path
        if self.deliveries.way != "a folder" and self.chance(0.5):
            new = path.replace(self.deliveries.form, "-corrected" + self.deliveries.form)
            self.deliveries.forget(path)
        self.deliveries.write(new, rows)
        self.keeper.rerun(months[0], "--replace-usage", f"{path}={new}", "--reason", "wrong export",
                   "--cascade")
        self.deliveries.take("usage", [new])

    def mend_catalogue(self, number):
        """A price was wrong: all months that were billed with it are billed again (L3)."""
        self.deliveries.mend_catalogue(number)
        due = [str(month) for month in self.months
               if self.population.version_of(month) == number and self.program.in_force(month)]
        if not due:  # another version came before it billed a month
            return
        through = self.random.choice([due[-1], "last"])
        cascade = ["--cascade"] if self.chance(0.5) else []
        self.keeper.rerun(due[0], "--catalog", "catalogs", "--through", through,
                          "--reason", "wrong price", *cascade)
        if "--through" not in self.program.steps[-1]:  # it had to be for the first month alone
            for month in due[1:]:
                self.keeper.rerun(month, "--catalog", "catalogs", "--reason", "wrong price")

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
            later = "--cascade" in self.program.steps[-1]
            self.truth.has_dropped(path, month, None if for_all else accounts, later)

    def again(self):
        """A month is billed again on the same inputs: nothing comes of it."""
        month = self.random.choice(self.program.published())
        if self.keeper.is_well() and self.deliveries.way != "one log":
            answer = self.keeper.rerun(month, "--reason", "again")
            if answer.said["status"] != "unchanged":
                raise Fault(f"{month} comes out otherwise from the same inputs")

    def explain(self):
        """An account's month is followed from its inputs, and agrees with the tables."""
        month = self.random.choice(self.program.published())
        accounts = [unguard(row["account_id"]) for row in self.program.rows(month, "statements")]
        if accounts and self.deliveries.way != "one log":  # which has grown since
            account = self.random.choice(accounts)
            self.program.must("explain", f"--month={month}", "--", account, codes=(0,))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0..10"),
                        help="one seed, or FIRST..END (END not included); default 0..10")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--keep", help="keep logs, books and reference tables in this folder")
    options = parser.parse_args()
    passed = failed = months = compared = 0
    for seed in options.seeds:
        root = options.keep or tempfile.mkdtemp(prefix="monthend-rehearsal-")
        folder = os.path.join(root, f"seed-{seed}")
        shutil.rmtree(folder, ignore_errors=True)
        story = Rehearsal(os.path.abspath(options.binary), seed, options.months, folder)
        try:
            story.play()
            passed += 1
        except Exception as fault:  # one of the rehearsal itself fails a seed, too
            if not isinstance(fault, Fault):
                traceback.print_exc()
            failed += 1
            print(f"seed {seed} with {options.months} months:")
            print("\n".join(f"  {step}" for step in story.program.steps))
            print(f"  seed {seed}: {fault}", flush=True)
        finally:
            months += len(story.program.published())
            compared += story.truth.compared
            if not options.keep:
                shutil.rmtree(root, ignore_errors=True)
    print(f"{passed} passed, {failed} failed; {months} months billed, "
          f"{compared} times held against the reference")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
