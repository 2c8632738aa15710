"""The contestants: `monthend`, the bare scan, DuckDB, Polars."""

from __future__ import annotations

import json
from pathlib import Path

from runner.measure import Contestant, Failed, Run, measure
from runner.workshop import MONTH, Logs, Workshop

# A run that publishes exits with 3 where someone should look at exceptions.
PUBLISHED = (0, 3)


def ours(workshop: Workshop, logs: Logs, name: str = "monthend", *more: str) -> Contestant:
    """`monthend run`, from start to the published book."""

    def run(_round: int) -> Run:
        book = workshop.cold(name)
        words: list[str | Path] = ["--opening", "genesis", "--book", book, "--quiet", *more]
        return measure([workshop.monthend, "run", *logs.terms, *words], PUBLISHED)

    return Contestant(name, run)


def tables_of(workshop: Workshop, name: str = "monthend") -> Path:
    """Where a run of ours has published its tables."""
    return workshop.work / "runs" / name / MONTH / "r001"


def bare(workshop: Workshop, logs: Logs, name: str = "bare scan", *more: str) -> Contestant:
    """The four columns decoded, and nothing done with them."""

    def check(_round: int, run: Run) -> None:
        rows = json.loads(run.output)["rows"]
        if rows != logs.events:
            raise Failed(f"{name} has read {rows} rows of {logs.events}")

    return Contestant(name, lambda _round: measure([workshop.bare_scan, *logs.usage_files, *more]), check)


def peer(workshop: Workshop, logs: Logs, engine: str, *more: str) -> Contestant:
    """The month by another engine. Its tables must be ours, row by row."""
    out = workshop.work / "runs" / engine

    def run(_round: int) -> Run:
        workshop.cold(engine)
        return measure(workshop.python(f"{engine}_month.py", *logs.terms, "--out", out, *more))

    def check(_round: int, _run: Run) -> None:
        agree = measure(workshop.python("agree.py", tables_of(workshop), out), (0, 1))
        if not agree.output.startswith("{"):
            raise Failed(f"{engine} and monthend do not agree:\n{agree.output}")
        # Nothing is printed yet: what agrees is told with the times.
        (workshop.work / "runs" / "sums.json").write_text(agree.output, encoding="utf-8")

    return Contestant({"duckdb": "DuckDB", "polars": "Polars"}[engine], run, check)


def agreed_sums(workshop: Workshop) -> dict[str, dict[str, str]]:
    """The sums that all have come to."""
    path = workshop.work / "runs" / "sums.json"
    sums: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return sums
