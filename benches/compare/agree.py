#!/usr/bin/env python3
"""Whether two folders hold the same month: every table, row by row, and the sums of the whole.

    agree.py OURS THEIRS

What is compared is every column but `explanation`, which is prose, and the manifest's own tables. It prints the sums
as JSON and exits with 0, or prints what differs and exits with 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

# A table's key, in the order of its rows; all of its amounts; the sums that are told.
TABLES: dict[str, tuple[list[str], list[str]]] = {
    "documents": (["document_id"], ["subscription_amount", "overage_amount", "total_amount", "line_count"]),
    "invoice_lines": (["document_id", "line_number"], ["amount"]),
    "overage_charges": (["account_id"], ["overage_credits", "amount"]),
    "expired_credits": (["account_id", "expired_at", "pool", "grant_id"], ["granted", "drawn", "expired"]),
    "grants": (["account_id", "grant_id"], ["granted", "left", "price"]),
    "statements": (
        ["account_id"],
        ["events", "usage_credits", "trial_opening", "trial_drawn", "trial_expired", "trial_carried", "grants_opening",
         "grants_drawn", "grants_expired", "grants_carried", "plan_granted", "plan_drawn", "plan_expired",
         "overage_credits", "unbilled_credits", "subscription_amount", "grants_amount", "adjustments_amount",
         "overage_amount", "total_amount"],
    ),
    "state": (["account_id"], ["trial_left"]),
    "exceptions": (["account_id", "kind", "detail"], ["rows", "credits"]),
}
IGNORED = {"explanation"}


def columns_of(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The columns with their types."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE FROM read_parquet('{path}')").fetchall()}


def quoted(names: list[str]) -> list[str]:
    """Names as SQL takes them whatever they are: `left` and `grant` are words of its own."""
    return [f'"{name}"' for name in names]


def sums(connection: duckdb.DuckDBPyConnection, path: Path, amounts: list[str]) -> dict[str, str]:
    """The number of rows and the sums, as text: none of them is a float."""
    asked = ", ".join(f"coalesce(sum({name}), 0)" for name in quoted(amounts))
    row = connection.execute(f"SELECT count(*), {asked} FROM read_parquet('{path}')").fetchone()
    assert row is not None
    return dict(zip(["count", *amounts], map(str, row), strict=True))


def differing_rows(
    connection: duckdb.DuckDBPyConnection, ours: Path, theirs: Path, columns: list[str]
) -> list[tuple[str, ...]]:
    """Rows that only one side has, a few of them: the multiset difference in both directions."""
    cells = ", ".join(quoted(columns))
    one, other = (f"SELECT {cells} FROM read_parquet('{path}')" for path in (ours, theirs))
    return connection.execute(
        f"(SELECT 'ours' AS of, * FROM ({one} EXCEPT ALL {other}) LIMIT 5) "
        f"UNION ALL (SELECT 'theirs', * FROM ({other} EXCEPT ALL {one}) LIMIT 5)"
    ).fetchall()


def order_differs(connection: duckdb.DuckDBPyConnection, ours: Path, theirs: Path, key: list[str]) -> bool:
    """Whether rows that are the same stand in another order."""
    cells = ", ".join(quoted(key))
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT {cells} FROM read_parquet('{ours}')) o "
        f"POSITIONAL JOIN (SELECT {cells} FROM read_parquet('{theirs}')) t "
        f"WHERE {' OR '.join(f'o.{name} IS DISTINCT FROM t.{name}' for name in quoted(key))}"
    ).fetchone()
    return found != (0,)


def compare(ours: Path, theirs: Path) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The sums of our tables, and what differs between the two, in words."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    totals, faults = {}, []
    for table, (key, amounts) in TABLES.items():
        one, other = ours / f"{table}.parquet", theirs / f"{table}.parquet"
        names = columns_of(connection, one)
        if names != columns_of(connection, other):
            faults.append(f"{table}: columns {names} and {columns_of(connection, other)}")
            continue
        totals[table] = sums(connection, one, amounts)
        for name, value in sums(connection, other, amounts).items():
            if value != totals[table][name]:
                faults.append(f"{table}: {name} is {totals[table][name]}, and {value} there")
        rows = differing_rows(connection, one, other, [name for name in names if name not in IGNORED])
        faults += [f"{table}: only in {row[0]}: {' '.join(map(str, row[1:]))}" for row in rows]
        if not rows and order_differs(connection, one, other, key):
            faults.append(f"{table}: the same rows in another order")
    return totals, faults


def main() -> int:
    totals, faults = compare(Path(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps(totals) if not faults else "\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
