"""What a month is billed by: its bounds and the catalogue, as plain numbers that every engine can take."""

from __future__ import annotations

import calendar
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

# Decimals of the currencies that do not have two.
DECIMALS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4}
DECIMALS |= dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
MICRO = 10**6


@dataclass(frozen=True)
class Plan:
    """A plan; its place in the catalogue is its rank."""

    rank: int
    id: str
    name: str
    price: int  # minor units
    credits: int  # micro-credits
    rate: int | None  # millionths of the currency's unit for a credit; None where overage is not offered


@dataclass(frozen=True)
class Terms:
    """A month and its catalogue."""

    month: str
    start: datetime
    end: datetime
    currency: str
    decimals: int
    half_even: bool
    proration: str
    trial_credits: int | None  # micro-credits; None where there is no trial
    trial_days: int
    plans: tuple[Plan, ...]

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> str:
        return (self.end - timedelta(days=1)).date().isoformat()


def scaled(text: str | int, decimals: int) -> int:
    """A decimal number as an integer of its last decimals; finer digits are a fault."""
    value = Decimal(text).scaleb(decimals)
    if value != value.to_integral_value():
        raise ValueError(f"{text} is finer than {decimals} decimals")
    return int(value)


def bounds(month: str) -> tuple[datetime, datetime]:
    """S and E of a month such as 2026-04."""
    year, number = (int(part) for part in month.split("-"))
    start = datetime(year, number, 1, tzinfo=timezone.utc)
    return start, start + timedelta(days=calendar.monthrange(year, number)[1])


def read_terms(month: str, catalogue: Path) -> Terms:
    """The terms of a month under one catalogue file."""
    content = tomllib.loads(catalogue.read_text(encoding="utf-8"))
    if any("retired" in plan or "formerly" in plan for plan in content["plan"]):
        raise ValueError("the peers know no retired plans and no former ids (V1, V2)")
    if "grant" in content or "overage_limit" in content:
        raise ValueError("the peers know no grants and no limits (G1 to G7, O6)")
    decimals = DECIMALS.get(content["currency"], 2)
    trial = content.get("trial")
    plans = tuple(
        Plan(
            rank=rank,
            id=plan["id"],
            name=plan.get("name", plan["id"]),
            price=scaled(plan["price"], decimals),
            credits=scaled(plan["credits"], 6),
            rate=scaled(plan["overage_rate"], 6) if "overage_rate" in plan else None,
        )
        for rank, plan in enumerate(content["plan"])
    )
    start, end = bounds(month)
    return Terms(
        month=month,
        start=start,
        end=end,
        currency=content["currency"],
        decimals=decimals,
        half_even=content.get("rounding", "half-up") == "half-even",
        proration=content.get("proration", "days-after"),
        trial_credits=scaled(trial["credits"], 6) if trial else None,
        trial_days=trial["days"] if trial else 0,
        plans=plans,
    )
