#!/usr/bin/env python3
"""Makes the export of a payment provider for the documents of a book, seeded: who paid them, when, and how well.

    python3 benches/company/payments.py --book target/company/book --out target/company/payments.csv

Most invoices are paid within days, by card; some late, in part, twice, or never. Of credit notes most are given back.
The provider keeps a fee of each payment and pays out what is left each Monday.
"""

from __future__ import annotations

import argparse
import csv
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Iterator

SEED = 16
EXPORTED_ON = date(2026, 1, 15)  # what is paid later is not there
# How many of ten thousand invoices go which way; the others are paid by card within five days.
WAYS = {"late": 500, "months late": 150, "short": 60, "twice": 30, "twice, one given back": 20, "refunded": 25,
        "in two parts": 40, "never": 130}
UNKNOWN = 8  # payments that name a document which there is not
HEADER = ["payment_id", "account_id", "document_id", "at", "amount", "currency", "kind", "fee", "payout_id"]


@dataclass
class Payment:
    """Amounts in cents."""

    account: str
    document: str
    at: datetime
    amount: int
    kind: str = "charge"

    @property
    def fee(self) -> int:
        """2.9 % and 30 cents, whatever becomes of the payment; refunds are free."""
        return (self.amount * 29 + 500) // 1000 + 30 if self.amount > 0 else 0

    @property
    def payout_day(self) -> date:
        """The Monday after the week in which it came."""
        day = self.at.date()
        return day + timedelta(days=7 - day.weekday())


def cents(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = digits.partition(".")
    return sign * (int(whole) * 100 + int(part or 0))


def money(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


def documents(book: Path) -> Iterator[dict[str, str]]:
    """All documents in force, month by month."""
    for path in sorted((book / "current" / "documents").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def ways(rng: random.Random) -> str:
    at = rng.randrange(10_000)
    for way, share in WAYS.items():
        if at < share:
            return way
        at -= share
    return "at once"


def payments_of(document: dict[str, str], given_up: set[str], rng: random.Random) -> Iterator[Payment]:
    """What comes in, or goes back, for a document."""
    account, number, total = document["account_id"], document["document_id"], cents(document["total_amount"])
    issued = datetime.fromisoformat(document["issued_on"])

    def paid(amount: int, first: int, last: int, kind: str = "charge") -> Payment:
        at = issued + timedelta(days=rng.randint(first, last), seconds=rng.randrange(86_400))
        return Payment(account, number, at, amount, kind)

    if total < 0:
        if rng.random() < 0.85:
            yield paid(total, 1, 9, "refund")
        return
    way = ways(rng)
    if account in given_up:
        way = "never"  # a card that is refused once is refused again
    elif way == "never" and rng.random() < 0.15:
        given_up.add(account)
    if total == 0 or way == "never":
        return
    if way == "late":
        yield paid(total, 12, 50)
    elif way == "months late":
        yield paid(total, 60, 170)
    elif way == "short":
        yield paid(total - min(total // 2, rng.choice([150, 500, 1500])), 2, 20)
    elif way == "in two parts":
        yield paid(total // 2, 0, 3)
        yield paid(total - total // 2, 20, 40)
    else:
        yield paid(total, 0, 5)
    if way.startswith("twice"):
        yield paid(total, 6, 8)
    if way == "twice, one given back":
        yield paid(-total, 15, 20, "refund")
    if way == "refunded":
        yield paid(-total, 7, 30, "refund")


def all_payments(book: Path, rng: random.Random) -> list[Payment]:
    made: list[Payment] = []
    given_up: set[str] = set()
    for document in documents(book):
        made += payments_of(document, given_up, rng)
    for number in range(UNKNOWN):
        like = made[rng.randrange(len(made))]
        made.append(Payment(like.account, f"INV-2025-13-{number:08}", like.at, abs(like.amount)))
    made = [payment for payment in made if payment.at.date() < EXPORTED_ON]
    made.sort(key=lambda payment: (payment.at, payment.document, payment.amount))
    return made


def rows(made: list[Payment]) -> Iterator[list[str]]:
    """Payments in order of time, and behind each week's what was paid out of them."""
    weeks: dict[date, list[tuple[int, Payment]]] = {}
    for number, payment in enumerate(made, 1):
        weeks.setdefault(payment.payout_day, []).append((number, payment))
    for day, week in weeks.items():
        payout = f"po_{day:%Y%m%d}" if day <= EXPORTED_ON else ""  # the last week is not paid out yet
        for number, payment in week:
            yield [f"pay_{number:07}", payment.account, payment.document, f"{payment.at:%Y-%m-%dT%H:%M:%SZ}",
                   money(payment.amount), "USD", payment.kind, money(payment.fee), payout]
        if payout:
            left = sum(payment.amount - payment.fee for _, payment in week)
            yield [payout, "", "", f"{day:%Y-%m-%d}T06:00:00Z", money(-left), "USD", "payout", "0.00", payout]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--book", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    made = all_payments(asked.book, random.Random(SEED))
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows(made)])


if __name__ == "__main__":
    main()
