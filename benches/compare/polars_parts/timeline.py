"""Each account's month, from its changes: plans, upgrades, and the segments that usage is summed by."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from polars_parts.changes import Changes, exception
from terms import Terms


@dataclass(frozen=True)
class Timeline:
    """What the changes make of the month."""

    months: pl.DataFrame  # one row for each account
    lived: pl.DataFrame  # the changes, with the plan in force before each and whether it is an upgrade
    segments: pl.DataFrame  # segment, account, instant, and what holds from there on
    exceptions: list[pl.DataFrame]


def live(applied: pl.DataFrame) -> pl.DataFrame:
    """The plan in force before each change. Within a month it is the highest of the one that the month opened with and
    those asked for so far; the next month opens with the last one asked for (P1 to P3)."""
    month = ["account", "month"]
    return (
        applied.with_columns(
            asked_before=pl.col("asked").forward_fill().shift(1).over("account"),
            month=pl.col("instant").dt.truncate("1mo"),
        )
        .with_columns(
            opened=pl.col("asked_before").first().over(month).fill_null(0),
            highest=pl.col("asked").cum_max().forward_fill().shift(1).over(month).fill_null(0),
        )
        .with_columns(in_force=pl.max_horizontal("opened", "highest"))
        .with_columns(
            is_upgrade=(pl.col("asked") > pl.col("in_force")).fill_null(False),
            in_force_after=pl.max_horizontal("in_force", pl.col("asked").fill_null(0)),
        )
        .drop("asked_before", "opened", "highest")
    )


def switch(lived: pl.DataFrame, offers: pl.Expr) -> pl.DataFrame:
    """All that may turn the switch, in order, with how it stands after each step (O2, P4). A month's end, which brings
    the last plan asked for into force, comes before the changes at its instant."""
    changes = lived.select(
        "account",
        "instant",
        pl.lit(1).alias("part"),
        pl.col("in_force_after").alias("plan"),
        pl.col("change"),
        pl.col("is_upgrade"),
    ).with_columns(
        turned=pl.when(pl.col("change") == "overage_off")
        .then(False)
        .when((pl.col("change") == "overage_on") & offers)
        .then(True)
        .when(pl.col("is_upgrade") & ~offers)
        .then(False)
    )
    ends = (
        lived.filter(pl.col("asked").is_not_null())
        .group_by("account", "month", maintain_order=True)
        .agg(plan=pl.col("asked").last())
        .select(
            "account",
            pl.col("month").dt.offset_by("1mo").alias("instant"),
            pl.lit(0).alias("part"),
            "plan",
        )
        .with_columns(turned=pl.when(~offers).then(False))
    )
    columns = ["account", "instant", "part", "plan", "turned"]
    # A stable sort: changes at one instant stay in the order of their ids.
    return (
        pl.concat([ends.select(columns), changes.select(columns)])
        .sort("account", "instant", "part", maintain_order=True)
        .with_columns(overage_on=pl.col("turned").forward_fill().over("account").fill_null(False))
        .drop("turned")
    )


def make_months(changes: Changes, lived: pl.DataFrame, switched: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """One row for each account: what its month opens with, what it is billed by, how it ends."""
    instant, part = pl.col("instant"), pl.col("part")
    opened = (
        switched.filter((instant < terms.start) | ((instant == terms.start) & (part == 0)))
        .group_by("account")
        .agg(opening_plan=pl.col("plan").last(), opening_overage_on=pl.col("overage_on").last())
    )
    highest = (
        switched.filter((instant >= terms.start) & (instant < terms.end) & (part == 1))
        .group_by("account")
        .agg(highest=pl.col("plan").max())
    )
    closed = switched.group_by("account").agg(
        next_plan=pl.col("plan").last(), closing_overage_on=pl.col("overage_on").last()
    )
    paid = lived.filter(pl.col("asked") > 0).group_by("account").agg(first_paid_at=instant.min())
    start = pl.lit(terms.start)
    signed_up = pl.col("signed_up_at")
    trial_end = signed_up + pl.duration(days=terms.trial_days) if terms.trial_credits is not None else pl.lit(None)
    return (
        changes.accounts.join(opened, on="account", how="left")
        .join(highest, on="account", how="left")
        .join(closed, on="account", how="left")
        .join(paid, on="account", how="left")
        .with_columns(
            starts_at=pl.max_horizontal(signed_up, start),
            opening_overage_on=pl.col("opening_overage_on").fill_null(False),
            billed_plan=pl.max_horizontal(
                pl.col("opening_plan").fill_null(0), pl.col("highest").fill_null(0)
            ),
            first_upgrade_at=pl.when(pl.col("first_paid_at") >= start).then("first_paid_at"),
            trial_end=trial_end.cast(pl.Datetime("us", "UTC")),
        )
        .with_columns(trial_ends_at=pl.when(pl.col("trial_end") > start).then("trial_end"))
        .drop("highest", "trial_end")
    )


def cut(months: pl.DataFrame, switched: pl.DataFrame, offers: pl.Expr, terms: Terms) -> pl.DataFrame:
    """The segments (X11): where what rating asks for changes, and what holds from there on."""
    instant = pl.col("instant")
    columns = ["account", "instant", "part", "plan", "overage_on"]
    starts = months.select(
        "account",
        pl.col("starts_at").alias("instant"),
        pl.lit(-1).alias("part"),
        pl.col("opening_plan").fill_null(0).alias("plan"),
        pl.col("opening_overage_on").alias("overage_on"),
    )
    changes = switched.filter((instant >= terms.start) & (instant < terms.end) & (pl.col("part") == 1))
    trials = months.filter(
        (pl.col("trial_ends_at") > pl.col("starts_at")) & (pl.col("trial_ends_at") < terms.end)
    ).select(
        "account",
        pl.col("trial_ends_at").alias("instant"),
        pl.lit(2).alias("part"),
        pl.lit(None, pl.Int64).alias("plan"),
        pl.lit(None, pl.Boolean).alias("overage_on"),
    )
    holding = ["overage_on", "offered", "in_trial", "before_upgrade"]
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1).over("account")) for name in holding)
    return (
        pl.concat([frame.select(columns) for frame in (starts, changes, trials)])
        .sort("account", "instant", "part", maintain_order=True)
        .with_columns(pl.col("plan", "overage_on").forward_fill().over("account"))
        .group_by("account", "instant", maintain_order=True)
        .agg(pl.col("plan").last(), pl.col("overage_on").last())
        .join(months.select("account", "trial_ends_at", "first_upgrade_at"), on="account", maintain_order="left")
        .with_columns(
            offered=offers,
            in_trial=(instant < pl.col("trial_ends_at")).fill_null(False),
            before_upgrade=(instant < pl.col("first_upgrade_at")).fill_null(False),
        )
        .filter(differs)
        .select("account", "instant", *holding)
        .with_row_index("segment")
        .with_columns(pl.col("segment").cast(pl.Int64))
    )


def make_timeline(changes: Changes, terms: Terms) -> Timeline:
    offering = [plan.rank for plan in terms.plans if plan.rate is not None]
    offers = pl.col("plan").is_in(offering)
    lived = live(changes.applied)
    switched = switch(lived, offers)
    months = make_months(changes, lived, switched, terms)
    refused = lived.filter((pl.col("change") == "overage_on") & ~pl.col("in_force").is_in(offering))
    return Timeline(
        months,
        lived,
        cut(months, switched, offers, terms),
        [*changes.exceptions, exception(refused, "overage-unavailable", "changes")],
    )
