"""The catalogue: plans, the trial, kinds of grants, and the terms of rounding and proration."""

import os
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from inputs import DAY, parse_credits, parse_instant

EXPONENTS = {code: 0 for code in (
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split()}
EXPONENTS |= {code: 3 for code in "BHD IQD JOD KWD LYD OMR TND".split()}
EXPONENTS |= {code: 4 for code in "CLF UYW".split()}


@dataclass(frozen=True)
class Plan:
    id: str
    name: str
    price: int
    credits: int
    rate: Fraction | None  # per credit, in whole currency units; None: no overage
    retired: bool = False  # V1
    formerly: tuple = ()  # V2


@dataclass(frozen=True)
class GrantKind:
    id: str
    credits: int  # where the change names none; 0: the change must
    price: int
    after_plan: bool  # drawn after the plan's pool; else before it
    length: int | None  # where the change names no end; None: for ever


@dataclass(frozen=True)
class Catalogue:
    in_force_from: int  # the first instant of that day
    currency: str
    exponent: int
    rounding: str
    proration: str
    plans: tuple
    trial_credits: int | None  # None: the catalogue has no trial
    trial_length: int
    grants: dict  # id -> GrantKind
    overage_limit: int | None  # O6, of accounts that have none of their own

    def rank(self, plan_id):
        """The plan's rank, or None where the catalogue lacks it."""
        for rank, plan in enumerate(self.plans):
            if plan_id == plan.id or plan_id in plan.formerly:  # V2
                return rank
        return None

    def starting_plan(self):
        """T3 and V1: the rank of the lowest plan that is not retired."""
        return next(rank for rank, plan in enumerate(self.plans) if not plan.retired)

    def is_closed(self, rank, at):
        """V1: nobody enters a retired plan from when this version came into force."""
        return self.plans[rank].retired and at >= self.in_force_from

    def offers_overage(self, rank):
        return self.plans[rank].rate is not None

    def round(self, amount):
        """F9: a Fraction of minor units (never negative here) to whole minor units."""
        if self.rounding == "half-even":
            return round(amount)
        return (amount + Fraction(1, 2)).__floor__()


class PlanMissing(ValueError):
    """V3: the catalogue lacks a plan on which an account is."""


def read_catalogue(path, month):
    """The catalogue of a file, or of a folder the newest one that is in force at the month's start."""
    if os.path.isdir(path):
        paths = [os.path.join(path, name) for name in os.listdir(path) if name.endswith(".toml")]
    else:
        paths = [path]
    catalogues = []
    for one in paths:
        with open(one, encoding="utf-8") as file:
            catalogues.append(parse_catalogue(file.read()))
    in_force = [one for one in catalogues if one.in_force_from <= month.start]
    if not in_force:
        raise ValueError("no catalogue is in force yet")
    return max(in_force, key=lambda one: one.in_force_from)


def parse_catalogue(text):
    """A catalogue from the text of its file; ValueError where it is to be refused."""
    data = tomllib.loads(text)
    exponent = EXPONENTS.get(data["currency"], 2)
    rounding = data.get("rounding", "half-up")
    proration = data.get("proration", "days-after")
    if rounding not in ("half-up", "half-even"):
        raise ValueError(f"unknown rounding {rounding}")
    if proration not in ("days-after", "days-inclusive", "seconds"):
        raise ValueError(f"unknown proration {proration}")
    trial = data.get("trial")
    return Catalogue(
        parse_instant(f"{data['in_force_from']}T00:00:00Z"), data["currency"], exponent, rounding,
        proration, parse_plans(data["plan"], exponent),
        parse_credits(str(trial["credits"])) if trial else None,
        int(trial["days"]) * DAY if trial else 0,
        parse_grants(data.get("grant", ()), exponent),
        parse_credits(str(data["overage_limit"])) if "overage_limit" in data else None)


def parse_price(entry, exponent):
    price = Fraction(Decimal(entry["price"])) * 10**exponent
    if price.denominator != 1 or price < 0:
        raise ValueError(f"bad price of {entry['id']}")
    return int(price)


def parse_plans(entries, exponent):
    plans = []
    for entry in entries:
        rate = Fraction(Decimal(entry["overage_rate"])) if "overage_rate" in entry else None
        plans.append(Plan(entry["id"], entry["name"], parse_price(entry, exponent),
                          parse_credits(str(entry["credits"])), rate,
                          entry.get("retired", False), tuple(entry.get("formerly", ()))))
    if any(a.price > b.price for a, b in zip(plans, plans[1:])):
        raise ValueError("prices must not fall with rank")
    open_plans = [plan for plan in plans if not plan.retired]
    if not open_plans or open_plans[0].price != 0 or plans[0].price != 0:
        raise ValueError("the lowest plan must be free of charge")
    if len({plan.price for plan in open_plans}) != len(open_plans):
        raise ValueError("two plans that are not retired have one price")
    ids = [name for plan in plans for name in (plan.id, *plan.formerly)]
    if len(set(ids)) != len(ids):
        raise ValueError("two plans share an id")
    return tuple(plans)


def parse_grants(entries, exponent):
    """The kinds of grants (G1), by their ids."""
    kinds = {}
    for entry in entries:
        draws, days = entry.get("draws", "before-plan"), entry.get("expires_after_days")
        if entry["id"] in kinds or draws not in ("before-plan", "after-plan"):
            raise ValueError(f"bad kind of grants {entry['id']}")
        kinds[entry["id"]] = GrantKind(
            entry["id"], parse_credits(str(entry.get("credits", 0))),
            parse_price(entry, exponent) if "price" in entry else 0, draws == "after-plan",
            None if days is None else days * DAY)
    return kinds
