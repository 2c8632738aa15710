"""Reading for the reference: months, instants, credits, catalogue, logs, opening state.

Instants are integers (microseconds since 1970-01-01T00:00:00Z), credits are
integers (micro-credits), money is an integer in the currency's minor unit.
"""

import csv
import gzip
import os
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

SECOND = 1_000_000
DAY = 86_400 * SECOND
RECENT = DAY  # L1: how long before a month's end its ids are kept
CREDIT = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

EXPONENTS = {code: 0 for code in (
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split()}
EXPONENTS |= {code: 3 for code in "BHD IQD JOD KWD LYD OMR TND".split()}
EXPONENTS |= {code: 4 for code in "CLF UYW".split()}

INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):(\d\d))")
CREDITS = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
CHANGES = ("signup", "plan", "overage_on", "overage_off")


@dataclass(frozen=True)
class Month:
    """A calendar month in UTC, [start, end) (T1)."""

    year: int
    number: int

    @staticmethod
    def parse(text):
        if not re.fullmatch(r"\d{4}-\d\d", text):
            raise ValueError(f"not a month: {text!r}")
        return Month(int(text[:4]), int(text[5:]))

    @staticmethod
    def of(instant):
        moment = EPOCH + timedelta(microseconds=instant)
        return Month(moment.year, moment.month)

    def next(self):
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def previous(self):
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def start(self):
        return micros(datetime(self.year, self.number, 1, tzinfo=timezone.utc))

    @property
    def end(self):
        return self.next().start

    @property
    def days(self):
        return (self.end - self.start) // DAY

    @property
    def first_day(self):
        return date(self.year, self.number, 1)

    @property
    def last_day(self):
        return self.next().first_day - timedelta(days=1)

    def __str__(self):
        return f"{self.year:04}-{self.number:02}"


def micros(moment):
    """A datetime as microseconds since the epoch, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def parse_instant(text):
    """RFC 3339 with an offset, at most microseconds."""
    match = INSTANT.fullmatch(text)
    if not match:
        raise ValueError(f"not an instant: {text!r}")
    fraction = int((match[7] or "").ljust(6, "0"))
    moment = datetime(*(int(match[i]) for i in range(1, 7)), fraction, tzinfo=timezone.utc)
    result = micros(moment)
    if match[8]:
        offset = (int(match[9]) * 3600 + int(match[10]) * 60) * SECOND
        result += offset if match[8] == "-" else -offset
    return result


def format_instant(instant):
    """RFC 3339 in UTC with `Z`; a fraction only where there is one."""
    moment = EPOCH + timedelta(microseconds=instant)
    fraction = f".{moment.microsecond:06}" if moment.microsecond else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def day_of(instant):
    """The UTC calendar day of an instant."""
    return (EPOCH + timedelta(microseconds=instant)).date()


def parse_credits(text):
    """Exact decimal text to micro-credits; finer digits are rounded half-even."""
    if not CREDITS.fullmatch(text):
        raise ValueError(f"not credits: {text!r}")
    return round(Fraction(Decimal(text)) * CREDIT)  # round() of a Fraction is half-even


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
class Catalogue:
    in_force_from: int  # the first instant of that day
    currency: str
    exponent: int
    rounding: str
    proration: str
    plans: tuple
    trial_credits: int | None  # None: the catalogue has no trial
    trial_length: int

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
    plans = []
    for entry in data["plan"]:
        price = Fraction(Decimal(entry["price"])) * 10**exponent
        if price.denominator != 1 or price < 0:
            raise ValueError(f"bad price of plan {entry['id']}")
        rate = Fraction(Decimal(entry["overage_rate"])) if "overage_rate" in entry else None
        plans.append(Plan(entry["id"], entry["name"], int(price),
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
    rounding = data.get("rounding", "half-up")
    proration = data.get("proration", "days-after")
    if rounding not in ("half-up", "half-even"):
        raise ValueError(f"unknown rounding {rounding}")
    if proration not in ("days-after", "days-inclusive", "seconds"):
        raise ValueError(f"unknown proration {proration}")
    trial = data.get("trial")
    return Catalogue(
        parse_instant(f"{data['in_force_from']}T00:00:00Z"), data["currency"], exponent, rounding,
        proration, tuple(plans),
        parse_credits(str(trial["credits"])) if trial else None,
        int(trial["days"]) * DAY if trial else 0)


@dataclass(frozen=True)
class Usage:
    id: str
    account_id: str
    at: int
    credits: int

    @property
    def content(self):
        return (self.at, self.account_id, self.credits)


@dataclass(frozen=True)
class Change:
    id: str
    account_id: str
    at: int
    change: str
    plan: str

    credits = 0

    @property
    def content(self):
        return (self.at, self.account_id, self.change, self.plan)


@dataclass
class Deduplicated:
    used: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)


def deduplicate(rows):
    """The first content of an id is used, other contents are conflicts, repeats are duplicates."""
    by_id = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    result = Deduplicated()
    for group in by_id.values():
        group.sort(key=lambda row: row.content)
        seen = set()
        for row in group:
            if row.content in seen:
                result.duplicates.append(row)
            elif not seen:
                result.used.append(row)
            else:
                result.conflicts.append(row)
            seen.add(row.content)
    result.used.sort(key=lambda row: (row.at, row.id))  # T2, C1
    return result


def read_csv(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def check_id(text):
    if not 1 <= len(text.encode()) <= 256 or re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise ValueError(f"not an id: {text!r}")
    return text


def read_usage(paths):
    return [Usage(check_id(row["event_id"]), check_id(row["account_id"]),
                  parse_instant(row["at"]), parse_credits(row["credits"]))
            for path in paths for row in read_csv(path)]


def read_changes(paths):
    result = []
    for path in paths:
        for row in read_csv(path):
            kind = row["change"]
            plan = (row["plan"] or "") if kind in ("signup", "plan") else ""
            if kind not in CHANGES or (kind == "plan" and not plan):
                raise ValueError(f"{path}: bad change {row}")
            result.append(Change(check_id(row["change_id"]), check_id(row["account_id"]),
                                 parse_instant(row["at"]), kind, plan))
    return result


def read_recent_ids(path):
    """L1: the event ids of a `recent_ids` table."""
    return {check_id(unguard(row["event_id"])) for row in read_csv(path)}


def unguard(text):
    """Takes off the apostrophe that `tables.guard` puts before =, +, -, @."""
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare.startswith(tuple("=+-@\t\r")) else text


def read_state(path):
    """The rows of a `state` table as dicts of plain values."""
    for row in read_csv(path):
        if row["overage_on"] not in ("true", "false"):
            raise ValueError(f"{path}: overage_on is {row['overage_on']!r}")
        yield {
            "account_id": check_id(unguard(row["account_id"])),
            "plan": unguard(row["plan"]),
            "overage_on": row["overage_on"] == "true",
            "signed_up_at": parse_instant(row["signed_up_at"]),
            "first_paid_at": parse_instant(row["first_paid_at"]) if row["first_paid_at"] else None,
            "trial_ends_at": parse_instant(row["trial_ends_at"]) if row["trial_ends_at"] else None,
            "trial_left": parse_credits(row["trial_left"] or "0"),
        }
