"""Two months billed on a part of the logs, and again once the rest has come.

The statements must then be those of the reference, which has all logs from the start, and the
documents of all revisions together must come to them.
"""

import csv
import json
import os
import random
import subprocess

import random_logs
from differences import compare_folders
from documents import check_documents
from inputs import Month

REASON = "late logs"
LOGS = {"usage": 0.15, "changes": 0.08, "adjustments": 0.2}  # the share of rows that come late


def split(seed, folder):
    """Deals the rows of the logs to early/ and late/; gives {part: {log: [its file, if any]}}."""
    pick = random.Random(f"late {seed}")
    files = {part: {log: [] for log in LOGS} for part in ("early", "late")}
    for log, share in LOGS.items():
        if log == "adjustments" and not random_logs.adjustments(folder):
            continue
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
            files[part][log].append(path)
    return files


def options(files, prefix="--"):
    """{log: paths} as the program is told of them."""
    return [word for log, paths in files.items() if paths for word in (prefix + log, *paths)]


def run(binary, *arguments):
    """Runs the program; anything but a published or unchanged month is an error."""
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        tail = "\n  ".join(done.stderr.strip().splitlines()[-8:])
        raise RuntimeError(f"exit code {done.returncode}: {' '.join(arguments)}\n  {tail}")


def bill(binary, seed, months, folder):
    """Bills both months on the early logs, then again with the late ones; gives the book."""
    book = os.path.join(folder, "late-book")
    log = split(seed, folder)
    catalogues = random_logs.catalogues(folder)
    for month, catalogue, opening in zip(months, catalogues, ("genesis", "book")):
        run(binary, "run", "--month", month, "--book", book, "--opening", opening,
            *options(log["early"]), "--catalog", catalogue, *random_logs.term_option(folder))
    again = ["--book", book, "--reason", REASON, "--issued-on", "2026-06-01"]
    late = options(log["late"], "--add-")
    if seed % 8 == 3:
        run(binary, "rerun", "--month", months[0], "--cascade", *again, *late)
    else:
        both = {name: paths + log["late"][name] for name, paths in log["early"].items()}
        run(binary, "run", "--month", months[0], "--opening", "genesis", "--cascade",
            *options(both), "--catalog", catalogues[0], *random_logs.term_option(folder), *again)
    with open(os.path.join(in_force(book, months[1]), "manifest.json"), encoding="utf-8") as file:
        files = [entry["file"] for entry in json.load(file)["inputs"]]
    if not any(path in files for path in late):  # it cascaded without them, or not at all
        run(binary, "rerun", "--month", months[1], *again, *late)
    return book


def in_force(book, month):
    """The folder of a month's revision in force."""
    with open(os.path.join(book, month, "CURRENT"), encoding="utf-8") as file:
        return os.path.join(book, month, file.read().strip())


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
