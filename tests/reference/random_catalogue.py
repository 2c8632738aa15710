"""Random catalogue files for `random_logs`."""

from decimal import Decimal

from inputs import EXPONENTS

PLAN_IDS = ["free", "pro", "pro+", "power", "max", "Team", "ultra-9", "plan 2", "@home", "-lite",
            "2024", "pro (2024)", "basic", "starter", "Teams"]
RATES = {0: ["4", "0.5", "3.75"], 2: ["0.04", "0.0375", "0.005", "1.10"],
         3: ["0.012", "0.0125", "0.0005"]}


def random_prices(pick, unit, lineage):
    """Prices and whether the plan is retired, in rank order (V1)."""
    prices = [(Decimal(0), False)]
    price = Decimal(0)
    for _ in range(pick.randint(2, 6)):
        price += pick.choice([unit, 10 * unit, 20, pick.randint(1, 9999) * unit, 37])
        prices.append((price, lineage and pick.random() < 0.15))
    for price, retired in list(prices):
        if lineage and not retired and pick.random() < 0.15:  # one of the same price, kept for those who have it
            at = prices.index((price, False))
            prices.insert(at + pick.choice([0, 1]), (price, True))
    return prices


def random_catalogue(pick, in_force_from, lineage):
    """A catalogue from the random source `pick`, in force from one of some days; with `lineage`,
    plans may be retired (V1) or have had other ids (V2).

    Returns (TOML text, [(plan id, credits, offers overage)], trial as (credits, days) or None). A
    plan is there by each of its ids.
    """
    currency = pick.choice(["USD", "USD", "EUR", "JPY", "KWD"])
    exponent = EXPONENTS.get(currency, 2)
    unit = Decimal(1).scaleb(-exponent)
    lines = ['name = "Random"', f"in_force_from = {pick.choice(in_force_from)}", f'currency = "{currency}"',
             f'rounding = "{pick.choice(["half-up", "half-even"])}"',
             f'proration = "{pick.choice(["days-after", "days-inclusive", "seconds"])}"']
    trial = None
    if pick.random() < 0.75:
        trial = pick.choice([5, 25, 100, 500]), pick.choice([1, 7, 14, 28, 30, 30, 31, 45])
        lines += ["", "[trial]", f"credits = {trial[0]}", f"days = {trial[1]}"]
    credits, plans, prices = pick.choice([0, 3, 10, 50]), [], random_prices(pick, unit, lineage)
    ids, former = pick.sample(PLAN_IDS, len(prices)), [f"old {rank}" for rank in range(len(prices))]
    overage_share = pick.choice([0.3, 0.7, 1.0])
    for rank, (plan_id, (price, retired)) in enumerate(zip(ids, prices)):
        if rank:
            credits = max(0, credits + pick.choice([-5, 1, 10, 50, 100, 400]))
        short = pick.random() < 0.3
        text = f"{price.normalize():f}" if short else str(price.quantize(unit))
        lines += ["", "[[plan]]", f'id = "{plan_id}"', f'name = "Plan {rank}"',
                  f'price = "{text}"', f"credits = {credits}"]
        offers = pick.random() < (overage_share if rank else 0.15)
        if offers:
            lines.append(f'overage_rate = "{pick.choice(RATES[exponent])}"')
        if retired:
            lines.append("retired = true")
        plans.append((plan_id, credits, offers))
        if lineage and pick.random() < 0.2:  # V2
            lines.append(f'formerly = ["{former[rank]}", "{former[rank].upper()}"]')
            plans.append((former[rank], credits, offers))
    return "\n".join(lines) + "\n", plans, trial
