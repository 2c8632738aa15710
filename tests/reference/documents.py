"""Whether the documents of a revision are what the months' statements say, revision by revision."""

import json
import os
from collections import defaultdict
from datetime import date
from decimal import Decimal

from tables import due_on, read_table

COUNTED = ["subscription_amount", "overage_amount", "total_amount"]


def rows(folder, table):
    return read_table(os.path.join(folder, table + ".csv"))[1]


def sums(entries, keys, columns):
    """Sums of columns by key; keys that come to nothing are left out."""
    result = defaultdict(lambda: [Decimal(0)] * len(columns))
    for row in entries:
        key = tuple(row.get(name, "") for name in keys)
        result[key] = [total + Decimal(row[name]) for total, name in zip(result[key], columns)]
    return {key: totals for key, totals in result.items() if any(totals)}


def charged(folder):
    """The lines; grants and adjustments are what they are, whatever the plan."""
    for line in rows(folder, "invoice_lines"):
        of_plan = line["line_type"] not in ("grant", "adjustment")
        yield line if of_plan else {**line, "plan": ""}


def manifest_of(month_folder, revision):
    path = os.path.join(month_folder, revision, "manifest.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_documents(expected, actual):
    """Yields what is wrong with the documents of a revision."""
    documents, month_folder = rows(actual, "documents"), os.path.dirname(actual)
    if sums(documents, ["account_id"], COUNTED) \
            != sums(rows(expected, "statements"), ["account_id"], COUNTED):
        yield "documents: they do not come to the statements"
    items = ["account_id", "line_type", "plan", "grant", "adjustment_id"]
    if sums(charged(actual), items, ["amount"]) != sums(charged(expected), items, ["amount"]):
        yield "invoice_lines: they do not come to the reference's"
    numbers = sorted(int(row["document_id"].rpartition("-")[2]) for row in documents)
    if numbers != list(range(1, len(documents) + 1)):
        yield f"documents: numbered {numbers}"
    yield from check_relations(documents, month_folder)
    for row in documents:
        term = manifest_of(month_folder, row["revision"])["options"].get("payment_term_days")
        if row["due_on"] != due_on(date.fromisoformat(row["issued_on"]), term):
            yield f"documents {row['document_id']}: due on {row['due_on']!r}, {term} days"
    earlier = os.path.join(month_folder, "r001")
    if [row for row in documents if row["revision"] == "r001"] != rows(earlier, "documents"):
        yield "documents: those of r001 do not stand as they were"


def check_relations(documents, month_folder):
    """Yields which documents are of a wrong type, or relate to a wrong one. What comes after an
    account's invoice is a note that relates to it; what comes to less than zero before there is an
    invoice relates to none (A2)."""
    invoices = {}
    for row in documents:
        account, total = row["account_id"], Decimal(row["total_amount"])
        invoice = invoices.get(account, "")
        types = {"credit_note"} if total < 0 else {"debit_note"} if invoice else {"invoice"}
        if invoice and total == 0:
            types = {"credit_note", "debit_note"}
        reason = manifest_of(month_folder, row["revision"])["reason"] if invoice else ""
        reasons = {reason, row["reason"]} if total < 0 and not invoice else {reason}  # A2 says none
        if row["relates_to"] != invoice or row["document_type"] not in types \
                or row["reason"] not in reasons:
            yield (f"documents {row['document_id']}: a {row['document_type']} of {total} relates to"
                   f" {row['relates_to']!r} for {row['reason']!r}")
        if row["document_type"] == "invoice":
            invoices.setdefault(account, row["document_id"])
