"""The tables of a revision: their columns, the text of every cell, writing and reading them."""

import csv
import os
from datetime import date
from fractions import Fraction

from inputs import Usage, format_instant

COLUMNS = {
    "documents": "document_id document_type revision account_id month issued_on currency plan"
                 " subscription_amount overage_amount total_amount line_count relates_to reason",
    "invoice_lines": "document_id line_number account_id line_type plan from_plan charged_on"
                     " service_start service_end quantity unit_price proration amount explanation",
    "overage_charges": "account_id month plan overage_credits rate amount currency charged_on"
                       " document_id",
    "expired_credits": "account_id month pool plan granted drawn expired expired_at reason",
    "statements": "account_id month opening_plan billed_plan next_plan events usage_credits"
                  " trial_opening trial_drawn trial_expired trial_carried plan_granted plan_drawn"
                  " plan_expired overage_credits unbilled_credits subscription_amount"
                  " overage_amount total_amount currency",
    "state": "account_id plan overage_on signed_up_at first_paid_at trial_ends_at trial_left",
    "plans": "plan name rank price credits overage_rate retired currency",
    "recent_ids": "event_id account_id at",
    "exceptions": "kind account_id month rows credits first_at last_at sample_id detail",
}
COLUMNS = {table: text.split() for table, text in COLUMNS.items()}


def decimal_text(value, places):
    """An exact number (int or Fraction) with so many places; finer digits are an error."""
    scaled = Fraction(value) * 10**places
    if scaled.denominator != 1:
        raise ValueError(f"{value} has more than {places} places")
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def credits_text(micro_credits):
    return decimal_text(Fraction(micro_credits, 10**6), 6)


def guard(text):
    """A text cell that a spreadsheet would take for a formula, or that looks guarded, gets a leading apostrophe."""
    return "'" + text if text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r")) else text


def make_tables(result):
    """All rows of all tables as dicts of finished text; `result` is a reference.Result."""
    catalogue, month = result.catalogue, result.month
    tables = {table: [] for table in COLUMNS}
    number = 0

    def money(minor):
        return decimal_text(Fraction(minor, 10**catalogue.exponent), catalogue.exponent)

    def plan(rank):
        return "" if rank is None else guard(catalogue.plans[rank].id)

    def instant(value):
        return "" if value is None else format_instant(value)

    for account_id in sorted(result.bills):
        bill = result.bills[account_id]
        name = guard(account_id)
        overage = sum(line.amount for line in bill.lines if line.line_type == "overage")
        total = sum(line.amount for line in bill.lines)
        document_id = ""
        if bill.lines:
            number += 1
            document_id = f"INV-{month}-{number:08}"
            tables["documents"].append({
                "document_id": document_id, "document_type": "invoice", "revision": "r001",
                "account_id": name, "month": str(month),
                "issued_on": str(month.next().first_day), "currency": catalogue.currency,
                "plan": plan(bill.billed_plan), "subscription_amount": money(total - overage),
                "overage_amount": money(overage), "total_amount": money(total),
                "line_count": str(len(bill.lines)), "relates_to": "", "reason": ""})
        for line_number, line in enumerate(bill.lines, 1):
            assert isinstance(line.charged_on, date)
            tables["invoice_lines"].append({
                "document_id": document_id, "line_number": str(line_number), "account_id": name,
                "line_type": line.line_type, "plan": plan(line.plan),
                "from_plan": plan(line.from_plan), "charged_on": str(line.charged_on),
                "service_start": instant(line.service_start),
                "service_end": instant(line.service_end),
                "quantity": credits_text(line.quantity),
                "unit_price": decimal_text(line.unit_price, 6), "proration": line.proration,
                "amount": money(line.amount), "explanation": ""})
            if line.line_type == "overage":
                tables["overage_charges"].append({
                    "account_id": name, "month": str(month), "plan": plan(line.plan),
                    "overage_credits": credits_text(line.quantity),
                    "rate": decimal_text(line.unit_price, 6), "amount": money(line.amount),
                    "currency": catalogue.currency, "charged_on": str(line.charged_on),
                    "document_id": document_id})
        expired = [(pool.ends_at, 1, "plan", plan(pool.plan), pool.granted, pool.drawn,
                    pool.expired, pool.reason) for pool in bill.pools]
        if bill.trial_expired_at is not None:
            expired.append((bill.trial_expired_at, 0, "trial", "", bill.trial_opening,
                            bill.trial_drawn, bill.trial_expired, "trial-ended"))
        for at, _, pool, plan_id, granted, drawn, left, reason in sorted(expired):
            if left > 0:
                tables["expired_credits"].append({
                    "account_id": name, "month": str(month), "pool": pool, "plan": plan_id,
                    "granted": credits_text(granted), "drawn": credits_text(drawn),
                    "expired": credits_text(left), "expired_at": instant(at), "reason": reason})
        account = bill.account
        unbilled = sum(left for group in bill.unbilled.values() for left, _ in group)
        tables["statements"].append({
            "account_id": name, "month": str(month), "opening_plan": plan(bill.opening_plan),
            "billed_plan": plan(bill.billed_plan), "next_plan": plan(account.plan),
            "events": str(bill.events), "usage_credits": credits_text(bill.usage),
            "trial_opening": credits_text(bill.trial_opening),
            "trial_drawn": credits_text(bill.trial_drawn),
            "trial_expired": credits_text(bill.trial_expired),
            "trial_carried": credits_text(bill.trial_carried),
            "plan_granted": credits_text(sum(pool.granted for pool in bill.pools)),
            "plan_drawn": credits_text(sum(pool.drawn for pool in bill.pools)),
            "plan_expired": credits_text(sum(pool.expired for pool in bill.pools)),
            "overage_credits": credits_text(bill.overage),
            "unbilled_credits": credits_text(unbilled),
            "subscription_amount": money(total - overage), "overage_amount": money(overage),
            "total_amount": money(total), "currency": catalogue.currency})
        tables["state"].append({
            "account_id": name, "plan": plan(account.plan),
            "overage_on": "true" if account.overage_on else "false",
            "signed_up_at": instant(account.signed_up_at),
            "first_paid_at": instant(account.first_paid_at),
            "trial_ends_at": instant(account.trial_ends_at),
            "trial_left": credits_text(account.trial_left)})

    for rank, entry in enumerate(catalogue.plans, 1):
        tables["plans"].append({
            "plan": plan(rank - 1), "name": guard(entry.name), "rank": str(rank),
            "price": money(entry.price), "credits": credits_text(entry.credits),
            "overage_rate": "" if entry.rate is None else decimal_text(entry.rate, 6),
            "retired": "true" if entry.retired else "false", "currency": catalogue.currency})
    for event in sorted(result.recent, key=lambda event: (event.account_id, event.at, event.id)):
        tables["recent_ids"].append({"event_id": guard(event.id),
                                     "account_id": guard(event.account_id),
                                     "at": instant(event.at)})

    groups = {}  # (account, kind, usage or change, detail) -> [rows, credits, first row, last at]
    for kind, row in result.exceptions:
        source = "usage" if isinstance(row, Usage) else "change"
        group = groups.setdefault((row.account_id, kind, source, ""), [])
        group.append((row.at, row.id, row.credits))
    for account_id, bill in result.bills.items():
        for reason, parts in bill.unbilled.items():
            group = groups.setdefault((account_id, "unbilled-usage", "usage", reason), [])
            group += [(event.at, event.id, left) for left, event in parts]
    for key in sorted(groups):
        account_id, kind, _, detail = key
        rows = sorted(groups[key])
        tables["exceptions"].append({
            "kind": kind, "account_id": guard(account_id), "month": str(month),
            "rows": "" if kind == "unbilled-usage" else str(len(rows)),
            "credits": credits_text(sum(row[2] for row in rows)),
            "first_at": instant(rows[0][0]), "last_at": instant(rows[-1][0]),
            "sample_id": guard(rows[0][1]), "detail": detail})
    return tables


def write_tables(tables, folder):
    os.makedirs(folder, exist_ok=True)
    for table, columns in COLUMNS.items():
        path = os.path.join(folder, table + ".csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(tables[table])


def read_table(path):
    """(columns, rows as dicts) of a CSV table."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or []), rows
