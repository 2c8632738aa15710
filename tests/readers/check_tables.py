"""Opens every table of revisions with pyarrow, DuckDB and pandas, and holds what they see against the contract.

    check_tables.py BOOK/MONTH/REVISION... --version 0.1.0

Every table must have the contract's columns and types, be ZSTD throughout, say in its footer what it belongs to, and
hold the very rows of the CSV table beside it; sums across the tables are taken by DuckDB. It is meant for revisions of
the fixtures, which fill every table together. Knows nothing of the program but its files.

Exit code: 0 all is well, 1 faults (listed), 77 a module is missing and nothing was checked.
"""

import argparse
import hashlib
import sys
from pathlib import Path

try:
    import duckdb
    import pandas
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as missing:
    print(f"not checked: {missing}", file=sys.stderr)
    sys.exit(77)

from contract import TABLES, WITHOUT_CSV, as_in_csv, check_all_filled, compare, fault, faults, read_csv

ARROW = {
    "boolean": pa.types.is_boolean,
    "integer": pa.types.is_signed_integer,
    "date": pa.types.is_date32,
    "instant": lambda kind: pa.types.is_timestamp(kind) and kind.unit == "us" and kind.tz in ("UTC", "+00:00"),
    "money": lambda kind: pa.types.is_decimal(kind) and (kind.precision, kind.scale) == (18, 2),
    "credits": lambda kind: pa.types.is_decimal(kind) and (kind.precision, kind.scale) == (18, 6),
    "text": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind),
}
DUCKDB = {
    "boolean": {"BOOLEAN"},
    "integer": {"INTEGER", "BIGINT"},
    "date": {"DATE"},
    "instant": {"TIMESTAMP WITH TIME ZONE"},
    "money": {"DECIMAL(18,2)"},
    "credits": {"DECIMAL(18,6)"},
    "text": {"VARCHAR"},
}

# Each query returns the rows that break the rule.
SUMS = {
    "the sum of all documents is the sum of all statements (K4)": """
        SELECT d.total, s.total FROM (SELECT sum(total_amount) AS total FROM documents) d,
        (SELECT sum(total_amount) AS total FROM statements) s WHERE d.total IS DISTINCT FROM s.total""",
    "an account's documents sum to its statement's total (K4)": """
        SELECT * FROM (SELECT account_id, sum(total_amount) AS total FROM documents GROUP BY ALL) d
        FULL JOIN statements s USING (account_id)
        WHERE coalesce(d.total, 0) IS DISTINCT FROM s.total_amount""",
    "a document's total and line count are those of its lines (K4)": """
        SELECT * FROM (SELECT document_id, sum(amount) AS total, count(*) AS n,
            coalesce(sum(amount) FILTER (line_type NOT IN ('grant', 'adjustment', 'overage')), 0) AS subscription,
            coalesce(sum(amount) FILTER (line_type = 'overage'), 0) AS overage FROM invoice_lines GROUP BY ALL) l
        FULL JOIN documents d USING (document_id) WHERE l.total IS DISTINCT FROM d.total_amount
        OR l.n IS DISTINCT FROM d.line_count OR l.overage IS DISTINCT FROM d.overage_amount
        OR l.subscription IS DISTINCT FROM d.subscription_amount""",
    "subscription, grants, adjustments and overage make the total": """
        SELECT account_id FROM statements
        WHERE subscription_amount + grants_amount + adjustments_amount + overage_amount <> total_amount""",
    "grants and adjustments are those of the lines (F10)": """
        SELECT * FROM (SELECT account_id, coalesce(sum(amount) FILTER (line_type = 'grant'), 0) AS grants,
            coalesce(sum(amount) FILTER (line_type = 'adjustment'), 0) AS adjustments
            FROM invoice_lines GROUP BY ALL) l
        FULL JOIN statements s USING (account_id) WHERE coalesce(l.grants, 0) IS DISTINCT FROM s.grants_amount
        OR coalesce(l.adjustments, 0) IS DISTINCT FROM s.adjustments_amount""",
    "overage charges are the lines and the statements of overage": """
        SELECT * FROM overage_charges c
        FULL JOIN (SELECT document_id, quantity, amount FROM invoice_lines WHERE line_type = 'overage') l
            USING (document_id)
        FULL JOIN (SELECT account_id, overage_credits, overage_amount FROM statements WHERE overage_credits > 0) s
            ON s.account_id = c.account_id
        WHERE c.amount IS DISTINCT FROM l.amount OR c.overage_credits IS DISTINCT FROM l.quantity
        OR c.amount IS DISTINCT FROM s.overage_amount OR c.overage_credits IS DISTINCT FROM s.overage_credits""",
    "usage = trial + grants + plan + overage + unbilled (K1)": """
        SELECT * FROM statements
        WHERE usage_credits <> trial_drawn + grants_drawn + plan_drawn + overage_credits + unbilled_credits""",
    "granted = drawn + expired + carried, per pool (K2)": """
        SELECT * FROM statements WHERE trial_opening <> trial_drawn + trial_expired + trial_carried
        OR plan_granted <> plan_drawn + plan_expired""",
    "carried grants are those left at the end (K2)": """
        SELECT * FROM (SELECT account_id, sum(granted) AS granted, sum("left") AS carried FROM grants GROUP BY ALL) g
        FULL JOIN statements s USING (account_id) WHERE coalesce(g.carried, 0) IS DISTINCT FROM s.grants_carried
        OR coalesce(g.granted, 0) < coalesce(g.carried, 0)""",
    "expired credits are those of the statements": """
        SELECT * FROM (SELECT account_id, coalesce(sum(expired) FILTER (pool = 'trial'), 0) AS trial,
            coalesce(sum(expired) FILTER (pool = 'plan'), 0) AS plan,
            coalesce(sum(expired) FILTER (pool = 'grant'), 0) AS grants FROM expired_credits GROUP BY ALL) e
        FULL JOIN statements s USING (account_id) WHERE coalesce(e.trial, 0) IS DISTINCT FROM s.trial_expired
        OR coalesce(e.plan, 0) IS DISTINCT FROM s.plan_expired
        OR coalesce(e.grants, 0) IS DISTINCT FROM s.grants_expired""",
    "expired credits are above nothing": """
        SELECT * FROM expired_credits WHERE expired <= 0 OR granted <> drawn + expired""",
    "unbilled usage is that of the statements (O5)": """
        SELECT * FROM (SELECT account_id, sum(credits) AS credits FROM exceptions
            WHERE kind = 'unbilled-usage' GROUP BY ALL) e
        FULL JOIN (SELECT account_id, unbilled_credits FROM statements WHERE unbilled_credits > 0) s
            USING (account_id) WHERE e.credits IS DISTINCT FROM s.unbilled_credits""",
    "one statement and one closing state per account (K5)": """
        SELECT * FROM (SELECT account_id, count(*) AS n, any_value(next_plan) AS plan,
            any_value(trial_carried) AS carried FROM statements GROUP BY ALL) a
        FULL JOIN (SELECT account_id, count(*) AS n, any_value(plan) AS plan,
            any_value(trial_left) AS carried FROM state GROUP BY ALL) b USING (account_id)
        WHERE a.n IS DISTINCT FROM 1 OR b.n IS DISTINCT FROM 1 OR a.plan IS DISTINCT FROM b.plan
        OR a.carried IS DISTINCT FROM coalesce(b.carried, 0)""",
    "document numbers have no gap": """
        SELECT * FROM (SELECT document_id, month, row_number() OVER (ORDER BY document_id) AS n FROM documents)
        WHERE document_id <> printf('INV-%s-%08d', month, n)""",
    "lines are numbered from one": """
        SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY document_id ORDER BY line_number) AS n
            FROM invoice_lines) WHERE n <> line_number""",
}

def check_parquet(path, columns, belongs_to):
    """Faults of the file itself; returns its rows as pyarrow reads them."""
    file = pq.ParquetFile(path)
    schema, metadata = file.schema_arrow, file.metadata
    if schema.names != [column for column, _ in columns]:
        fault(f"{path.name}: columns {schema.names}")
        return None
    for column, kind in columns:
        found = schema.field(column).type
        if not ARROW[kind](found):
            fault(f"{path.name}: {column} is {found} to pyarrow, want {kind}")
    for index in range(metadata.num_columns):
        if metadata.schema.column(index).physical_type in ("FLOAT", "DOUBLE"):
            fault(f"{path.name}: {metadata.schema.column(index).name} is a float")
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    codecs = {group.column(index).compression for group in groups for index in range(metadata.num_columns)}
    if codecs - {"ZSTD"}:
        fault(f"{path.name}: codecs {sorted(codecs)}")
    footer = {key.decode().lower(): value.decode() for key, value in (metadata.metadata or {}).items()}
    footer.pop("arrow:schema", None)
    for name in ("month", "revision", "version"):
        values = [value for key, value in footer.items() if key.endswith(name)]
        if not any(belongs_to[name] in value.split() for value in values):
            fault(f"{path.name}: the footer's {name} is {values}, want {belongs_to[name]}: {footer}")
    frame = pandas.read_parquet(path)
    if (list(frame.columns), len(frame)) != (schema.names, metadata.num_rows):
        fault(f"{path.name}: pandas reads {len(frame)} rows of {list(frame.columns)}")
    table = file.read()
    values = [
        (table[column].cast(pa.int64()) if pa.types.is_timestamp(table[column].type) else table[column]).to_pylist()
        for column in schema.names
    ]
    return list(zip(*values))


def read_duckdb(database, table, path, columns):
    """Faults of the types; returns the rows as DuckDB reads them, and leaves a view of the table's name."""
    database.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')")
    types = {row[0]: row[1] for row in database.execute(f"DESCRIBE {table}").fetchall()}
    for column, kind in columns:
        if types.get(column) not in DUCKDB[kind]:
            fault(f"{path.name}: {column} is {types.get(column)} to DuckDB, want {kind}")
    select = ", ".join(
        f'epoch_us("{column}")' if types.get(column, "").startswith("TIMESTAMP") else f'"{column}"'
        for column, _ in columns
    )
    return database.execute(f"SELECT {select} FROM {table}").fetchall()


def check_order(table, columns, rows, belongs_to):
    names = [column for column, _ in columns]
    if "account_id" in names:
        accounts = [(row[names.index("account_id")] or "").encode() for row in rows]
        if accounts != sorted(accounts):
            fault(f"{table}: the rows are not in the order of the accounts")
    for column in ("month", "revision"):
        if column in names and any(row[names.index(column)] != belongs_to[column] for row in rows):
            fault(f"{table}: {column} is not {belongs_to[column]} throughout")


def check_manifest(folder):
    """Every table's digest stands in the manifest, wherever that keeps it."""
    manifest = (folder / "manifest.json").read_text(encoding="utf-8").lower()
    for path in sorted(folder.glob("*.parquet")) + sorted(folder.glob("*.csv")):
        if path.stem not in TABLES:
            fault(f"{path.name}: a table that the contract does not name")
        if hashlib.sha256(path.read_bytes()).hexdigest() not in manifest:
            fault(f"{path.name}: its SHA-256 is not in manifest.json")


def check(folder, version):
    """Faults of a revision; returns how many rows each table has, and how many cells got an apostrophe."""
    belongs_to = {"month": folder.parent.name, "revision": folder.name, "version": version}
    database = duckdb.connect()
    guarded, counts, before = 0, {}, len(faults)
    for table, columns in TABLES.items():
        parquet, text = folder / f"{table}.parquet", folder / f"{table}.csv"
        files = (parquet,) if table in WITHOUT_CSV else (parquet, text)
        missing = [path.name for path in files if not path.is_file()]
        if missing:
            fault(f"missing: {', '.join(missing)}")
            continue
        rows = check_parquet(parquet, columns, belongs_to)
        if rows is None:
            continue
        check_order(table, columns, rows, belongs_to)
        counts[table] = len(rows)
        compare(f"{table}: pyarrow against DuckDB", rows, read_duckdb(database, table, parquet, columns))
        if table in WITHOUT_CSV:
            continue
        cells = read_csv(text, columns)
        if cells is None:
            continue
        expected, apostrophes = as_in_csv(rows, columns)
        compare(f"{table}: Parquet against CSV", expected, cells)
        guarded += apostrophes
    if len(faults) == before:
        for rule, query in SUMS.items():
            broken = database.execute(f"SELECT broken::VARCHAR FROM ({query}) AS broken").fetchall()
            if broken:
                fault(f"{rule}: {len(broken)} rows break it, the first {broken[0][0]}")
    check_manifest(folder)
    faults[before:] = [f"{folder.parent.name}: {own}" for own in faults[before:]]
    return counts, guarded


def main():
    parser = argparse.ArgumentParser(description="Checks the tables of revisions with other readers.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    seen = [check(folder, arguments.version) for folder in arguments.folders]
    check_all_filled(TABLES, {table for counts, _ in seen for table, rows in counts.items() if rows})
    total = sum(sum(counts.values()) for counts, _ in seen)
    guarded = sum(apostrophes for _, apostrophes in seen)
    if not guarded:
        fault("no cell begins like a formula, so the apostrophes were not checked")
    if faults:
        print("\n".join(faults))
        sys.exit(1)
    versions = f"pyarrow {pa.__version__}, DuckDB {duckdb.__version__}, pandas {pandas.__version__}"
    print(f"{len(TABLES)} tables, {total} rows, {guarded} cells with an apostrophe, {len(SUMS)} sums: "
          f"the same to {versions}")


if __name__ == "__main__":
    main()
