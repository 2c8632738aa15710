"""Where it all happens: the options, the programs that are built, and the logs that are generated."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
MONTH = "2026-04"


@dataclass(frozen=True)
class Logs:
    """A folder of generated logs."""

    folder: Path
    events: int
    accounts: int

    @property
    def usage(self) -> str:
        return str(self.folder / "usage-*")

    @property
    def usage_files(self) -> list[Path]:
        return sorted(self.folder.glob("usage-*"))

    @property
    def changes(self) -> Path:
        return next(self.folder.glob("changes*"))

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalog.toml"

    @property
    def terms(self) -> list[str]:
        """What every program for a month takes."""
        return ["--month", MONTH, "--usage", self.usage, "--changes", str(self.changes), "--catalog",
                str(self.catalogue)]


class Workshop:
    """Builds the programs once, keeps logs from one command to the next, and clears what runs leave behind."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.work: Path = options.work.resolve()
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
        self.monthend: Path = options.binary or target / "monthend"
        self.generator: Path = options.generator or target / "examples" / "generate"
        self.bare_scan: Path = target / "examples" / "bare_scan"

    def say(self, words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    def build(self) -> None:
        """The release build of all that is not given."""
        wanted = ["--example", "bare_scan"]
        wanted += [] if self.options.binary else ["--bin", "monthend"]
        wanted += [] if self.options.generator else ["--example", "generate"]
        self.say("building: cargo build --release --locked " + " ".join(wanted))
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", *wanted], cwd=ROOT, check=True)

    def logs(self, events: int, accounts: int, *more: str) -> Logs:
        """Logs of a size, generated where they are not there yet. `more` are further options of the generator."""
        name = "-".join([f"{events}-events-{accounts}-accounts", *(word.strip("-") for word in more)])
        folder = self.work / "logs" / name
        if not (folder / "catalog.toml").exists() or not list(folder.glob("changes*")):
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            self.say(f"generating {folder}")
            command = [self.generator, "--out", folder, "--events", events, "--accounts", accounts, "--month", MONTH]
            done = subprocess.run([str(word) for word in [*command, *more]], capture_output=True, text=True)
            if done.returncode:
                shutil.rmtree(folder, ignore_errors=True)
                raise SystemExit(f"the generator failed:\n{done.stderr}")
        return Logs(folder, events, accounts)

    def forget(self, logs: Logs) -> None:
        """Removes logs that only one target needs, unless they are to be kept."""
        shared = logs.folder.name == f"{self.options.events}-events-{self.options.accounts}-accounts"
        if not self.options.keep_logs and not shared:
            shutil.rmtree(logs.folder, ignore_errors=True)

    def cold(self, name: str) -> Path:
        """A folder that isn't there: a run makes it."""
        folder = self.work / "runs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        return folder

    def clear(self) -> None:
        shutil.rmtree(self.work / "runs", ignore_errors=True)

    def python(self, program: str, *words: str | Path) -> list[str | Path]:
        """A program of this folder, run by this Python. -I and -B: nothing of the user's, no caches written."""
        return [sys.executable, "-B", HERE / program, *words]


def first_line(command: list[str]) -> str:
    """What a command says of itself, or nothing."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip().partition("\n")[0]


def processor() -> str:
    """The processor's name, where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def circumstances(workshop: Workshop) -> dict[str, object]:
    """The machine and the versions that figures belong to."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    changed = first_line(["git", "status", "--porcelain", "--untracked-files=no"])
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "monthend": first_line([str(workshop.monthend), "--version"]),
        "commit": first_line(["git", "rev-parse", "--short=12", "HEAD"]) + (" and changes" if changed else ""),
        "rustc": first_line(["rustc", "--version"]),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "polars": version("polars"),
    }


def run_json(book: Path) -> dict[str, Any]:
    """The run.json of the revision in force."""
    month = book / MONTH
    revision = (month / "CURRENT").read_text(encoding="utf-8").strip()
    content: dict[str, Any] = json.loads((month / revision / "run.json").read_text(encoding="utf-8"))
    return content


def stages_of(book: Path) -> dict[str, float]:
    """Seconds by stage."""
    return {stage["stage"]: float(stage["seconds"]) for stage in run_json(book)["stages"]}


def manifest(book: Path) -> dict[str, Any]:
    """The manifest of the first revision."""
    content: dict[str, Any] = json.loads((book / MONTH / "r001" / "manifest.json").read_text(encoding="utf-8"))
    return content
