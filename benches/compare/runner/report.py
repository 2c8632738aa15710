"""Results as Markdown for people, and as JSON for the picture and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runner.measure import Figure
from runner.workshop import Workshop, circumstances


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, all others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def ratio(value: float, base: float) -> str:
    return f"{value / base:.2f} ×" if base else "–"


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def compared(figures: Sequence[Figure], base: str) -> str:
    """Contestants side by side; ratios are those of the wall clock against `base`."""
    of_base = next(figure for figure in figures if figure.name == base)
    rows = [
        [
            figure.name,
            seconds(figure.wall),
            ratio(figure.wall, of_base.wall),
            seconds(figure.cpu),
            ratio(figure.cpu, of_base.cpu),
            f"{figure.peak_mb:,.0f} MiB",
            ratio(figure.peak_mb, of_base.peak_mb),
        ]
        for figure in figures
    ]
    return table(["", "wall", f"to {base}", "processors", f"to {base}", "peak memory", f"to {base}"], rows)


def keep(workshop: Workshop, target: str, figures: list[Figure], text: str, **more: object) -> None:
    """Writes a target's results, and prints them."""
    folder = workshop.work / "results"
    folder.mkdir(parents=True, exist_ok=True)
    content = {"target": target, "circumstances": circumstances(workshop), **more,
               "figures": [asdict(figure) for figure in figures], "text": text}
    (folder / f"{target}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"## {target}\n\n{text}\n", flush=True)


def results(work: Path) -> dict[str, dict[str, Any]]:
    """All results so far, by target."""
    found = sorted((work / "results").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def everything(work: Path) -> str:
    """All results as one Markdown text, each with where it comes from."""
    parts = []
    for target, content in results(work).items():
        where = ", ".join(f"{name} {value}" for name, value in content["circumstances"].items())
        parts.append(f"## {target}\n\n{where}\n\n{content['text']}\n")
    return "\n".join(parts)
