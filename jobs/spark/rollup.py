#!/usr/bin/env python3
"""Rolls up a month's usage on Spark 4, Spark 3.5 or Sail: what docs/ROLLUP.md asks of an engine, version 1.

    spark-submit rollup.py --request PLACE/request.json [--scheme s3=s3a]... [--remote sc://HOST:PORT]

PLACE is a folder of a disk or of object storage. Results are written beside the request, rollup.json last. Exit code:
0 the rollup is there, 1 it is not, and standard error ends with the reason.
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import traceback
from datetime import datetime, timedelta, timezone
from functools import reduce
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

# What an expression means must not hang on an installation's defaults. Versions that don't know a setting pass it over.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # a sum that overflows is an error, and not null
    "spark.sql.caseSensitive": "true",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.session.timeZone": "UTC",
    # After a loss, what is computed again must be what it was (Spark 4.1 and later).
    "spark.sql.shuffle.orderIndependentChecksum.enabled": "true",
    "spark.sql.shuffle.orderIndependentChecksum.enableFullRetryOnMismatch": "true",
}
TABLES = ["sums", "exceptions", "sharing", "recent", "rejects", "control"]
BROADCAST_ROWS = 2_000_000  # tables of at most as many rows are sent to every executor
FILE_ROWS = 1_000_000  # about as many rows go into a file of results
MOST_SHARING = 10_001

# Instants are microseconds since 1970, as 64-bit integers, from reading to writing.
YEAR_1, YEAR_10000 = -62_135_596_800_000_000, 253_402_300_800_000_000
PER_UNIT = {"epoch-s": 1_000_000, "epoch-ms": 1_000, "epoch-us": 1}

# The engine's types for those of the request: unsigned integers are read in the next wider one.
INTEGERS = {
    "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint",
    "uint8": "smallint", "uint16": "int", "uint32": "bigint", "uint64": "decimal(20,0)",
}
STORED = {
    **INTEGERS, "text": "string", "uuid": "binary",
    "timestamp-ms": "timestamp", "timestamp-us": "timestamp", "timestamp-96": "timestamp",
    "timestamp-ms-local": "timestamp_ntz", "timestamp-us-local": "timestamp_ntz",
    "timestamp-ns": "bigint", "timestamp-ns-local": "bigint",
}
CREDITS = "decimal(18,6)"  # a long within the engine
SUM = "decimal(38,6)"
MOVED = "decimal(38,24)"

CHECK = "xxhash64(event_id, account_id, at, credits)"
BUCKET = "cast(crc32(cast(account_id as binary)) % 4096 as int)"
MONTH = "date_format(timestamp_micros(at), 'yyyy-MM')"


class Stop(Exception):
    """Why there can be no rollup, in a sentence."""


class Engine:
    """A session of Spark, or of Sail where --remote names its server: where they differ, and the files of each."""

    def __init__(self, remote, schemes):
        builder = SparkSession.builder.appName("monthend rollup")
        self.spark = (builder.remote(remote) if remote else builder).getOrCreate()
        for name, value in SETTINGS.items():
            self.spark.conf.set(name, value)
        self.is_sail, self.schemes = remote is not None, schemes
        self.name = "Sail" if self.is_sail else "Apache Spark"
        self.version = self.spark.sql("select version()").first()[0] if self.is_sail else self.spark.version
        if not self.is_sail and not hasattr(self.spark, "_jvm"):
            raise Stop("this session of Spark gives no access to Java; on Databricks, a dedicated cluster does")

    def check_types(self, files):
        """Stops for types that this engine misreads."""
        if self.is_sail:
            by, misread = "Sail misreads: use Spark", ["float", "double", "timestamp-ns", "timestamp-ns-local"]
        else:
            java = self.spark._jvm.java.lang.System.getProperty("java.version")
            by = f"Java {java} does not write as the shortest decimal: use Java 21 or newer"
            misread = ["float", "double"] if int(re.match(r"\d+", java)[0]) < 19 else []
        for file in files:
            for column, kind in file["types"].items():
                if kind in misread:
                    raise Stop(f"{file['name']}: {column} is of type {kind}, which {by}")

    def address(self, address):
        """An address with the scheme by which this engine knows it; `az=abfss@HOST` makes az://C/K abfss://C@HOST/K."""
        scheme, _, rest = address.partition("://")
        if scheme not in self.schemes:
            return address
        to, _, host = self.schemes[scheme].partition("@")
        container, _, key = rest.partition("/")
        return f"{to}://{container}@{host}/{key}" if host else f"{to}://{rest}"

    def to_read(self, address):
        """An address that means one file or folder, whatever characters are in it: some are patterns to Hadoop."""
        return Path(address).absolute().as_uri() if self.is_sail else re.sub(r"([\\{}\[\]*?])", r"\\\1", address)

    def to_write(self, address):
        return self.to_read(address) if self.is_sail else address

    def table(self, address, schema=None):
        reader = self.spark.read.schema(schema) if schema else self.spark.read
        return reader.parquet(self.to_read(address))

    def text(self, address):
        if self.is_sail:
            return Path(address).read_text(encoding="utf-8")
        return self.spark.read.text(self.to_read(address), wholetext=True).first()[0]

    def in_hadoop(self, address):
        path = self.spark._jvm.org.apache.hadoop.fs.Path(address)
        return path.getFileSystem(self.spark._jsc.hadoopConfiguration()), path

    def remove(self, address):
        if not self.is_sail:
            system, path = self.in_hadoop(address)
            system.delete(path, True)
        elif Path(address).is_dir():
            shutil.rmtree(address)
        else:
            Path(address).unlink(missing_ok=True)

    def write(self, address, text):
        if self.is_sail:
            Path(address).write_text(text, encoding="utf-8")
            return
        system, path = self.in_hadoop(address)
        out = system.create(path, True)
        out.write(bytearray(text.encode()))
        out.close()

    def files(self, address):
        """The files of a table, with rows and bytes."""
        if self.is_sail:
            found = [(path.name, self.table(path).count(), path.stat().st_size)
                     for path in Path(address).glob("*.parquet")]
        else:
            found = self.table(address).groupBy("_metadata.file_name").agg(
                F.expr("count(*)"), F.expr("max(_metadata.file_size)")).collect()
        return [{"file": unquote(name), "rows": rows, "bytes": size} for name, rows, size in sorted(found)]


# --- The log: each row's four columns, and what becomes of it --------------------------------------------------------


def micros(instant):
    """An instant of the request, such as 2026-04-01T00:00:00Z."""
    since = datetime.fromisoformat(instant.replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(microseconds=1)


def union(frames):
    return reduce(lambda some, more: some.unionByName(more), frames)


def quoted(column):
    return "`" + column.replace("`", "``") + "`"


def without_scheme(address):
    """What two spellings of an address have in common: engines have schemes of their own."""
    return re.sub(r"^\w+:(//)?", "", address)


def id_text(column, kind):
    if kind == "uuid":
        groups = "(.{8})(.{4})(.{4})(.{4})(.{12})"
        return f"regexp_replace(lower(hex({column})), '{groups}', '$1-$2-$3-$4-$5')"
    return column if kind == "text" else f"cast({column} as string)"


def instant(column, kind, integers):
    """An instant in microseconds; null where it is finer, or outside the years 1 to 9999."""
    unit = "epoch-ns" if kind.startswith("timestamp-ns") else "epoch-us" if kind.startswith("timestamp") else integers
    is_number = kind in INTEGERS or kind.startswith("timestamp-ns")
    number = f"try_cast({column} as bigint)" if is_number else f"unix_micros(cast({column} as timestamp))"
    if unit == "epoch-ns":
        return f"case when {number} % 1000 = 0 then {number} div 1000 end"
    per = PER_UNIT[unit]
    return f"case when {number} >= {YEAR_1 // per} and {number} < {YEAR_10000 // per} then {number} * {per}L end"


def with_credits(rows, kind):
    """Adds `credits`, rounded half to even, null where they cannot be read; and `moved`, rounded less exact, null where
    nothing was rounded. Casts round halves up. What is finer than a micro-credit is looked at by itself, since a
    decimal of 38 digits loses places when it is added to or compared with others."""
    is_float = kind in ("float", "double")
    if not is_float and (kind in INTEGERS or int(re.search(r",(\d+)", kind)[1]) <= 6):
        rows = rows.withColumn("credits", F.expr(f"case when raw >= 0 then try_cast(raw as {CREDITS}) end"))
        return rows.withColumn("moved", F.expr(f"cast(null as {MOVED})"))
    exact = "raw"
    if is_float:
        # The shortest text that reads back. What is below a micro-credit may have more than 24 places, and is cut.
        tiny = "try_cast(cast(raw as string) as decimal(38,38))"
        exact = f"""case when raw < 1e-6D then cast({tiny} - {tiny} % 1e-24BD as decimal(36,24))
            else try_cast(cast(raw as string) as decimal(36,24)) end"""
    steps = {
        "exact": f"case when raw >= 0 then {exact} end",
        "finer": "exact % 0.000001",
        "half_up": f"try_cast(exact as {CREDITS})",
        "down": "case when finer = 0.0000005 and half_up % 0.000002 = 0.000001 then 0.000001 else 0.000000 end",
        "credits": f"cast(half_up - down as {CREDITS})",
        "up": "case when finer >= 0.0000005 then 0.000001 else 0.000000 end",
        "moved": f"case when finer <> 0 or exact = 0 and raw > 0 then cast(up - down - finer as {MOVED}) end",
    }
    for name, expression in steps.items():
        rows = rows.withColumn(name, F.expr(expression))
    return rows


class Log:
    """The files of the usage log, as the request lists them."""

    def __init__(self, engine, request):
        self.engine, self.request, self.files = engine, request, request["files"]
        self.start, self.end = micros(request["start"]), micros(request["end"])
        self.first = YEAR_1 if request["genesis"] else self.start
        self.paths = {file["file"]: engine.address(file["path"]) for file in self.files}
        engine.check_types(self.files)

    def bad_id(self, column):
        is_utf8 = f"is_valid_utf8({column})"
        if self.engine.version.startswith("3."):
            is_utf8 = f"decode(cast({column} as binary), 'UTF-8') = {column}"
        return rf"""({column} is null or octet_length({column}) not between 1 and 256
            or {column} rlike '[\\x00-\\x1f\\x7f-\\x9f]' or not {is_utf8})"""

    def rows_of_one_type(self, files, is_checked, wanted):
        """Rows of files whose columns are of the same types."""
        types, names = files[0]["types"], self.request["columns"]
        stored = ", ".join(f"{quoted(names[of])} {STORED.get(kind, kind)}" for of, kind in types.items())
        paths = [self.engine.to_read(self.paths[file["file"]]) for file in files]
        column = {name: quoted(in_file) for name, in_file in names.items()}
        ids = [name for name in ("account_id", "event_id") if name in names]
        as_text = {"event_id": "''", **{name: id_text(column[name], types[name]) for name in ids}}
        rows = self.engine.spark.read.schema(stored).parquet(*paths).selectExpr(
            f"'{files[0]['file']}' as file" if self.engine.is_sail else "_metadata.file_path as file", *wanted,
            *(f"{text} as {name}" for name, text in as_text.items()),
            f"{instant(column['at'], types['at'], self.request.get('instants'))} as at", f"{column['credits']} as raw")
        bad = " or ".join([*map(self.bad_id, ids), "credits is null"]) if is_checked else "false"
        fate = f"""case when at is null then 'rejected' when at >= {self.end} or at < {self.first} then 'outside'
            when {bad} then 'rejected' else 'read' end as fate"""
        return with_credits(rows, types["credits"]).selectExpr(
            "file", *wanted, "event_id", "account_id", "at", "credits", "moved", fate)

    def rows(self, files, is_checked=True, wanted=()):
        """Rows of files with their `fate`, and columns that are `wanted` besides. Files in which nothing is to be
        rejected need not be checked again. Sail does not say of which file a row is: there each is read by itself."""
        groups = {}
        for file in files:
            groups.setdefault(file["file"] if self.engine.is_sail else json.dumps(file["types"]), []).append(file)
        return union(self.rows_of_one_type(group, is_checked, wanted) for group in groups.values())

    def read(self, dirty):
        """The rows read: `before` says of which span. `dirty` are the numbers of files with rejects."""
        some = {checked: [file for file in self.files if (file["file"] in dirty) == checked]
                for checked in (False, True)}
        rows = union(self.rows(files, checked) for checked, files in some.items() if files)
        return rows.where("fate = 'read'").selectExpr(
            f"at < {self.start} as before", "event_id", "account_id", "at", "credits", f"{CHECK} as `check`")

    def number(self, address):
        """A file's number by its address as the engine gives it: encoded, with a scheme of its own."""
        known = {without_scheme(path): number for number, path in self.paths.items()}
        if self.engine.is_sail:
            return int(address)
        if without_scheme(unquote(address)) not in known:
            raise Stop(f"the engine read {address}, which is no file of the request")
        return known[without_scheme(unquote(address))]


# --- The rollup ------------------------------------------------------------------------------------------------------


def sums(**more):
    """What is added up of rows: their number, credits and checks."""
    return [F.expr(f"{expression} as `{name}`") for name, expression in {
        "rows": "count(*)", "credits": f"cast(coalesce(sum(credits), 0) as {SUM})",
        "check": "coalesce(bit_xor(`check`), 0L)", **more}.items()]


def sums_of_sums(**more):
    return sums(rows="coalesce(sum(rows), 0L)", **more)


def times(count):
    """What so many same rows come to."""
    return [f"{count} as rows", f"cast(credits * {count} as {SUM}) as credits",
            f"case when {count} % 2 = 1 then `check` else 0L end as `check`"]


def small(frame, rows):
    """A frame of so many rows, as others are joined with it."""
    return F.broadcast(frame) if rows <= BROADCAST_ROWS else frame.hint("shuffle_hash")


class Rollup:
    def __init__(self, engine, address):
        self.engine, self.folder = engine, address.rpartition("/")[0] or "."
        if engine.is_sail and "://" in address:
            raise Stop(f"{address}: with Sail, a rollup lies in a local folder")
        text = engine.text(address)
        self.digest, self.request = hashlib.sha256(text.encode()).hexdigest(), json.loads(text)
        if self.request["version"] != 1:
            raise Stop(f"the request is of version {self.request['version']}, and this script knows version 1")
        self.log = Log(engine, self.request)
        self.keep_from = max(micros(self.request.get("keep_from", self.request["end"])), self.log.start)

    def given(self, name, schema):
        """A table of the request, and the number of its rows."""
        table = self.request[name]
        if not table["rows"]:
            return self.engine.spark.createDataFrame([], schema), 0
        return self.engine.table(f"{self.folder}/{table['folder']}", schema), table["rows"]

    def kept(self, name, frame):
        """An intermediate result, written once and read from there."""
        address = f"{self.folder}/_work/{name}"
        frame.write.mode("overwrite").parquet(self.engine.to_write(address))
        return self.engine.table(address, ", ".join(f"{quoted(column)} {kind}" for column, kind in frame.dtypes))

    def save(self, name, frame, keys=None):
        """A table of the result: one file, or by ranges of its keys, each file in their order."""
        if not keys:
            frame = frame.coalesce(1)
        elif self.engine.is_sail:
            frame = frame.orderBy(*keys).limit(frame.count())  # without a limit, Sail forgets the order when it writes
        else:
            frame = frame.repartitionByRange(frame.count() // FILE_ROWS + 1, *keys).sortWithinPartitions(*keys)
        frame.write.mode("overwrite").parquet(self.engine.to_write(f"{self.folder}/{name}"))

    def run(self):
        self.engine.remove(f"{self.folder}/rollup.json")
        self.look_at_log()
        self.decide()
        self.add_up()
        self.save_recent()
        self.save_exceptions()
        self.save_rejects()
        self.save_control()
        self.engine.remove(f"{self.folder}/_work")
        done = {"version": 1, "request": self.digest,
                "engine": self.engine.name, "engine_version": self.engine.version,
                "tables": {table: self.engine.files(f"{self.folder}/{table}") for table in TABLES}}
        self.engine.write(f"{self.folder}/rollup.json", json.dumps(done, indent=2) + "\n")

    def look_at_log(self):
        """The one look at all rows and all that is wrong with them; no row is moved to another machine."""
        log, recent = self.log, f"fate = 'read' and at >= {self.keep_from}"
        month = f"case when at >= {log.start} and at < {log.end} then '{self.request['month']}' else {MONTH} end"
        rows = log.rows(log.files).selectExpr("file", "fate", f"{month} as month", "credits", f"{recent} as recent", *(
            f"case when fate = 'read' then {expression} end as `{name}`"
            for name, expression in {"bucket": BUCKET, "check": CHECK, "moved": "moved"}.items()))
        seen = self.kept("seen", rows.groupBy("file", "fate", "month", "bucket").agg(*sums(
            rounded="count(moved)", moved=f"cast(coalesce(sum(moved), 0) as {MOVED})",
            recent_rows="count(case when recent then 1 end)",
            recent_credits=f"cast(coalesce(sum(case when recent then credits end), 0) as {SUM})",
            recent_check="coalesce(bit_xor(case when recent then `check` end), 0L)")))
        found = seen.groupBy("file").agg(
            F.expr("sum(rows) as rows"), F.expr("max(fate = 'rejected') as dirty")).collect()
        self.numbers = {row.file: log.number(row.file) for row in found}
        self.dirty = {self.numbers[row.file] for row in found if row.dirty}
        rows_of = {self.numbers[row.file]: row.rows for row in found}
        for file in log.files:
            rows = rows_of.get(file["file"], 0)
            if rows != file["rows"]:
                raise Stop(f"{file['name']} has {file['rows']} rows, and the engine read {rows}: it has changed since "
                           "the request was made, or the engine passes over files of such a name")
        self.seen = self.numbered(seen)
        self.read = log.read(self.dirty)

    def numbered(self, rows):
        """Rows with the number of their file for its address."""
        numbers = self.engine.spark.createDataFrame(list(self.numbers.items()), "address string, number int")
        rows = rows.join(F.broadcast(numbers), F.expr("file = address"))
        return rows.withColumn("file", F.col("number")).drop("address", "number")

    def decide(self):
        """Decides which rows stand. Exactly compared are those alone whose ids may come more than once, or are named by
        `billed_before` or `dropped`: a 64-bit fingerprint tells, and that is all that is moved of the others."""
        billed, billed_rows = self.given("billed_before", "event_id string")
        dropped, dropped_rows = self.given("dropped", "event_id string, account_id string, entry int")
        fingerprint = F.expr("xxhash64(before, event_id) as fingerprint")
        named = billed.selectExpr("false as before", "event_id").unionByName(
            dropped.selectExpr("explode(array(true, false)) as before", "event_id")).distinct()
        several = union([self.read.select(fingerprint), named.select(fingerprint)]).groupBy("fingerprint").count()
        several = several.where("count > 1" if self.request["event_ids"] else "false").select("fingerprint")
        several = self.kept("several", several)
        several, prints = small(several, several.count()), self.read.select("*", fingerprint)
        suspected = prints.join(several, "fingerprint", "left_semi")
        unsuspected = prints.join(several, "fingerprint", "left_anti").drop("fingerprint")

        # An entry that names the account goes before one that names none.
        own = dropped.where("account_id is not null").selectExpr(
            "event_id as own_id", "account_id as own_account", "entry as own_entry")
        others = dropped.where("account_id is null").selectExpr("event_id as others_id", "entry as others_entry")
        billed = billed.selectExpr("event_id as billed_id").distinct()
        rows = suspected.join(
            small(own, dropped_rows), F.expr("event_id = own_id and account_id = own_account"), "left").join(
            small(others, dropped_rows), F.expr("event_id = others_id"), "left").join(
            small(billed, billed_rows), F.expr("event_id = billed_id and not before"), "left").withColumn(
            "entry", F.expr("case when own_id is not null then own_entry else others_entry end"))
        # Rows that are the same are counted and become one: so no order among them can matter.
        rows = rows.groupBy("before", "event_id", "account_id", "at", "credits", "check", "entry", "billed_id").agg(
            F.expr("count(*) as copies"))
        of_id = Window.partitionBy("before", "event_id", F.expr("entry is null"))
        rows = rows.withColumn("place", F.row_number().over(of_id.orderBy("at", "account_id", "credits")))
        rows = rows.withColumn("shared", F.min("account_id").over(of_id) != F.max("account_id").over(of_id))
        self.decided = self.kept("decided", rows.selectExpr(
            "before", "event_id", "account_id", "at", "credits", "`check`", "entry",
            "shared and entry is null and billed_id is null as shared",
            """case when entry is not null then 'dropped-usage' when billed_id is not null then 'billed-before'
            when place > 1 then 'conflicting-duplicate' else 'stands' end as verdict""",
            "case when entry is not null then copies else 1L end as rows",
            "case when entry is not null then 0L else copies - 1 end as copies"))
        stands = self.decided.where("verdict = 'stands'").select(*unsuspected.columns)
        self.used = unsuspected.unionByName(stands)
        sharing = self.decided.where("shared").select("account_id").distinct().orderBy("account_id")
        self.save("sharing", sharing.limit(MOST_SHARING))

    def add_up(self):
        """Sums by account and segment. Most accounts have one segment, which is the whole month: they are joined once
        their rows are added up. The rows of all others are joined by their instants."""
        boundaries, self.boundary_rows = self.given(
            "boundaries", "account_id string, segment int, from_instant timestamp, until_instant timestamp")
        self.boundaries = boundaries.selectExpr(
            "account_id as of_account", "segment as of_segment",
            "unix_micros(from_instant) as since", "unix_micros(until_instant) as until")
        whole = f"since <= {self.log.start} and until >= {self.log.end} and count(*) over (partition by of_account) = 1"
        parted = self.kept("parted", self.boundaries.selectExpr("*", f"{whole} as whole"))
        one = parted.where("whole").selectExpr("of_account as whole_account", "of_segment as whole_segment")
        # Where usage before the month counts, whatever begins before it takes part by its instants.
        begun = f"since < {self.log.start}" if self.request["genesis"] else "false"
        cut = parted.where(f"not whole or {begun}").drop("whole")
        placed = self.placed(self.used, cut, cut.count())
        placed = placed.withColumn("month", F.expr(f"case when before then {MONTH} end"))
        added = placed.groupBy("account_id", "before", "month", "segment").agg(*sums(last_at="max(at)"))
        added = added.join(one, F.expr("account_id = whole_account and not before"), "left")
        added = added.withColumn("segment", F.expr("coalesce(segment, whole_segment)")).drop(*one.columns)
        self.added = self.kept("added", added)
        table = self.added.where("segment is not null").groupBy("account_id", "segment").agg(*sums_of_sums())
        self.save("sums", table.withColumnRenamed("rows", "events"), ["account_id", "segment"])

    def placed(self, rows, boundaries, count):
        """Rows with their segment, null where there is none."""
        within = F.expr("account_id = of_account and at >= since and at < until")
        rows = rows.join(small(boundaries, count), within, "left")
        return rows.withColumn("segment", F.col("of_segment")).drop(*boundaries.columns)

    def save_recent(self):
        rows = self.used.where(f"at >= {self.keep_from}")
        self.recent = self.kept("recent", self.placed(rows, self.boundaries, self.boundary_rows))
        self.save("recent", self.recent.where("segment is not null").selectExpr(
            "account_id", "timestamp_micros(at) as at", "event_id", f"cast(credits as {SUM}) as credits"),
            ["account_id", "at", "event_id"])

    def save_exceptions(self):
        rows = self.decided.where("verdict <> 'stands'").selectExpr(
            "verdict as kind", "account_id", "before", "entry", "at", "event_id", *times("rows"))
        lost = self.added.where("segment is null and not before").selectExpr("account_id as lost_account")
        known = self.boundaries.selectExpr("of_account as known_account").distinct()
        known = lost.join(known, F.expr("lost_account = known_account"), "left")
        homeless = self.used.where("not before").join(small(known, lost.count()), F.expr("account_id = lost_account"))
        homeless = self.placed(homeless, self.boundaries, self.boundary_rows).where("segment is null")
        rows = rows.unionByName(homeless.selectExpr(
            "case when known_account is null then 'unknown-account' else 'before-signup' end as kind",
            "account_id", "before", "cast(null as int) as entry", "at", "event_id", *times("1L")))
        table = rows.groupBy("kind", "account_id", "before", "entry").agg(*sums_of_sums(
            first="min(struct(at, event_id))", last_at="max(at)"))
        sample = "first.event_id" if self.request["event_ids"] else "cast(null as string)"
        self.save("exceptions", table.selectExpr(
            "kind", "account_id", "before as before_month", "entry", "rows", "credits",
            "timestamp_micros(first.at) as first_at", "timestamp_micros(last_at) as last_at",
            f"{sample} as sample_id", "`check`"))

    def save_rejects(self):
        dirty = [file for file in self.log.files if file["file"] in self.dirty]
        if dirty and not self.engine.is_sail:
            rows = self.log.rows(dirty, wanted=["_metadata.row_index + 1 as row"]).where("fate = 'rejected'")
            table = self.numbered(rows).select("file", "row")
        else:  # Sail does not tell a file's rows apart
            table = self.engine.spark.createDataFrame([(file["file"], None) for file in dirty], "file int, row bigint")
        self.save("rejects", table)

    def save_control(self):
        columns = {"file": "int", "month": "string", "bucket": "int", "rows": "bigint", "credits": SUM,
                   "check": "bigint", "moved": MOVED, "last_at": "timestamp"}
        more = {"last_at": "timestamp_micros(max(last_at))", "moved": f"cast(sum(moved) as {MOVED})"}

        def total(what, rows, by, keep=("rows", "credits", "check")):
            """Rows of the table: sums of rows, of which some are kept."""
            added = rows.groupBy(*by).agg(*sums_of_sums(**{name: more[name] for name in keep if name in more}))
            return added.selectExpr(f"'{what}' as what", *(
                f"`{name}`" if name in [*by, *keep] else f"cast(null as {kind}) as `{name}`"
                for name, kind in columns.items()))

        read = self.seen.where("fate = 'read'")
        rounded = read.where("rounded > 0").selectExpr("file", "rounded as rows", "credits", "`check`", "moved")
        copies = self.decided.where("copies > 0").selectExpr(
            f"{MONTH} as month", f"{BUCKET} as bucket", "at", *times("copies"))
        nowhere = self.added.where("segment is null and before").withColumn("bucket", F.expr(BUCKET))
        recent_read = read.selectExpr("recent_rows as rows", "recent_credits as credits", "recent_check as `check`")
        is_recent = f"at >= {self.keep_from}"
        recent_aside = union([
            self.decided.where(f"{is_recent} and verdict <> 'stands'").selectExpr(*times("rows")),
            copies.where(is_recent).select("rows", "credits", "check"),
            self.recent.where("segment is null").selectExpr(*times("1L"))])
        self.save("control", union([
            total("read", read, ["file", "month"]),
            total("outside", self.seen.where("fate = 'outside'"), ["file", "month"], ["rows"]),
            total("rejected", self.seen.where("fate = 'rejected'"), ["file", "month"], ["rows", "credits"]),
            total("rounded", rounded, ["file"], ["rows", "moved"]),
            total("read-by-bucket", read, ["bucket"]),
            total("duplicates", copies, ["month", "bucket"]),
            total("nowhere", nowhere, ["month", "bucket"]),
            total("in-trial", self.added.where("segment is not null and before"), ["month"], ["rows", "credits"]),
            total("used", self.added.where("segment is not null and not before"), [], ["rows", "credits", "last_at"]),
            total("recent-read", recent_read, []),
            total("recent-aside", recent_aside, []),
        ]))


def main():
    arguments = argparse.ArgumentParser(description="Rolls up a month's usage for `monthend run --rollup`.")
    arguments.add_argument("--request", required=True, metavar="PLACE/request.json")
    arguments.add_argument("--scheme", action="append", default=[], metavar="s3=s3a",
                           help="addresses of the one scheme are of the other to this engine")
    arguments.add_argument("--remote", metavar="sc://HOST:PORT", help="a server of Sail")
    given, _ = arguments.parse_known_args()  # Glue adds arguments of its own
    engine = None
    try:
        engine = Engine(given.remote, dict(scheme.split("=", 1) for scheme in given.scheme))
        Rollup(engine, engine.address(given.request)).run()
    except Exception as error:
        if engine and not engine.is_sail:
            engine.spark.sparkContext.setLogLevel("ERROR")  # so that the reason comes last
        if not isinstance(error, Stop):
            traceback.print_exc()
        reason = (str(error) or type(error).__name__).splitlines()[0]
        sys.exit(f"rollup.py: {reason}")


if __name__ == "__main__":
    main()
