"""The two passes over the usage, by the streaming engine: ids that come twice, and sums by segment."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from polars_parts.timeline import Timeline
from terms import Terms

ROW = ["event_id", "account_id", "instant", "credits"]


@dataclass(frozen=True)
class Sums:
    """Usage by segment, in micro-credits, and rows that cannot be billed."""

    by_segment: pl.DataFrame  # segment, events, credits
    before: pl.DataFrame  # account, credits: what trials lost before S
    exceptions: list[pl.DataFrame]


def micros(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Credits as integers: of DECIMAL(18,6) just what is stored."""
    if kind == pl.Decimal(None, 6):
        return column.to_physical().cast(pl.Int64)
    return column.cast(pl.Decimal(38, 6)).to_physical().cast(pl.Int64)


def scan(files: str, terms: Terms) -> pl.LazyFrame:
    """The log's rows up to E."""
    log = pl.scan_parquet(files)
    return log.select(
        "event_id",
        "account_id",
        pl.col("at").dt.cast_time_unit("us").dt.convert_time_zone("UTC").alias("instant"),
        micros(pl.col("credits"), log.collect_schema()["credits"]).alias("credits"),
    ).filter(pl.col("instant") < terms.end)


def spans_by_account(timeline: Timeline, terms: Terms) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Where rows belong to: (account_id, account, start_0, start_1, …), (account, place, segment), and how many starts
    there are at most. A row's place is the number of starts that are not after it: the accounts are then joined one to
    one, where a join by ranges would repeat each row for each segment. Before S are the trials that reach into the
    month; they have no segment."""
    reaching = timeline.months.filter(
        (pl.col("signed_up_at") < terms.start) & pl.col("trial_ends_at").is_not_null()
    ).select("account", pl.col("signed_up_at").alias("instant"), pl.lit(None, pl.Int64).alias("segment"))
    spans = (
        pl.concat([reaching, timeline.segments.select("account", "instant", "segment")])
        .sort("account", "instant")
        .with_columns(place=pl.int_range(1, pl.len() + 1).over("account"))
    )
    most = max(spans["place"].to_list(), default=1)
    starts = spans.group_by("account").agg("instant")
    columns = [pl.col("instant").list.get(n, null_on_oob=True).alias(f"start_{n}") for n in range(most)]
    by_account = timeline.months.select("account", "account_id").join(starts, on="account", how="left")
    return by_account.select("account_id", "account", *columns), spans.drop("instant"), most


def place_of(most: int) -> pl.Expr:
    """How many starts are not after the row's instant."""
    reached = [(pl.col(f"start_{n}") <= pl.col("instant")).fill_null(False).cast(pl.Int64) for n in range(most)]
    return pl.sum_horizontal(reached)


def set_right(aside: pl.DataFrame, terms: Terms) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of the rows with suspect ids: those that stand, and those that conflict with them (X3). Each content counts once,
    and of an id's contents the first; rows before the month are a matter of their own (X1)."""
    contents = (
        aside.select(ROW)
        .unique()
        .with_columns(is_before=pl.col("instant") < terms.start)
        .sort("event_id", "is_before", "instant", "account_id", "credits")
    )
    first = pl.struct("event_id", "is_before").is_first_distinct()
    return contents.filter(first), contents.filter(~first)


def read_usage(files: str, timeline: Timeline, terms: Terms) -> Sums:
    log = scan(files, terms)
    # By a hash of 64 bits, which is smaller than an id; what shares one by chance is told apart by the ids below.
    marked = log.with_columns(mark=pl.col("event_id").hash())
    twice = marked.select("mark").group_by("mark").len().filter(pl.col("len") > 1)
    suspects = twice.select("mark").collect(engine="streaming")
    by_account, spans, most = spans_by_account(timeline, terms)
    # The accounts are few beside the events: they are what the join's table is built of. A look into a set of suspects
    # costs less than a second join.
    placed = (
        marked.with_columns(is_suspect=pl.col("mark").is_in(suspects["mark"].implode()))
        .join(by_account.lazy(), on="account_id", how="left")
        .with_columns(place=place_of(most))
    )
    is_stray = ((pl.col("place") == 0) | pl.col("account").is_null()) & (pl.col("instant") >= terms.start)
    key = pl.col("account") * (most + 1) + pl.col("place")
    # Both at once: what they have in common is read and joined once.
    aside, sums = pl.collect_all(
        [
            placed.filter(pl.col("is_suspect") | is_stray).select(*ROW, "is_suspect"),
            placed.filter(~pl.col("is_suspect") & (pl.col("place") > 0))
            .select("credits", key=key)
            .group_by("key")
            .agg(events=pl.len(), credits=pl.col("credits").sum()),
        ],
        engine="streaming",
    )
    standing, conflicts = set_right(aside.filter("is_suspect"), terms)
    rows = pl.concat([aside.filter(~pl.col("is_suspect")).select(ROW), standing.select(ROW)])
    late = rows.join(by_account, on="account_id", how="left").with_columns(place=place_of(most))
    late_sums = late.filter(pl.col("place") > 0).select(key=key, events=pl.lit(1, pl.UInt32), credits="credits")
    located = (
        pl.concat([sums.with_columns(pl.col("events").cast(pl.UInt32)), late_sums])
        .group_by("key")
        .agg(pl.col("events").sum(), pl.col("credits").sum())
        .with_columns(account=pl.col("key") // (most + 1), place=pl.col("key") % (most + 1))
        .join(spans, on=["account", "place"])
    )
    return Sums(
        located.filter(pl.col("segment").is_not_null()).select("segment", "events", "credits"),
        located.filter(pl.col("segment").is_null()).select("account", before="credits"),
        usage_exceptions(late.filter(is_stray), conflicts),
    )


def usage_exceptions(strays: pl.DataFrame, conflicts: pl.DataFrame) -> list[pl.DataFrame]:
    """Usage of nobody, from before a signup, and with an id that another row has."""
    columns = [pl.col("account_id"), pl.col("instant"), pl.col("event_id").alias("id"), pl.col("credits")]
    unknown = pl.col("account").is_null()
    kind = pl.when(unknown).then(pl.lit("unknown-account")).otherwise(pl.lit("before-signup"))
    detail = pl.when("is_before").then(pl.lit("usage before the month")).otherwise(pl.lit("usage"))
    return [
        strays.select(*columns, kind=kind, detail=pl.lit("usage")),
        conflicts.select(*columns, kind=pl.lit("conflicting-duplicate"), detail=detail),
    ]
