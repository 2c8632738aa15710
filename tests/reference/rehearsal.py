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
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from bookkeeper import EXPECTATION, Bookkeeper
from compare import seeds_of
from corrections import Corrections
from deliveries import Deliveries
from inputs import Month, unguard
from population import Population
from program import Fault, Program
from truth import Truth


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
        self.corrections = Corrections(self.random, self.program, self.deliveries, self.truth,
                                       self.keeper)

    def chance(self, share):
        return self.random.random() < share

    def play(self):
        self.program.note(f"# usage: {self.deliveries.way}")
        self.keeper.write_job()
        places = list(range(len(self.months)))
        while places:
            count = self.random.choice([1] * 9 + [2, 2, 3])
            due, places = places[:count], places[count:]
            if len(due) > 1 or self.chance(0.05):
                self.catch_up(due)
            else:
                self.bill(*due)
            self.correct(due)
        for place in range(len(self.months), len(self.months) + 4):
            self.correct([place])
        self.settle(compare=1)
        self.program.must("verify", codes=(0,))
        for _ in range(3):
            self.explain()
        self.archive()

    def correct(self, places):
        """What came to be known with some months is corrected; now and then all is looked at."""
        self.corrections.make(places)
        if self.chance(0.5):
            self.settle(compare=0.3)
        if self.chance(0.1):
            self.program.must("verify")

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
        self.refuse_the_cut_log(place, usage, changes)
        answer = self.keeper.run(place, usage, changes)
        deliveries.take("usage", usage)
        deliveries.take("changes", changes)
        self.truth.expect_code(answer, [str(month)])
        self.truth.expect_told(str(month))
        if self.chance(0.1):
            again = self.program.must(*self.keeper.run_of(place, usage, changes))
            if again.said["status"] != "unchanged" or again.code != answer.code:
                raise Fault(f"{month} again: {again.said['status']}, exit code {again.code}")

    def catch_up(self, places):
        """Bills months that the scheduler has missed, in order."""
        deliveries = self.deliveries
        files = {place: (deliveries.usage_of(place), deliveries.changes_of(place))
                 for place in places}
        deliveries.deliver_catalogues(places[-1])
        if places[0] and self.keeper.is_stale():
            self.keeper.settle()
        self.keeper.catch_up(places, files)
        for usage, changes in files.values():
            deliveries.take("usage", usage)
            deliveries.take("changes", changes)

    def refuse_the_wrong_file(self, place, changes):
        """L4: the month before's file is taken for this month's."""
        month, deliveries = self.months[place], self.deliveries
        wrong = f"usage/{self.months[place - 1]}{deliveries.form}"
        if wrong in deliveries.rows and self.chance(0.1) and self.truth.is_quiet(month, [wrong]):
            self.program.must(*self.keeper.run_of(place, [wrong], changes), codes=(EXPECTATION,))
            if self.program.in_force(month):
                raise Fault(f"{month} is published from the log of the month before (L4)")

    def refuse_the_cut_log(self, place, usage, changes):
        """L4: the one log ends before the month begins."""
        month, deliveries = self.months[place], self.deliveries
        if deliveries.way != "one log" or not self.chance(0.1):
            return
        lacked, new = len(deliveries.lacks()), len(deliveries.usage[place, False])
        deliveries.cut_short(new + self.random.randint(0, 5))
        if self.truth.is_quiet(month, usage):
            self.program.must(*self.keeper.run_of(place, usage, changes), codes=(EXPECTATION,))
            if self.program.in_force(month):
                raise Fault(f"{month} is published from a log that ends before it (L4)")
        deliveries.cut_short(lacked)

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

    def explain(self):
        """An account's month is followed from its inputs, and agrees with the tables."""
        month = self.random.choice(self.program.published())
        accounts = [unguard(row["account_id"]) for row in self.program.rows(month, "statements")]
        if accounts:
            self.keeper.rerun(month, "--reason", "a log that has grown since is taken as it is")
            account = self.random.choice(accounts)
            self.program.must("explain", f"--month={month}", "--", account, codes=(0,))


def play(seed, options):
    """Plays a seed's story: (what there is to tell if it ends badly, months billed, times held
    against the reference)."""
    root = options.keep or tempfile.mkdtemp(prefix="monthend-rehearsal-")
    folder = os.path.join(root, f"seed-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    story, told = Rehearsal(os.path.abspath(options.binary), seed, options.months, folder), []
    try:
        story.play()
    except Exception as fault:  # one of the rehearsal itself fails a seed, too
        told = [f"seed {seed} with {options.months} months:",
                *(f"  {step}" for step in story.program.steps), f"  seed {seed}: {fault}"]
        if not isinstance(fault, Fault):
            told.append(traceback.format_exc())
    finally:
        months = len(story.program.published())
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    return told, months, story.truth.compared


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0..10"),
                        help="one seed, or FIRST..END (END not included); default 0..10")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=1, help="seeds to play at once; default 1")
    parser.add_argument("--keep", help="keep logs, books and reference tables in this folder")
    options = parser.parse_args()
    failed = months = compared = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for told, billed, held in pool.map(partial(play, options=options), options.seeds):
            print("\n".join([*told, ""]), end="", flush=True)
            failed, months, compared = failed + bool(told), months + billed, compared + held
    print(f"{len(options.seeds) - failed} passed, {failed} failed; {months} months billed, "
          f"{compared} times held against the reference")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
