"""Random catalogues: a first version for `random_logs`, and versions that follow it."""

import copy
from dataclasses import dataclass, field
from decimal import Decimal

from catalogue import EXPONENTS, parse_catalogue

PLAN_IDS = ["free", "pro", "pro+", "power", "max", "Team", "ultra-9", "plan 2", "@home", "-lite",
            "2024", "pro (2024)", "basic", "starter", "Teams"]
KIND_IDS = ["pack-125", "promo", "goodwill", "@bonus", "=spare", "incident, may", "2024", "free"]
RATES = {0: ["4", "0.5", "3.75"], 2: ["0.04", "0.0375", "0.005", "1.10"],
         3: ["0.012", "0.0125", "0.0005"]}


@dataclass
class Plan:
    id: str
    name: str
    price: Decimal
    credits: int
    rate: str | None = None
    retired: bool = False  # V1
    formerly: list = field(default_factory=list)  # V2
    short: bool = False  # its price without the zeros at its end

    @property
    def ids(self):
        return [self.id, *self.formerly]


@dataclass
class GrantKind:
    """A kind of grants (G1); None: its entry says nothing of it."""

    id: str
    credits: int | None
    price: Decimal | None
    draws: str | None
    days: int | None

    def lines(self, unit):
        lines = ["", "[[grant]]", f'id = "{self.id}"', f'name = "Kind {self.id}"']
        if self.credits is not None:
            lines.append(f"credits = {self.credits}")
        if self.price is not None:
            lines.append(f'price = "{self.price.quantize(unit)}"')
        if self.draws is not None:
            lines.append(f'draws = "{self.draws}"')
        if self.days is not None:
            lines.append(f"expires_after_days = {self.days}")
        return lines


@dataclass
class Version:
    """A version of the catalogue, as its file says it."""

    in_force_from: str
    currency: str
    rounding: str
    proration: str
    trial: tuple | None  # credits, days
    plans: list
    grants: list = field(default_factory=list)
    overage_limit: int | None = None

    @property
    def exponent(self):
        return EXPONENTS.get(self.currency, 2)

    @property
    def unit(self):
        return Decimal(1).scaleb(-self.exponent)

    def entries(self):
        """[(plan id, credits, offers overage)]; a plan is there by each of its ids."""
        return [(one, plan.credits, plan.rate is not None) for plan in self.plans
                for one in plan.ids]

    def text(self):
        lines = ['name = "Random"', f"in_force_from = {self.in_force_from}",
                 f'currency = "{self.currency}"', f'rounding = "{self.rounding}"',
                 f'proration = "{self.proration}"']
        if self.overage_limit is not None:
            lines.append(f"overage_limit = {self.overage_limit}")
        if self.trial:
            lines += ["", "[trial]", f"credits = {self.trial[0]}", f"days = {self.trial[1]}"]
        for plan in self.plans:
            price = f"{plan.price.normalize():f}" if plan.short else plan.price.quantize(self.unit)
            lines += ["", "[[plan]]", f'id = "{plan.id}"', f'name = "{plan.name}"',
                      f'price = "{price}"', f"credits = {plan.credits}"]
            if plan.rate is not None:
                lines.append(f'overage_rate = "{plan.rate}"')
            if plan.retired:
                lines.append("retired = true")
            if plan.formerly:
                lines.append("formerly = [" + ", ".join(f'"{one}"' for one in plan.formerly) + "]")
        for kind in self.grants:
            lines += kind.lines(self.unit)
        return "\n".join(lines) + "\n"

    def is_sound(self):
        try:
            parse_catalogue(self.text())
        except ValueError:
            return False
        return True


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


def random_trial(pick):
    if pick.random() < 0.75:
        return pick.choice([5, 25, 100, 500]), pick.choice([1, 7, 14, 28, 30, 30, 31, 45])
    return None


def random_catalogue(pick, in_force_from, lineage):
    """A version from the random source `pick`, in force from one of some days; with `lineage`,
    plans may be retired (V1) or have had other ids (V2)."""
    version = Version(str(pick.choice(in_force_from)),
                      pick.choice(["USD", "USD", "EUR", "JPY", "KWD"]),
                      pick.choice(["half-up", "half-even"]),
                      pick.choice(["days-after", "days-inclusive", "seconds"]),
                      random_trial(pick), [])
    credits, prices = pick.choice([0, 3, 10, 50]), random_prices(pick, version.unit, lineage)
    overage_share = pick.choice([0.3, 0.7, 1.0])
    for rank, plan_id in enumerate(pick.sample(PLAN_IDS, len(prices))):
        price, retired = prices[rank]
        if rank:
            credits = max(0, credits + pick.choice([-5, 1, 10, 50, 100, 400]))
        offers = pick.random() < (overage_share if rank else 0.15)
        rate = pick.choice(RATES[version.exponent]) if offers else None
        plan = Plan(plan_id, f"Plan {rank}", price, credits, rate, retired)
        plan.short = pick.random() < 0.3
        if lineage and pick.random() < 0.2:  # V2
            plan.formerly = [f"old {rank}", f"OLD {rank}"]
        version.plans.append(plan)
    return version


def random_kind(pick, version, kind_id):
    return GrantKind(
        kind_id, pick.choice([None, 1, 5, 20, 125, 400]),
        pick.choice([None, None, version.unit, pick.randint(1, 2000) * version.unit, Decimal(0)]),
        pick.choice([None, "before-plan", "after-plan", "after-plan"]),
        pick.choice([None, None, None, 1, 2, 7, 30, 60, pick.randint(1, 60)]))


def add_grants(pick, version):
    """Kinds of grants, and a limit for all accounts (O6)."""
    version.grants = [random_kind(pick, version, one)
                      for one in pick.sample(KIND_IDS, pick.randint(1, 5))]
    version.overage_limit = pick.choice([None, None, None, 0, 1, 40, 500])


def other_grants(pick, version):
    """Kinds come out otherwise in the version that follows: none goes, since grants outlive it."""
    for place, kind in enumerate(version.grants):
        if pick.random() < 0.4:
            version.grants[place] = random_kind(pick, version, kind.id)
    ids = {kind.id for kind in version.grants}
    version.grants += [random_kind(pick, version, one) for one in KIND_IDS
                       if one not in ids and pick.random() < 0.1]
    if pick.random() < 0.4:
        version.overage_limit = pick.choice([None, 0, 3, 100])


def reprice(pick, version):
    plan = pick.choice(version.plans)
    plan.price += pick.choice([-10, -1, 1, 1, 10, 100, 500]) * version.unit


def recredit(pick, version):
    plan = pick.choice(version.plans)
    plan.credits = max(0, plan.credits + pick.choice([-50, -5, 5, 50, 200]))


def rerate(pick, version):
    plan = pick.choice(version.plans)
    plan.rate = pick.choice([None, *RATES[version.exponent]])


def other_terms(pick, version):
    what = pick.randrange(3)
    if what == 0:
        version.trial = random_trial(pick)
    elif what == 1:
        version.rounding = pick.choice(["half-up", "half-even"])
    else:
        version.proration = pick.choice(["days-after", "days-inclusive", "seconds"])


def retire(pick, version):
    """V1; most often with another plan in its place, at its price or a higher one."""
    at = pick.randrange(len(version.plans))
    plan = version.plans[at]
    plan.retired = True
    if pick.random() < 0.7:
        price = plan.price + pick.choice([0, 0, 1, 5, 300]) * version.unit
        version.plans.insert(at + 1, Plan(unused_id(pick, version), "Instead", price,
                                          max(0, plan.credits + pick.choice([-20, 0, 20])),
                                          plan.rate))


def reopen(pick, version):
    pick.choice(version.plans).retired = False


def rename(pick, version):
    """V2; now and then an id of old is no longer known."""
    plan = pick.choice(version.plans)
    plan.formerly.append(plan.id)
    plan.id = unused_id(pick, version)


def add(pick, version):
    at = pick.randrange(1, len(version.plans) + 1)
    price = version.plans[at - 1].price + pick.choice([1, 100, 1000]) * version.unit
    version.plans.insert(at, Plan(unused_id(pick, version), "New", price,
                                  pick.choice([20, 100, 500]), pick.choice([None, RATES[
                                      version.exponent][0]])))


def unused_id(pick, version):
    used = {one for plan in version.plans for one in plan.ids}
    return pick.choice([one for one in PLAN_IDS + [f"plan {n}" for n in range(90)]
                        if one not in used])


EDITS = [reprice, reprice, recredit, rerate, other_terms, retire, retire, reopen, rename, rename, add]


def next_version(pick, version, in_force_from, edits=EDITS):
    """The version that follows: some edits, each of which leaves it sound."""
    version = copy.deepcopy(version)
    version.in_force_from = str(in_force_from)
    for _ in range(pick.choice([1, 1, 2, 4])):
        edited = copy.deepcopy(version)
        pick.choice(edits)(pick, edited)
        if edited.is_sound():
            version = edited
    return version


def without_a_plan(pick, version):
    """The version less one plan, which V3 refuses where an account is on it."""
    for _ in range(9):
        edited = copy.deepcopy(version)
        edited.plans.pop(pick.randrange(len(edited.plans)))
        if edited.plans and edited.is_sound():
            return edited
    return version
