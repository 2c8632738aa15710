"""What becomes of the company's accounts in 2024 and 2025: who signs up, pays, grows, leaves, and how much each uses.

Months count from 0, January 2024. What an account wants grows slowly; what it may use is its plan's credits, packs and
overage; what follows from the two are upgrades, packs, overage and churn.
"""

from __future__ import annotations

import random
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prices import FREE, PACK_DAYS, PACKS, PLAN_IDS, PLANS, PRO, SCALE, STARTER, TEAM, TRIAL_CREDITS

MONTHS = 24
FIRST_BILLED = 12  # January 2025
PACKS_FROM, PRICES_FROM, INCIDENT, CAMPAIGN, SCALE_FROM = 15, 18, 20, 22, 21
# Signups grow by 2 % a month; in August, December and around them fewer come, and less is used.
SIGNUPS_OF_SEASON = [1.05, 1.0, 1.05, 1.0, 1.0, 0.95, 0.85, 0.8, 1.1, 1.1, 1.1, 0.8]
USE_OF_SEASON = [0.95, 1.0, 1.05, 1.0, 1.0, 1.0, 0.9, 0.85, 1.05, 1.1, 1.05, 0.8]
# How many of a hundred who pay for a plan leave it in a month.
CHURN = [0.0, 0.048, 0.03, 0.018, 0.01]


def start(month: int) -> datetime:
    return datetime(2024 + month // 12, month % 12 + 1, 1)


def days(month: int) -> int:
    return monthrange(2024 + month // 12, month % 12 + 1)[1]


@dataclass
class Account:
    """An account; `changes` are (instant, account, change, plan, grant, credits)."""

    name: str
    since: datetime
    wants: float  # credits a month
    plan: int = FREE  # in force
    has_paid: bool = False
    overage: bool = False
    limit: int | None = None
    pack_credits: float = 0.0
    pack_until: int = 0  # the month in which the last pack ends
    hit_the_cap: bool = False
    changes: list[tuple] = field(default_factory=list)
    used: dict[int, float] = field(default_factory=dict)  # credits by month

    def change(self, at: datetime, change: str, plan: str = "", grant: str = "", credits: str = "") -> None:
        self.changes.append((at, self.name, change, plan, grant, credits))


def signups(number: int, rng: random.Random) -> list[int]:
    """The month in which each of so many accounts signs up."""
    weights = [1.02**month * SIGNUPS_OF_SEASON[month % 12] for month in range(MONTHS)]
    weights[0] *= 10  # who was there before
    return sorted(rng.choices(range(MONTHS), weights, k=number))


def population(number: int, rng: random.Random) -> list[Account]:
    """All accounts with all that happens to them."""
    accounts = []
    for index, month in enumerate(signups(number, rng), 1):
        since = start(month) + timedelta(seconds=rng.randrange(days(month) * 86_400 - 60))
        account = Account(f"org-{index:06}", since, rng.lognormvariate(4.9, 1.55))
        account.change(since, "signup")
        live(account, month, rng)
        accounts.append(account)
    return accounts


def live(account: Account, signed_up: int, rng: random.Random) -> None:
    for month in range(signed_up, MONTHS):
        first = account.since if month == signed_up else start(month)
        room = (start(month) + timedelta(days=days(month)) - first).total_seconds() - 30

        def moment(earliest: float = 0.0) -> datetime:
            return first + timedelta(seconds=int(room * rng.uniform(earliest, 1.0)))

        leaves_for = account.plan
        if account.plan == FREE:
            leaves_for = consider_paying(account, month, month - signed_up, moment, rng)
        else:
            leaves_for = consider_plan(account, month, moment, rng)
        use(account, month, month == signed_up, room, rng)
        if leaves_for < account.plan:  # a downgrade holds from the month's end
            account.plan = leaves_for
            if leaves_for == FREE:
                account.overage = False
        if account.plan != FREE:
            account.wants *= rng.lognormvariate(0.012, 0.05)


def fitting(account: Account, month: int, rng: random.Random) -> int:
    """The plan that an account would take: the lowest whose credits about suffice."""
    highest = SCALE if month >= SCALE_FROM else TEAM
    enough = account.wants * rng.uniform(0.4, 1.0)
    return next((plan for plan in range(STARTER, highest) if PLANS[plan][2] >= enough), highest)


def enter(account: Account, month: int, plan: int, at: datetime, rng: random.Random) -> None:
    account.plan, account.has_paid = plan, True
    account.change(at, "plan", plan=PLAN_IDS[plan])
    if not account.overage and rng.random() < (0.0, 0.35, 0.5, 0.75, 0.9)[plan]:
        switch_on(account, at + timedelta(seconds=20), rng)


def switch_on(account: Account, at: datetime, rng: random.Random) -> None:
    account.overage = True
    account.change(at, "overage_on")
    if rng.random() < 0.25:
        account.limit = PLANS[account.plan][2] // 2
        account.change(at, "overage_limit", credits=str(account.limit))


def consider_paying(account: Account, month: int, age: int, moment, rng: random.Random) -> int:
    """An account on Free: most who come to pay do so in their first two months."""
    keen = account.wants > PLANS[FREE][2]
    if account.has_paid:
        chance = 0.012
    elif age < 2:
        chance = 0.24 if keen else 0.03
    else:
        chance = 0.012 if keen else 0.002
    if month == CAMPAIGN and not account.has_paid:
        chance *= 1.4
    if rng.random() < chance:
        enter(account, month, fitting(account, month, rng), moment(0.1), rng)
    return account.plan


def consider_plan(account: Account, month: int, moment, rng: random.Random) -> int:
    """An account that pays leaves, goes down, up, buys a pack, or stays. Comes to its plan from next month on."""
    dearer = account.plan in (PRO, TEAM) and month - PRICES_FROM in (0, 1)
    lower = account.plan - 1
    little = account.wants < PLANS[lower][2] * 0.8
    if rng.random() < CHURN[account.plan] * (3.0 if dearer else 1.0):
        account.change(moment(), "plan", plan=PLAN_IDS[FREE])
        return FREE
    if lower != FREE and rng.random() < (0.1 if little else 0.008) * (3.0 if dearer else 1.0):
        account.change(moment(), "plan", plan=PLAN_IDS[lower])
        return lower
    higher = account.plan < (SCALE if month >= SCALE_FROM else TEAM)
    if account.hit_the_cap and account.wants > PLANS[account.plan][2]:
        draw, at = rng.random(), moment()
        if higher and draw < (0.5 if account.plan == TEAM else 0.16):
            enter(account, month, account.plan + 1, at, rng)
        elif draw < 0.8 and not account.overage and month >= PACKS_FROM:
            buy(account, month, at, rng)
        elif draw > 0.94 and not account.overage:
            switch_on(account, at, rng)
    elif account.overage and rng.random() < 0.008:
        account.overage = False
        account.change(moment(), "overage_off")
    return account.plan


def buy(account: Account, month: int, at: datetime, rng: random.Random) -> None:
    pack, credits, _ = PACKS[account.plan >= PRO or rng.random() < 0.15]
    account.change(at, "grant", grant=pack)
    left = account.pack_credits if month < account.pack_until else 0.0
    account.pack_credits, account.pack_until = left + credits, month + PACK_DAYS // 30


def use(account: Account, month: int, is_new: bool, room: float, rng: random.Random) -> None:
    """What an account uses in the month: what it wants, as far as it may."""
    wanted = account.wants * rng.lognormvariate(-0.08, 0.4) * USE_OF_SEASON[month % 12]
    if is_new:
        wanted *= room / (days(month) * 86_400)
    if account.plan == FREE and rng.random() < 0.45:
        wanted = 0.0  # asleep
    cap = PLANS[account.plan][2]
    packs = account.pack_credits if month < account.pack_until else 0.0
    allowed = cap + packs + (TRIAL_CREDITS if is_new else 0)
    account.hit_the_cap = wanted > cap
    if not account.overage:
        wanted = min(wanted, allowed * rng.uniform(0.96, 1.03))  # it is stopped soon after
    elif account.limit is not None:
        wanted = min(wanted, (allowed + account.limit) * rng.uniform(0.96, 1.03))
    account.pack_credits = max(0.0, packs - max(0.0, wanted - cap))
    if month >= FIRST_BILLED - 1:
        account.used[month] = wanted


def goodwill(accounts: list[Account], rng: random.Random) -> None:
    """Credits that support gives: to a few who pay each month, and to many after the incident of September."""
    for month in range(FIRST_BILLED, MONTHS):
        share = 0.02 if month == INCIDENT else 0.002
        for account in accounts:
            if account.since < start(month) and account.used.get(month, 0.0) > 150 and rng.random() < share:
                at = start(month) + timedelta(seconds=rng.randrange(days(month) * 86_400))
                account.change(at, "grant", grant="goodwill")
