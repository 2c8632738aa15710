"""Writes one month's logs as pandas, pyarrow, Polars and DuckDB write them, in every type that a column may have.

    write_logs.py FOLDER

Every form has the same rows, so every form must come to the same tables. For each, a line on standard output says as
JSON what it is called (`form`), its files (`usage`, `changes`), the options that it needs (`options`), and whether its
credits are `whole` numbers, which is a month of its own. The first form of a month is what its others are held against.

A new form is a line in one of the tables below, or in text_forms.py; a new writer, a function that takes a log and a path.

Exit code 77: a module is missing and nothing was written. Polars takes part where it is installed.
"""

import json
import sys
from pathlib import Path

try:
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
except ImportError as missing:
    print(f"not written: {missing}", file=sys.stderr)
    sys.exit(77)
try:
    import polars as pl
except ImportError:
    pl = None

import month
import text_forms
from month import IDS

US = pa.timestamp("us", tz="UTC")
SIX = pa.decimal128(18, 6)


def logs(whole):
    """Usage and changes as tables."""
    of_column = {"at": US, "credits": SIX}
    for log, rows in month.rows(whole).items():
        types = {name: of_column.get(name, pa.string()) for name in month.COLUMNS[log]}
        columns = [pa.array(column, of) for column, of in zip(zip(*rows), types.values())]
        yield pa.table(dict(zip(types, columns)))


def cast(log, ids=None, at=None, credits=None, words=None):
    """A log with other types; each is a type, or a function of the column."""
    for name in log.column_names:
        to = ids if name in IDS else at if name == "at" else credits if name == "credits" else words
        if isinstance(to, dict):
            to = to.get(name)
        if to is not None:
            column = to(log[name]) if callable(to) else log[name].cast(to)
            log = log.set_column(log.column_names.index(name), name, column)
    return log


def text_of(form):
    """Instants as text."""
    return lambda column: pa.array([form(at) for at in column.to_pylist()], pa.string())


def digits(column):
    """Credits as text."""
    return pa.array([str(value.normalize()) for value in column.to_pylist()], pa.string())


def epoch(unit):
    return lambda column: column.cast(pa.timestamp(unit, tz="UTC")).cast(pa.int64())


def of_arrow(how=None, whole=False, options=(), **types):
    """Written by pyarrow: with some types, or with some options of its writer."""
    write = lambda log, path: pq.write_table(cast(log, **types), path, **(how or {}))
    return {"write": write, "ending": "parquet", "whole": whole, "options": list(options)}


ARROW = {
    "as it is": of_arrow(),
    # ids
    **{f"ids {of}": of_arrow(ids=of) for of in [
        pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view(), pa.binary_view(), pa.int32(), pa.uint32(),
        pa.int64(), pa.uint64()]},
    "ids dictionary": of_arrow(ids=lambda column: column.dictionary_encode()),
    "ids dictionary of integers": of_arrow(ids=lambda column: column.cast(pa.int64()).dictionary_encode()),
    "ids binary, plain pages": of_arrow({"use_dictionary": False}, ids=pa.binary(), words=pa.binary()),
    "ids and words binary": of_arrow(ids=pa.binary(), words=pa.binary()),
    "ids DECIMAL(20, 0)": of_arrow(ids=lambda column: column.cast(pa.int64()).cast(pa.decimal128(20, 0))),
    "ids DECIMAL(50, 0)": of_arrow(ids=lambda column: column.cast(pa.int64()).cast(pa.decimal256(50, 0))),
    **{f"accounts {of}": of_arrow(ids={"account_id": of}) for of in [pa.int8(), pa.uint8(), pa.int16(), pa.uint16()]},
    # instants
    **{f"instants {unit} {zone}": of_arrow(at=pa.timestamp(unit, tz=zone))
       for unit in ["ms", "us", "ns"] for zone in ["UTC", None, "Europe/Berlin"]},
    "instants INT96": of_arrow({"use_deprecated_int96_timestamps": True}),
    "as for Spark": of_arrow({"flavor": "spark"}),
    "instants RFC 3339": of_arrow(at=text_of(lambda at: at.isoformat(timespec="milliseconds"))),
    "instants with a blank": of_arrow(at=text_of(lambda at: at.isoformat(" ").replace("+00:00", " UTC"))),
    "instants unmarked text": of_arrow(
        at=lambda column: text_of(lambda at: at.isoformat() )(column).cast(pa.binary())),
    "instants without offset": of_arrow(
        at=text_of(lambda at: at.isoformat(timespec="microseconds")[:26]), options=["--assume-utc"]),
    **{f"instants epoch-{unit}": of_arrow(at=epoch(unit), options=["--instants", f"epoch-{unit}"])
       for unit in ["ms", "us", "ns"]},
    # credits
    **{f"credits {of}": of_arrow(credits=of) for of in [
        pa.decimal128(10, 2), pa.decimal128(38, 9), pa.decimal256(40, 6), pa.decimal256(76, 38), pa.decimal32(9, 3),
        pa.decimal64(18, 6), pa.float32(), pa.float64()]},
    "credits DECIMAL in INT32": of_arrow({"store_decimal_as_integer": True}, credits=pa.decimal128(9, 2)),
    "credits DECIMAL in INT64": of_arrow({"store_decimal_as_integer": True}, credits=pa.decimal128(18, 6)),
    "credits text": of_arrow(credits=digits),
    "credits unmarked text": of_arrow(credits=lambda column: digits(column).cast(pa.binary())),
    # the writer's options
    **{f"compression {how}": of_arrow({"compression": how}) for how in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]},
    **{f"version {of}": of_arrow({"version": of}) for of in ["1.0", "2.4", "2.6"]},
    "data pages v2": of_arrow({"data_page_version": "2.0"}),
    "small row groups, no statistics": of_arrow({"row_group_size": 64, "write_statistics": False}),
    "small pages with an index": of_arrow({"data_page_size": 512, "write_page_index": True}),
    "delta encodings": of_arrow({"use_dictionary": False, "column_encoding": {
        "at": "DELTA_BINARY_PACKED", "account_id": "DELTA_BYTE_ARRAY"}}),
    "byte stream split": of_arrow({"use_dictionary": False, "column_encoding": {"at": "BYTE_STREAM_SPLIT"}}),
}
WHOLE = {
    "as it is": of_arrow(whole=True),
    **{f"credits {of}": of_arrow(whole=True, credits=lambda column, of=of: column.cast(pa.int64()).cast(of)) for of in [
        pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64(), pa.float32(),
        pa.decimal128(38, 0)]},
}


def of_pandas(change=lambda frame: frame, ending="parquet", options=(), **how):
    def write(log, path):
        frame = change(log.to_pandas())
        if ending == "parquet":
            frame.to_parquet(path, index=False, **how)
        elif ending == "csv":
            frame.to_csv(path, index=False, **how)
        else:
            frame.to_json(path, orient="records", lines=True, **how)
    return {"write": write, "ending": ending, "whole": False, "options": list(options)}


def with_types(types):
    return lambda frame: frame.astype({name: of for name, of in types.items() if name in frame.columns})


def naive(frame):
    return frame.assign(at=frame["at"].dt.tz_localize(None))


INTEGERS = {name: "int64" for name in IDS}
PANDAS = {
    "as it is": of_pandas(),
    "from CSV": of_pandas(lambda frame: pd.read_csv(csv_of(frame), parse_dates=["at"])),
    "ids int64, credits float64": of_pandas(with_types({**INTEGERS, "credits": "float64"})),
    "ids Int64": of_pandas(with_types({name: "Int64" for name in IDS})),
    "categories": of_pandas(with_types({"account_id": "category", "change": "category", "plan": "category"})),
    "naive": of_pandas(naive),
    "nanoseconds": of_pandas(with_types({"at": "datetime64[ns, UTC]"})),
    "seconds and INT96": of_pandas(use_deprecated_int96_timestamps=True),
    "objects": of_pandas(lambda frame: frame.astype({name: object for name in frame.columns})),
    "CSV": of_pandas(ending="csv"),
    "CSV of naive instants": of_pandas(naive, "csv", ["--assume-utc"]),
    "CSV with offsets like +0000": of_pandas(ending="csv", date_format="%Y-%m-%d %H:%M:%S.%f%z"),
    "CSV with ;": of_pandas(with_types({"credits": "float64"}), "csv", [
        "--csv-delimiter", ";", "--csv-decimal", ","], sep=";", decimal=","),
    "JSON lines": of_pandas(with_types({"credits": "float64"}), "json", date_format="iso"),
    "JSON lines of epochs": of_pandas(
        with_types({"credits": "float64"}), "json", ["--instants", "epoch-ms"], date_format="epoch", date_unit="ms"),
}


def csv_of(frame):
    import io
    return io.StringIO(frame.to_csv(index=False))


def of_polars(change=None, ending="parquet", options=(), **how):
    def write(log, path):
        frame = pl.from_arrow(log)
        frame = change(frame) if change else frame
        {"parquet": frame.write_parquet, "csv": frame.write_csv, "ndjson": frame.write_ndjson}[ending](path, **how)
    return {"write": write, "ending": ending, "whole": False, "options": list(options)}


def polars_types(**types):
    def change(frame):
        known = {"ids": IDS, "at": {"at"}, "credits": {"credits"}, "words": {"change", "plan"}}
        casts = [pl.col(name).cast(to) for kind, to in types.items() for name in known[kind] & set(frame.columns)]
        return frame.with_columns(casts)
    return change


POLARS = {} if pl is None else {
    "as it is": of_polars(),
    "ids Int64, credits Float64": of_polars(polars_types(ids=pl.Int64, credits=pl.Float64)),
    "credits Float32": of_polars(polars_types(credits=pl.Float32)),
    "ids and words Categorical": of_polars(polars_types(ids=pl.Categorical, words=pl.Categorical)),
    "ids Binary": of_polars(polars_types(ids=pl.Binary)),
    "instants ns": of_polars(polars_types(at=pl.Datetime("ns", "UTC"))),
    "instants ms without zone": of_polars(polars_types(at=pl.Datetime("ms"))),
    "ids UInt64": of_polars(polars_types(ids=pl.UInt64)),
    "by pyarrow": of_polars(use_pyarrow=True),
    "CSV": of_polars(ending="csv"),
    "CSV of naive instants": of_polars(polars_types(at=pl.Datetime("us")), "csv", ["--assume-utc"]),
    "CSV, quoted, with commas before decimals": of_polars(
        polars_types(credits=pl.Float64), "csv", ["--csv-delimiter", ";", "--csv-decimal", ","],
        separator=";", decimal_comma=True, quote_style="always"),
    "NDJSON": of_polars(polars_types(credits=pl.Float64), "ndjson"),
    "NDJSON of naive instants": of_polars(
        polars_types(at=pl.Datetime("us"), credits=pl.Float64), "ndjson", ["--assume-utc"]),
}


def of_duckdb(how, ending="parquet", options=(), **types):
    def write(log, path):
        kinds = {name: types.get("ids") for name in IDS} | {"at": types.get("at"), "credits": types.get("credits")}
        casts = [f'"{name}"::{kinds[name]} AS "{name}"' if kinds.get(name) else f'"{name}"' for name in log.column_names]
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("log", log)
            connection.execute(f"COPY (SELECT {', '.join(casts)} FROM log) TO '{path}' ({how})")
    return {"write": write, "ending": ending, "whole": False, "options": list(options)}


DUCKDB = {
    "as it is": of_duckdb("FORMAT parquet"),
    "version 2": of_duckdb("FORMAT parquet, PARQUET_VERSION V2"),
    "zstd, small row groups": of_duckdb("FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048"),
    **{f"ids {of}": of_duckdb("FORMAT parquet", ids=of) for of in ["INTEGER", "BIGINT", "UINTEGER", "UBIGINT", "BLOB"]},
    **{f"instants {of}": of_duckdb("FORMAT parquet", at=of)
       for of in ["TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "VARCHAR"]},
    **{f"credits {of}": of_duckdb("FORMAT parquet", credits=of)
       for of in ["DECIMAL(9,2)", "DECIMAL(18,3)", "DECIMAL(38,10)", "FLOAT", "DOUBLE", "VARCHAR"]},
    "CSV": of_duckdb("FORMAT csv, HEADER", "csv"),
    "CSV of naive instants": of_duckdb("FORMAT csv, HEADER", "csv", ["--assume-utc"], at="TIMESTAMP"),
    "JSON": of_duckdb("FORMAT json", "json"),
}

WRITERS = {
    "pyarrow": ARROW, "pyarrow, whole credits": WHOLE, "pandas": PANDAS, "Polars": POLARS, "DuckDB": DUCKDB,
    "CSV": text_forms.CSV, "JSON": text_forms.JSON,
}


def main(folder):
    months = {whole: list(logs(whole)) for whole in [False, True]}
    forms = [(f"{writer}: {name}", form) for writer, forms in WRITERS.items() for name, form in forms.items()]
    for number, (name, form) in enumerate(forms):
        written = {}
        for kind, log in zip(["usage", "changes"], months[form["whole"]]):
            path = folder / f"{number:03}-{kind}.{form['ending']}"
            form["write"](log, path)
            written[kind] = path.name
        print(json.dumps({"form": name, "whole": form["whole"], **written, "options": form["options"]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
