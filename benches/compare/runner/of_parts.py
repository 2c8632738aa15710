"""Targets that look at a part: text logs, tables, disputes."""

from __future__ import annotations

import csv
import json
import shutil
import statistics
from pathlib import Path

from runner.measure import Contestant, Failed, Run, in_turn, measure, summary, warm
from runner.of_months import stage_medians, watched
from runner.programs import PUBLISHED, ours, tables_of
from runner.report import compared, keep, ratio, seconds, table
from runner.workshop import MONTH, Logs, Workshop, manifest, stages_of

FORMATS = ("csv", "csv.zst", "ndjson", "ndjson.zst")


def plain_sum(workshop: Workshop, logs: Logs, form: str, name: str, *more: str) -> Contestant:
    """DuckDB reads the log with the same types, and adds it up by account: nothing else. Rows and credits must be those
    that `monthend` has read."""

    def check(_round: int, run: Run) -> None:
        totals = manifest(workshop.work / "runs" / form)["control_totals"]
        read, theirs = totals["usage"]["read"], json.loads(run.output)
        if (read["rows"], read["credits"]) != (theirs["rows"], theirs["credits"]):
            raise Failed(f"{form}: monthend has read {read}, DuckDB {theirs}")

    def run(_round: int) -> Run:
        return measure(workshop.python("duckdb_sum.py", logs.usage, *more))

    return Contestant(name, run, check)


def text(workshop: Workshop) -> None:
    """S6: whole months from CSV and NDJSON, against DuckDB's plain sum of the same files."""
    options = workshop.options
    accounts = max(options.text_events // options.events_per_account, 1)
    parts, contents = [], []
    for form in FORMATS:
        logs = workshop.logs(options.text_events, accounts, "--format", form)
        warm(logs.usage_files)
        us = ours(workshop, logs, form)
        stages = watched(workshop, us)
        contestants = [
            us,
            plain_sum(workshop, logs, form, f"DuckDB, {form}"),
            plain_sum(workshop, logs, form, f"DuckDB, {form}, all columns", "--all-columns"),
        ]
        in_turn(contestants, options.rounds, workshop.say)
        figures = [summary(contestant) for contestant in contestants]
        contents += figures
        size = sum(path.stat().st_size for path in logs.usage_files)
        reading = stage_medians(stages)["rollup"]
        plain, converted = (ratio(reading, figure.wall) for figure in figures[1:])
        parts.append(f"`.{form}`, {size / 2**30:.2f} GiB:\n\n{compared(figures, form)}\n\n"
                     f"Of a month, reading and adding up, digests and duplicates included: {seconds(reading)}, {plain} "
                     f"the plain sum and {converted} the one of all columns.")
        workshop.forget(logs)
    keep(workshop, "text", contents,
         f"{options.text_events:,} events, {accounts:,} accounts.\n\n" + "\n\n".join(parts))


def tables(workshop: Workshop) -> None:
    """S7: replay, documents and tables of many accounts, against DuckDB's COPY of the same rows."""
    options = workshop.options
    logs = workshop.logs(options.table_accounts, options.table_accounts)
    us = ours(workshop, logs)
    stages = watched(workshop, us)
    copies: list[dict[str, float]] = []

    def copy(_round: int) -> Run:
        return measure(workshop.python("duckdb_copy.py", tables_of(workshop), workshop.cold("copies")))

    def collect(_round: int, run: Run) -> None:
        copies.append(json.loads(run.output))

    contestants = [us, Contestant("DuckDB", copy, collect)]
    in_turn(contestants, options.rounds, workshop.say)
    ours_by_stage = stage_medians(stages)
    theirs = statistics.median(copied["all"] for copied in copies)
    rules = sum(spent for stage, spent in ours_by_stage.items() if stage in ("replay", "documents"))
    writing = ours_by_stage["tables"]
    rate = f"{logs.accounts / rules / 1e6:.2f} million" if rules else "too fast to tell how many"
    told = (
        f"{logs.accounts:,} accounts, {options.rounds} rounds. Replay and documents: {seconds(rules)}, "
        f"{rate} accounts a second. All tables as Parquet and CSV, digests and flush included: {seconds(writing)}; "
        f"DuckDB's COPY of the same rows from memory: {seconds(theirs)}; that is {ratio(writing, theirs)}.\n\n"
        + table(["stage", "seconds"], list(ours_by_stage.items()))
    )
    keep(workshop, "tables", [summary(contestant) for contestant in contestants], told, stages=ours_by_stage,
         copy=round(theirs, 3))
    workshop.forget(logs)


def disputed(workshop: Workshop, book: Path) -> str:
    """An account for the dispute: the one with the median of usage events among those that have any."""
    with (book / MONTH / "r001" / "statements.csv").open(encoding="utf-8", newline="") as file:
        used = [(int(row["events"]), row["account_id"]) for row in csv.DictReader(file)]
    used = sorted(pair for pair in used if pair[0] > 0)
    if not used:
        raise Failed("no account has usage")
    return used[len(used) // 2][1]


def disputes(workshop: Workshop, logs: Logs, order: str) -> list[Contestant]:
    """A full run; then one of its accounts billed anew without one of its events, and explained."""
    full = ours(workshop, logs, f"full run, {order}")
    book = workshop.work / "runs" / full.name
    chosen: dict[str, str] = {}

    def choose(_round: int, _run: Run) -> None:
        chosen["account"] = disputed(workshop, book)
        found = measure(workshop.python("duckdb_event.py", logs.usage, chosen["account"], MONTH))
        chosen["event"] = found.output.strip()

    def rerun(_round: int) -> Run:
        # A book of its own each time: what a rerun publishes stays.
        own = workshop.cold("dispute")
        shutil.copytree(book, own)
        drops = own.with_suffix(".csv")
        drops.write_text(f"event_id,reason\n{chosen['event']},disputed\n", encoding="utf-8")
        return measure([workshop.monthend, "rerun", "--month", MONTH, "--book", own, "--accounts", chosen["account"],
                        "--drop-events", drops, "--reason", "a dispute", "--quiet"], PUBLISHED)

    def explain(_round: int) -> Run:
        return measure([workshop.monthend, "explain", "--month", MONTH, "--book", book, "--quiet", chosen["account"]])

    full.check = choose
    return [full, Contestant(f"rerun --accounts, {order}", rerun), Contestant(f"explain, {order}", explain)]


def dispute(workshop: Workshop) -> None:
    """S8: one account billed anew, and explained, from logs that are sorted by account and from those that are not."""
    options = workshop.options
    parts, figures = [], []
    for order in ("account", "shuffled"):
        more = ["--order", order] if order != "shuffled" else []
        logs = workshop.logs(options.events, options.accounts, *more)
        warm(logs.usage_files)
        contestants = disputes(workshop, logs, order)
        in_turn(contestants, options.rounds, workshop.say)
        own = [summary(contestant) for contestant in contestants]
        stages = stages_of(workshop.work / "runs" / "dispute")
        told = ", ".join(f"{stage} {seconds(spent)}" for stage, spent in stages.items() if spent)
        parts.append(f"{compared(own, own[0].name)}\n\nThe rerun by stage: {told}.")
        figures += own
        workshop.clear()
        workshop.forget(logs)
    keep(workshop, "dispute", figures,
         f"{options.events:,} events, {options.accounts:,} accounts.\n\n" + "\n\n".join(parts))
