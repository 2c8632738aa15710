"""When and in which files the rows of a population come to be known.

Three ways to keep a usage log: a file for each month; one log that grows; a folder to which each
month adds a file, and which every run reads whole. In all of them rows come late: with the next
months' rows, where only the program can notice them, or in files that someone hands over.
"""

import copy
import csv
import gzip
import io
import json
import os
from collections import Counter, defaultdict

from blake3 import blake3
from inputs import (Adjustment, Change, Month, Usage, format_instant, parse_credits, parse_money)
from random_catalogue import next_version, recredit, reprice, rerate

COLUMNS = {"usage": ["event_id", "account_id", "at", "credits"],
           "changes": ["change_id", "account_id", "at", "change", "plan", "grant", "credits",
                       "expires_at"],
           "adjustments": ["adjustment_id", "account_id", "at", "amount", "description"]}
EXPIRES_AT = 7  # its place among the cells of a change
WAYS = ["a file a month", "a file a month", "one log", "a folder"]
LOG = "usage.csv"  # the one log
AS_IT_IS = ["--replace-usage", f"{LOG}={LOG}"]  # as it has grown since


def text_of_end(expires_at):
    return format_instant(expires_at) if expires_at else ""


def as_csv(columns, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def as_ndjson(columns, rows):
    return "".join(json.dumps(dict(zip(columns, row)), ensure_ascii=False) + "\n"
                   for row in rows).encode()


class Deliveries:
    def __init__(self, pick, population, folder):
        self.random, self.population, self.folder = pick, population, folder
        self.way = pick.choice(WAYS)
        self.form = pick.choice([".csv", ".csv", ".csv.gz", ".ndjson"])  # of usage by the month
        self.rows = {}  # path -> the rows of the file as it is now
        self.digests = {}  # … -> its digest, of usage
        self.contents = {}  # digest of a usage file -> its bytes
        self.rows_of = {}  # … -> its rows
        self.months_in = {}  # … -> Counter of its rows by month
        self.ids_of = {}  # path of a list of events -> their ids
        # Files that the book was told of.
        self.used = {"usage": set(), "changes": set(), "adjustments": set()}
        self.usage = self.deal(population.usage, late=0.09, by_hand=0.07)
        self.changes = self.deal(population.changes, late=0, by_hand=0.06)
        self.adjustments = self.deal(population.adjustments, late=0, by_hand=1)
        self.exported = []  # all rows that the one log should have by now
        self.faulty = []  # (path, its right rows, the month in which they come to be known)
        self.wrong = {}  # place of a version whose file is wrong -> the month in which that is seen

    def chance(self, share):
        return self.random.random() < share

    def deal(self, rows, late, by_hand):
        """Rows by (the month in which they come to be known, by hand or not)."""
        known = defaultdict(list)
        last = len(self.population.months) - 1
        for row in rows:
            own = self.population.month_of(row[2])
            genesis = row[2] < self.population.start  # no month is there to be billed again
            if not genesis and self.chance(by_hand):
                known[own + self.random.choice([0, 1, 1, 2, 4]), True].append(row)
            elif not genesis and own < last and self.chance(late):
                known[min(own + self.random.choice([1, 1, 2]), last), False].append(row)
            else:
                known[own, False].append(row)
        return known

    # -- files -----------------------------------------------------------------------------

    def write(self, path, rows):
        """Writes a log: usage, changes or adjustments, whose paths say so."""
        log = next((one for one in ("changes", "adjustments") if one in path), "usage")
        rows = [[*row] for row in rows]
        texts = [[*row[:2], format_instant(row[2]), *row[3:EXPIRES_AT],
                  *map(text_of_end, row[EXPIRES_AT:])] for row in rows]
        content = (as_ndjson if path.endswith(".ndjson") else as_csv)(COLUMNS[log], texts)
        content = gzip.compress(content, mtime=0) if path.endswith(".gz") else content
        self.write_bytes(path, content)
        self.rows[path] = rows
        if log == "usage":
            digest = blake3(content)
            self.digests[path], self.contents[digest], self.rows_of[digest] = digest, content, rows
            self.months_in[digest] = Counter(str(Month.of(row[2])) for row in rows)
        return path

    def write_bytes(self, path, content):
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content)

    def write_lines(self, path, lines):
        self.write_bytes(path, "".join(f"{line}\n" for line in lines).encode())

    def write_list(self, path, ids):
        """A list of events to leave out."""
        self.write_lines(path, ["event_id,reason", *(f"{one},disputed" for one in sorted(ids))])
        self.ids_of[path] = ids

    def with_faults(self, rows):
        """Rows as a faulty export has them: it is cut short; or it has them in another order, or by
        other ids, which may make no difference; or some are wrong, missing, or too many."""
        fault, result = self.random.random(), []
        if fault < 0.15:
            return rows[:self.random.randrange(1, len(rows) + 1)]
        if fault < 0.25:
            return self.random.sample(rows, len(rows))
        if fault < 0.4:
            return [[f"own {row[0]}", *row[1:]] for row in rows]
        for row in rows:
            kind = self.random.random()
            if kind < 0.75:
                result.append(row)
            elif kind < 0.85:
                result.append([*row[:3], "7.5"])
            elif kind < 0.92:
                result += [row, [f"extra {row[0]}", *row[1:3], "11"]]
        return result

    def usage_of(self, place):
        """Delivers what is exported for a month; gives the paths that its run reads."""
        month = self.population.months[place]
        rows = self.usage[place, False]
        if self.way == "one log":
            rows = sorted(rows, key=lambda row: row[2])
            self.exported += rows
            is_cut = len(rows) > 1 and self.chance(0.2)
            return [self.cut_short(self.random.randrange(1, len(rows)) if is_cut else 0)]
        path = f"usage/{month}{self.form}"
        if rows and self.chance(0.25):
            self.faulty.append((path, rows, place + self.random.choice([0, 0, 1, 3])))
            rows = self.with_faults(rows)
        self.write(path, rows)
        return ["usage"] if self.way == "a folder" else [path]

    def cut_short(self, rows):
        """Writes the one log without its last rows."""
        return self.write(LOG, self.exported[:len(self.exported) - rows])

    def lacks(self):
        """The rows that the one log lacks."""
        return self.exported[len(self.rows.get(LOG, [])):]

    def complete(self):
        """Writes the one log with all its rows; gives those that it lacked."""
        rows = self.lacks()
        self.cut_short(0)
        return rows

    def changes_of(self, place):
        month = self.population.months[place]
        return [self.write(f"changes/{month}.csv", self.changes[place, False])]

    def by_hand(self, log, place):
        """Files that someone hands over after a month was billed."""
        known = {"usage": self.usage, "changes": self.changes, "adjustments": self.adjustments}
        rows = known[log].get((place, True), [])
        at = self.random.randint(0, len(rows)) if self.chance(0.4) else len(rows)
        parts = [part for part in (rows[:at], rows[at:]) if part]
        return [self.write(f"by-hand/{log}-{place}-{number}.csv", part)
                for number, part in enumerate(parts)]

    def mended(self, place):
        """The wrong exports that are known for that now: (path, right rows)."""
        return [(path, rows) for path, rows, seen in self.faulty if seen == place]

    def files_in(self, paths):
        """The files of paths, which may be folders."""
        return {one for one in self.rows for path in paths
                if one == path or one.startswith(path + "/")}

    def take(self, log, paths):
        """The book was told of files."""
        self.used[log] |= self.files_in(paths)

    def forget(self, path):
        """Another file has taken a usage file's place."""
        self.used["usage"].discard(path)

    # -- catalogues ------------------------------------------------------------------------

    def catalogue_path(self, number):
        return f"catalogs/{self.population.versions[number].in_force_from}.toml"

    def new_version(self, place):
        """The version that a month is the first to be billed with, or None."""
        number = self.population.version_of(self.population.months[place])
        path = os.path.join(self.folder, self.catalogue_path(number))
        return None if os.path.exists(path) else number

    def deliver_catalogues(self, place):
        """Writes the versions that are in force by a month; some have a wrong price at first."""
        newest = self.population.version_of(self.population.months[place])
        for number in range(newest + 1):
            if os.path.exists(os.path.join(self.folder, self.catalogue_path(number))):
                continue
            version = self.population.versions[number]
            if self.chance(0.3):
                wrong = next_version(self.random, version, version.in_force_from,
                                     [reprice, recredit, rerate])
                if wrong.text() != version.text():
                    self.wrong[number] = place + self.random.choice([0, 1, 2, 5])
                    version = wrong
            self.write_bytes(self.catalogue_path(number), version.text().encode())

    def wrong_versions(self, place):
        return [number for number, seen in self.wrong.items() if seen == place]

    def mend_catalogue(self, number):
        self.write_bytes(self.catalogue_path(number),
                         self.population.versions[number].text().encode())

    def lack_a_plan(self, number, in_use):
        """Writes a version without one of the plans in use (V3); False where it cannot be sound."""
        version = copy.deepcopy(self.population.versions[number])
        lacking = [plan for plan in version.plans if in_use & set(plan.ids)]
        if not lacking:
            return False
        version.plans.remove(self.random.choice(lacking))
        if not version.plans or not version.is_sound():
            return False
        self.write_bytes(self.catalogue_path(number), version.text().encode())
        return True

    def remove_catalogue(self, number):
        os.remove(os.path.join(self.folder, self.catalogue_path(number)))

    # -- what is known ---------------------------------------------------------------------

    def known_usage(self):
        return [Usage(row[0], row[1], row[2], parse_credits(row[3]))
                for path in sorted(self.used["usage"]) for row in self.rows[path]]

    def known_changes(self):
        return [Change(*row[:6], parse_credits(row[6]) if row[6] else None, row[7] or None)
                for path in sorted(self.used["changes"]) for row in self.rows[path]]

    def known_adjustments(self, exponent):
        return [Adjustment(*row[:3], parse_money(row[3], exponent), row[4])
                for path in sorted(self.used["adjustments"]) for row in self.rows[path]]
