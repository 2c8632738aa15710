"""Reading for the reference: months, instants, credits, money, logs, opening state.

Instants are integers (microseconds since 1970-01-01T00:00:00Z), credits are
integers (micro-credits), money is an integer in the currency's minor unit.
"""

import csv
import gzip
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

SECOND = 1_000_000
DAY = 86_400 * SECOND
RECENT = DAY  # L1: how long before a month's end its ids are kept
CREDIT = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):(\d\d))")
CREDITS = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
MONEY = re.compile(r"-?\d+(\.\d+)?")
# The columns that a change has a use for, beside those that all changes have.
CHANGES = {"signup": ("plan",), "plan": ("plan",), "overage_on": (), "overage_off": (),
           "overage_limit": ("credits",), "grant": ("grant", "credits", "expires_at"),
           "grant_void": ("grant",)}
REQUIRED = {"plan": "plan", "grant": "grant", "grant_void": "grant"}


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
    plan: str = ""
    grant: str = ""  # a kind; of a void, a grant's id
    amount: int | None = None  # what the column `credits` has
    expires_at: int | None = None

    credits = 0  # a change has no usage

    @property
    def content(self):
        """An empty cell comes before any other one."""
        return (self.at, self.account_id, self.change, self.plan, self.grant,
                -1 if self.amount is None else self.amount,
                (self.expires_at is not None, self.expires_at or 0))


@dataclass(frozen=True)
class Adjustment:
    id: str
    account_id: str
    at: int
    amount: int  # in the currency's minor unit
    description: str

    credits = 0

    @property
    def content(self):
        return (self.at, self.account_id, self.amount, self.description)


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
    return [parse_change(path, row) for path in paths for row in read_csv(path)]


def parse_change(path, row):
    kind = row["change"]
    cells = {name: row.get(name) or "" for name in ("plan", "grant", "credits", "expires_at")}
    given = {name for name, text in cells.items() if text}
    if kind not in CHANGES or not given <= set(CHANGES[kind]) \
            or REQUIRED.get(kind) not in given | {None}:
        raise ValueError(f"{path}: bad change {row}")
    credits, expires_at = cells["credits"], cells["expires_at"]
    return Change(check_id(row["change_id"]), check_id(row["account_id"]),
                  parse_instant(row["at"]), kind, cells["plan"], cells["grant"],
                  parse_credits(credits) if credits else None,
                  parse_instant(expires_at) if expires_at else None)


def parse_money(text, exponent):
    """Money in the currency's minor unit; finer digits are refused."""
    amount = Fraction(Decimal(text)) * 10**exponent if MONEY.fullmatch(text) else Fraction(1, 2)
    if amount.denominator != 1:
        raise ValueError(f"not money: {text!r}")
    return int(amount)


def read_adjustments(paths, exponent):
    result = []
    for path in paths:
        for row in read_csv(path):
            amount, description = parse_money(row["amount"], exponent), row["description"]
            if amount == 0 or not 1 <= len(description) <= 200:  # A1
                raise ValueError(f"{path}: bad adjustment {row}")
            result.append(Adjustment(check_id(row["adjustment_id"]), check_id(row["account_id"]),
                                     parse_instant(row["at"]), amount, description))
    return result


def read_recent_ids(path):
    """L1: the event ids of a `recent_ids` table."""
    return {check_id(unguard(row["event_id"])) for row in read_csv(path)}


def unguard(text):
    """Takes off the apostrophe that `tables.guard` puts before =, +, -, @."""
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare.startswith(tuple("=+-@\t\r")) else text


def instant_or_none(text):
    return parse_instant(text) if text else None


def read_state(path):
    """The rows of a `state` table as dicts of plain values."""
    for row in read_csv(path):
        if row["overage_on"] not in ("true", "false"):
            raise ValueError(f"{path}: overage_on is {row['overage_on']!r}")
        limit = row.get("overage_limit")  # accounts billed elsewhere may be without this column
        yield {
            "account_id": check_id(unguard(row["account_id"])),
            "plan": unguard(row["plan"]),
            "overage_on": row["overage_on"] == "true",
            "signed_up_at": parse_instant(row["signed_up_at"]),
            "first_paid_at": instant_or_none(row["first_paid_at"]),
            "trial_ends_at": instant_or_none(row["trial_ends_at"]),
            "trial_left": parse_credits(row["trial_left"] or "0"),
            "overage_limit": parse_credits(limit) if limit else None,
        }


def read_grants(path, exponent):
    """The rows of a `grants` table as dicts of plain values."""
    for row in read_csv(path):
        yield {
            "account_id": check_id(unguard(row["account_id"])),
            "id": check_id(unguard(row["grant_id"])),
            "kind": check_id(unguard(row["grant"])),
            "granted": parse_credits(row["granted"]),
            "left": parse_credits(row["left"]),
            "at": parse_instant(row["granted_at"]),
            "expires_at": instant_or_none(row["expires_at"]),
            "price": parse_money(row["price"], exponent),
        }
