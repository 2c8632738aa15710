"""Opens every table of revisions with Spark, without options, and holds what it sees against the contract and the CSV.

    check_tables.py REVISION_FOLDER... SCRATCH_FOLDER

Columns, types and rows of Parquet must be the CSV's, in a session of UTC and in another, and the sums of all amounts
taken by Spark itself; CSV read by Spark as RFC 4180 must have the same rows. It is meant for revisions of the fixtures,
which fill every table together.

Exit code: 0 all is well, 1 faults (listed), 77 there is no Spark or no Java, and nothing was checked.
"""

import sys
from decimal import Decimal
from pathlib import Path

from spark_session import session

sys.path.append(str(Path(__file__).parent.parent / "readers"))
from contract import TABLES, WITHOUT_CSV, as_in_csv, check_all_filled, compare, fault, faults, read_csv

TYPES = {
    "boolean": {"boolean"},
    "integer": {"int", "bigint"},
    "date": {"date"},
    "instant": {"timestamp"},
    "money": {"decimal(18,2)"},
    "credits": {"decimal(18,6)"},
    "text": {"string"},
}
# As spreadsheets and most programs mean CSV; Spark's own defaults are others.
RFC_4180 = {"header": "true", "escape": '"', "multiLine": "true"}


def rows_of(frame, columns):
    """Rows with instants in microseconds."""
    values = [f"unix_micros({name}) AS {name}" if kind == "instant" else name for name, kind in columns]
    return [tuple(row) for row in frame.selectExpr(*values).collect()]


def check_parquet(spark, path, columns, cells):
    frame = spark.read.parquet(str(path))
    if frame.columns != [name for name, _ in columns]:
        fault(f"{path.name}: columns {frame.columns} to Spark")
        return
    for (name, found), (_, kind) in zip(frame.dtypes, columns):
        if found not in TYPES[kind]:
            fault(f"{path.name}: {name} is {found} to Spark, want {kind}")
    for zone in ["UTC", "America/St_Johns"]:
        spark.conf.set("spark.sql.session.timeZone", zone)
        rows, _ = as_in_csv(rows_of(frame, columns), columns)
        compare(f"{path.stem}: Spark in {zone} against CSV", rows, cells)
    numbers = [(at, name) for at, (name, kind) in enumerate(columns) if kind in ("money", "credits")]
    if numbers:
        sums = frame.selectExpr(*(f"sum({name})" for _, name in numbers)).first()
        for (at, name), found in zip(numbers, sums):
            present = [row[at] for row in cells if row[at] is not None]
            want = sum(present, Decimal(0)) if present else None
            if found != want:
                fault(f"{path.name}: the sum of {name} is {found} to Spark, {want} in CSV")


def check_csv(spark, path, columns, cells):
    frame = spark.read.options(**RFC_4180).csv(str(path))
    casts = {"boolean": "boolean", "integer": "bigint", "date": "date", "instant": "timestamp",
             "money": "decimal(18,2)", "credits": "decimal(18,6)", "text": "string"}
    typed = frame.selectExpr(*(f"CAST({name} AS {casts[kind]}) AS {name}" for name, kind in columns))
    compare(f"{path.stem}: CSV as Spark reads it", rows_of(typed, columns), cells)


def main(*folders, scratch):
    spark = session(scratch)
    total, filled = 0, set()
    in_both_forms = {table: columns for table, columns in TABLES.items() if table not in WITHOUT_CSV}
    for folder in folders:
        before = len(faults)
        for table, columns in in_both_forms.items():
            cells = read_csv(folder / f"{table}.csv", columns)
            if not cells:
                continue
            filled.add(table)
            check_parquet(spark, folder / f"{table}.parquet", columns, cells)
            check_csv(spark, folder / f"{table}.csv", columns, cells)
            total += len(cells)
        faults[before:] = [f"{folder.parent.name}: {own}" for own in faults[before:]]
    check_all_filled(in_both_forms, filled)
    version = spark.version
    spark.stop()
    if faults:
        print("\n".join(faults))
        sys.exit(1)
    print(f"{len(in_both_forms)} tables, {total} rows: the same to Spark {version}")


if __name__ == "__main__":
    *revisions, scratch_folder = map(Path, sys.argv[1:])
    main(*revisions, scratch=scratch_folder)
