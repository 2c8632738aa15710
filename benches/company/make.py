#!/usr/bin/env python3
"""Makes a year of a company, seeded: catalogues, change log, adjustments, usage, and what came late or was disputed.

    python3 benches/company/make.py --accounts 50000 --out target/company

README.md beside this file says what happens in the year.
"""

from __future__ import annotations

import argparse
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Iterable, Iterator

import accounts as company
from accounts import CAMPAIGN, FIRST_BILLED, INCIDENT, MONTHS, Account, days, start
from prices import write_catalogues

SEED = 15
LATE = (16, 17)  # May and June 2025
LATE_FROM, LATE_UNTIL = datetime(2025, 5, 20), datetime(2025, 6, 10)
RAN_TWICE, RAN_TWICE_ON = 17, 17  # 17 June 2025
DISPUTING = 6
TENFOLD_ON = (8, 9)  # days of September
CAMPAIGN_DAYS = 9
BATCH = 6_000  # accounts that want more send their usage in batches
JOB = """\
# The year of a made-up company. Paths are relative to this file; {month} is the month being billed.
catalog = "catalogs"
changes = "changes.csv"
usage = ["usage/{month}*"]
adjustments = "adjustments/{month}.csv"
book = "book"
payment_term_days = 30
"""
CLOCK = [f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z" for second in range(86_400)]


def name_of(month: int) -> str:
    return f"{start(month):%Y-%m}"


def write(path: Path, header: str, rows: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        file.writelines(rows)


def write_changes(path: Path, everybody: list[Account]) -> None:
    changes = sorted((change for account in everybody for change in account.changes), key=lambda change: change[:2])
    write(path, "change_id,account_id,at,change,plan,grant,credits,expires_at", (
        f"ch-{number:07},{account},{at:%Y-%m-%dT%H:%M:%SZ},{what},{plan},{grant},{credits},\n"
        for number, (at, account, what, plan, grant, credits) in enumerate(changes, 1)
    ))


def write_adjustments(folder: Path, everybody: list[Account]) -> None:
    """Ten dollars off for who begins to pay in November, as long as the rest of the month costs more than that."""
    for month in range(FIRST_BILLED, MONTHS):
        rows = []
        for account in everybody if month == CAMPAIGN else []:
            paid = next((change[0] for change in account.changes if change[2] == "plan"), None)
            if paid and start(month) <= paid < start(month) + timedelta(days=CAMPAIGN_DAYS):
                at = f"{paid:%Y-%m-%dT%H:%M:%SZ}"
                rows.append(f"ad-{account.name},{account.name},{at},-10.00,Ten dollars off in November\n")
        write(folder / f"{name_of(month)}.csv", "adjustment_id,account_id,at,amount,description", rows)


def events(account: Account, month: int, rng: random.Random, working: list[int]) -> Iterator[tuple]:
    """The events of an account in a month, (second, account, credits): most on working days."""
    used = account.used.get(month, 0.0)
    if used <= 0.0:
        return
    since = max(0, int((account.since - start(month)).total_seconds()) + 1)
    number = min(2_000, 1 + int(used**0.45 * rng.lognormvariate(0.5, 0.8)))
    credits = used / number
    for _ in range(number):
        second = rng.choice(working) * 86_400 + int(rng.triangular(0, 86_399, 54_000))
        if second < since:
            second = rng.randint(since, days(month) * 86_400 - 1)
        yield second, account.name, credits * rng.expovariate(1.0)


def rows_of(kind: str, month: int, usage: list[tuple]) -> Iterator[str]:
    usage.sort()
    name = name_of(month)
    dates = [f"{start(month) + timedelta(days=day):%Y-%m-%d}" for day in range(days(month))]
    for number, (second, account, credits) in enumerate(usage, 1):
        at = dates[second // 86_400] + CLOCK[second % 86_400]
        yield f"{kind}-{name}-{number:07},{account},{at},{credits:.2f}\n"


def came_late(account: str, at: datetime) -> bool:
    """Of a region whose collector was down for three weeks: one account in twelve."""
    return int(account[-6:]) % 12 == 7 and LATE_FROM <= at < LATE_UNTIL


def write_usage(out: Path, everybody: list[Account], rng: random.Random) -> None:
    header = "event_id,account_id,at,credits"
    late: list[str] = []
    for month in range(FIRST_BILLED, MONTHS):
        working = [day for day in range(days(month)) for _ in range(1 + 3 * ((start(month).weekday() + day) % 7 < 5))]
        app: list[tuple] = []
        batch: list[tuple] = []
        region: list[tuple] = []
        for account in everybody:
            for event in events(account, month, rng, working):
                if month in LATE and came_late(account.name, start(month) + timedelta(seconds=event[0])):
                    region.append(event)
                else:
                    (batch if account.wants > BATCH else app).append(event)
        late += rows_of("ap", month, region)
        if month == RAN_TWICE:
            write_dispute(out, everybody, batch)
        rows = list(rows_of("app", month, app))
        rows += [rows[rng.randrange(len(rows))] for _ in range(len(rows) // 20_000 + 2)]  # logged twice
        rows += [f"test-{name_of(month)}-{n},load-test,{name_of(month)}-11T03:00:0{n}Z,1\n" for n in range(3)]
        write(out / f"usage/{name_of(month)}-app.csv", header, rows)
        write_batch(out, month, header, batch)
    write(out / "late/2025-05-and-06.csv", header, late)
    month = FIRST_BILLED - 1
    working = list(range(days(month)))
    trials = [event for account in everybody if account.since >= datetime(2024, 12, 18)
              for event in events(account, month, rng, working)]
    write(out / f"usage/{name_of(FIRST_BILLED)}-opening-trials.csv", header, rows_of("app", month, trials))


def write_batch(out: Path, month: int, header: str, batch: list[tuple]) -> None:
    """The usage that is sent in batches. On two days of September an importer wrote ten times the credits."""
    path = Path(f"usage/{name_of(month)}-batch.csv")
    if month == INCIDENT:
        write(out / "corrected" / path.name, header, rows_of("batch", month, batch))
        batch = [(second, account, credits * (10 if second // 86_400 + 1 in TENFOLD_ON else 1))
                 for second, account, credits in batch]
    write(out / path, header, rows_of("batch", month, batch))


def write_dispute(out: Path, everybody: list[Account], batch: list[tuple]) -> None:
    """Large accounts with overage say that what they ran on 17 June was logged twice: events with ids of their own."""
    using = [account for account in everybody if account.wants > BATCH and account.used.get(RAN_TWICE, 0.0) > 0.0]
    largest = sorted(using, key=lambda account: (account.overage, account.used[RAN_TWICE]))[-DISPUTING:]
    names = {account.name for account in largest}
    twice = [(second + 1, account, credits) for second, account, credits in batch
             if account in names and second // 86_400 + 1 == RAN_TWICE_ON and (second + 1) % 86_400]
    batch += twice
    batch.sort()
    wanted = set(twice)
    listed = (f"batch-{name_of(RAN_TWICE)}-{number:07},ran twice on 17 June\n"
              for number, event in enumerate(batch, 1) if event in wanted)
    write(out / "disputes/2025-06.csv", "event_id,reason", listed)
    accounts = "".join(f"{name}\n" for name in sorted(names))
    (out / "disputes/2025-06-accounts.txt").write_text(accounts, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    everybody = company.population(asked.accounts, random.Random(SEED))
    company.goodwill(everybody, random.Random(SEED + 1))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "monthend.toml").write_text(JOB, encoding="utf-8")
    write_catalogues(asked.out / "catalogs")
    write_changes(asked.out / "changes.csv", everybody)
    write_adjustments(asked.out / "adjustments", everybody)
    write_usage(asked.out, everybody, random.Random(SEED + 2))


if __name__ == "__main__":
    main()
