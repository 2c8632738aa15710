"""What must be so of a book, worked out from what was delivered: the months by the reference, and
what waits of late usage (L2), by the digests of the files that the months were billed from."""

import os
from math import inf

import reference
from catalogue import read_catalogue
from differences import compare_folders
from documents import check_documents
from inputs import Month
from program import Fault
from tables import write_tables


def is_listed(lists, account, event):
    return any(event in ids and (accounts is None or account in accounts)
               for accounts, ids in lists)


class Truth:
    def __init__(self, program, deliveries, folder):
        self.program, self.deliveries, self.folder = program, deliveries, folder
        self.listed = {}  # path of a list of events -> the months that leave them out
        self.compared = 0

    def lists_of(self, month):
        """[(accounts or None for all, ids)] of the lists of events that a month leaves out."""
        recorded = {entry["file"]: entry.get("accounts") for entry
                    in self.program.manifest(month)["inputs"] if entry["role"] == "drop-events"}
        for path, months in self.listed.items():
            if month in months and path not in recorded:
                raise Fault(f"{month} has left out {path} before, and does not any more")
        return [(accounts, self.deliveries.ids_of[path]) for path, accounts in recorded.items()]

    def billed_rows(self, month):
        """The rows of a month in the files that it was billed from, but for those left out."""
        lists = self.lists_of(month)
        return [row for digest in set(self.program.usage_files(month).values())
                for row in self.deliveries.rows_of[digest]
                if str(Month.of(row[2])) == month and not is_listed(lists, row[1], row[0])]

    def has_dropped(self, path, month, accounts, later):
        """A list was given for a month, or for later ones, too: those that have its events."""
        ids = self.deliveries.ids_of[path]
        months = [month] + [one for one in self.program.published() if later and one > month]
        self.listed[path] = [
            one for one in months if one == month or any(
                row[0] in ids and (accounts is None or row[1] in accounts)
                for digest in self.program.usage_files(one).values()
                for row in self.deliveries.rows_of[digest] if str(Month.of(row[2])) == one)]

    def is_quiet(self, month, paths):
        """L4: files have no row of a month, but of other ones, or the month before had events."""
        rows = [row for one in self.deliveries.files_in(paths)
                for row in self.deliveries.rows[one]]
        before = month.previous()
        events = self.program.in_force(before) and any(
            int(row["events"]) for row in self.program.rows(before, "statements"))
        return bool(rows or events) and all(Month.of(row[2]) != month for row in rows)

    def has_quiet_months(self):
        """Whether there is a month in the book without any row."""
        return any(not any(self.deliveries.months_in[digest][month]
                           for digest in self.program.usage_files(month).values())
                   for month in self.program.published())

    def compare(self):
        """Every month in the book against the reference, which bills once what is known."""
        self.compared += 1
        changes, usage = self.deliveries.known_changes(), self.deliveries.known_usage()
        opening = "genesis"
        for text in self.program.published():
            month = Month.parse(text)
            lists = self.lists_of(text)
            start = -inf if opening == "genesis" else month.start
            kept = [row for row in usage if not (start <= row.at < month.end
                                                 and is_listed(lists, row.account_id, row.id))]
            catalogue = read_catalogue(os.path.join(self.folder, "catalogs"), month)
            self.expect_rows(text)
            self.expect_current(text)
            adjustments = self.deliveries.known_adjustments(catalogue.exponent)
            result = reference.bill(month, catalogue, changes, kept, opening, adjustments)
            expected, actual = self.folder_of(text), self.program.in_force(text)
            write_tables(result.tables, expected)
            opening = os.path.join(expected, "state.csv")
            found = [*compare_folders(expected, actual, later=True),
                     *check_documents(expected, actual)]
            if found:
                raise Fault("\n    ".join([f"{text} is not what the reference comes to", *found[:8]]))

    def folder_of(self, month):
        return os.path.join(self.folder, "reference", month)

    def late_usage(self, month):
        """{(earlier month, file): rows} of the usage that a month was billed from, for earlier
        months in the book that were not billed from them."""
        late = {}
        for other in self.program.published():
            billed_from = self.program.billed_from(other) if other < month else []
            known = {digest for _, digest in billed_from}
            for path, digest in self.program.usage_files(month).items() if billed_from else ():
                if digest not in known:
                    earlier = [one for at, one in billed_from if at == path]
                    rows = self.more_rows(other, digest, earlier)
                    if rows:
                        late[other, path] = rows
        return late

    def more_rows(self, month, digest, earlier):
        """How many rows of a month a file has that it did not have when the month was billed. One
        with fewer rows of it, and more of another, is another file by now."""
        now, more = self.deliveries.months_in[digest], []
        for one in earlier:
            were = self.deliveries.months_in[one]
            if all(were[other] >= rows for other, rows in now.items()):
                more.append(0)
            elif now[month] >= were[month]:
                more.append(now[month] - were[month])
        return min(more, default=now[month])

    def waits(self):
        """{(month, file)} of all usage in the book that waits to be billed."""
        return {one for month in self.program.published() for one in self.late_usage(month)}

    def expect_rows(self, month):
        """The manifest has each usage file's rows by month (L2)."""
        for entry in self.program.manifest(month)["inputs"]:
            due = self.deliveries.months_in.get(entry["blake3"])
            if entry["role"] == "usage" and entry["rows"] != due:
                raise Fault(f"{month}: {entry['file']} has {due}, its manifest {entry['rows']}")

    def expect_current(self, month):
        """`current/` has the tables in force."""
        for table in ("statements", "exceptions"):
            current = self.program.path("current", table, f"{month}.csv")
            with open(current, "rb") as file:
                if file.read() != self.program.content(month, f"{table}.csv"):
                    raise Fault(f"{current} is not what is in force")

    def expect_code(self, answer, months):
        """3 where a month has findings, or usage of earlier months waits in its files; else 0."""
        due = 3 if any(self.program.loud(month) or self.late_usage(month)
                       for month in months) else 0
        if answer.code != due:
            raise Fault(f"exit code {answer.code}, expected {due}: {self.program.steps[-1]}")

    def expect_range(self, answer, before, months, is_first_said):
        """A run of months that are due bills those that were not in the book, and has the code of
        all that it was to bill, whether it did or an attempt before it. Where it does not say with
        which month they begin, that goes back to all in the book, which were billed when the months
        were long over; and where none is due, to the last one alone."""
        months = [str(month) for month in months]
        due = [month for month in months if month not in before]
        there = [month for month in before if month <= months[-1]]
        if is_first_said:
            there = [month for month in there if month >= months[0]]
        elif not due:
            there = there[-1:]
        told = [[one["month"] for one in answer.said.get(part, [])]
                for part in ("months", "already_published")]
        if told != [due, there]:
            raise Fault(f"{due} were due after {there}, and the result has {told}")
        self.expect_code(answer, due + there)

    def expect_told(self, month):
        """`exceptions` has the usage of earlier months that waits in a month's files."""
        earlier = set(self.late_usage(month))
        told = {(row["detail"].split(": ", 1)[0], row["detail"].split(": ", 1)[1])
                for row in self.program.rows(month, "exceptions") if row["kind"] == "late-usage"}
        if told != earlier:
            raise Fault(f"{month}: late usage {sorted(earlier)} waits, and `exceptions` has "
                        f"{sorted(told)}")
