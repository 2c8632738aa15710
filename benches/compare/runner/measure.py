"""A program run as a process of its own: how long it took, what it used, what it said."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run. Seconds of the wall clock, of the processors in user and system mode, and the peak of the memory."""

    wall: float
    user: float
    system: float
    peak_bytes: int
    output: str


class Failed(Exception):
    """A program that did not do what it was asked."""


def measure(command: Sequence[str | Path], allowed: tuple[int, ...] = (0,)) -> Run:
    """Runs a command to its end. This process is kept small, since a child's peak starts from its parent's size."""
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output = out.read().decode()
        if child.returncode not in allowed:
            told = (output + err.read().decode())[-3000:]
            raise Failed(f"{' '.join(words)}\nended with {child.returncode}:\n{told}")
    return Run(wall, used.ru_utime, used.ru_stime, used.ru_maxrss * 1024, output)


@dataclass
class Contestant:
    """A program in a comparison."""

    name: str
    # Prepares a run (a cold folder, a book of its own) and runs it.
    run: Callable[[int], Run]
    # What is looked at after each run, in which a fault stops the comparison.
    check: Callable[[int, Run], None] = lambda _round, _run: None
    runs: list[Run] = field(default_factory=list)


def in_turn(contestants: Sequence[Contestant], rounds: int, say: Callable[[str], None]) -> None:
    """Runs all contestants one after the other, and that so many times: what the machine does beside hits all alike.
    Every check must hold before a time is told."""
    for number in range(rounds):
        for contestant in contestants:
            run = contestant.run(number)
            contestant.check(number, run)
            contestant.runs.append(run)
            say(f"  round {number + 1} of {rounds}, {contestant.name}: done")


@dataclass(frozen=True)
class Figure:
    """A contestant's medians: seconds, and MiB. The single rounds stand behind them."""

    name: str
    wall: float
    cpu: float
    peak_mb: float
    walls: list[float]
    cpus: list[float]


def summary(contestant: Contestant) -> Figure:
    runs = contestant.runs

    def median(pick: Callable[[Run], float]) -> float:
        return round(statistics.median(pick(run) for run in runs), 4)

    return Figure(
        name=contestant.name,
        wall=median(lambda run: run.wall),
        cpu=median(lambda run: run.user + run.system),
        peak_mb=round(statistics.median(run.peak_bytes for run in runs) / 2**20, 1),
        walls=[round(run.wall, 4) for run in runs],
        cpus=[round(run.user + run.system, 4) for run in runs],
    )


def warm(files: Sequence[Path]) -> None:
    """Reads files once, so that the first contestant meets what all later ones meet: logs in the page cache, as far
    as it holds them."""
    buffer = bytearray(1 << 22)
    for path in files:
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
