"""Each account's sums through the rules: pools, overage, fees. Credits are micro-credits, amounts minor units."""

from __future__ import annotations

import polars as pl

from polars_parts.timeline import Timeline
from polars_parts.usage import Sums
from terms import MICRO, Terms

# An overage line stands after all others.
LAST = 1_000_000


def plan_table(terms: Terms) -> pl.DataFrame:
    """The catalogue by rank."""
    return pl.DataFrame(
        {
            "rank": [plan.rank for plan in terms.plans],
            "plan_id": [plan.id for plan in terms.plans],
            "plan_name": [plan.name for plan in terms.plans],
            "price": [plan.price for plan in terms.plans],
            "pool": [plan.credits for plan in terms.plans],
            "rate": [plan.rate for plan in terms.plans],
        },
        schema={"rank": pl.Int64, "plan_id": pl.String, "plan_name": pl.String, "price": pl.Int64, "pool": pl.Int64,
                "rate": pl.Int64},
    )


def rounded(number: pl.Expr, divisor: pl.Expr | int, terms: Terms) -> pl.Expr:
    """number ÷ divisor, both integers of 0 or more, rounded once (F9)."""
    number = number.cast(pl.Int128)
    divisor = pl.lit(divisor, pl.Int128) if isinstance(divisor, int) else divisor.cast(pl.Int128)
    if not terms.half_even:
        return (2 * number + divisor) // (2 * divisor)
    whole, rest = number // divisor, 2 * (number % divisor)
    up = (rest > divisor) | ((rest == divisor) & (whole % 2 == 1))
    return whole + up.cast(pl.Int128)


def fraction(instant: pl.Expr, terms: Terms) -> tuple[pl.Expr, int, pl.Expr]:
    """The proration of an upgrade (F8): numerator, denominator, and both as text."""
    if terms.proration == "seconds":
        end = int(terms.end.timestamp()) * MICRO
        left = pl.lit(end) - instant.dt.epoch("us")
        whole = (left // MICRO).cast(pl.String)
        rest = "." + (left % MICRO).cast(pl.String).str.zfill(6)
        text = whole + rest.str.strip_chars_end("0").str.strip_chars_end(".")
        return left, terms.days * 86_400 * MICRO, text + f"/{terms.days * 86_400}"
    more = 1 if terms.proration == "days-inclusive" else 0
    left = pl.lit(terms.days + more, pl.Int64) - instant.dt.day().cast(pl.Int64)
    return left, terms.days, left.cast(pl.String) + f"/{terms.days}"


def pools(timeline: Timeline, sums: Sums, terms: Terms) -> pl.DataFrame:
    """What each account may draw on."""
    plans = plan_table(terms)
    first_later = (pl.col("first_upgrade_at") > pl.col("starts_at")).fill_null(False)
    granted_now = pl.col("signed_up_at") >= terms.start
    trial = pl.lit(terms.trial_credits or 0, pl.Int64)
    return (
        timeline.months.join(
            plans.select(pl.col("rank").alias("billed_plan"), pl.col("pool").alias("main_granted"), "rate"),
            on="billed_plan",
        )
        .join(sums.before, on="account", how="left")
        .with_columns(
            trial_opening=pl.when(pl.col("trial_ends_at").is_null())
            .then(0)
            .when(granted_now)
            .then(trial)
            .otherwise(pl.max_horizontal(trial - pl.col("before").fill_null(0), 0)),
            # C4: the lowest plan's pool up to a first upgrade, unless that comes at once.
            has_earlier=first_later,
            earlier_granted=pl.when(first_later).then(terms.plans[0].credits).otherwise(0),
        )
    )


def draw(timeline: Timeline, sizes: pl.DataFrame, sums: Sums) -> pl.DataFrame:
    """What each segment's sum draws, in time order (C1): what is drawn of a pool by then is the lesser of its size and
    of what was wanted by then."""
    credits, in_trial = pl.col("credits"), pl.col("in_trial")
    wanted = pl.when(in_trial).then(credits).otherwise(0)
    pool = ["account", "before_upgrade"]
    left_of_trial = pl.col("trial_opening") - (wanted.cum_sum() - wanted).over("account")
    rest = credits - pl.col("trial_drawn")
    granted = pl.when("before_upgrade").then("earlier_granted").otherwise("main_granted")
    left_of_pool = granted - (rest.cum_sum() - rest).over(pool)
    return (
        timeline.segments.join(sums.by_segment, on="segment", how="left", maintain_order="left")
        .with_columns(pl.col("events").fill_null(0), credits.fill_null(0))
        .join(
            sizes.select("account", "trial_opening", "earlier_granted", "main_granted", "rate"),
            on="account",
            maintain_order="left",
        )
        .with_columns(
            trial_drawn=pl.when(in_trial)
            .then(pl.min_horizontal(credits, pl.max_horizontal(left_of_trial, 0)))
            .otherwise(0)
        )
        .with_columns(plan_drawn=pl.min_horizontal(rest, pl.max_horizontal(left_of_pool, 0)))
        .with_columns(over_cap=rest - pl.col("plan_drawn"))
    )


def rate_accounts(timeline: Timeline, sums: Sums, terms: Terms) -> pl.DataFrame:
    """What each account's month comes to, one row each, by account."""
    sizes = pools(timeline, sums, terms)
    draws = draw(timeline, sizes, sums)
    billed = pl.col("overage_on") & pl.col("rate").is_not_null()
    without = pl.col("rate").is_null() | ~pl.col("offered")
    before, over = pl.col("before_upgrade"), pl.col("over_cap")
    outcomes = draws.group_by("account").agg(
        pl.col("events").sum(),
        pl.col("credits").sum().alias("usage_credits"),
        pl.col("trial_drawn").sum(),
        pl.col("plan_drawn").filter(before).sum().alias("earlier_drawn"),
        pl.col("plan_drawn").filter(~before).sum().alias("main_drawn"),
        over.filter(billed).sum().alias("overage"),
        over.filter(~billed & without).sum().alias("unbilled_without"),
        over.filter(~billed & ~without).sum().alias("unbilled_off"),
    )
    charge = pl.col("overage").cast(pl.Int128) * pl.col("rate").fill_null(0) * 10**terms.decimals
    carried = pl.when(pl.col("trial_ends_at") > terms.end).then(pl.col("trial_opening") - pl.col("trial_drawn"))
    return (
        sizes.join(outcomes, on="account")
        .with_columns(trial_carried=carried.fill_null(0), overage_minor=rounded(charge, MICRO * MICRO, terms))
        .sort("account")
    )


def fee_lines(timeline: Timeline, terms: Terms) -> list[pl.DataFrame]:
    """Subscriptions and upgrades (F1 to F4)."""
    plans = plan_table(terms).select("rank", "plan_name", "price")
    of_old = plans.rename({"rank": "in_force", "plan_name": "old_name", "price": "old_price"})
    of_new = plans.rename({"rank": "asked", "plan_name": "new_name", "price": "new_price"})
    subscriptions = timeline.months.join(
        plans.filter(pl.col("price") > 0), left_on="opening_plan", right_on="rank"
    ).select(
        "account",
        place=pl.lit(0, pl.Int64),
        line_type=pl.lit("subscription"),
        plan="opening_plan",
        from_plan=pl.lit(None, pl.Int64),
        charged_on=pl.lit(terms.start.date()),
        service_start=pl.lit(terms.start).cast(pl.Datetime("us", "UTC")),
        quantity=pl.lit(MICRO, pl.Int64),
        unit_price=pl.col("price") * 10 ** (6 - terms.decimals),
        proration=pl.lit(None, pl.String),
        amount=pl.col("price").cast(pl.Int128),
        explanation=pl.col("plan_name") + ": the price of the whole month (F1)",
    )
    left, whole, text = fraction(pl.col("first_upgrade_at"), terms)
    prorated = pl.col("first_upgrade_at").is_not_null()
    first = prorated & (pl.col("place") == 1)
    new, old = pl.col("new_price"), pl.col("old_price")
    due, paid = rounded(new * left, whole, terms), rounded(old * left, whole, terms)
    upgrades = (
        timeline.lived.filter(pl.col("is_upgrade") & (pl.col("instant") >= terms.start))
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("account"))
        .join(timeline.months.select("account", "first_upgrade_at"), on="account")
        .join(of_old, on="in_force")
        .join(of_new, on="asked")
        .select(
            "account",
            "place",
            line_type=pl.when(first).then(pl.lit("first_upgrade")).otherwise(pl.lit("upgrade")),
            plan="asked",
            from_plan="in_force",
            charged_on=pl.col("instant").dt.date(),
            service_start="instant",
            quantity=pl.lit(MICRO, pl.Int64),
            unit_price=pl.when(first).then(new).otherwise(new - old) * 10 ** (6 - terms.decimals),
            proration=pl.when(prorated).then(text),
            amount=pl.when(first).then(due).when(prorated).then(due - paid).otherwise((new - old).cast(pl.Int128)),
            explanation=pl.format("{} instead of {}", "new_name", "old_name")
            + pl.when(first).then(pl.lit(" (F2)")).when(prorated).then(pl.lit(" (F3)")).otherwise(pl.lit(" (F4)")),
        )
    )
    return [subscriptions, upgrades]


def make_lines(timeline: Timeline, outcomes: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """All lines, by account, in the order in which they fell due, overage last (O4)."""
    names = plan_table(terms).select(pl.col("rank").alias("billed_plan"), "plan_name")
    overage = outcomes.filter(pl.col("overage") > 0).join(names, on="billed_plan").select(
        "account",
        place=pl.lit(LAST, pl.Int64),
        line_type=pl.lit("overage"),
        plan="billed_plan",
        from_plan=pl.lit(None, pl.Int64),
        charged_on=pl.lit(terms.last_day).str.to_date(),
        service_start="starts_at",
        quantity="overage",
        unit_price="rate",
        proration=pl.lit(None, pl.String),
        amount="overage_minor",
        explanation=pl.format("{} micro-credits over the cap of {} (O4)", "overage", "plan_name"),
    )
    return (
        pl.concat([*fee_lines(timeline, terms), overage])
        .sort("account", "place")
        .with_columns(line_number=pl.int_range(1, pl.len() + 1).over("account"))
    )
