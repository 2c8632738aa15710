#!/usr/bin/env python3
"""The comparison: `monthend` beside the bare scan, DuckDB and Polars, on generated logs.

    python3 -m venv target/compare
    target/compare/bin/pip install -r benches/compare/requirements.txt
    target/compare/bin/python benches/compare/run.py month --events 50000000 --accounts 500000

Every program runs as a process of its own, in turn, so many rounds; medians are told. No time is told before all tables
agree, row by row. Results go to target/compare/results; `report` prints all of them, `picture` draws them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner import of_months, of_parts, picture
from runner.measure import Failed
from runner.report import everything
from runner.workshop import ROOT, Workshop

TARGETS = {
    "month": (of_months.month, "S1, S2, S3: a month against the bare scan, DuckDB and Polars"),
    "sizes": (of_months.sizes, "S4: time and memory by size"),
    "types": (of_months.types, "S5, S12: binary event ids, accounts in dictionaries"),
    "codecs": (of_months.codecs, "logs by how they are compressed"),
    "accounts": (of_months.accounts, "S11: many accounts of few events"),
    "text": (of_parts.text, "S6: CSV and NDJSON, against DuckDB's plain sum"),
    "tables": (of_parts.tables, "S7: replay, documents and tables, against DuckDB's COPY"),
    "dispute": (of_parts.dispute, "S8: rerun --accounts and explain, against the full run"),
    "cold": (of_months.cold, "S9: a month of 100 accounts"),
    "threads": (of_months.threads, "S10: one thread and more"),
}


def numbers(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",")]


def parse() -> argparse.Namespace:
    targets = "\n".join(f"  {name:8} {told}" for name, (_, told) in TARGETS.items())
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\ntargets:\n{targets}\n  all      all of them",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", nargs="?", default="month", choices=[*TARGETS, "all", "report", "picture"])
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--accounts", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=lambda text: [name for name in text.split(",") if name],
                        default=["duckdb", "polars"], help="month: duckdb,polars, one of them, or none")
    parser.add_argument("--sizes", type=numbers, default=numbers("10000000,50000000,100000000,300000000"))
    parser.add_argument("--events-per-account", type=int, default=100, help="sizes, text")
    parser.add_argument("--text-events", type=int, default=20_000_000, help="text")
    parser.add_argument("--table-accounts", type=int, default=5_000_000, help="tables, accounts")
    parser.add_argument("--cold-rounds", type=int, default=40, help="cold")
    parser.add_argument("--threads", type=numbers, default=numbers("1,2,4"), help="threads")
    parser.add_argument("--smoke", action="store_true", help="all sizes small, one round: does it work at all?")
    parser.add_argument("--keep-logs", action="store_true", help="keep logs that only one target needs")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "compare", help="for logs, books and results")
    parser.add_argument("--binary", type=Path, help="a monthend that is built already")
    parser.add_argument("--generator", type=Path, help="a generator that is built already")
    parser.add_argument("--svg", type=Path, default=ROOT / "docs" / "performance.svg", help="picture: where it goes")
    options = parser.parse_args()
    if options.smoke:
        options.events, options.accounts, options.rounds = 100_000, 1_000, 1
        options.sizes, options.text_events, options.table_accounts = [50_000, 100_000], 50_000, 5_000
        options.cold_rounds, options.threads = 3, [1, 2]
    return options


def main() -> int:
    options = parse()
    if options.target == "report":
        print(everything(options.work))
        return 0
    if options.target == "picture":
        options.svg.write_text(picture.draw(options.work), encoding="utf-8")
        return 0
    workshop = Workshop(options)
    workshop.build()
    try:
        for name, (run, _) in TARGETS.items():
            if options.target in (name, "all"):
                run(workshop)
    except Failed as fault:
        print(f"stopped: {fault}", file=sys.stderr)
        return 1
    finally:
        workshop.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
