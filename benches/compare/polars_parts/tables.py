"""The tables of a revision, with the contract's columns and types, in its order; and how they are written."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from polars_parts.rating import plan_table
from terms import Terms

# What comes from logs and catalogues, and may look like a formula; all other text is of our own making.
GUARDED = ("account_id", "plan", "from_plan", "opening_plan", "billed_plan", "next_plan", "sample_id")
# What a month without grants and adjustments has in their columns.
NO_TEXT = pl.lit(None, pl.String)
NOTHING = pl.lit(0, pl.Int64)


def credits(micros: pl.Expr | str) -> pl.Expr:
    """Micro-credits, or millionths of money, as DECIMAL(18,6)."""
    column = pl.col(micros) if isinstance(micros, str) else micros
    return (column.cast(pl.Decimal(38, 0)) * pl.lit(Decimal("0.000001"))).cast(pl.Decimal(18, 6))


def money(minor: pl.Expr | str, terms: Terms) -> pl.Expr:
    """Minor units as money."""
    column = (pl.col(minor) if isinstance(minor, str) else minor).cast(pl.Decimal(38, 0))
    if terms.decimals:
        column = column * pl.lit(Decimal(1).scaleb(-terms.decimals))
    return column.cast(pl.Decimal(18, terms.decimals))


def plan_ids(frame: pl.DataFrame, terms: Terms, **columns: str) -> pl.DataFrame:
    """Adds the ids of plans: the new column's name, and the rank's."""
    plans = plan_table(terms).select("rank", "plan_id")
    for name, rank in columns.items():
        frame = frame.join(
            plans.rename({"plan_id": name}), left_on=rank, right_on="rank", how="left", maintain_order="left"
        )
    return frame


def bill(lines: pl.DataFrame, outcomes: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """The numbered documents' amounts, one row for each account with a line."""
    fees = pl.col("amount").filter(pl.col("line_type") != "overage").sum()
    return (
        lines.group_by("account", maintain_order=True)
        .agg(line_count=pl.len().cast(pl.Int64), subscription=fees, total=pl.col("amount").sum())
        .with_row_index("number", 1)
        .with_columns(document_id=pl.lit(f"INV-{terms.month}-") + pl.col("number").cast(pl.String).str.zfill(8))
        .drop("number")
        .join(outcomes.select("account", "account_id", "billed_plan"), on="account", maintain_order="left")
    )


def make_documents(bills: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    return plan_ids(bills, terms, plan="billed_plan").select(
        "document_id",
        document_type=pl.lit("invoice"),
        revision=pl.lit("r001"),
        account_id="account_id",
        month=pl.lit(terms.month),
        issued_on=pl.lit(terms.end.date()),
        due_on=pl.lit(None, pl.Date),
        currency=pl.lit(terms.currency),
        plan="plan",
        subscription_amount=money("subscription", terms),
        overage_amount=money(pl.col("total") - pl.col("subscription"), terms),
        total_amount=money("total", terms),
        line_count="line_count",
        relates_to=pl.lit(None, pl.String),
        reason=pl.lit(None, pl.String),
    )


def make_invoice_lines(lines: pl.DataFrame, bills: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    lines = lines.join(bills.select("account", "account_id", "document_id"), on="account", maintain_order="left")
    return plan_ids(lines, terms, plan_id="plan", from_plan_id="from_plan").select(
        "document_id",
        "line_number",
        "account_id",
        "line_type",
        plan="plan_id",
        from_plan="from_plan_id",
        charged_on="charged_on",
        service_start="service_start",
        service_end=pl.lit(terms.end).cast(pl.Datetime("us", "UTC")),
        quantity=credits("quantity"),
        grant=NO_TEXT,
        adjustment_id=NO_TEXT,
        unit_price=credits("unit_price"),
        proration="proration",
        amount=money("amount", terms),
        explanation="explanation",
    )


def make_overage_charges(outcomes: pl.DataFrame, bills: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    charged = outcomes.filter(pl.col("overage") > 0).join(
        bills.select("account", "document_id"), on="account", maintain_order="left"
    )
    return plan_ids(charged, terms, plan="billed_plan").select(
        "account_id",
        month=pl.lit(terms.month),
        plan="plan",
        overage_credits=credits("overage"),
        rate=credits("rate"),
        amount=money("overage_minor", terms),
        currency=pl.lit(terms.currency),
        charged_on=pl.lit(terms.last_day).str.to_date(),
        document_id="document_id",
    )


def make_expired_credits(outcomes: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    end = pl.lit(terms.end).cast(pl.Datetime("us", "UTC"))

    def pool(rows: pl.DataFrame, kind: str, names: tuple[str, str], at: str | pl.Expr, reason: str) -> pl.DataFrame:
        granted, drawn = names
        return rows.select(
            "account", "account_id", pool=pl.lit(kind), plan="plan", granted=granted, drawn=drawn, expired_at=at,
            reason=pl.lit(reason),
        )

    no_plan = outcomes.with_columns(plan=pl.lit(None, pl.String))
    lowest = outcomes.with_columns(plan=pl.lit(terms.plans[0].id))
    billed = plan_ids(outcomes, terms, plan="billed_plan")
    trials = no_plan.filter(pl.col("trial_ends_at") <= terms.end)
    return (
        pl.concat(
            [
                pool(trials, "trial", ("trial_opening", "trial_drawn"), "trial_ends_at", "trial-ended"),
                pool(lowest.filter("has_earlier"), "plan", ("earlier_granted", "earlier_drawn"), "first_upgrade_at",
                     "first-upgrade"),
                pool(billed, "plan", ("main_granted", "main_drawn"), end, "month-ended"),
            ],
            how="vertical_relaxed",
        )
        .filter(pl.col("granted") > pl.col("drawn"))
        .sort("account", "expired_at", "pool", descending=[False, False, True])
        .select(
            "account_id",
            pl.lit(terms.month).alias("month"),
            "pool",
            "plan",
            NO_TEXT.alias("grant_id"),
            NO_TEXT.alias("grant"),
            credits("granted").alias("granted"),
            credits("drawn").alias("drawn"),
            credits(pl.col("granted") - pl.col("drawn")).alias("expired"),
            "expired_at",
            "reason",
        )
    )


def make_grants(terms: Terms) -> pl.DataFrame:
    """Months with grants are refused, so none goes on."""
    instant = pl.Datetime("us", "UTC")
    return pl.DataFrame(
        schema={
            "account_id": pl.String,
            "grant_id": pl.String,
            "grant": pl.String,
            "granted": pl.Decimal(18, 6),
            "left": pl.Decimal(18, 6),
            "granted_at": instant,
            "expires_at": instant,
            "price": pl.Decimal(18, terms.decimals),
        }
    )


def make_statements(outcomes: pl.DataFrame, bills: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    rows = outcomes.join(
        bills.select("account", "subscription", "total"), on="account", how="left", maintain_order="left"
    ).with_columns(pl.col("subscription", "total").fill_null(0))
    rows = plan_ids(rows, terms, opening="opening_plan", billed="billed_plan", next="next_plan")
    granted = pl.col("main_granted") + pl.col("earlier_granted")
    drawn = pl.col("main_drawn") + pl.col("earlier_drawn")
    return rows.select(
        "account_id",
        month=pl.lit(terms.month),
        opening_plan="opening",
        billed_plan="billed",
        next_plan="next",
        events=pl.col("events").cast(pl.Int64),
        usage_credits=credits("usage_credits"),
        trial_opening=credits("trial_opening"),
        trial_drawn=credits("trial_drawn"),
        trial_expired=credits(pl.col("trial_opening") - pl.col("trial_drawn") - pl.col("trial_carried")),
        trial_carried=credits("trial_carried"),
        grants_opening=credits(NOTHING),
        grants_drawn=credits(NOTHING),
        grants_expired=credits(NOTHING),
        grants_carried=credits(NOTHING),
        plan_granted=credits(granted),
        plan_drawn=credits(drawn),
        plan_expired=credits(granted - drawn),
        overage_credits=credits("overage"),
        unbilled_credits=credits(pl.col("unbilled_off") + pl.col("unbilled_without")),
        subscription_amount=money("subscription", terms),
        grants_amount=money(NOTHING, terms),
        adjustments_amount=money(NOTHING, terms),
        overage_amount=money("overage_minor", terms),
        total_amount=money("total", terms),
        currency=pl.lit(terms.currency),
    )


def make_state(outcomes: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    return plan_ids(outcomes, terms, plan="next_plan").select(
        "account_id",
        plan="plan",
        overage_on="closing_overage_on",
        signed_up_at="signed_up_at",
        first_paid_at="first_paid_at",
        trial_ends_at=pl.when(pl.col("trial_ends_at") > terms.end).then("trial_ends_at"),
        trial_left=credits("trial_carried"),
        overage_limit=pl.lit(None, pl.Decimal(18, 6)),
    )


def id_text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """An event id as text: of 16 bytes, the UUID."""
    if kind != pl.Binary:
        return column
    digits = column.bin.encode("hex")
    return pl.concat_str([digits.str.slice(at, n) for at, n in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))],
                         separator="-")


def make_exceptions(
    changes: list[pl.DataFrame], usage: list[pl.DataFrame], outcomes: pl.DataFrame, terms: Terms
) -> pl.DataFrame:
    group = ["kind", "account_id", "detail"]
    of_usage = pl.concat(usage)
    rows = [
        pl.concat(changes).with_columns(credits=pl.lit(None, pl.Int64)),
        of_usage.with_columns(id=id_text(pl.col("id"), of_usage.schema["id"])),
    ]
    columns = [*group, "instant", "id", "credits"]
    grouped = (
        pl.concat([frame.select(columns) for frame in rows])
        .sort("instant", "id")
        .group_by(group)
        .agg(
            rows=pl.len().cast(pl.Int64),
            # The sum of nothing is 0: changes have no credits, and not none used.
            credits=pl.when(pl.col("credits").is_not_null().any()).then(pl.col("credits").sum()),
            first_at=pl.col("instant").first(),
            last_at=pl.col("instant").last(),
            sample_id=pl.col("id").first(),
        )
    )
    unbilled = [
        outcomes.filter(pl.col(name) > 0).select(
            "account_id", kind=pl.lit("unbilled-usage"), detail=pl.lit(reason), credits=name
        )
        for name, reason in (("unbilled_off", "overage-off"), ("unbilled_without", "plan-without-overage"))
    ]
    return (
        pl.concat([grouped, *unbilled], how="diagonal")
        .sort("account_id", "kind", "detail")
        .select(
            "kind", "account_id", pl.lit(terms.month).alias("month"), "rows", credits("credits").alias("credits"),
            "first_at", "last_at", "sample_id", "detail",
        )
    )


def csv_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """A table as CSV has it: text safe to open in a spreadsheet, instants as RFC 3339 in UTC."""
    cells = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if isinstance(kind, pl.Datetime):
            whole = column.dt.microsecond() == 0
            cells.append(
                pl.when(whole).then(column.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
                .otherwise(column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")).alias(name)
            )
        elif name in GUARDED:
            formula = column.str.contains(r"^[=+\-@\t\r]")
            cells.append(pl.when(formula).then("'" + column).otherwise(column).alias(name))
        else:
            cells.append(column)
    return frame.select(cells)


def write(tables: dict[str, pl.DataFrame], out: Path) -> None:
    """Each table as Parquet and as CSV."""
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(out / f"{name}.parquet", compression="zstd")
        csv_cells(frame).write_csv(out / f"{name}.csv")
