"""The month whose logs every writer writes, as rows: write_logs.py and spark_logs.py. Plain Python."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

UTC = timezone.utc
PLANS = ["free", "pro", "pro-plus", "power"]
COLUMNS = {
    "usage": ["event_id", "account_id", "at", "credits"],
    "changes": ["change_id", "account_id", "at", "change", "plan"],
}
IDS = {"event_id", "account_id", "change_id"}


def rows(whole=False):
    """Rows by log: ids are digits, instants whole milliseconds, credits of few digits, or `whole`."""
    accounts = [str(101 + number) for number in range(9)]
    start = datetime(2026, 3, 31, 20, tzinfo=UTC)
    usage, changes = [], []
    for number, account in enumerate(accounts):
        signup = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC) + timedelta(days=3 * number, hours=number)
        changes.append((str(len(changes) + 1), account, signup, "signup", PLANS[number % 4]))
        if number % 3 == 0:
            at = datetime(2026, 4, 3 + number, 1, 2, 3, tzinfo=UTC)
            changes.append((str(len(changes) + 1), account, at, "plan", PLANS[(number + 1) % 4]))
        if number % 4 == 1:
            at = datetime(2026, 4, 1, 0, 0, 0, 1000, tzinfo=UTC)
            changes.append((str(len(changes) + 1), account, at, "overage_on", None))
    for number in range(700):
        at = start + timedelta(minutes=63 * number, milliseconds=number % 1000)
        credits = Decimal(number % 37) if whole else Decimal(number % 37) + Decimal(number % 100) / 100
        usage.append((str(5_000_000 + number), accounts[number * 7 % 9], at, credits))
    usage.append(usage[100])  # twice the same
    usage.append(usage[200][:3] + (Decimal(1),))  # a conflict
    return {"usage": usage, "changes": changes}
