#!/usr/bin/env python3
"""The first event of an account in the month's log, for a dispute: duckdb_event.py 'LOGS/usage-*' ACCOUNT MONTH"""

from __future__ import annotations

import sys

import duckdb

from terms import bounds


def main() -> None:
    files, account, month = sys.argv[1:]
    connection = duckdb.connect()
    row = connection.execute(
        'SELECT min(event_id) FROM read_parquet(?) WHERE account_id = ? AND "at" >= ? AND "at" < ?',
        [files, account, *bounds(month)],
    ).fetchone()
    print(row[0] if row else "")


if __name__ == "__main__":
    main()
