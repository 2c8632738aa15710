#!/usr/bin/env python3
"""A month that opens with genesis, billed by DuckDB: the same logs in, the same tables out.

    duckdb_month.py --month 2026-04 --usage 'LOGS/usage-*.parquet' --changes 'LOGS/changes.parquet' \\
        --catalog LOGS/catalog.toml --out FOLDER [--threads N] [--memory-limit 12GB]

The work is the SQL in duckdb_sql/. What it leaves out: the reading of bad rows (a row that cannot be read stops it),
the check of the finished tables, the manifest with its digests, and explanations in full. Grants, limits of overage and
adjustments it refuses, as it does retired plans and former ids.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import duckdb

from month_options import month_options
from terms import Terms, read_terms

SQL = Path(__file__).parent / "duckdb_sql"
STAGES = ("changes", "timeline", "usage", "rating", "tables")
TABLES = (
    "documents", "invoice_lines", "overage_charges", "expired_credits", "grants", "statements", "state", "exceptions"
)

# What comes from logs and catalogues, and may look like a formula; `detail` and all other text is of our own making.
GUARDED = ("account_id", "plan", "from_plan", "opening_plan", "billed_plan", "next_plan", "sample_id")


def connect(threads: int | None, memory_limit: str | None, spill: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, with the settings that matter here."""
    connection = duckdb.connect()
    # Instants are UTC throughout; with a session in UTC their parts need no look into a calendar's zones.
    connection.execute("SET TimeZone = 'UTC'")
    # No result depends on the order of rows: scans, joins and aggregations need not keep it. The tables that are
    # written ask for theirs by ORDER BY.
    connection.execute("SET preserve_insertion_order = false")
    # Where the aggregation of event ids outgrows the memory, it goes on on disk. The default limit is 80 % of the
    # machine's memory, the default of threads is all cores: both are what is wanted.
    connection.execute(f"SET temp_directory = '{spill}'")
    if threads:
        connection.execute(f"SET threads = {threads}")
    if memory_limit:
        connection.execute(f"SET memory_limit = '{memory_limit}'")
    return connection


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def set_variables(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    unit = 10**terms.decimals
    trial = "NULL" if terms.trial_credits is None else f"({terms.trial_credits}::DECIMAL(18, 0) * 0.000001)"
    values = {
        "month": literal(terms.month),
        "month_start": f"TIMESTAMPTZ '{terms.start.isoformat()}'",
        "month_end": f"TIMESTAMPTZ '{terms.end.isoformat()}'",
        "last_day": f"DATE '{terms.last_day}'",
        "currency": literal(terms.currency),
        "minor_units": f"{unit}::HUGEINT",
        "trial_days": str(terms.trial_days) if terms.trial_credits is not None else "NULL::INTEGER",
        "trial_credits": f"{trial}::DECIMAL(18, 6)",
    }
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = {value}")


def make_plans(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """The catalogue: prices in minor units, rates in millionths, so that all rounding is between integers."""
    connection.execute(
        "CREATE TEMP TABLE plans "
        "(rank INTEGER, id VARCHAR, name VARCHAR, price HUGEINT, credits DECIMAL(18, 6), rate HUGEINT)"
    )
    for plan in terms.plans:
        connection.execute(
            f"INSERT INTO plans VALUES (?, ?, ?, ?, {plan.credits}::DECIMAL(18, 0) * 0.000001, ?)",
            [plan.rank, plan.id, plan.name, plan.price, plan.rate],
        )


def make_macros(connection: duckdb.DuckDBPyConnection, terms: Terms) -> None:
    """Rounding (F9), proration (F8), and integers back to decimals. No division but of integers takes part."""
    up = "(2 * num + den) // (2 * den)"
    even = "(num // den) + if(2 * (num % den) > den OR (2 * (num % den) = den AND (num // den) % 2 = 1), 1, 0)"
    days = f"{terms.days} - day(instant){' + 1' if terms.proration == 'days-inclusive' else ''}"
    if terms.proration == "seconds":
        span = "epoch_us(getvariable('month_end')) - epoch_us(getvariable('month_start'))"
        num, den = "epoch_us(getvariable('month_end')) - epoch_us(instant)", span
        text = (
            f"(({num}) // 1000000) || rtrim(rtrim(format('.{{:06}}', ({num}) % 1000000), '0'), '.')"
            f" || '/' || (({den}) // 1000000)"
        )
    else:
        num, den = days, str(terms.days)
        text = f"({num}) || '/{terms.days}'"
    unit = f"{10 ** -terms.decimals:.{terms.decimals}f}" if terms.decimals else "1"
    scale = terms.decimals
    for macro in (
        f"rounded(num, den) AS {even if terms.half_even else up}",
        f"prorated(price, instant) AS rounded(price * ({num})::HUGEINT, ({den})::HUGEINT)",
        f"fraction(instant) AS {text}",
        "micros(credits) AS (credits::DECIMAL(31, 6) * 1000000::DECIMAL(7, 0))::HUGEINT",
        f"money(minor) AS (minor::DECIMAL(18, 0) * {unit}::DECIMAL(5, {scale}))::DECIMAL(18, {scale})",
        "unit_rate(millionths) AS (millionths::DECIMAL(18, 0) * 0.000001)::DECIMAL(18, 6)",
        "no_credits() AS 0::DECIMAL(18, 6)",
        f"unit_price(minor) AS unit_rate(minor * {10 ** (6 - scale)})",
        f"document_id(number) AS 'INV-{terms.month}-' || format('{{:08}}', number)",
        # What a cell of a CSV file looks like.
        "guarded(cell) AS if(cell[1] IN ('=', '+', '-', '@', chr(9), chr(13)), '''' || cell, cell)",
        "rfc3339(instant) AS if(epoch_us(instant) % 1000000 = 0, "
        "strftime(instant::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ'), strftime(instant::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ'))",
    ):
        connection.execute(f"CREATE TEMP MACRO {macro}")


def make_views(connection: duckdb.DuckDBPyConnection, usage: str, changes: str) -> None:
    connection.execute(
        f"CREATE TEMP VIEW usage_files AS SELECT event_id, account_id, \"at\"::TIMESTAMPTZ AS instant, "
        f"credits::DECIMAL(18, 6) AS credits FROM read_parquet({literal(usage)})"
    )
    connection.execute(
        f"CREATE TEMP VIEW change_files AS SELECT change_id, account_id, \"at\"::TIMESTAMPTZ AS instant, change, "
        f"coalesce(plan, '') AS plan FROM read_parquet({literal(changes)})"
    )
    # An event id of 16 bytes is a UUID; ids are grouped as they are, and become text only where one is shown.
    (_, kind, *_), *_ = connection.execute("DESCRIBE SELECT event_id FROM usage_files").fetchall()
    uuid = r"lower(regexp_replace(hex(id), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\1-\2-\3-\4-\5'))"
    connection.execute(f"CREATE TEMP MACRO id_text(id) AS {uuid if kind == 'BLOB' else 'id::VARCHAR'}")


def csv_cells(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """A table's columns as CSV has them: text safe to open in a spreadsheet, instants as RFC 3339 in UTC."""
    cells = []
    for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall():
        if kind == "TIMESTAMP WITH TIME ZONE":
            cells.append(f'rfc3339("{name}") AS "{name}"')
        elif name in GUARDED:
            cells.append(f'guarded("{name}") AS "{name}"')
        else:
            cells.append(f'"{name}"')
    return ", ".join(cells)


def write(connection: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Each table as Parquet and as CSV. From here on the order of rows counts."""
    connection.execute("SET preserve_insertion_order = true")
    out.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        connection.execute(f"COPY {table} TO '{out / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
        cells = csv_cells(connection, table)
        connection.execute(f"COPY (SELECT {cells} FROM {table}) TO '{out / table}.csv' (FORMAT csv, HEADER)")


def main() -> None:
    parser = month_options(__doc__)
    parser.add_argument("--memory-limit")
    options = parser.parse_args()
    began = time.perf_counter()
    terms = read_terms(options.month, options.catalog)
    connection = connect(options.threads, options.memory_limit, options.out / ".spill")
    set_variables(connection, terms)
    make_plans(connection, terms)
    make_macros(connection, terms)
    make_views(connection, options.usage, options.changes)
    seconds = {}
    for stage in STAGES:
        stage_began = time.perf_counter()
        connection.execute((SQL / f"{stage}.sql").read_text(encoding="utf-8"))
        seconds[stage] = round(time.perf_counter() - stage_began, 3)
    stage_began = time.perf_counter()
    write(connection, options.out)
    seconds["write"] = round(time.perf_counter() - stage_began, 3)
    seconds["all"] = round(time.perf_counter() - began, 3)
    print(json.dumps({"engine": f"DuckDB {duckdb.__version__}", "seconds": seconds}))


if __name__ == "__main__":
    main()
