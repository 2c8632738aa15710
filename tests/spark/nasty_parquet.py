"""Writes a nasty usage log of April and May 2026 as Parquet, in every type that a rollup knows and Spark alone does not
write, for accounts of a change log.

    nasty_parquet.py FOLDER CHANGES.csv DROPPED.csv [--without floats nanoseconds dictionaries]

The same rows each time: null, empty and overlong ids, control characters, instants at the edges of the months and of
the calendar, credits that are none, or are ties, or finer than they can be billed; copies and conflicts within files,
across files and months. DROPPED.csv will be a list of events of April to leave out. What an engine cannot read is not
written `--without`: Java before 19 cannot read floats, Sail none of the three.

With pyarrow. Prints the number of files and rows. Exit code 77: it is not there.
"""

import argparse
import csv
import random
import sys
import uuid
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as missing:
    print(f"no pyarrow: {missing}", file=sys.stderr)
    sys.exit(77)

DAY = 86_400_000_000
START = int(datetime(2026, 4, 1, tzinfo=timezone.utc).timestamp()) * 1_000_000
END = START + 30 * DAY
EDGES = [START - 1, START, END - 1, END]
FAR = [  # the years 0, 1, 9999 and 10000, and some that no calendar has
    -62_135_596_800_000_001, -62_135_596_800_000_000, 253_402_300_799_999_999, 253_402_300_800_000_000,
    -9_000_000_000_000_000_000, 9_000_000_000_000_000_000]
NO_ID = [None, "", "x" * 256, "x" * 257, "a\tb", "e\x00", "\x1f", "a\x7fb", "a\x80b", "a\x85b", "a\x9fb",
         "\u00a0", "é" * 128, "é" * 128 + "x", "é" * 129, "€" * 85 + "x", "€" * 86, "𝄞" * 64, "𝄞" * 64 + "x"]
DECIMALS = [Decimal(text) for text in [
    "0", "-0.000000000000000001", "-1", "0.0000005", "0.0000015", "0.0000025", "0.000000500000000001",
    "0.000000499999999999", "1.234567499999999999", "12345678.9999994", "12345678.9999995", "12345679.9999995",
    "999999999999.9999995", "1000000000000", "12345678901234567890.5"]]
# The most that a row may have is as much as an account may have in all.
MOST = [Decimal(text) for text in ["999999999999.999999", "999999999999.9999994", "999999999998.9999995"]]
FINE_DECIMALS = [Decimal(text) for text in [
    "0", "-1e-24", "1e-24", "0.0000005", "0.0000015", "0.000000500000000000000001", "12345678.9999995",
    "0.000000499999999999999999", "0.000001500000000000000001", "99999999"]]
DOUBLES = [
    float("nan"), float("inf"), float("-inf"), -0.0, -1e-9, -5e-324, 5e-324, 1e-30, 5e-7, 1.5e-6, 2.5e-6,
    5.000000000000001e-7, 4.999999999999999e-7, 1e300, 1e12, 12345678.9999995, 0.1 + 0.2, 2e-3, 1.1, 2e23,
    123456.7890125, 0.0000035, 8.41e21, 9007199254740993.0, 1.2345678901234567e-9, 1e-6, 1.0000005]


class Writer:
    def __init__(self, folder, accounts):
        self.folder, self.accounts, self.random = folder, accounts, random.Random(2026)
        self.ids = [str(uuid.UUID(int=self.random.getrandbits(128))) for _ in range(2_000)]
        self.seen, self.files, self.count = [], 0, 0

    def at(self):
        kind = self.random.random()
        if kind < 0.02:
            return None
        if kind < 0.05:
            return self.random.choice(EDGES)
        if kind < 0.055:
            return self.random.choice(FAR)
        if kind < 0.15:
            return START + self.random.randrange(-60 * DAY, 70 * DAY, 1_000_000)
        if kind < 0.25:  # what April bills last may come again in May
            return END + self.random.randrange(-2 * DAY, 2 * DAY, 1_000_000)
        return START + self.random.randrange(0, 30 * DAY, self.random.choice([1, 1_000, 1_000_000]))

    def account(self):
        return self.random.choice(NO_ID if self.random.random() < 0.04 else self.accounts)

    def event(self):
        kind = self.random.random()
        if kind < 0.03:
            return self.random.choice(NO_ID)
        if kind < 0.4:
            return self.random.choice(self.ids)
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def credits(self):
        """In micro-credits; half of them are whole credits, which all types hold."""
        return self.random.choice([self.random.randrange(0, 3_000_000), self.random.randrange(0, 128) * 1_000_000])

    def rows(self, count):
        rows = []
        for _ in range(count):
            row = (self.event(), self.account(), self.at(), self.credits())
            kind = self.random.random()
            if self.seen and kind < 0.15:
                row = self.random.choice(self.seen)
            elif self.seen and kind < 0.2:  # another's id, or at another time, or of other credits
                like = list(self.random.choice(self.seen))
                changed = self.random.choice([1, 2, 3])
                like[changed] = row[changed]
                row = tuple(like)
            rows.append(row)
            self.seen.append(row)
        return rows

    def some(self, usual, odd):
        """Credits as `usual` has them, now and then something of `odd`."""
        return lambda row: self.random.choice(odd) if self.random.random() < 0.06 else usual(row[3])

    def write(self, name, rows, credits, credits_type, at=("us", "UTC"), event=(pa.string(), lambda id: id),
              account=(pa.string(), lambda id: id), instant=lambda at: at):
        per = {"ms": 1_000, "us": 1, "ns": 1}[at[0]]
        instants = [None if row[2] is None else instant(row[2] // per) for row in rows]
        accounts = [account[1](row[1]) for row in rows]
        table = pa.table({
            "event_id": pa.array([event[1](row[0]) for row in rows], event[0]),
            "account_id": pa.array(accounts).cast(account[0]),
            "at": pa.array(instants, pa.timestamp(at[0], tz=at[1])),
            "credits": pa.array([credits(row) for row in rows], credits_type),
            "other": pa.array(range(len(rows))),
        })
        pq.write_table(table, self.folder / name, row_group_size=700)
        self.files += 1
        self.count += len(rows)
        return table


def nanoseconds(writer):
    """Instants in nanoseconds, a few of them finer than a microsecond; those out of reach are null."""
    def instant(at):
        finer = writer.random.choice([1, 999]) if writer.random.random() < 0.02 else 0
        return at * 1_000 + finer if abs(at) < 9_000_000_000_000_000 else None
    return instant


def write_dropped(path, log, accounts):
    """A list of some events of April, among them copies and conflicts."""
    ids, of, at, credits = (log[name] for name in ["event_id", "account_id", "at", "credits"])
    rows = zip(ids.to_pylist(), of.to_pylist(), at.cast(pa.int64()).to_pylist(), credits.to_pylist())
    known = {event for event, account, at, credits in rows
             if len(event or "") == 36 and account in accounts and at and START <= at < END and credits and credits > 0}
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("event_id", "reason"), *((event, "disputed") for event in sorted(known)[:60])])


def main(folder, changes, dropped, without):
    with changes.open(newline="") as file:
        accounts = sorted({row["account_id"] for row in csv.DictReader(file)} - {""})
    writer = Writer(folder, [*accounts, *accounts, "nobody", "ghost-é", "né", "17", "4711"])
    folder.mkdir(parents=True, exist_ok=True)
    rows, some = writer.rows, writer.some
    plain = lambda micros: Decimal(micros).scaleb(-6)
    whole = lambda micros: micros // 1_000_000
    number = lambda id, more=0: None if id is None else sum(id.encode()) % 2_000 + more
    as_uuid = lambda id: None if id is None else uuid.UUID(id).bytes if len(id) == 36 else bytes(16)
    six = pa.decimal128(18, 6)

    odd = [None, Decimal("-1"), Decimal("-0.000001"), Decimal(0), Decimal("12345678.999999")]
    log = writer.write("usage-decimal-18-6.parquet", rows(4_000), some(plain, odd), six)
    write_dropped(dropped, log, accounts)
    writer.write("usage of decimal-38-18.parquet", rows(4_000), some(plain, [None, *DECIMALS]), pa.decimal128(38, 18))
    writer.write("usage-decimal-38-24.parquet", rows(2_000), some(plain, [None, *FINE_DECIMALS]),
                 pa.decimal128(38, 24))
    writer.write("usage%20decimal-9-2.parquet", rows(2_500), some(
        lambda micros: plain(micros // 10_000 * 10_000), [None, Decimal("-0.01")]), pa.decimal128(9, 2),
                 at=("us", None))
    writer.write("usage-most.parquet", [(f"most-{credits}", f"most-{credits}", START, credits) for credits in MOST],
                 lambda row: row[3], pa.decimal128(38, 18))
    writer.write("usage-int64{1}.parquet", rows(2_500), some(whole, [None, -1, 12_345_678, 1_000_000_000_000, 2**62]),
                 pa.int64(), event=(pa.int64(), number))
    writer.write("usage-int32.parquet", rows(2_500), some(whole, [None, -1, 2**31 - 1]), pa.int32(), at=("ms", None),
                 account=(pa.int32(), number))
    writer.write("usage-uint8.parquet", rows(1_000), some(whole, [None, 255]), pa.uint8(), at=("ms", "UTC"),
                 event=(pa.uint32(), lambda id: number(id, 2**32 - 2_000)))
    writer.write("usage-uint32.parquet", rows(1_000), some(whole, [None, 2**32 - 1]), pa.uint32(),
                 account=(pa.int64(), number))
    writer.write("usage-uint64.parquet", rows(1_000), some(whole, [None, 10**12, 2**64 - 1]), pa.uint64(),
                 event=(pa.uint64(), lambda id: number(id, 2**64 - 2_000)))
    writer.write("usage-uuid.parquet", rows(2_500), some(plain, [None]), six, event=(pa.binary(16), as_uuid))
    if "floats" not in without:
        float_of = lambda micros: micros / 1_000_000
        digits = lambda _: float(repr(writer.random.choice([
            writer.random.random() * 10 ** writer.random.randint(-9, 8), round(writer.random.random() * 10, 7),
            (writer.random.randrange(10**7) + 0.5) / 1_000_000])))
        writer.write("usage-double.parquet", rows(2_500), some(float_of, [None, *DOUBLES]), pa.float64())
        writer.write("usage-digits.parquet", rows(3_000), digits, pa.float64())
        floats = [double for double in DOUBLES if not 1e38 < abs(double) < 1e301]
        writer.write("usage-float.parquet", rows(1_500), some(float_of, [None, *floats]), pa.float32())
    if "nanoseconds" not in without:
        for name, zone in [("ns", "UTC"), ("ns-local", None)]:
            writer.write(f"usage-{name}.parquet", rows(1_000), some(plain, [None]), six, at=("ns", zone),
                         instant=nanoseconds(writer))
    if "dictionaries" not in without:
        writer.write("usage-dictionary.parquet", rows(1_500), some(plain, [None]), six,
                     account=(pa.dictionary(pa.int32(), pa.string()), lambda id: id))
    print(f"{writer.files} files, {writer.count} rows")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Writes a nasty usage log of April and May 2026 as Parquet.")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("changes", type=Path)
    arguments.add_argument("dropped", type=Path)
    arguments.add_argument("--without", nargs="*", default=[], choices=["floats", "nanoseconds", "dictionaries"])
    given = arguments.parse_args()
    main(given.folder, given.changes, given.dropped, given.without)
