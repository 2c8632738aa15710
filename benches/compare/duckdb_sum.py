#!/usr/bin/env python3
"""DuckDB's plain sum of a usage log in CSV or NDJSON, with the same types: rows, credits, credits by account.

    duckdb_sum.py 'LOGS/usage-*' [--all-columns]

The plain sum asks for two columns, so DuckDB need not convert the ids and instants that it cuts out of the rows.
With --all-columns the greatest of both are asked for as well.
"""

from __future__ import annotations

import glob
import json
import sys

import duckdb

# Types are given, so that none is guessed, and credits are exact. What compresses is told by the name's ending. All
# else is as it comes: the parallel reader, all cores.
CSV = """read_csv('{files}', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
    columns = {{event_id: 'VARCHAR', account_id: 'VARCHAR', "at": 'TIMESTAMPTZ', credits: 'DECIMAL(18,6)'}})"""
NDJSON = """read_json('{files}', format = 'newline_delimited',
    columns = {{event_id: 'VARCHAR', account_id: 'VARCHAR', "at": 'TIMESTAMPTZ', credits: 'DECIMAL(18,6)'}})"""


def main() -> None:
    files, *options = sys.argv[1:]
    more = ', max(event_id) AS id, max("at") AS last' if "--all-columns" in options else ""
    told = ", max(id), max(last)" if more else ""
    name = sorted(glob.glob(files))[0]
    reader = (NDJSON if ".ndjson" in name else CSV).format(files=files)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    accounts, rows, credits, *_ = connection.execute(
        f"""SELECT count(*), sum(events)::BIGINT, sum(credits){told} FROM (
            SELECT account_id, count(*) AS events, sum(credits) AS credits{more} FROM {reader} GROUP BY account_id)"""
    ).fetchone() or (0, 0, 0)
    print(json.dumps({"accounts": accounts, "rows": rows, "credits": str(credits)}))


if __name__ == "__main__":
    main()
