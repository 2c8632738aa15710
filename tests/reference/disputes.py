"""A month in which some accounts are billed anew, one after the other, and then all.

Late files hold rows with the ids of other accounts' events, in a month whose logs have old
conflicts of ids that no dispute has to do with; lists of events to leave out are for the accounts
of their dispute alone. After each dispute its accounts must be what the reference comes to for the
whole month, and all others what they were. A dispute by which an event would be billed to two
accounts must be refused, and no other one.
"""

import csv
import os
import random
import subprocess

import late
import random_logs
import reference
from differences import compare_folders
from documents import check_documents, rows
from inputs import parse_instant, unguard
from tables import write_tables

STEPS = 5
GIVES_WAY = "would have to give way to it"


class Story:
    """What a month was billed from, account by account."""

    def __init__(self, seed, month, folder):
        self.random = random.Random(f"disputes {seed}")
        self.month, self.folder = month, folder
        self.book = os.path.join(folder, "dispute-book")
        self.catalogue = os.path.join(folder, "catalog.toml")
        self.changes = os.path.join(folder, "changes.csv")
        with open(os.path.join(folder, "usage.csv"), encoding="utf-8", newline="") as file:
            self.header, *rows = csv.reader(file)
        self.column = {name: self.header.index(name) for name in self.header}
        self.random.shuffle(rows)
        early = len(rows) * 4 // 5
        self.rows, self.late = rows[:early], rows[early:]
        self.plant_conflicts()
        self.lists = []  # (accounts, ids), in the order in which they were given
        self.billed = {}  # account id -> ids of the events that it is billed for
        self.statements = {}
        self.files = 0

    def cell(self, row, name):
        return row[self.column[name]]

    def in_month(self, row):
        return self.start <= parse_instant(self.cell(row, "at")) < self.end

    def plant_conflicts(self):
        """A few events have an id of another account's from the first on."""
        month = reference.inputs.Month.parse(self.month)
        self.start, self.end = month.start, month.end
        own = [row for row in self.rows if self.in_month(row)]
        for _ in range(min(6, len(own) // 2)):
            one, other = self.random.sample(own, 2)
            one[self.column["event_id"]] = self.cell(other, "event_id")

    def write(self, rows):
        """Writes rows into a new file; gives its path."""
        self.files += 1
        path = os.path.join(self.folder, f"part-{self.files}.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([self.header, *rows])
        return path

    def left_out(self, row, lists):
        account, event = self.cell(row, "account_id"), self.cell(row, "event_id")
        return any(account in accounts and event in ids for accounts, ids in lists)

    def reference(self, rows, lists):
        """What the reference comes to on all rows but those that lists leave out."""
        kept = [row for row in rows if not self.left_out(row, lists)]
        return reference.run(self.month, self.catalogue, [self.changes], [self.write(kept)],
                             "genesis", random_logs.adjustments(self.folder))

    def used(self, result):
        """The ids of the events that each account is billed for."""
        excepted = {id(row) for _, row in result.exceptions}
        used = {}
        for row in result.month_usage.used:
            if id(row) not in excepted:
                used.setdefault(row.account_id, set()).add(row.id)
        return used

    def take(self, result, accounts):
        used = self.used(result)
        for account in by_account(result.tables["statements"]):
            if accounts is None or account in accounts:
                self.billed[account] = used.get(account, set())

    def some_late_rows(self, accounts):
        """A part of the late rows, most of these accounts with others' ids, beside them in time."""
        count = self.random.randint(0, max(1, len(self.late) // STEPS))
        rows, self.late = self.late[:count], self.late[count:]
        twins = [row for row in self.rows if self.in_month(row)]
        for row in rows:
            if twins and self.random.random() < 0.5:
                twin = self.random.choice(twins)
                row[self.column["event_id"]] = self.cell(twin, "event_id")
                row[self.column["account_id"]] = self.random.choice(sorted(accounts))
                at = twin if self.random.random() < 0.4 else self.random.choice(twins)
                row[self.column["at"]] = self.cell(at, "at")
        return rows

    def some_ids(self, rows, accounts):
        """Events of the month and these accounts that are not left out yet; often shared ones."""
        own = [row for row in rows if self.cell(row, "account_id") in accounts
               and self.in_month(row) and not self.left_out(row, self.lists)]
        ids = sorted({self.cell(row, "event_id") for row in own})
        shared = [one for one in ids
                  if len({self.cell(row, "account_id") for row in rows
                          if self.cell(row, "event_id") == one}) > 1]
        chosen = self.random.sample(ids, min(len(ids), self.random.randint(0, 3)))
        return set(chosen + self.random.sample(shared, min(len(shared), 2)))

    def twice(self, accounts, now):
        """The events that would be billed to one of these accounts and to another one."""
        others = set().union(*(ids for account, ids in self.billed.items()
                               if account not in accounts))
        return set().union(*(now.get(account, set()) for account in accounts)) & others


def run(binary, *arguments):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode in (0, 3):
        return None
    if done.returncode == 1 and GIVES_WAY in done.stderr:
        return done.stderr
    tail = "\n  ".join(done.stderr.strip().splitlines()[-8:])
    raise RuntimeError(f"exit code {done.returncode}: {' '.join(arguments)}\n  {tail}")


def by_account(rows):
    """Rows of statements, by account."""
    rows = [dict(row, account_id=unguard(row["account_id"])) for row in rows]
    return {row["account_id"]: row for row in rows}


def statements(story):
    return by_account(rows(late.in_force(story.book, story.month), "statements"))


def dispute(binary, story, number):
    """One dispute; yields what is wrong with it."""
    count = min(len(story.statements), story.random.randint(1, 3))
    accounts = set(story.random.sample(sorted(story.statements), count))
    added = story.some_late_rows(accounts)
    rows = story.rows + added
    ids = story.some_ids(rows, accounts)
    lists = story.lists + ([(accounts, ids)] if ids else [])
    result = story.reference(rows, lists)
    named = os.path.join(story.folder, "accounts.txt")
    with open(named, "w", encoding="utf-8") as file:
        file.write("\n".join(sorted(accounts)))
    words = ["rerun", "--month", story.month, "--book", story.book, "--accounts", "@" + named,
             "--reason", late.REASON, "--issued-on", "2026-06-01"]
    if added:
        words += ["--add-usage", story.write(added)]
    if ids:
        listed = os.path.join(story.folder, f"ticket-{number}.csv")
        with open(listed, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["event_id", "reason"],
                                        *([one, "disputed"] for one in sorted(ids))])
        words += ["--drop-events", listed]
    before = late.in_force(story.book, story.month)
    refused = run(binary, *words)
    twice = story.twice(accounts, story.used(result))
    if ids:
        os.remove(listed)  # the revision keeps a copy
    if refused:
        earlier = {story.cell(row, "event_id") for row in rows if not story.in_month(row)}
        if not any(f"event `{one}` of" in refused for one in twice | earlier):
            yield f"dispute {number} of {sorted(accounts)} is refused: {refused.splitlines()[-3:]}"
        story.late = added + story.late
        return
    if twice:
        yield f"dispute {number}: {sorted(twice)} are billed to two accounts"
        return
    now, whole = statements(story), by_account(result.tables["statements"])
    for account in sorted(now.keys() | story.statements.keys()):
        due = (whole if account in accounts else story.statements).get(account)
        if as_text(due, now.get(account)) != as_text(now.get(account)):
            yield f"dispute {number}: {account!r}: {now.get(account)}, expected {due}"
    if late.in_force(story.book, story.month) == before:  # neither file nor list is recorded
        story.late = added + story.late
        return
    story.rows, story.lists = rows, lists
    story.take(result, accounts)
    for account in accounts:
        story.statements[account] = now[account]


def as_text(row, columns=None):
    """A row's cells, all or those of some columns."""
    return None if row is None else {name: str(row[name]) for name in columns or row}


def compare(binary, seed, month, folder):
    """The differences of one seed, as lines of text."""
    story = Story(seed, month, folder)
    run(binary, "run", "--month", month, "--book", story.book, "--opening", "genesis",
        "--catalog", story.catalogue, "--changes", story.changes, "--usage",
        story.write(story.rows), *random_logs.adjustments_option(folder),
        *random_logs.term_option(folder))
    story.take(story.reference(story.rows, []), None)
    story.statements = statements(story)
    differences = []
    for number in range(STEPS):
        differences += dispute(binary, story, number)
    run(binary, "verify", "--book", story.book)
    run(binary, "rerun", "--month", month, "--book", story.book, "--reason", late.REASON,
        "--issued-on", "2026-06-01")
    expected, actual = os.path.join(folder, "disputed"), late.in_force(story.book, month)
    write_tables(story.reference(story.rows, story.lists).tables, expected)
    differences += compare_folders(expected, actual, later=True)
    differences += check_documents(expected, actual)
    return [f"{month} after disputes: {line}" for line in differences]
