"""Grants, voids, limits and adjustments for the random logs: many at the same few instants."""

from decimal import Decimal

from inputs import DAY, SECOND

DESCRIPTIONS = ["goodwill", "incident of 3 March, refunded in part", 'says "sorry"', "=SUM(A1)",
                "x", "日本" * 100, "y" * 200, "-"]
ODD_IDS = ["=adj", "+1", "@7", "with,comma", "日本-1"]


def give(log, account, signup, edges):
    """Adds an account's grants, voids and limits; their instants become edges of its life."""
    pick = log.random
    if log.chance(0.6):
        give_grants(log, account, signup, edges)
    if log.chance(0.3):
        for _ in range(pick.choice([1, 1, 2, 5])):
            at = log.instant(max(signup, log.first), log.last, edges)
            log.add_change(account, at, "overage_limit", credits=limit_text(log))
            edges.append(at)


def give_grants(log, account, signup, edges):
    pick = log.random
    given = []
    ends = [log.instant(log.start, log.last + 9 * DAY, edges) for _ in range(pick.randint(1, 3))]
    low, high = pick.choice([(log.start, log.end), (log.first, log.last), (log.first, log.last),
                             (signup, signup + DAY), (log.end - 2 * DAY, log.end + DAY)])
    for _ in range(pick.choice([1, 1, 2, 3, 6, 12, 25])):
        at = log.instant(max(low, signup), max(high, signup + DAY), edges)
        if log.chance(0.03):
            at = signup - pick.choice([1, DAY])
        kind = "no-such-kind" if log.chance(0.03) else pick.choice(log.kinds)
        expires_at = end_of(log, at, ends, edges)
        given.append(log.add_change(account, at, "grant", grant=kind, expires_at=expires_at,
                                    credits=credits_text(log)))
        edges += [at] + ([expires_at] if expires_at else [])
    if log.chance(0.5):
        for _ in range(pick.choice([1, 1, 2, 4])):
            at = log.instant(max(low, signup), log.last, edges)
            for _ in range(pick.choice([1, 1, 1, 2])):  # twice at one instant
                log.add_change(account, at, "grant_void", grant=void_of(log, given))
            edges.append(at)


def end_of(log, at, ends, edges):
    """When a grant ends: as its kind says, when others end, or soon; now and then before it begins."""
    pick = log.random
    kind = pick.randrange(12)
    if kind < 3:
        return ""
    if kind < 8:
        return pick.choice(ends)
    if kind == 8:
        return pick.choice(edges)
    return at + pick.choice([-1, 0, 1, SECOND, 3600 * SECOND, DAY - 1, DAY,
                             pick.randint(1, 60) * DAY, pick.randrange(60 * DAY)])


def credits_text(log):
    pick = log.random
    if log.chance(0.3):
        return ""
    if log.chance(0.1):
        return pick.choice(["0", "0.0", "0.000001", "0.0000005", "0.0000015", "1e-6", "1E2"])
    scale = (pick.choice(log.plans)[1] + 5) * pick.choice([0.02, 0.1, 0.3, 1])
    return log.amount(scale)


def void_of(log, given):
    """Most often one of the account's grants; else what is no grant, or another account's."""
    pick = log.random
    if log.chance(0.8):
        return pick.choice(given)
    others = [row[0] for row in log.changes if row[3] in ("grant", "signup")]
    return pick.choice([*pick.sample(others, min(3, len(others))), "no-such-grant"])


def limit_text(log):
    return log.random.choice(["", "", "0", "0.000001", "1", str(log.random.randint(2, 300)),
                              log.amount(100)])


# -- adjustments ---------------------------------------------------------------------------


def adjust(log):
    """Adds adjustments of many accounts, and of some that nobody has signed up."""
    pick = log.random
    for account in [*log.accounts, "nobody"]:
        edges = [log.start, log.end, log.end - 1, *log.edges_of.get(account, [])]
        at = None
        for _ in range(pick.choice([0, 0, 0, 1, 1, 2, 5])):
            if at is None or not log.chance(0.4):  # else at the same instant as the one before
                at = log.instant(log.first, log.last, edges)
            log.adjustments.append([adjustment_id(log), account, at, amount_text(log),
                                    pick.choice(DESCRIPTIONS)])
    log.repeat(log.adjustments, 0.2, lambda row: other_adjustment(log, row))


def adjustment_id(log):
    number = f"{log.random.randrange(10**4):04}-{len(log.adjustments)}"
    return (log.random.choice(ODD_IDS) if log.chance(0.1) else "a") + number


def amount_text(log):
    """Money in the currency's minor unit, often of a plan's price; not always with all its zeros."""
    pick, unit = log.random, log.catalogue.unit
    price = pick.choice(log.catalogue.plans).price + pick.choice([0, 0, unit])
    amount = pick.choice([unit, pick.randint(1, 99999) * unit, price or unit,
                          Decimal(30 * pick.randint(1, 9))]) * pick.choice([1, -1, -1])
    return str(amount if log.chance(0.3) else amount.quantize(unit))


def other_adjustment(log, row):
    kind = log.random.randrange(4)
    if kind == 0:
        row[1] = log.random.choice(log.accounts)
    elif kind == 1:
        row[2] = log.other_instant(row[2])
    elif kind == 2:
        row[3] = amount_text(log)
    if kind >= 2 and log.chance(0.6):
        row[4] = log.random.choice(DESCRIPTIONS)
    return row
