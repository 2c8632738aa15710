"""Two months billed on a part of the logs, and again once the rest has come.

The statements must then be those of the reference, which has all logs from the start, and the
documents of all revisions together must come to them.
"""

import csv
import json
import os
import random
import subprocess
from collections import defaultdict
from decimal import Decimal

import random_logs
from differences import compare_folders
from inputs import Month
from tables import read_table

REASON = "late logs"
LOGS = {"usage": 0.15, "changes": 0.08}  # the share of rows that come late
COUNTED = ["subscription_amount", "overage_amount", "total_amount"]


def split(seed, folder):
    """Deals the rows of both logs to early/ and late/."""
    pick = random.Random(f"late {seed}")
    for log, share in LOGS.items():
        with open(os.path.join(folder, log + ".csv"), encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        parts = {"early": [], "late": []}
        for row in rows:
            parts["late" if pick.random() < share else "early"].append(row)
        for part, own in parts.items():
            os.makedirs(os.path.join(folder, part), exist_ok=True)
            path = os.path.join(folder, part, log + ".csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *own])


def run(binary, *arguments):
    """Runs the program; anything but a published or unchanged month is an error."""
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        tail = "\n  ".join(done.stderr.strip().splitlines()[-8:])
        raise RuntimeError(f"exit code {done.returncode}: {' '.join(arguments)}\n  {tail}")


def bill(binary, seed, months, folder):
    """Bills both months on the early logs, then again with the late ones; gives the book."""
    book = os.path.join(folder, "late-book")
    split(seed, folder)
    log = {part: [os.path.join(folder, part, name + ".csv") for name in LOGS]
           for part in ("early", "late")}
    catalogues = random_logs.catalogues(folder)
    early = ["--usage", log["early"][0], "--changes", log["early"][1]]
    for month, catalogue, opening in zip(months, catalogues, ("genesis", "book")):
        run(binary, "run", "--month", month, "--book", book, "--opening", opening, *early,
            "--catalog", catalogue)
    again = ["--book", book, "--reason", REASON, "--issued-on", "2026-06-01"]
    late = ["--add-usage", log["late"][0], "--add-changes", log["late"][1]]
    if seed % 8 == 3:
        run(binary, "rerun", "--month", months[0], "--cascade", *again, *late)
    else:
        both = ["--usage", log["early"][0], log["late"][0],
                "--changes", log["early"][1], log["late"][1]]
        run(binary, "run", "--month", months[0], "--opening", "genesis", "--cascade", *both,
            "--catalog", catalogues[0], *again)
    with open(os.path.join(in_force(book, months[1]), "manifest.json"), encoding="utf-8") as file:
        files = [entry["file"] for entry in json.load(file)["inputs"]]
    if not any(path in files for path in log["late"]):  # it cascaded without them, or not at all
        run(binary, "rerun", "--month", months[1], *again, *late)
    return book


def in_force(book, month):
    """The folder of a month's revision in force."""
    with open(os.path.join(book, month, "CURRENT"), encoding="utf-8") as file:
        return os.path.join(book, month, file.read().strip())


def rows(folder, table):
    return read_table(os.path.join(folder, table + ".csv"))[1]


def sums(entries, keys, columns):
    """Sums of columns by key; keys that come to nothing are left out."""
    result = defaultdict(lambda: [Decimal(0)] * len(columns))
    for row in entries:
        key = tuple(row[name] for name in keys)
        result[key] = [total + Decimal(row[name]) for total, name in zip(result[key], columns)]
    return {key: totals for key, totals in result.items() if any(totals)}


def check_documents(expected, actual):
    """Yields what is wrong with the documents of a revision."""
    documents = rows(actual, "documents")
    if sums(documents, ["account_id"], COUNTED) \
            != sums(rows(expected, "statements"), ["account_id"], COUNTED):
        yield "documents: they do not come to the statements"
    items = ["account_id", "line_type", "plan"]
    if sums(rows(actual, "invoice_lines"), items, ["amount"]) \
            != sums(rows(expected, "invoice_lines"), items, ["amount"]):
        yield "invoice_lines: they do not come to the reference's"
    numbers = sorted(int(row["document_id"].rpartition("-")[2]) for row in documents)
    if numbers != list(range(1, len(documents) + 1)):
        yield f"documents: numbered {numbers}"
    first = {}
    for row in documents:
        invoice = first.setdefault(row["account_id"], row["document_id"])
        kind = "" if row["document_id"] == invoice else invoice
        if row["relates_to"] != kind or row["reason"] != (REASON if kind else ""):
            yield f"documents {row['document_id']}: relates to {row['relates_to']!r}"
    earlier = os.path.join(os.path.dirname(actual), "r001")
    if [row for row in documents if row["revision"] == "r001"] != rows(earlier, "documents"):
        yield "documents: those of r001 do not stand as they were"


def compare(binary, seed, month, folder):
    """The differences of one seed, as lines of text; the reference's tables are there already."""
    months = [month, str(Month.parse(month).next())]
    book = bill(binary, seed, months, folder)
    differences = []
    for text in months:
        expected, actual = os.path.join(folder, "reference", text), in_force(book, text)
        found = [*compare_folders(expected, actual, later=True),
                 *check_documents(expected, actual)]
        differences += [f"{text}, {os.path.basename(actual)} with late logs: {line}"
                        for line in found]
    return differences
