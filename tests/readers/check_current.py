"""Reads a table over all months of a book, `current/statements/*.parquet`, as each tool does it: the sum must be that of
the revisions in force.

    python check_current.py BOOK --total 2603.12 --months 2026-04 2026-05

Exit code 1 where it is not, 77 where a module is missing. Polars is asked where it is there.
"""

import argparse
import sys
from decimal import Decimal
from pathlib import Path

try:
    import duckdb
    import pandas
    import pyarrow.compute as pc
    import pyarrow.dataset as dataset
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)
try:
    import polars
except ImportError:
    polars = None


def by_duckdb(folder, ending):
    read = {"parquet": "read_parquet(?)", "csv": "read_csv(?, all_varchar = true)"}[ending]
    query = f"SELECT sum(total_amount::DECIMAL(18,2)), list(DISTINCT month ORDER BY month) FROM {read}"
    return duckdb.execute(query, [f"{folder}/*.{ending}"]).fetchone()


def by_pandas(folder):
    files = sorted(folder.glob("*.parquet"))
    rows = pandas.concat(pandas.read_parquet(file, dtype_backend="pyarrow") for file in files)
    return rows["total_amount"].sum(), sorted(rows["month"].unique())


def by_pyarrow(folder):
    files = [str(file) for file in sorted(folder.glob("*.parquet"))]
    rows = dataset.dataset(files).to_table(columns=["month", "total_amount"])
    return pc.sum(rows["total_amount"]).as_py(), sorted(pc.unique(rows["month"]).to_pylist())


def by_polars(folder):
    rows = polars.read_parquet(f"{folder}/*.parquet", columns=["month", "total_amount"])
    return rows["total_amount"].sum(), sorted(rows["month"].unique())


def main():
    parser = argparse.ArgumentParser(description="Reads a table over all months with other readers.")
    parser.add_argument("book", type=Path)
    parser.add_argument("--total", type=Decimal, required=True)
    parser.add_argument("--months", nargs="+", required=True)
    arguments = parser.parse_args()
    folder = arguments.book / "current" / "statements"
    seen = {
        "DuckDB": by_duckdb(folder, "parquet"),
        "DuckDB, CSV": by_duckdb(folder, "csv"),
        "pandas": by_pandas(folder),
        "pyarrow": by_pyarrow(folder),
    }
    if polars:
        seen["Polars"] = by_polars(folder)
    expected = (arguments.total, arguments.months)
    wrong = [f"{reader} sees {found}, not {expected}" for reader, found in seen.items() if tuple(found) != expected]
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)
    print(f"{arguments.total} in {len(arguments.months)} months: the same to {', '.join(seen)}")


if __name__ == "__main__":
    main()
