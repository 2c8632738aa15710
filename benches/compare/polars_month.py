#!/usr/bin/env python3
"""A month that opens with genesis, billed by Polars: the same logs in, the same tables out.

    polars_month.py --month 2026-04 --usage 'LOGS/usage-*.parquet' --changes 'LOGS/changes.parquet' \\
        --catalog LOGS/catalog.toml --out FOLDER [--threads N]

The work is in polars_parts/. The passes over the usage are lazy and run on the streaming engine; all else is of the
size of the accounts, and in memory. What it leaves out: the reading of bad rows (a row that cannot be read stops it),
the check of the finished tables, the manifest with its digests, and explanations in full. Grants, limits of overage and
adjustments it refuses, as it does retired plans and former ids.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from month_options import month_options


def main() -> None:
    options = month_options(__doc__).parse_args()
    if options.threads:
        os.environ["POLARS_MAX_THREADS"] = str(options.threads)  # read once, when Polars is imported
    began = time.perf_counter()
    seconds = bill(options)
    seconds["all"] = round(time.perf_counter() - began, 3)
    print(json.dumps({"engine": f"Polars {sys.modules['polars'].__version__}", "seconds": seconds}))


def bill(options: argparse.Namespace) -> dict[str, float]:
    """Bills the month; the seconds by stage."""
    from polars_parts import changes, rating, tables, timeline, usage
    from terms import read_terms

    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal began
        seconds[stage] = round(time.perf_counter() - began, 3)
        began = time.perf_counter()

    terms = read_terms(options.month, options.catalog)
    log = changes.read_changes(options.changes, terms)
    lap("changes")
    line = timeline.make_timeline(log, terms)
    lap("timeline")
    sums = usage.read_usage(options.usage, line, terms)
    lap("usage")
    outcomes = rating.rate_accounts(line, sums, terms)
    lines = rating.make_lines(line, outcomes, terms)
    lap("rating")
    bills = tables.bill(lines, outcomes, terms)
    made = {
        "documents": tables.make_documents(bills, terms),
        "invoice_lines": tables.make_invoice_lines(lines, bills, terms),
        "overage_charges": tables.make_overage_charges(outcomes, bills, terms),
        "expired_credits": tables.make_expired_credits(outcomes, terms),
        "grants": tables.make_grants(terms),
        "statements": tables.make_statements(outcomes, bills, terms),
        "state": tables.make_state(outcomes, terms),
        "exceptions": tables.make_exceptions(line.exceptions, sums.exceptions, outcomes, terms),
    }
    lap("tables")
    tables.write(made, options.out)
    lap("write")
    return seconds


if __name__ == "__main__":
    main()
