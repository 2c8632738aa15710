"""The rules, one account at a time, in the plainest way. Numbers like F2 are those of the rules."""

import copy
from dataclasses import dataclass, field
from fractions import Fraction

import grants
from inputs import CREDIT, SECOND, Month, day_of


@dataclass
class Account:
    """What is known of an account at one moment of its life; `plan`, `pending` are ranks."""

    id: str
    signed_up_at: int
    plan: int = 0
    pending: int | None = None
    overage_on: bool = False
    first_paid_at: int | None = None
    trial_ends_at: int | None = None
    trial_left: int = 0
    overage_limit: int | None = None  # O6, its own
    grants: list = field(default_factory=list)


@dataclass
class Upgrade:
    id: str  # of the change
    at: int
    old: int
    new: int
    first: bool  # the first upgrade ever (F2)


@dataclass
class Line:
    due: tuple  # F10: instant; what is already so, changes, adjustments, overage; id
    line_type: str
    plan: int | None
    from_plan: int | None
    charged_on: object
    service_start: int
    service_end: int | None
    quantity: int  # micro-credits
    unit_price: Fraction  # whole currency units
    proration: str
    amount: int
    grant: str = ""
    adjustment_id: str = ""


@dataclass
class Pool:
    """A plan pool."""

    plan: int
    granted: int
    ends_at: int
    reason: str
    drawn: int = 0

    @property
    def expired(self):
        return self.granted - self.drawn


@dataclass
class Bill:
    """Everything that a month says about one account."""

    account: Account  # as it stands at E, the downgrade applied
    opening_plan: int | None
    billed_plan: int = 0
    first_upgrade: Upgrade | None = None
    events: int = 0
    usage: int = 0
    trial_opening: int = 0
    trial_drawn: int = 0
    trial_expired: int = 0
    trial_expired_at: int | None = None
    trial_carried: int = 0
    grants: list = field(default_factory=list)  # all of the month, ended or not
    pools: list = field(default_factory=list)
    overage: int = 0
    unbilled: dict = field(default_factory=dict)  # reason -> list of (credits, event)
    lines: list = field(default_factory=list)


def sign_up(change, catalogue):
    """T3: a new account on the lowest plan that is not retired (V1), with its trial (C2). The plan
    it names comes next."""
    account = Account(change.account_id, change.at, catalogue.starting_plan())
    if catalogue.trial_credits is not None:
        account.trial_ends_at = change.at + catalogue.trial_length
        account.trial_left = catalogue.trial_credits
    return account


def apply_change(account, change, catalogue):
    """Applies one change to an existing account. Returns (problem or None, what came of it that
    may cost something: an upgrade, a grant or None)."""
    if change.change in ("signup", "plan"):
        return change_plan(account, change, catalogue)
    if change.change == "grant":
        opened = grants.grant(change, catalogue)
        if opened is None:
            return "invalid-grant", None
        account.grants.append(opened)
        return None, opened
    if change.change == "grant_void":
        return None if grants.void(account.grants, change) else "invalid-grant", None
    if change.change == "overage_limit":  # O6
        account.overage_limit = change.amount
    elif change.change == "overage_on" and not catalogue.offers_overage(account.plan):  # O2
        return "overage-unavailable", None
    else:
        account.overage_on = change.change == "overage_on"
    return None, None


def change_plan(account, change, catalogue):
    """P1 to P4."""
    if not change.plan:  # a signup that names no plan
        return None, None
    rank = catalogue.rank(change.plan)
    if rank is None:
        return "unknown-plan", None
    if rank != account.plan and catalogue.is_closed(rank, change.at):  # V1
        return "retired-plan", None
    if rank < account.plan:  # P2
        account.pending = rank
        return None, None
    account.pending = None  # P3
    if rank == account.plan:
        return None, None
    first = catalogue.plans[rank].price > 0 and account.first_paid_at is None
    upgrade = Upgrade(change.id, change.at, account.plan, rank, first)  # P1
    account.plan = rank
    if upgrade.first:
        account.first_paid_at = change.at
    if not catalogue.offers_overage(rank):  # P4
        account.overage_on = False
    return None, upgrade


def end_month(account, catalogue):
    """P2 and P4 at a month's end."""
    if account.pending is not None:
        account.plan = account.pending
        account.pending = None
    if not catalogue.offers_overage(account.plan):
        account.overage_on = False


def fraction_of(instant, month, convention):
    """F8: the proration fraction as (Fraction, text)."""
    if convention == "seconds":
        left = month.end - instant
        whole, rest = divmod(left, SECOND)
        text = f"{whole}.{rest:06}".rstrip("0").rstrip(".")
        return (Fraction(left, month.end - month.start),
                f"{text}/{(month.end - month.start) // SECOND}")
    left = month.days - day_of(instant).day + (convention == "days-inclusive")
    return Fraction(left, month.days), f"{left}/{month.days}"


def fee_lines(opening_plan, upgrades, month, catalogue):
    """F1 to F4."""
    unit = 10**catalogue.exponent
    lines = []
    if opening_plan is not None and catalogue.plans[opening_plan].price > 0:  # F1
        price = catalogue.plans[opening_plan].price
        lines.append(Line((month.start, 0, ""), "subscription", opening_plan, None,
                          month.first_day, month.start, month.end, CREDIT, Fraction(price, unit),
                          "", price))
    fraction, text = None, ""
    for upgrade in upgrades:
        new, old = catalogue.plans[upgrade.new].price, catalogue.plans[upgrade.old].price
        if upgrade.first:  # F2
            fraction, text = fraction_of(upgrade.at, month, catalogue.proration)
            kind, price, amount = "first_upgrade", new, catalogue.round(new * fraction)
        elif fraction is not None:  # F3
            kind, price = "upgrade", new - old
            amount = catalogue.round(new * fraction) - catalogue.round(old * fraction)
        else:  # F4
            kind, price, amount = "upgrade", new - old, new - old
        lines.append(Line((upgrade.at, 1, upgrade.id), kind, upgrade.new, upgrade.old,
                          day_of(upgrade.at), upgrade.at, month.end, CREDIT,
                          Fraction(price, unit), text, amount))
    return lines


def grant_line(grant, plan, month, catalogue):
    """G4; the unit price is that of a credit."""
    unit_price = Fraction(catalogue.round(Fraction(grant.price * CREDIT * 10**6, grant.granted)
                                          / 10**catalogue.exponent), 10**6)
    return Line((grant.at, 1, grant.id), "grant", plan, None, day_of(grant.at), grant.at,
                grant.expires_at or month.end, grant.granted, unit_price, "",
                grant.price, grant=grant.kind)


def adjustment_line(row, plan, month, catalogue):
    """A1."""
    return Line((row.at, 2, row.id), "adjustment", plan, None, day_of(row.at), row.at, month.end,
                CREDIT, Fraction(row.amount, 10**catalogue.exponent), "", row.amount,
                adjustment_id=row.id)


def overage_line(bill, start, month, catalogue):
    """O4."""
    rate = catalogue.plans[bill.billed_plan].rate
    amount = catalogue.round(Fraction(bill.overage, CREDIT) * rate * 10**catalogue.exponent)
    return Line((month.end, 3, ""), "overage", bill.billed_plan, None, month.last_day, start,
                month.end, bill.overage, rate, "", amount)


def make_pools(bill, start, month, catalogue):
    """C3 to C6: the billed plan's pool, and before a first upgrade the lower plan's."""
    first = bill.first_upgrade
    if first is not None and first.at > start:  # C4
        bill.pools.append(Pool(first.old, catalogue.plans[first.old].credits,
                               first.at, "first-upgrade"))
    bill.pools.append(Pool(bill.billed_plan, catalogue.plans[bill.billed_plan].credits,
                           month.end, "month-ended"))


def draw(bill, account, event, catalogue):
    """C1 and G2: the trial, grants before the plan, the plan pool in force, grants after it, then
    over the cap."""
    bill.events += 1
    bill.usage += event.credits
    left = event.credits
    if account.trial_ends_at is not None and event.at < account.trial_ends_at:
        taken = min(left, account.trial_left)
        account.trial_left -= taken
        bill.trial_drawn += taken
        left -= taken
    left = grants.draw(account.grants, False, event.at, left)
    pool = next(pool for pool in bill.pools if event.at < pool.ends_at)
    taken = min(left, pool.granted - pool.drawn)
    pool.drawn += taken
    left = grants.draw(account.grants, True, event.at, left - taken)
    if left > 0:
        draw_over_the_cap(bill, account, event, left, catalogue)


def draw_over_the_cap(bill, account, event, credits, catalogue):
    """O1, O5, O6: what is over the cap is billed, or unbilled for a reason."""
    billed, billed_offers = 0, catalogue.offers_overage(bill.billed_plan)
    if account.overage_on and billed_offers:
        reason, limit = "overage-limit", account.overage_limit
        if limit is None:
            limit = catalogue.overage_limit
        billed = credits if limit is None else min(credits, max(0, limit - bill.overage))
    elif not billed_offers or not catalogue.offers_overage(account.plan):
        reason = "plan-without-overage"
    else:
        reason = "overage-off"
    bill.overage += billed
    if credits > billed:
        bill.unbilled.setdefault(reason, []).append((credits - billed, event))


def bill_account(opening, changes, events, month, catalogue, signup=None, adjustments=()):
    """One account's month.

    `opening` is the account at S, or None where `signup` (a change) creates it within the
    month; `changes` are those after it that are in the month, in order. Returns (bill,
    [(problem, change)]).
    """
    # First the changes alone, for what only the whole month tells: upgrades, the billed plan.
    account = copy.deepcopy(opening) if opening else sign_up(signup, catalogue)
    everything = ([signup] if signup else []) + changes
    bill = Bill(account, opening.plan if opening else None)
    problems, upgrades, bought = [], [], []
    for change in everything:
        problem, effect = apply_change(account, change, catalogue)
        if problem:
            problems.append((problem, change))
        if isinstance(effect, Upgrade):
            upgrades.append(effect)
        elif effect and effect.price > 0:
            bought.append(effect)
    bill.billed_plan = account.plan  # within a month the plan in force only rises
    bill.first_upgrade = next((upgrade for upgrade in upgrades if upgrade.first), None)
    bill.lines += fee_lines(bill.opening_plan, upgrades, month, catalogue)
    shared = (bill.billed_plan, month, catalogue)
    bill.lines += [grant_line(grant, *shared) for grant in bought]
    bill.lines += [adjustment_line(row, *shared) for row in adjustments]
    start = max(month.start, account.signed_up_at)
    make_pools(bill, start, month, catalogue)

    # Then once more from the start, with the usage; at one instant the changes first (T2).
    account = copy.deepcopy(opening) if opening else sign_up(signup, catalogue)
    bill.account = account
    bill.trial_opening = account.trial_left
    timeline = [(change.at, 0, change.id, change) for change in everything]
    timeline += [(event.at, 1, event.id, event) for event in events]
    for at, is_usage, _, row in sorted(timeline, key=lambda entry: entry[:3]):
        assert month.start <= at < month.end
        if is_usage:
            draw(bill, account, row, catalogue)
        else:
            apply_change(account, row, catalogue)
    end_month(account, catalogue)
    end_pools(bill, account, month)
    if bill.overage > 0:
        bill.lines.append(overage_line(bill, start, month, catalogue))
    bill.lines.sort(key=lambda line: line.due)
    return bill, problems


def end_pools(bill, account, month):
    """What is left at E of the trial and of grants goes on, or has expired by then."""
    if account.trial_ends_at is not None and account.trial_ends_at <= month.end:
        bill.trial_expired = account.trial_left
        bill.trial_expired_at = account.trial_ends_at
        account.trial_ends_at = None
        account.trial_left = 0
    bill.trial_carried = account.trial_left
    bill.grants = account.grants
    account.grants = grants.carried(account.grants, month.end)


def replay(account, changes, month, catalogue):
    """Genesis: the account's life before S, from its signup (the first of `changes`) on.

    Downgrades take effect at the end of their own month. Returns the (problem, change) pairs.
    """
    problems = []
    current = Month.of(changes[0].at)
    for change in changes:
        if Month.of(change.at) != current:
            end_month(account, catalogue)
            current = Month.of(change.at)
        problem, _ = apply_change(account, change, catalogue)
        if problem:
            problems.append((problem, change))
    assert current.end <= month.start
    end_month(account, catalogue)
    account.grants = grants.carried(account.grants, month.start)
    return problems


def replay_trial(account, events, month):
    """Genesis: usage before S inside a trial that reaches into the month has drawn on it."""
    if account.trial_ends_at is None:
        return
    if account.trial_ends_at <= month.start:
        account.trial_ends_at = None
        account.trial_left = 0
        return
    for event in events:
        if account.signed_up_at <= event.at < month.start:
            account.trial_left -= min(account.trial_left, event.credits)
