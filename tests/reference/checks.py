"""Conservation (K1 to K4), from the inputs and the finished tables."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from billing import fraction_of
from inputs import CREDIT, Usage, parse_instant, unguard


# The exceptions of usage that is not billed.
NOT_BILLED = ("unknown-account", "before-signup", "billed-before", "conflicting-duplicate")


class ConservationError(Exception):
    pass


def require(condition, message):
    if not condition:
        raise ConservationError(message)


def check(result, tables):
    """Raises ConservationError where a rule is broken."""
    check_credits(result, tables)
    check_rows(result)
    check_money(result, tables)


def check_credits(result, tables):
    """K1 and K2; usage and events are counted again from the deduplicated input."""
    usage, events = defaultdict(int), defaultdict(int)
    for event in result.month_usage.used + result.month_usage.conflicts:
        usage[event.account_id] += event.credits
        events[event.account_id] += 1
    for kind, row in result.exceptions:
        of_the_month = isinstance(row, Usage) and result.month.start <= row.at < result.month.end
        if kind in NOT_BILLED and of_the_month:
            usage[row.account_id] -= row.credits
            events[row.account_id] -= 1
    unbilled = defaultdict(Decimal)
    for row in tables["exceptions"]:
        if row["kind"] == "unbilled-usage":
            unbilled[row["account_id"]] += Decimal(row["credits"])
    expired = defaultdict(Decimal)
    for row in tables["expired_credits"]:
        expired[row["account_id"], row["pool"]] += Decimal(row["expired"])
        require(Decimal(row["granted"]) == Decimal(row["drawn"]) + Decimal(row["expired"]),
                f"K2: {row}")
    seen = set()
    for row in tables["statements"]:
        account_id = row["account_id"]
        raw = unguard(account_id)
        seen.add(raw)
        value = {name: Decimal(row[name]) for name in row
                 if name.startswith(("trial_", "plan_")) or name.endswith("_credits")}
        require(all(number >= 0 for number in value.values()), f"negative credits: {row}")
        require(value["usage_credits"] == Fraction(usage[raw], CREDIT)
                and int(row["events"]) == events[raw], f"K1: usage of {raw} was lost")
        require(value["usage_credits"] == value["trial_drawn"] + value["plan_drawn"]
                + value["overage_credits"] + value["unbilled_credits"], f"K1: {row}")
        require(value["unbilled_credits"] == unbilled[account_id], f"unbilled of {raw}")
        require(value["trial_opening"] == value["trial_drawn"] + value["trial_expired"]
                + value["trial_carried"], f"K2, trial: {row}")
        require(value["plan_granted"] == value["plan_drawn"] + value["plan_expired"],
                f"K2, plan: {row}")
        for pool in ("trial", "plan"):
            require(value[f"{pool}_expired"] == expired[account_id, pool], f"expired of {raw}")
    require(all(total == 0 for raw, total in events.items() if raw not in seen),
            "K1: usage of an account without a statement")


def check_rows(result):
    """K3: every row read is used, a duplicate, excepted or outside the month."""
    for name, counts in result.control.items():
        for unit in (0, 1):
            read = counts["read"][unit]
            parts = sum(value[unit] for key, value in counts.items() if key != "read")
            require(read == parts, f"K3, {name}: {read} read, {parts} accounted for")


def check_money(result, tables):
    """K4: F7 for every account; sums of lines, documents and statements agree."""
    catalogue, month = result.catalogue, result.month
    prices = {plan.id: plan.price for plan in catalogue.plans}
    unit = 10**catalogue.exponent
    fees, totals, first, lines = (defaultdict(int), defaultdict(int), {}, defaultdict(int))
    for row in tables["invoice_lines"]:
        amount = int(Decimal(row["amount"]) * unit)
        require(amount >= 0, f"negative line {row}")
        totals[row["account_id"]] += amount
        lines[row["account_id"]] += 1
        if row["line_type"] != "overage":
            fees[row["account_id"]] += amount
        if row["line_type"] == "first_upgrade":
            first[row["account_id"]] = parse_instant(row["service_start"])
    for row in tables["statements"]:
        account_id = row["account_id"]
        due = prices[unguard(row["billed_plan"])]
        if account_id in first:
            due = catalogue.round(
                due * fraction_of(first[account_id], month, catalogue.proration)[0])
        require(fees[account_id] == due == Decimal(row["subscription_amount"]) * unit,
                f"K4, F7: {row}")
        require(totals[account_id] == Decimal(row["total_amount"]) * unit, f"K4: {row}")
    for row in tables["documents"]:
        require(totals[row["account_id"]] == Decimal(row["total_amount"]) * unit
                and lines[row["account_id"]] == int(row["line_count"]), f"K4: {row}")
    require(sum(Decimal(row["total_amount"]) for row in tables["documents"])
            == sum(Decimal(row["total_amount"]) for row in tables["statements"]),
            "K4: invoices and statements differ")
