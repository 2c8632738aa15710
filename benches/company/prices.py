"""What the company sells: its plans and packs, and the dated catalogues in which they are written."""

from __future__ import annotations

from pathlib import Path

# id, name, credits a month, price of an overage credit; in rank order.
PLANS = [
    ("free", "Inkwell Free", 100, None),
    ("starter", "Inkwell Starter", 600, "0.035"),
    ("pro", "Inkwell Pro", 2_500, "0.03"),
    ("team", "Inkwell Team", 9_000, "0.025"),
    ("scale", "Inkwell Scale", 36_000, "0.02"),
]
PLAN_IDS = [plan[0] for plan in PLANS]
FREE, STARTER, PRO, TEAM, SCALE = range(5)
PACKS = [("pack-500", 500, "19.00"), ("pack-2000", 2_000, "66.00")]
PACK_DAYS = 180
TRIAL_CREDITS, TRIAL_DAYS = 200, 14

# Which plans there are from a date on and at what price, whether packs are sold, and why there is another version.
VERSIONS = [
    ("2024-01-01", ["0.00", "15.00", "49.00", "149.00"], False, "Three paid plans, overage for who switches it on"),
    ("2025-04-01", ["0.00", "15.00", "49.00", "149.00"], True, "Packs of credits"),
    ("2025-07-01", ["0.00", "15.00", "55.00", "169.00"], True, "Pro and Team cost more"),
    ("2025-10-01", ["0.00", "15.00", "55.00", "169.00", "549.00"], True, "Scale, for the largest"),
]


def catalogue(date: str, prices: list[str], packs: bool, why: str) -> str:
    """A version as TOML."""
    parts = [
        f'# {why}.\n\nname = "Inkwell"\nin_force_from = {date}\ncurrency = "USD"\n'
        'rounding = "half-up"\nproration = "days-after"\n',
        f"[trial]\ncredits = {TRIAL_CREDITS}\ndays = {TRIAL_DAYS}\n",
    ]
    for (plan, name, credits, rate), price in zip(PLANS, prices):
        overage = f'overage_rate = "{rate}"\n' if rate else ""
        parts.append(f'[[plan]]\nid = "{plan}"\nname = "{name}"\nprice = "{price}"\ncredits = {credits}\n{overage}')
    for pack, credits, price in PACKS if packs else []:
        parts.append(
            f'[[grant]]\nid = "{pack}"\nname = "{credits:,} more credits"\ncredits = {credits}\nprice = "{price}"\n'
            f'draws = "after-plan"\nexpires_after_days = {PACK_DAYS}\n'
        )
    parts.append('[[grant]]\nid = "goodwill"\nname = "Goodwill credits"\ncredits = 250\nexpires_after_days = 60\n')
    return "\n".join(parts)


def write_catalogues(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for date, *version in VERSIONS:
        (folder / f"inkwell-{date}.toml").write_text(catalogue(date, *version), encoding="utf-8")
