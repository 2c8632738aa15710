"""Targets that run whole months: against the bare scan and the peers, by size, type, threads, and the smallest."""

from __future__ import annotations

import json
import statistics

from runner.measure import Contestant, Figure, in_turn, summary, warm
from runner.programs import agreed_sums, bare, ours, peer
from runner.report import compared, keep, ratio, seconds, table
from runner.workshop import Logs, Workshop, run_json, stages_of


def stage_medians(books: list[dict[str, float]]) -> dict[str, float]:
    """Seconds by stage, medians over the rounds."""
    return {stage: round(statistics.median(book[stage] for book in books), 3) for stage in books[0]} if books else {}


def watched(workshop: Workshop, contestant: Contestant) -> list[dict[str, float]]:
    """The stages of each round of ours, collected as the rounds go by."""
    seen: list[dict[str, float]] = []
    contestant.check = lambda _round, _run: seen.append(stages_of(workshop.work / "runs" / contestant.name))
    return seen


def prepared(workshop: Workshop, events: int, accounts: int) -> tuple[Logs, Contestant, list[dict[str, float]]]:
    """Logs of a size, ours on them, and the stages of each of its rounds."""
    logs = workshop.logs(events, accounts)
    warm(logs.usage_files)
    us = ours(workshop, logs)
    return logs, us, watched(workshop, us)


def month(workshop: Workshop) -> None:
    """S1, S2, S3: a month against the bare scan, DuckDB and Polars."""
    options = workshop.options
    logs, us, stages = prepared(workshop, options.events, options.accounts)
    contestants = [bare(workshop, logs), us, *(peer(workshop, logs, engine) for engine in options.peers)]
    in_turn(contestants, options.rounds, workshop.say)
    figures = [summary(contestant) for contestant in contestants]
    by_stage = {"monthend": stage_medians(stages)}
    for contestant in contestants[2:]:
        by_stage[contestant.name] = stage_medians([json.loads(run.output)["seconds"] for run in contestant.runs])
        by_stage[contestant.name].pop("all")
    sums = agreed_sums(workshop)
    told = ""
    if sums:
        lines = [[name, *(f"{key} {value}" for key, value in of.items())] for name, of in sums.items()]
        told = "All tables agree, row by row:\n\n" + "\n".join(f"- {line[0]}: {', '.join(line[1:])}" for line in lines)
    text = "\n\n".join(
        filter(None, [f"{logs.events:,} events, {logs.accounts:,} accounts, {options.rounds} rounds.",
                      compared(figures, "monthend"), compared_to_bare(*figures[:2]), told])
    )
    keep(workshop, "month", figures, text, events=logs.events, accounts=logs.accounts, stages=by_stage, sums=sums)


def compared_to_bare(scan: Figure, us: Figure) -> str:
    wall, work = ratio(us.wall, scan.wall), ratio(us.cpu, scan.cpu)
    return f"monthend takes {wall} the time of the bare scan, and {work} its work."


def sizes(workshop: Workshop) -> None:
    """S4: time and memory by size."""
    options = workshop.options
    figures, rows = [], []
    for events in options.sizes:
        logs = workshop.logs(events, max(events // options.events_per_account, 1))
        warm(logs.usage_files)
        contestants = [bare(workshop, logs), ours(workshop, logs)]
        in_turn(contestants, options.rounds, workshop.say)
        scan, us = (summary(contestant) for contestant in contestants)
        figures += [scan, us]
        rows.append(sized(logs, scan, us))
        workshop.forget(logs)
    head = ["events", "accounts", "wall", "an event", "to the bare scan", "peak memory", "bytes an event",
            "12 an event + 400 an account"]
    keep(workshop, "sizes", figures, table(head, rows), sizes=options.sizes)


def sized(logs: Logs, scan: Figure, us: Figure) -> list[str]:
    """What a size comes to, for an event and an account."""
    allowed = 12 * logs.events + 400 * logs.accounts
    return [f"{logs.events:,}", f"{logs.accounts:,}", seconds(us.wall), f"{us.wall / logs.events * 1e9:.1f} ns",
            ratio(us.wall, scan.wall), f"{us.peak_mb:,.0f} MiB", f"{us.peak_mb * 2**20 / logs.events:.1f}",
            f"{allowed / 2**20:,.0f} MiB"]


def types(workshop: Workshop) -> None:
    """S5, S12: ids as 16 bytes, accounts in dictionaries."""
    kinds = {
        "text": [],
        "binary ids": ["--ids", "binary"],
        "accounts in dictionaries": ["--accounts-as", "dictionary"],
        "both": ["--ids", "binary", "--accounts-as", "dictionary"],
    }
    side_by_side(workshop, "types", kinds)


def codecs(workshop: Workshop) -> None:
    """How pages of the log are compressed."""
    kinds = {
        "Snappy": [],
        "LZ4_RAW": ["--compression", "lz4-raw"],
        "ZSTD": ["--compression", "zstd"],
        "not compressed": ["--compression", "none"],
    }
    side_by_side(workshop, "codecs", kinds)


def side_by_side(workshop: Workshop, target: str, kinds: dict[str, list[str]]) -> None:
    """One month from logs of several kinds, each by the generator's options; the first is what they are held against."""
    options = workshop.options
    all_logs = {kind: workshop.logs(options.events, options.accounts, *more) for kind, more in kinds.items()}
    contestants = []
    for kind, logs in all_logs.items():
        warm(logs.usage_files)
        contestants += [bare(workshop, logs, f"{kind}, bare scan"), ours(workshop, logs, kind)]
    in_turn(contestants, options.rounds, workshop.say)
    figures = [summary(contestant) for contestant in contestants]
    for kind, logs in all_logs.items():
        if kinds[kind]:
            workshop.forget(logs)
    keep(workshop, target, figures,
         f"{options.events:,} events, {options.accounts:,} accounts.\n\n{compared(figures, next(iter(kinds)))}")


def accounts(workshop: Workshop) -> None:
    """S11: many accounts of few events, until they are tables."""
    options = workshop.options
    logs, us, stages = prepared(workshop, options.table_accounts, options.table_accounts)
    in_turn([us], options.rounds, workshop.say)
    figure, of_stages = summary(us), stage_medians(stages)
    rows = [[name, seconds(spent), f"{spent / logs.accounts * 1e6:.2f} µs"] for name, spent in of_stages.items()]
    rate = logs.accounts / (figure.wall - of_stages["rollup"])
    keep(workshop, "accounts", [figure],
         f"{logs.accounts:,} accounts, {logs.events:,} events: {seconds(figure.wall)}, {seconds(figure.cpu)} of "
         f"processors, {figure.peak_mb:,.0f} MiB. Without the stage `rollup`, {rate:,.0f} accounts a second.\n\n"
         + table(["stage", "wall", "an account"], rows), stages=of_stages)


def threads(workshop: Workshop) -> None:
    """S10: how it scales from one thread on."""
    options = workshop.options
    logs = workshop.logs(options.events, options.accounts)
    warm(logs.usage_files)
    contestants = []
    for number in options.threads:
        words = ["--threads", str(number)]
        contestants += [bare(workshop, logs, f"bare scan, {number}", *words),
                        ours(workshop, logs, f"monthend, {number}", *words)]
    in_turn(contestants, options.rounds, workshop.say)
    figures = [summary(contestant) for contestant in contestants]
    rows = []
    for program in ("bare scan", "monthend"):
        own = [figure for figure in figures if figure.name.startswith(program)]
        alone = own[0].wall * options.threads[0]
        for number, figure in zip(options.threads, own, strict=True):
            share = alone / (figure.wall * number)
            rows.append([figure.name, seconds(figure.wall), seconds(figure.cpu), f"{share:.2f}"])
    keep(workshop, "threads", figures,
         f"{logs.events:,} events, {logs.accounts:,} accounts.\n\n"
         + table(["program, threads", "wall", "processors", "share of ideal scaling"], rows))


def cold(workshop: Workshop) -> None:
    """S9: a month of a hundred accounts."""
    logs, us, _stages = prepared(workshop, 10_000, 100)
    in_turn([us], workshop.options.cold_rounds, lambda _words: None)
    walls = sorted(run.wall for run in us.runs)
    figure, inside = summary(us), run_json(workshop.work / "runs" / us.name)["seconds"]
    keep(workshop, "cold", [figure],
         f"{logs.accounts} accounts, {logs.events:,} events, {len(walls)} runs: "
         f"median {seconds(figure.wall)}, least {seconds(walls[0])}, "
         f"nine in ten under {seconds(walls[len(walls) * 9 // 10])}; "
         f"until the manifest (run.json, the last run) {seconds(inside)}.")
