"""Turns logs of text into Parquet by the commands of jobs/spark/README.md; and Parquet into types that Sail reads.

    text_to_parquet.py FOLDER LOG...

The files have the logs' names, and the ending .parquet. With DuckDB and pyarrow. Exit code 77: they are not there.
"""

import re
import sys
from decimal import Decimal
from pathlib import Path

try:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

README = Path(__file__).parents[2] / "jobs" / "spark" / "README.md"


def commands():
    """What goes before, and what copies CSV and NDJSON."""
    [block] = re.findall(r"duckdb <<'SQL'\n(.*?)\nSQL\n", README.read_text(encoding="utf-8"), re.DOTALL)
    before, *copies = re.split(r"^(?=COPY)", block, flags=re.MULTILINE)
    csv, ndjson = copies
    return before, csv, ndjson


def from_text(log, to):
    before, csv, ndjson = commands()
    copy = ndjson if ".ndjson" in log.name else csv
    for named, path in [("usage", log), ("parquet", to)]:
        copy, count = re.subn(rf"'{named}/[^']+'", f"'{path}'", copy)
        assert count == 1, f"README names {count} files of {named}/ where one is copied"
    with duckdb.connect() as database:
        database.execute(before + copy)


def from_parquet(log, to):
    """What Sail cannot read of Parquet in types that it can."""
    table = pq.read_table(log)
    for at, (name, column) in enumerate(zip(table.column_names, table.columns)):
        if pa.types.is_floating(column.type):
            exact = [None if number is None else Decimal(repr(number)) for number in column.to_pylist()]
            table = table.set_column(at, name, pa.array(exact, pa.decimal128(38, 18)))
        elif pa.types.is_dictionary(column.type):
            table = table.set_column(at, name, column.cast(column.type.value_type))
    pq.write_table(table, to)


if __name__ == "__main__":
    folder, *logs = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for log in logs:
        turn = from_parquet if log.suffix == ".parquet" else from_text
        turn(log, folder / f"{log.name.split('.')[0]}.parquet")
