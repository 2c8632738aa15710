#!/usr/bin/env python3
"""Compares a `monthend` binary with the reference, on random logs, table by table.

For every seed: the month with `--opening genesis`, then the month after it, opened from the
book (the reference opens it with its own closing state).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal

import random_logs
import reference
from inputs import Month, format_instant, parse_instant
from tables import COLUMNS, read_table, write_tables

KEYS = {
    "documents": ["account_id"],
    "invoice_lines": ["account_id", "line_number"],
    "overage_charges": ["account_id"],
    "expired_credits": ["account_id", "pool", "reason"],
    "statements": ["account_id"],
    "state": ["account_id"],
}
IGNORED = {"explanation", "detail", "sample_id"}
INSTANTS = {"service_start", "service_end", "expired_at", "signed_up_at", "first_paid_at",
            "trial_ends_at", "first_at", "last_at"}


def cell(column, text):
    """A cell's value for comparison; instants may be written with or without a fraction."""
    return parse_instant(text) if column in INSTANTS and text else text


def keyed(rows, names):
    """Rows by key; a key that occurs twice gets a running number."""
    result = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        number = 2
        while key in result:
            key, number = key[:len(names)] + (f"#{number}",), number + 1
        result[key] = row
    return result


def group_exceptions(rows):
    """Exceptions as sums by kind and account (and reason, where unbilled)."""
    groups = {}
    for row in rows:
        key = (row["kind"], row["account_id"],
               row["detail"] if row["kind"] == "unbilled-usage" else "")
        if row["kind"] == "unbilled-usage":
            # The program sees sums of segments here, not events: it gives no instants.
            row = dict(row, first_at="1970-01-01T00:00:00Z", last_at="1970-01-01T00:00:00Z")
        first, last = parse_instant(row["first_at"]), parse_instant(row["last_at"])
        group = groups.setdefault(key, {"month": row["month"], "rows": 0, "credits": Decimal(0),
                                        "first_at": first, "last_at": last})
        group["rows"] += int(row["rows"] or 0)
        group["credits"] += Decimal(row["credits"] or 0)
        group["first_at"] = min(group["first_at"], first)
        group["last_at"] = max(group["last_at"], last)
    for group in groups.values():
        group["first_at"] = format_instant(group["first_at"])
        group["last_at"] = format_instant(group["last_at"])
        group["credits"] = f"{group['credits']:.6f}"
    return groups


def compare_rows(table, expected, actual, columns):
    """Yields one line of text per difference between two dicts of rows by key."""
    for key in sorted(expected.keys() | actual.keys()):
        where = f"{table} {' / '.join(part for part in key if part)!r}"
        if key not in actual:
            yield f"{where}: missing; the reference has {show(expected[key])}"
        elif key not in expected:
            yield f"{where}: not in the reference: {show(actual[key])}"
        else:
            for column in columns:
                left, right = expected[key][column], actual[key][column]
                if cell(column, left) != cell(column, right):
                    yield f"{where}, {column}: reference {left!r}, binary {right!r}"


def show(row):
    return ", ".join(f"{name}={value}" for name, value in row.items() if value != "")


def compare_folders(expected_folder, actual_folder):
    """Yields the differences between the tables of two folders."""
    for table in COLUMNS:
        path = os.path.join(actual_folder, table + ".csv")
        if not os.path.exists(path):
            yield f"{table}: {path} is missing"
            continue
        _, expected = read_table(os.path.join(expected_folder, table + ".csv"))
        columns, actual = read_table(path)
        if columns != COLUMNS[table]:
            yield f"{table}: columns {columns}, expected {COLUMNS[table]}"
            continue
        if table == "exceptions":
            expected, actual = group_exceptions(expected), group_exceptions(actual)
            yield from compare_rows(table, expected, actual,
                                    ["month", "rows", "credits", "first_at", "last_at"])
            continue
        names = KEYS[table]
        left, right = keyed(expected, names), keyed(actual, names)
        found = list(compare_rows(table, left, right,
                                  [name for name in columns if name not in IGNORED]))
        yield from found
        if not found and list(left) != list(right):
            first = next(i for i, (a, b) in enumerate(zip(left, right)) if a != b)
            yield (f"{table}: rows in another order, first at row {first + 1}: "
                   f"reference {list(left)[first]}, binary {list(right)[first]}")


def run_binary(binary, month, folder, book, opening):
    command = [binary, "run", "--month", month, "--catalog", os.path.join(folder, "catalog.toml"),
               "--changes", os.path.join(folder, "changes.csv"),
               "--usage", os.path.join(folder, "usage.csv"), "--book", book]
    if opening:
        command += ["--opening", opening]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        tail = done.stderr.strip().splitlines()[-8:]
        return [f"exit code {done.returncode}: {' '.join(command)}"] + ["  " + s for s in tail]
    return []


def compare_seed(binary, seed, folder):
    """The differences of one seed, as lines of text."""
    month = random_logs.generate(seed, folder)
    book = os.path.join(folder, "book")
    opening, binary_opening, differences = "genesis", "genesis", []
    for text in (month, str(Month.parse(month).next())):
        expected = os.path.join(folder, "reference", text)
        result = reference.run(text, os.path.join(folder, "catalog.toml"),
                               [os.path.join(folder, "changes.csv")],
                               [os.path.join(folder, "usage.csv")], opening)
        write_tables(result.tables, expected)
        failure = run_binary(binary, text, folder, book, binary_opening)
        if failure:
            return differences + failure
        actual = os.path.join(book, text, "r001")
        if not os.path.isdir(actual):
            return differences + [f"{text} the binary reported success but {actual} is missing"]
        differences += [f"{text} {line}" for line in compare_folders(expected, actual)]
        opening, binary_opening = os.path.join(expected, "state.csv"), None
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
