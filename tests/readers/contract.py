"""The contract of a revision's tables: columns and types, and what a CSV cell stands for. Plain Python, for
check_tables.py and ../spark/check_tables.py."""

import csv
import re
from datetime import date, datetime
from decimal import Decimal

# Columns whose name does not tell their type; all others are text.
KINDS = {
    "boolean": "overage_on retired",
    "integer": "line_count line_number events rows row rank",
    "date": "issued_on due_on charged_on",
    "instant": "service_start service_end expired_at signed_up_at first_paid_at trial_ends_at first_at last_at at"
    " granted_at expires_at",
    "money": "subscription_amount grants_amount adjustments_amount overage_amount total_amount amount price",
    "credits": "quantity unit_price overage_credits rate granted drawn expired usage_credits trial_opening trial_drawn"
    " trial_expired trial_carried plan_granted plan_drawn plan_expired unbilled_credits trial_left credits"
    " overage_rate grants_opening grants_drawn grants_expired grants_carried left overage_limit",
}
KIND_OF = {column: kind for kind, columns in KINDS.items() for column in columns.split()}

COLUMNS = {
    "documents": "document_id document_type revision account_id month issued_on due_on currency plan"
    " subscription_amount overage_amount total_amount line_count relates_to reason",
    "invoice_lines": "document_id line_number account_id line_type plan from_plan charged_on service_start service_end"
    " quantity grant adjustment_id unit_price proration amount explanation",
    "overage_charges": "account_id month plan overage_credits rate amount currency charged_on document_id",
    "expired_credits": "account_id month pool plan grant_id grant granted drawn expired expired_at reason",
    "grants": "account_id grant_id grant granted left granted_at expires_at price",
    "plans": "plan name rank price credits overage_rate retired currency",
    "statements": "account_id month opening_plan billed_plan next_plan events usage_credits trial_opening trial_drawn"
    " trial_expired trial_carried grants_opening grants_drawn grants_expired grants_carried plan_granted plan_drawn plan_expired"
    " overage_credits unbilled_credits subscription_amount grants_amount adjustments_amount overage_amount total_amount"
    " currency",
    "state": "account_id plan overage_on signed_up_at first_paid_at trial_ends_at trial_left overage_limit",
    "recent_ids": "event_id account_id at",
    "exceptions": "kind account_id month rows credits first_at last_at sample_id detail",
    "rejects": "file row column value reason",
}
TABLES = {
    table: [(column, KIND_OF.get(column, "text")) for column in columns.split()] for table, columns in COLUMNS.items()
}

# Tables that are Parquet only.
WITHOUT_CSV = {"recent_ids"}

# The text of a CSV cell, and the value it stands for. Instants are counted in microseconds.
CSV = {
    "boolean": (re.compile("true|false"), lambda cell: cell == "true"),
    "integer": (re.compile(r"-?\d+"), int),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), date.fromisoformat),
    "instant": (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"), lambda cell: micros(cell)),
    "money": (re.compile(r"-?\d+\.\d{2}"), Decimal),
    "credits": (re.compile(r"-?\d+\.\d{6}"), Decimal),
    "text": (re.compile(".*", re.DOTALL), str),
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")

faults = []


def fault(message):
    faults.append(message)


def check_all_filled(tables, filled):
    """Of a table without rows in any of the revisions nothing was checked."""
    for table in tables:
        if table not in filled:
            fault(f"{table}: has no rows, so nothing of it was checked")


def micros(cell):
    """Microseconds since 1970 of an instant in a CSV cell."""
    since = datetime.fromisoformat(cell.removesuffix("Z")) - datetime(1970, 1, 1)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def read_csv(path, columns):
    """Faults of the text; returns the rows as values, text cells still with their apostrophe."""
    head, feed, _ = path.read_bytes().partition(b"\n")
    if not feed or head.endswith(b"\r"):
        fault(f"{path.name}: lines must end with a bare line feed")
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, strict=True)
    if header != [column for column, _ in columns]:
        fault(f"{path.name}: columns {header}")
        return None
    rows = []
    for number, line in enumerate(lines, 1):
        row = []
        for (column, kind), cell in zip(columns, line, strict=True):
            text, value = CSV[kind]
            if cell and not text.fullmatch(cell):
                fault(f"{path.name}: row {number}: {column} is {cell!r}, not the text of {kind}")
                cell = ""
            row.append(value(cell) if cell else None)
        rows.append(tuple(row))
    return rows


def as_in_csv(rows, columns):
    """Rows of a Parquet table as its CSV must hold them, and how many cells got an apostrophe."""
    guarded = 0
    expected = []
    for row in rows:
        cells = []
        for (_, kind), value in zip(columns, row):
            if kind == "text" and value is not None and value.lstrip("'").startswith(FORMULA):
                guarded += 1
                value = "'" + value
            cells.append(None if value == "" else value)
        expected.append(tuple(cells))
    return expected, guarded


def compare(what, left, right):
    if len(left) != len(right):
        fault(f"{what}: {len(left)} rows against {len(right)}")
    for number, (one, other) in enumerate(zip(left, right), 1):
        if one != other:
            fault(f"{what}: row {number} differs:\n    {one}\n    {other}")
            return
