"""The change log, up to E: freed of duplicates, and what each change meets in its account's life."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from terms import Terms

# Grants and limits (G1 to G7, O6) are beyond what is billed here.
KNOWN = ["signup", "plan", "overage_on", "overage_off"]
CONTENT = ["instant", "account_id", "change", "plan"]


@dataclass(frozen=True)
class Changes:
    """Accounts, the changes that apply to them, and what has no effect."""

    accounts: pl.DataFrame  # account (the number in the byte order of ids), account_id, signed_up_at
    applied: pl.DataFrame  # by account, instant and change_id; `asked` is the rank of the plan asked for
    exceptions: list[pl.DataFrame]


def exception(rows: pl.DataFrame, kind: str | pl.Expr, detail: str | pl.Expr) -> pl.DataFrame:
    """Rows of the change log that go into a group of exceptions."""
    literal = {"kind": kind, "detail": detail}
    named = {name: pl.lit(value) if isinstance(value, str) else value for name, value in literal.items()}
    return rows.select("account_id", "instant", pl.col("change_id").alias("id"), **named)


def without_duplicates(log: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What stands of the log, and the rows that share an id with it (X3). Few ids come twice: only they are sorted."""
    twice = pl.col("change_id").is_duplicated()
    copies = log.filter(twice).unique().sort("change_id", *CONTENT)
    first = pl.col("change_id").is_first_distinct()
    return pl.concat([log.filter(~twice), copies.filter(first)]), copies.filter(~first)


def read_changes(files: str, terms: Terms) -> Changes:
    """Reads the change log and puts it in the order in which it applies (T2)."""
    log = pl.read_parquet(files).select(
        "change_id",
        "account_id",
        pl.col("at").dt.cast_time_unit("us").dt.convert_time_zone("UTC").alias("instant"),
        "change",
        pl.col("plan").fill_null(""),
    )
    strange = log.filter(~pl.col("change").is_in(KNOWN)).head(1)["change"].to_list()
    if strange:
        raise ValueError(f"the peers know no change {strange[0]}")
    standing, conflicts = without_duplicates(log)
    changes = standing.filter(pl.col("instant") < terms.end)

    # An account exists from its first signup (T3). Numbers stand for ids in all that follows.
    signups = changes.filter(pl.col("change") == "signup")
    accounts = (
        signups.group_by("account_id")
        .agg(signed_up_at=pl.col("instant").min())
        .sort("account_id")
        .with_row_index("account")
        .with_columns(pl.col("account").cast(pl.Int64))
    )
    plans = pl.DataFrame(
        {"plan": [plan.id for plan in terms.plans], "asked": [plan.rank for plan in terms.plans]},
        schema={"plan": pl.String, "asked": pl.Int64},
    )
    asked = (
        changes.join(accounts, on="account_id")
        .join(plans, on="plan", how="left")
        .sort("account", "instant", "change_id")
        .with_columns(signups=(pl.col("change") == "signup").cast(pl.Int64).cum_sum().over("account"))
    )
    again = (pl.col("change") == "signup") & (pl.col("signups") > 1)
    too_early = pl.col("signups") == 0
    applied = asked.filter(~again & ~too_early)
    unknown = applied.filter(pl.col("asked").is_null() & (pl.col("plan") != ""))
    return Changes(
        accounts,
        applied,
        [
            exception(changes.join(accounts, on="account_id", how="anti"), "unknown-account", "changes"),
            exception(asked.filter(too_early), "before-signup", "changes"),
            exception(asked.filter(again), "duplicate-signup", "changes"),
            exception(conflicts, "conflicting-duplicate", "changes"),
            exception(unknown, "unknown-plan", pl.lit("the catalogue lacks plan ") + pl.col("plan")),
        ],
    )
