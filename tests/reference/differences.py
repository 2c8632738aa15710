"""Differences between two folders of tables."""

import os
from decimal import Decimal

from inputs import format_instant, parse_instant
from tables import COLUMNS, read_table

KEYS = {
    "documents": ["account_id"],
    "invoice_lines": ["account_id", "line_number"],
    "overage_charges": ["account_id"],
    "expired_credits": ["account_id", "pool", "grant_id", "reason"],
    "grants": ["account_id", "grant_id"],
    "statements": ["account_id"],
    "state": ["account_id"],
    "plans": ["plan"],
}
# Kinds of exceptions that rest on other months or on what a rerun was given: the rehearsal knows.
OF_THE_BOOK = {"late-usage", "dropped-usage"}
PARQUET_ONLY = {"recent_ids"}  # what it holds is seen in the month after
IGNORED = {"explanation", "detail", "sample_id"}
INSTANTS = {"service_start", "service_end", "expired_at", "signed_up_at", "first_paid_at",
            "trial_ends_at", "granted_at", "expires_at", "first_at", "last_at"}


def cell(column, text):
    """A cell's value for comparison; instants may be written with or without a fraction."""
    return parse_instant(text) if column in INSTANTS and text else text


def keyed(rows, names):
    """Rows by key; a key that occurs twice gets a running number."""
    result = {}
    for row in rows:
        key = tuple(row.get(name, "") for name in names)
        number = 2
        while key in result:
            key, number = key[:len(names)] + (f"#{number}",), number + 1
        result[key] = row
    return result


def group_exceptions(rows):
    """Exceptions as sums by kind and account (and reason, where unbilled)."""
    groups = {}
    for row in rows:
        if row["kind"] in OF_THE_BOOK:
            continue
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


def knows_grants(folder):
    """Whether the program that made these tables knows limits, grants and adjustments."""
    return os.path.exists(os.path.join(folder, "grants.csv"))


def compare_folders(expected_folder, actual_folder, later=False):
    """Yields the differences between the tables of two folders. The documents of a later
    revision are not the reference's, which knows the first one only: they are left out."""
    for table in (name for name in COLUMNS if name not in PARQUET_ONLY):
        if later and table in ("documents", "invoice_lines"):
            continue
        if table == "grants" and not knows_grants(actual_folder):
            continue
        path = os.path.join(actual_folder, table + ".csv")
        if not os.path.exists(path):
            yield f"{table}: {path} is missing"
            continue
        _, expected = read_table(os.path.join(expected_folder, table + ".csv"))
        columns, actual = read_table(path)
        if columns != COLUMNS[table] and knows_grants(actual_folder):
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
                                  [name for name in columns if name not in IGNORED
                                   and not (later and name == "document_id")]))
        yield from found
        if not found and list(left) != list(right):
            first = next(i for i, (a, b) in enumerate(zip(left, right)) if a != b)
            yield (f"{table}: rows in another order, first at row {first + 1}: "
                   f"reference {list(left)[first]}, binary {list(right)[first]}")
