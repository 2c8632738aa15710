"""The program under rehearsal: what is asked of it, what it answers, and what its book holds."""

import csv
import glob
import hashlib
import json
import os
import shlex
import subprocess
from dataclasses import dataclass

QUIET = {"unbilled-usage", "overage-unavailable", "dropped-usage"}  # kinds that nobody need look at
BOOK = "book"


class Fault(Exception):
    """The program, or its book, is not as it must be."""


@dataclass
class Answer:
    code: int
    said: dict  # the object that `--json` prints
    error: str  # what people read

    def ends(self):
        return "\n    ".join(self.error.strip().splitlines()[-8:])


def usage_of(manifest):
    return [(entry["file"], entry["blake3"]) for entry in manifest["inputs"]
            if entry["role"] == "usage"]


class Program:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.steps = []  # the story so far, to tell when it ends badly

    def note(self, text):
        self.steps.append(text)

    def ask(self, *words):
        """Runs a command in the story's folder; gives its answer, whatever the exit code."""
        words = [str(word) for word in words]
        words = [words[0], "--book", BOOK, *words[1:]]
        options = ["--json", "--quiet"]
        done = subprocess.run([self.binary, words[0], *options, *words[1:]], capture_output=True,
                              text=True, check=False, cwd=self.folder)
        self.note(f"monthend {shlex.join(words)}   # {done.returncode}")
        last = done.stdout.strip().splitlines()[-1:]
        said = json.loads(last[0]) if last and last[0].startswith("{") else {}
        return Answer(done.returncode, said, done.stderr)

    def must(self, *words, codes=(0, 3)):
        """An answer that has to have one of some exit codes."""
        return self.need(self.ask(*words), codes)

    def need(self, answer, codes=(0, 3)):
        """The last answer, if it has one of some exit codes."""
        if answer.code not in codes:
            raise Fault(f"exit code {answer.code} of: {self.steps[-1]}\n    {answer.ends()}")
        return answer

    # -- the book --------------------------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.folder, BOOK, *parts)

    def in_force(self, month):
        """The folder of a month's revision in force, or None where nothing is published."""
        try:
            with open(self.path(str(month), "CURRENT"), encoding="utf-8") as file:
                return self.path(str(month), file.read().strip())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def published(self):
        """The months of the book, in order."""
        if not os.path.isdir(self.path()):
            return []
        return [name for name in sorted(os.listdir(self.path())) if self.in_force(name)]

    def contents(self):
        """{path: (bytes, time of change)} of all that is published."""
        files = glob.glob(self.path("[0-9]*-[0-9]*", "**"), recursive=True)
        return {path: (stat.st_size, stat.st_mtime_ns)
                for path, stat in ((path, os.lstat(path)) for path in files)}

    def digests(self):
        """{path: digest} of all that is published."""
        result = {}
        for path in self.contents():
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    result[path] = hashlib.sha256(file.read()).hexdigest()
        return result

    def manifest(self, month):
        return json.loads(self.content(month, "manifest.json"))

    def content(self, month, name):
        with open(os.path.join(self.in_force(month), name), "rb") as file:
            return file.read()

    def tables(self, month):
        """{name: lines} of a month's tables in force, but for late usage, which other months make."""
        names = [name for name in os.listdir(self.in_force(month)) if name.endswith(".csv")]
        return {name: [line for line in self.content(month, name).splitlines()
                       if not line.startswith(b"late-usage,")] for name in names}

    def usage_files(self, month):
        """{recorded path: digest} of the usage that the revision in force was billed from."""
        return dict(usage_of(self.manifest(month)))

    def stands_as(self, month):
        """The usage files of the revisions that a month's accounts stand as: of those since the last
        one that billed all."""
        found = []
        for path in sorted(glob.glob(self.path(month, "r*", "manifest.json")), reverse=True):
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
            found.append(dict(usage_of(manifest)))
            if not manifest["options"].get("accounts"):
                break
        return found

    def billed_from(self, month):
        """[(path, digest)] of all usage that the whole month was ever billed from."""
        found = []
        for path in glob.glob(self.path(month, "r*", "manifest.json")):
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
            if not manifest["options"].get("accounts"):  # else some of it waits for the others
                found += usage_of(manifest)
        return found

    def rows(self, month, table):
        path = os.path.join(self.in_force(month), table + ".csv")
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def loud(self, month):
        """The kinds of a month's own exceptions that somebody should look at."""
        kinds = {row["kind"] for row in self.rows(month, "exceptions")}
        return kinds - QUIET - {"late-usage"}
