#!/usr/bin/env python3
"""Compares a `monthend` binary with the reference, on random logs, table by table.

For every seed: the month with `--opening genesis`, then the month after it, opened from the
book (the reference opens it with its own closing state). For one seed in four the same two months
once more, with a part of the logs that comes late: see late.py. For another one in four the first
month once more, with disputes of some accounts: see disputes.py.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import disputes
import late
import random_logs
import reference
from catalogue import PlanMissing
from differences import compare_folders
from inputs import Month
from tables import write_tables


PLAN_MISSING = 2  # the exit code where the catalogue lacks a plan in use (V3)


def knows_grants(binary):
    """Whether the program knows limits, grants, adjustments, and what came with them."""
    done = subprocess.run([binary, "run", "--help"], capture_output=True, text=True, check=False)
    return "--adjustments" in done.stdout


def run_binary(binary, month, folder, catalogue, book, opening, codes):
    command = [binary, "run", "--month", month, "--catalog", catalogue,
               "--changes", os.path.join(folder, "changes.csv"),
               "--usage", os.path.join(folder, "usage.csv"), "--book", book]
    command += random_logs.adjustments_option(folder) + random_logs.term_option(folder)
    if opening:
        command += ["--opening", opening]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        tail = done.stderr.strip().splitlines()[-8:]
        return [f"exit code {done.returncode}: {' '.join(command)}"] + ["  " + s for s in tail]
    return []


def compare_seed(binary, seed, folder):
    """The differences of one seed, as lines of text."""
    month = random_logs.generate(seed, folder, grants=knows_grants(binary))
    book = os.path.join(folder, "book")
    opening, binary_opening, differences = "genesis", "genesis", []
    months = (month, str(Month.parse(month).next()))
    for text, catalogue in zip(months, random_logs.catalogues(folder)):
        expected, codes = os.path.join(folder, "reference", text), (0, 3)
        try:
            result = reference.run(text, catalogue, [os.path.join(folder, "changes.csv")],
                                   [os.path.join(folder, "usage.csv")], opening,
                                   random_logs.adjustments(folder),
                                   random_logs.payment_term(folder))
            write_tables(result.tables, expected)
        except PlanMissing:
            codes = (PLAN_MISSING,)
        failure = run_binary(binary, text, folder, catalogue, book, binary_opening, codes)
        if failure or PLAN_MISSING in codes:
            return differences + failure
        actual = os.path.join(book, text, "r001")
        if not os.path.isdir(actual):
            return differences + [f"{text} the binary reported success but {actual} is missing"]
        differences += [f"{text} {line}" for line in compare_folders(expected, actual)]
        opening, binary_opening = os.path.join(expected, "state.csv"), None
    if seed % 4 == 3:
        differences += late.compare(binary, seed, month, folder)
    if seed % 4 == 1:
        differences += disputes.compare(binary, seed, month, folder)
    return differences


def seeds_of(text):
    """`7` or `0..50` (the last one not included)."""
    first, dots, last = text.partition("..")
    return range(int(first), int(last)) if dots else range(int(first), int(first) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0..50"),
                        help="one seed, or FIRST..END (END not included); default 0..50")
    parser.add_argument("--keep", help="keep the logs, books and reference tables in this folder")
    parser.add_argument("--show", type=int, default=12, help="differences to print per seed")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    passed = failed = 0
    for seed in options.seeds:
        root = options.keep or tempfile.mkdtemp(prefix="monthend-compare-")
        folder = os.path.join(root, f"seed-{seed}")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            differences = compare_seed(binary, seed, folder)
        except Exception as error:  # the reference itself failed: a fault too
            differences = [f"{type(error).__name__}: {error}"]
        finally:
            if not options.keep:
                shutil.rmtree(root, ignore_errors=True)
        if differences:
            failed += 1
            print(f"seed {seed}: {len(differences)} differences")
            for line in differences[:options.show]:
                print(f"  seed {seed}: {line}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
