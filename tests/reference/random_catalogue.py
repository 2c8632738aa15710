"""Random catalogue files for `random_logs`."""

from decimal import Decimal

from inputs import EXPONENTS

PLAN_IDS = ["free", "pro", "pro+", "power", "max", "Team", "ultra-9", "plan 2", "@home", "-lite"]
RATES = {0: ["4", "0.5", "3.75"], 2: ["0.04", "0.0375", "0.005", "1.10"],
         3: ["0.012", "0.0125", "0.0005"]}


def random_catalogue(pick):
    """A catalogue from the random source `pick`.

    Returns (TOML text, [(plan id, credits, offers overage)], trial as (credits, days) or None).
    """
    currency = pick.choice(["USD", "USD", "EUR", "JPY", "KWD"])
    exponent = EXPONENTS.get(currency, 2)
    unit = Decimal(1).scaleb(-exponent)
    lines = ['name = "Random"', "in_force_from = 2020-01-01", f'currency = "{currency}"',
             f'rounding = "{pick.choice(["half-up", "half-even"])}"',
             f'proration = "{pick.choice(["days-after", "days-inclusive", "seconds"])}"']
    trial = None
    if pick.random() < 0.75:
        trial = pick.choice([5, 25, 100, 500]), pick.choice([1, 7, 14, 28, 30, 30, 31, 45])
        lines += ["", "[trial]", f"credits = {trial[0]}", f"days = {trial[1]}"]
    price, credits, plans = Decimal(0), pick.choice([0, 3, 10, 50]), []
    overage_share = pick.choice([0.3, 0.7, 1.0])
    for rank, plan_id in enumerate(pick.sample(PLAN_IDS, pick.randint(3, 7))):
        if rank:
            price += pick.choice([unit, 10 * unit, 20, pick.randint(1, 9999) * unit, 37])
            credits = max(0, credits + pick.choice([-5, 1, 10, 50, 100, 400]))
        short = pick.random() < 0.3
        text = f"{price.normalize():f}" if short else str(price.quantize(unit))
        lines += ["", "[[plan]]", f'id = "{plan_id}"', f'name = "Plan {rank}"',
                  f'price = "{text}"', f"credits = {credits}"]
        offers = pick.random() < (overage_share if rank else 0.15)
        if offers:
            lines.append(f'overage_rate = "{pick.choice(RATES[exponent])}"')
        plans.append((plan_id, credits, offers))
    return "\n".join(lines) + "\n", plans, trial
