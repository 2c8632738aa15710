#!/usr/bin/env python3
"""DuckDB's COPY of a revision's tables: read into memory from their Parquet, then written as Parquet and CSV.

    duckdb_copy.py REVISION OUT

Prints the seconds of COPY alone.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb


def main() -> None:
    revision, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    seconds = {"parquet": 0.0, "csv": 0.0}
    for path in sorted(revision.glob("*.parquet")):
        # The same rows in the same order: insertion order is kept, as it is by default.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE rows AS FROM read_parquet('{path}')")
        for form, how in (("parquet", "FORMAT parquet, COMPRESSION zstd"), ("csv", "FORMAT csv, HEADER")):
            began = time.perf_counter()
            connection.execute(f"COPY rows TO '{out / path.stem}.{form}' ({how})")
            seconds[form] += time.perf_counter() - began
    seconds["all"] = seconds["parquet"] + seconds["csv"]
    print(json.dumps({name: round(value, 3) for name, value in seconds.items()}))


if __name__ == "__main__":
    main()
