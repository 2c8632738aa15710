"""docs/performance.svg, from the results of `month`: where the time goes, ours and the others'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from runner.report import results, seconds

WIDTH, LEFT, RIGHT, BAR, GAP = 860, 110, 130, 24, 12
SPAN = WIDTH - LEFT - RIGHT
# What the engines call alike is drawn alike, in the order of the way through. Colours that can be told apart without
# seeing hues as others do, on light and dark pages.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "changes and segments": ("#999999", ("open", "changes", "timeline")),
    "usage": ("#0072b2", ("rollup", "usage")),
    "rules and documents": ("#e69f00", ("replay", "documents", "rating")),
    "tables": ("#009e73", ("tables", "write")),
    "check": ("#cc79a7", ("check",)),
    "digests, manifest, publication": ("#d55e00", ("manifest", "digests", "publish")),
    "start and rest": ("#c8c8c8", ()),
}
Part = tuple[str, str, float]  # what it is, its colour, its seconds


def grouped(stages: dict[str, float], wall: float) -> list[Part]:
    """Stages as parts of a bar; what is left of the wall clock is the last."""
    known = {stage for _, names in GROUPS.values() for stage in names}
    unknown = sum(spent for stage, spent in stages.items() if stage not in known)
    parts = [
        (group, colour, sum(stages.get(name, 0.0) for name in names)) for group, (colour, names) in GROUPS.items()
    ]
    *named, (last, colour, _) = parts
    rest = max(wall - sum(spent for _, _, spent in named) - unknown, 0.0) + unknown
    return [part for part in [*named, (last, colour, rest)] if part[2] > 0]


def text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def bars(rows: list[tuple[str, list[Part], str]], top: float, longest: float) -> Iterator[str]:
    """Stacked bars, one below the other: a name, its parts, and what stands behind them."""
    for number, (name, parts, told) in enumerate(rows):
        y, x = top + number * (BAR + GAP), float(LEFT)
        yield text(LEFT - 8, y + BAR * 0.7, name, 'text-anchor="end"')
        for what, colour, spent in parts:
            width = SPAN * spent / longest
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" fill="{colour}">'
                f"<title>{escape(what)}: {seconds(spent)}</title></rect>"
            )
            x += width
        yield text(x + 6, y + BAR * 0.7, told)


def legend(groups: list[tuple[str, str]], top: float) -> Iterator[str]:
    """What the colours mean, three to a row."""
    for number, (group, colour) in enumerate(groups):
        x, y = LEFT + number % 3 * 230, top + number // 3 * 20
        yield f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>'
        yield text(x + 18, y + 10.5, group)


def draw(work: Path) -> str:
    """The picture as SVG."""
    month = results(work).get("month")
    if month is None:
        raise SystemExit("there are no results yet: run `run.py month` first")
    stages: dict[str, dict[str, float]] = month["stages"]
    walls: dict[str, float] = {figure["name"]: figure["wall"] for figure in month["figures"]}
    ours = walls["monthend"]
    rows = []
    for name, wall in walls.items():
        parts = grouped(stages[name], wall) if name in stages else [("decoding", "#56b4e9", wall)]
        rows.append((name, parts, f"{seconds(wall)} ({wall / ours:.2f} ×)" if name != "monthend" else seconds(wall)))
    near = [row for row in rows if row[0] in ("bare scan", "monthend")]
    seen = {part[0]: part[1] for _, parts, _ in rows for part in parts}
    return "\n".join(page(month_told(month), rows, near, list(seen.items()))) + "\n"


def month_told(month: dict[str, Any]) -> str:
    told = month["circumstances"]
    return (
        f"{month['events']:,} events, {month['accounts']:,} accounts; {told['cores']} cores of {told['processor']}; "
        f"DuckDB {told['duckdb']}, Polars {told['polars']}"
    )


def page(
    told: str, rows: list[tuple[str, list[Part], str]], near: list[tuple[str, list[Part], str]],
    groups: list[tuple[str, str]],
) -> Iterator[str]:
    step = BAR + GAP
    second = 84 + len(rows) * step + 20
    keys = second + 30 + len(near) * step + 8
    height = keys + (len(groups) + 2) // 3 * 20 + 10
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#222">'
    )
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    yield text(16, 26, "A month, from start to written tables: seconds, the median of all rounds", 'font-size="16"')
    yield text(16, 46, told, 'fill="#555"')
    yield text(16, 72, "Side by side", 'font-weight="600"')
    yield from bars(rows, 84, max(sum(spent for _, _, spent in parts) for _, parts, _ in rows))
    yield text(16, second + 8, "Beside the bare scan", 'font-weight="600"')
    yield from bars(near, second + 20, max(sum(spent for _, _, spent in parts) for _, parts, _ in near))
    yield from legend(groups, keys)
    yield "</svg>"
