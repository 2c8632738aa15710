"""Text that databases, frames and hands write: forms of CSV and NDJSON for write_logs.py.

Each form is a function of a log and a path. What a database would write is written here as its manual says.
"""

import csv
import gzip
import json

import duckdb
import pyarrow as pa
import pyarrow.csv
from decimal import Decimal
from datetime import datetime, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def form(write, ending, options=()):
    return {"write": write, "ending": ending, "whole": False, "options": list(options)}


def plain(value):
    return "" if value is None else str(value)


def rows(log, at, credits, order):
    """The log's rows as text, with the header before them."""
    names = list(order(log.column_names))
    yield names
    how = {"at": at, "credits": credits}
    for row in log.to_pylist():
        yield [how.get(name, plain)(row[name]) for name in names]


def by_hand(at=None, credits=None, options=(), pack=lambda text: text, ending="csv", order=lambda names: names,
            more=None, encoding="utf-8", **how):
    """CSV by Python's own writer."""
    at = at or (lambda value: value.isoformat())

    def write(log, path):
        table = list(rows(log, at, credits or plain, order))
        if more:
            table = [row + [more(number)] for number, row in enumerate(table)]
        with open(path, "w", newline="", encoding=encoding) as out:
            csv.writer(out, **{"lineterminator": "\n", **how}).writerows(table)
        path.write_bytes(pack(path.read_bytes()))
    return form(write, ending, options)


def as_json(value, at, ids, credits):
    object = {}
    for name, cell in value.items():
        if name == "at":
            object[name] = at(cell)
        elif name == "credits":
            object[name] = credits(cell)
        else:
            object[name] = ids(cell) if name.endswith("_id") else cell
    return object


def objects(at=lambda value: value.isoformat(), ids=str, credits=float, separator="\n", options=(), pack=lambda text: text,
            ending="ndjson", **how):
    """JSON objects by Python's own writer."""
    def write(log, path):
        texts = [json.dumps(as_json(row, at, ids, credits), **how) + separator for row in log.to_pylist()]
        path.write_bytes(pack("".join(texts).encode()))
    return form(write, ending, options)


def epoch(unit, decimals=0):
    """So many units since 1970, as a number's text."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]

    def of(value):
        micros = Decimal((value - EPOCH) // (datetime.resolution))
        return f"{micros * per_second / 10**6:.{decimals}f}"
    return of


def in_parts(pack):
    """Text packed in three parts, one after the other."""
    def parts(text):
        thirds = [text[len(text) * part // 3:len(text) * (part + 1) // 3] for part in range(3)]
        return b"".join(map(pack, thirds))
    return parts


def codec(name):
    return lambda text: pa.Codec(name).compress(text, asbytes=True)


def with_comma(value):
    return f"{value:f}".replace(".", ",")


def of_pyarrow(options=(), **how):
    return form(lambda log, path: pa.csv.write_csv(log, path, pa.csv.WriteOptions(**how)), "csv", options)


def of_duckdb(how, ending, credits="credits", options=()):
    def write(log, path):
        columns = [f'{credits} AS credits' if name == "credits" else f'"{name}"' for name in log.column_names]
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("log", log)
            connection.execute(f"COPY (SELECT {', '.join(columns)} FROM log) TO '{path}' ({how})")
    return form(write, ending, options)


CSV = {
    "as it is": by_hand(),
    # instants
    "as BigQuery": by_hand(lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f} UTC"),
    "as Snowflake": by_hand(lambda at: f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} +0000"),
    "as PostgreSQL": by_hand(lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}+00"),
    "as Spark": by_hand(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"),
    "nanoseconds": by_hand(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}000Z"),
    "a blank and UTC, without seconds where there are none": by_hand(
        lambda at: f"{at:%Y-%m-%d %H:%M} UTC" if at.second == at.microsecond == 0 else f"{at} UTC".replace("+00:00", "")),
    "as MySQL": by_hand(lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}", options=["--assume-utc"]),
    "epoch-s": by_hand(epoch("s", 3), options=["--instants", "epoch-s"]),
    "epoch-ms": by_hand(epoch("ms"), options=["--instants", "epoch-ms"]),
    "epoch-us": by_hand(epoch("us"), options=["--instants", "epoch-us"]),
    "epoch-ns": by_hand(epoch("ns"), options=["--instants", "epoch-ns"]),
    # credits
    "credits with exponents": by_hand(credits=lambda value: f"{value.scaleb(2).normalize():f}e-2"),
    "credits with a comma, quoted": by_hand(credits=with_comma, options=["--csv-decimal", ","]),
    # cells and rows
    "quoted, CRLF, a byte order mark": by_hand(
        quoting=csv.QUOTE_ALL, lineterminator="\r\n", encoding="utf-8-sig"),
    "columns in another order": by_hand(order=reversed),
    "a column of quotes, commas and line ends": by_hand(more=lambda number: 'monitor 27"\n, "wide"' if number % 3 else 'note'),
    "semicolons and commas": by_hand(
        credits=with_comma, options=["--csv-delimiter", ";", "--csv-decimal", ","], delimiter=";"),
    "tabs": by_hand(options=["--csv-delimiter", "tab"], delimiter="\t"),
    "bars": by_hand(options=["--csv-delimiter", "|"], delimiter="|", quoting=csv.QUOTE_ALL),
    # packed
    "gzip": by_hand(pack=gzip.compress, ending="csv.gz"),
    "gzip in members": by_hand(pack=in_parts(gzip.compress), ending="csv.gz"),
    "zstd in frames": by_hand(pack=in_parts(codec("zstd")), ending="csv.zst"),
    "Brotli": by_hand(pack=codec("brotli"), ending="csv.br"),
    # other writers' options
    "pyarrow": of_pyarrow(),
    "pyarrow, all quoted": of_pyarrow(quoting_style="all_valid"),
    "pyarrow, semicolons": of_pyarrow(["--csv-delimiter", ";"], delimiter=";"),
    "DuckDB, quoted": of_duckdb("FORMAT csv, HEADER, FORCE_QUOTE *", "csv"),
    "DuckDB, bars": of_duckdb("FORMAT csv, HEADER, DELIMITER '|'", "csv", options=["--csv-delimiter", "|"]),
    "DuckDB, gzip": of_duckdb("FORMAT csv, HEADER, COMPRESSION gzip", "csv.gz"),
    "DuckDB, zstd": of_duckdb("FORMAT csv, HEADER, COMPRESSION zstd", "csv.zst"),
}
JSON = {
    "as it is": objects(),
    "without blanks": objects(separators=(",", ":")),
    "named .json": objects(ending="json"),
    "integer ids": objects(ids=int),
    "text throughout": objects(credits=str),
    "numbers throughout": objects(
        at=lambda at: int(epoch("ms")(at)), ids=int, options=["--instants", "epoch-ms"]),
    "seconds with decimals": objects(at=lambda at: float(epoch("s", 3)(at)), options=["--instants", "epoch-s"]),
    "all in one line": objects(separator=""),
    "with blanks between": objects(separator="  "),
    "gzip in members": objects(pack=in_parts(gzip.compress), ending="jsonl.gz"),
    "Brotli": objects(pack=codec("brotli"), ending="json.br"),
    "DuckDB, gzip": of_duckdb("FORMAT json, COMPRESSION gzip", "json.gz"),
    "DuckDB, credits as DOUBLE": of_duckdb("FORMAT json", "json", "credits::DOUBLE"),
}
