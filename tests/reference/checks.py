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


def usage_due(result):
    """Credits and events by account, counted again from the deduplicated input."""
    usage, events = defaultdict(int), defaultdict(int)
    for event in result.month_usage.used + result.month_usage.conflicts:
        usage[event.account_id] += event.credits
        events[event.account_id] += 1
    for kind, row in result.exceptions:
        of_the_month = isinstance(row, Usage) and result.month.start <= row.at < result.month.end
        if kind in NOT_BILLED and of_the_month:
            usage[row.account_id] -= row.credits
            events[row.account_id] -= 1
    return usage, events


def sums(rows, keys, column):
    result = defaultdict(Decimal)
    for row in rows:
        result[tuple(row[key] for key in keys)] += Decimal(row[column])
    return result


def check_credits(result, tables):
    """K1 and K2."""
    usage, events = usage_due(result)
    unbilled = sums([row for row in tables["exceptions"] if row["kind"] == "unbilled-usage"],
                    ["account_id"], "credits")
    expired = sums(tables["expired_credits"], ["account_id", "pool"], "expired")
    carried = sums(tables["grants"], ["account_id"], "left")
    for row in tables["expired_credits"]:
        require(Decimal(row["granted"]) == Decimal(row["drawn"]) + Decimal(row["expired"]),
                f"K2: {row}")
    for row in tables["grants"]:
        require(0 < Decimal(row["left"]) <= Decimal(row["granted"]), f"K2: {row}")
    seen = set()
    for row in tables["statements"]:
        account_id = row["account_id"]
        raw = unguard(account_id)
        seen.add(raw)
        value = {name: Decimal(row[name]) for name in row
                 if name.endswith(("_credits", "_opening", "_granted", "_drawn", "_expired",
                                   "_carried"))}
        require(all(number >= 0 for number in value.values()), f"negative credits: {row}")
        require(value["usage_credits"] == Fraction(usage[raw], CREDIT)
                and int(row["events"]) == events[raw], f"K1: usage of {raw} was lost")
        require(value["usage_credits"] == value["trial_drawn"] + value["grants_drawn"]
                + value["plan_drawn"] + value["overage_credits"] + value["unbilled_credits"],
                f"K1: {row}")
        require(value["unbilled_credits"] == unbilled[account_id,], f"unbilled of {raw}")
        for pool in ("trial", "grants"):
            require(value[f"{pool}_opening"] == value[f"{pool}_drawn"] + value[f"{pool}_expired"]
                    + value[f"{pool}_carried"], f"K2, {pool}: {row}")
        require(value["plan_granted"] == value["plan_drawn"] + value["plan_expired"],
                f"K2, plan: {row}")
        require(value["grants_carried"] == carried[account_id,], f"grants of {raw}")
        for column, pool in (("trial", "trial"), ("grants", "grant"), ("plan", "plan")):
            require(value[f"{column}_expired"] == expired[account_id, pool], f"expired of {raw}")
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
    lines, first = defaultdict(list), {}
    for row in tables["invoice_lines"]:
        require(row["line_type"] == "adjustment" or Decimal(row["amount"]) >= 0,
                f"negative line {row}")
        lines[row["account_id"]].append(row)
        if row["line_type"] == "first_upgrade":
            first[row["account_id"]] = parse_instant(row["service_start"])
    adjusted = adjustments_due(result)
    for row in tables["statements"]:
        account_id = row["account_id"]
        due = prices[unguard(row["billed_plan"])]
        if account_id in first:
            due = catalogue.round(
                due * fraction_of(first[account_id], month, catalogue.proration)[0])
        money = {name: Decimal(row[name + "_amount"]) for name in
                 ("subscription", "grants", "adjustments", "overage", "total")}
        found = sums(lines[account_id], ["line_type"], "amount")
        require(money["grants"] == found.pop(("grant",), 0), f"K4, grants: {row}")
        require(money["adjustments"] == found.pop(("adjustment",), 0)
                == Fraction(adjusted[unguard(account_id)], unit), f"K4, adjustments: {row}")
        require(money["overage"] == found.pop(("overage",), 0), f"K4, overage: {row}")
        require(sum(found.values()) * unit == due == money["subscription"] * unit,
                f"K4, F7: {row}")
        require(sum(money.values()) == 2 * money["total"], f"K4: {row}")
    for row in tables["documents"]:
        own = lines[row["account_id"]]
        require(sum(Decimal(line["amount"]) for line in own) == Decimal(row["total_amount"])
                and len(own) == int(row["line_count"]), f"K4: {row}")
        require((row["document_type"] == "credit_note") == (Decimal(row["total_amount"]) < 0),
                f"A2: {row}")
    require(sum(Decimal(row["total_amount"]) for row in tables["documents"])
            == sum(Decimal(row["total_amount"]) for row in tables["statements"]),
            "K4: invoices and statements differ")


def adjustments_due(result):
    """A1 and A3: adjustments by account, from the deduplicated input."""
    unknown = {id(row) for kind, row in result.exceptions if kind == "unknown-account"}
    due = defaultdict(int)
    for row in result.month_adjustments.used:
        if id(row) not in unknown:
            due[row.account_id] += row.amount
    return due
