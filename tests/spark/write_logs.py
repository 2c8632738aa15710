"""Writes the month of ../writers/month.py as Spark does: by default, and as its options and sessions may have it.

    write_logs.py FOLDER

For each form, a line on standard output as ../writers/write_logs.py prints it; `usage` and `changes` are folders of
Spark's parts. Where `refused` has words, the form must be refused with them. The first form is what the others are held
against: written by hand, as in ../writers.

A new form is a line in one of the tables below. Exit code 77: there is no Spark or no Java, and nothing was written.
"""

import csv
import json
import sys
from pathlib import Path

from spark_session import session

sys.path.append(str(Path(__file__).parent.parent / "writers"))
import month

NOTE = 'monitor 27" wide, "used"'
DOUBLED = "option escape"  # in the hint on quotes


def form(kind, change=None, options=(), parts=1, by=(), settings=None, zone="UTC", refused=None, **how):
    """A form that Spark's writer of a kind writes: `how` are its options, `by` the columns that it makes folders of,
    `settings` the session's."""
    def write(spark, log, path):
        for setting, value in {**(settings or {}), "spark.sql.session.timeZone": zone}.items():
            spark.conf.set(setting, value)
        log = change(log) if change else log
        log.repartition(parts).write.partitionBy(*by).format(kind).options(**how).save(str(path))
        for setting in settings or {}:
            spark.conf.unset(setting)
    return {"write": write, "options": list(options), "refused": refused}


def of_csv(change=None, options=(), header="true", **more):
    return form("csv", change, options, header=header, **more)


def of_json(change=None, options=(), **more):
    return form("json", change, options, **more)


def of_parquet(change=None, options=(), **more):
    return form("parquet", change, options, **more)


def types(at=None, ids=None, credits=None):
    """A log with other types."""
    to = {"at": at, "credits": credits, **{name: ids for name in month.IDS}}
    return lambda log: log.selectExpr(
        *(f"CAST({name} AS {to[name]}) AS {name}" if to.get(name) else name for name in log.columns))


def number(function):
    """A log with instants as numbers."""
    return lambda log: log.selectExpr(*(f"{function}(at) AS at" if name == "at" else name for name in log.columns))


def noted(last):
    """A log with a column of quotes and commas, last or first."""
    note = f"'{NOTE}' AS note"
    return lambda log: log.selectExpr("*", note) if last else log.selectExpr(note, "*")


def swallowing(log):
    """A log with few quotes: what one opens, another cell's closes a hundred rows on."""
    first = log.columns[0]
    note = f"CASE {first} WHEN '5000100' THEN '27\",' WHEN '5000200' THEN ',\"' WHEN '7' THEN '27\", wide' ELSE '' END"
    return log.selectExpr("*", f"{note} AS note")


def with_folder(name, format):
    return lambda log: log.selectExpr("*", f"date_format(at, '{format}') AS {name}")


def nested(log):
    return log.selectExpr("array(1, NULL) AS list", "struct(at, '\"' AS text) AS of", "map('credits', 7) AS map", "*")


ZONE = "America/St_Johns"  # three hours and a half behind, two and a half in summer

CSV = {
    "by default, with a header": of_csv(),
    "by default": of_csv(header="false", refused="option header"),
    "in three parts": of_csv(parts=3),
    "in folders of months": of_csv(with_folder("month", "yyyy-MM"), by=["month"]),
    "of another zone": of_csv(zone=ZONE),
    # quotes
    "quotes in the last cells, by default": of_csv(noted(last=True), refused=DOUBLED),
    "quotes in the first cells, by default": of_csv(noted(last=False), refused=DOUBLED),
    "quotes in the last cells, doubled": of_csv(noted(last=True), escape='"'),
    "quotes in the first cells, doubled": of_csv(noted(last=False), escape='"'),
    "quotes before commas, by default": of_csv(swallowing, refused="quote behind a backslash closes one"),
    "quotes before commas, doubled": of_csv(swallowing, escape='"'),
    "all quoted": of_csv(quoteAll="true"),
    "all quoted, quotes in cells": of_csv(noted(last=True), quoteAll="true", refused=DOUBLED),
    # instants
    "microseconds": of_csv(timestampFormat="yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", zone=ZONE),
    "a blank and an offset": of_csv(timestampFormat="yyyy-MM-dd HH:mm:ss.SSS Z", zone=ZONE),
    "a blank and UTC": of_csv(timestampFormat="yyyy-MM-dd HH:mm:ss.SSS z"),
    "without offset": of_csv(timestampFormat="yyyy-MM-dd HH:mm:ss.SSSSSS", options=["--assume-utc"]),
    "without offset, nobody says UTC": of_csv(
        timestampFormat="yyyy-MM-dd HH:mm:ss.SSSSSS", refused="--assume-utc"),
    "the zone's name": of_csv(
        timestampFormat="yyyy-MM-dd HH:mm:ss.SSS z", zone=ZONE, refused="is not an instant"),
    "TIMESTAMP_NTZ": of_csv(types(at="timestamp_ntz"), ["--assume-utc"]),
    "instants as STRING": of_csv(types(at="string"), ["--assume-utc"]),
    "seconds as DOUBLE": of_csv(types(at="double"), ["--instants", "epoch-s"]),
    "seconds as DOUBLE, nobody says so": of_csv(types(at="double"), refused="epoch-s"),
    "seconds as DECIMAL": of_csv(types(at="decimal(20,6)"), ["--instants", "epoch-s"]),
    "unix_millis": of_csv(number("unix_millis"), ["--instants", "epoch-ms"]),
    # credits and ids
    "ids BIGINT, credits DOUBLE": of_csv(types(ids="bigint", credits="double")),
    "credits DECIMAL(38,18)": of_csv(types(credits="decimal(38,18)")),
    # options
    "bars": of_csv(sep="|", options=["--csv-delimiter", "|"]),
    "tabs": of_csv(sep="\t", options=["--csv-delimiter", "tab"]),
    "CRLF": of_csv(lineSep="\r\n"),
    "gzip": of_csv(compression="gzip"),
    "bzip2": of_csv(compression="bzip2", refused="text also with .gz, .zst or .br"),
}
JSON = {
    "by default": of_json(),
    "of another zone": of_json(zone=ZONE),
    "with null": of_json(ignoreNullFields="false"),
    "with lists, maps and structs": of_json(nested),
    "ids BIGINT, credits DOUBLE": of_json(types(ids="bigint", credits="double")),
    "credits DECIMAL(38,18)": of_json(types(credits="decimal(38,18)")),
    "credits STRING": of_json(types(credits="string")),
    "microseconds": of_json(timestampFormat="yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"),
    "TIMESTAMP_NTZ": of_json(types(at="timestamp_ntz"), ["--assume-utc"]),
    "seconds as DOUBLE": of_json(types(at="double"), ["--instants", "epoch-s"]),
    "unix_micros": of_json(number("unix_micros"), ["--instants", "epoch-us"]),
    "in folders of days, gzip": of_json(with_folder("day", "yyyy-MM-dd"), by=["day"], compression="gzip"),
}
INSTANTS = "spark.sql.parquet.outputTimestampType"
PARQUET = {
    "by default": of_parquet(),
    "in three parts": of_parquet(parts=3),
    "in folders of months": of_parquet(with_folder("month", "yyyy-MM"), by=["month"]),
    "in folders of accounts": of_parquet(by=["account_id"], refused="partitionBy a copy"),
    "with lists, maps and structs": of_parquet(nested),
    **{f"instants {of}, zone {zone}": of_parquet(settings={INSTANTS: of}, zone=zone)
       for of in ["INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"] for zone in ["UTC", ZONE]},
    "INT96 in folders of months": of_parquet(
        with_folder("month", "yyyy-MM"), by=["month"], settings={INSTANTS: "INT96"}),
    "TIMESTAMP_NTZ": of_parquet(types(at="timestamp_ntz")),
    "instants STRING": of_parquet(types(at="string"), ["--assume-utc"]),
    "unix_millis": of_parquet(number("unix_millis"), ["--instants", "epoch-ms"]),
    **{f"ids {of}": of_parquet(types(ids=of)) for of in ["int", "bigint", "decimal(20,0)", "binary"]},
    **{f"credits {of}": of_parquet(types(credits=of)) for of in [
        "decimal(9,2)", "decimal(18,3)", "decimal(38,18)", "float", "double", "string"]},
    "as Hive and Impala": of_parquet(settings={"spark.sql.parquet.writeLegacyFormat": "true"}),
    **{f"as Hive and Impala, credits {of}": of_parquet(
        types(credits=of), settings={"spark.sql.parquet.writeLegacyFormat": "true"})
       for of in ["decimal(9,2)", "decimal(38,18)"]},
    **{f"codec {of}": of_parquet(compression=of) for of in ["none", "snappy", "gzip", "zstd", "lz4", "lz4_raw"]},
    "version 2": of_parquet(**{"parquet.writer.version": "PARQUET_2_0"}),
    "no dictionary": of_parquet(**{"parquet.enable.dictionary": "false"}),
    "version 2, no dictionary, small pages": of_parquet(**{
        "parquet.writer.version": "PARQUET_2_0", "parquet.enable.dictionary": "false",
        "parquet.page.row.count.limit": "100"}),
    "small row groups, Bloom filters": of_parquet(**{
        "parquet.block.size": "1024", "parquet.page.size.row.check.min": "10",
        "parquet.bloom.filter.enabled#account_id": "true"}),
}
OTHER = {"ORC": form("orc", refused="cannot be read")}
FORMS = {"CSV": CSV, "JSON": JSON, "Parquet": PARQUET, "other": OTHER}


def by_hand(folder):
    told = {"form": "by hand", "options": []}
    for log, rows in month.rows().items():
        path = folder / f"by-hand-{log}.csv"
        with path.open("w", newline="") as out:
            csv.writer(out).writerows([month.COLUMNS[log], *rows])
        told[log] = path.name
    return told


def frames(spark):
    kinds = {"at": "timestamp", "credits": "decimal(18,6)"}
    for log, rows in month.rows().items():
        schema = ", ".join(f"{name} {kinds.get(name, 'string')}" for name in month.COLUMNS[log])
        yield log, spark.createDataFrame(rows, schema).coalesce(1).cache()


def main(folder):
    print(json.dumps(by_hand(folder)))
    spark = session(folder / "_scratch")
    logs = dict(frames(spark))
    forms = [(f"Spark, {kind}: {name}", form) for kind, forms in FORMS.items() for name, form in forms.items()]
    for at, (name, form) in enumerate(forms):
        written = {}
        for log, frame in logs.items():
            path = folder / f"{at:03}-{log}"
            form["write"](spark, frame, path)
            written[log] = path.name
        print(json.dumps({"form": name, **written, "options": form["options"], "refused": form["refused"]}))
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
