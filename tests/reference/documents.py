"""Whether the documents of a revision are what the months' statements say, revision by revision."""

import json
import os
from collections import defaultdict
from decimal import Decimal

from tables import read_table

COUNTED = ["subscription_amount", "overage_amount", "total_amount"]


def rows(folder, table):
    return read_table(os.path.join(folder, table + ".csv"))[1]


def sums(entries, keys, columns):
    """Sums of columns by key; keys that come to nothing are left out."""
    result = defaultdict(lambda: [Decimal(0)] * len(columns))
    for row in entries:
        key = tuple(row[name] for name in keys)
        result[key] = [total + Decimal(row[name]) for total, name in zip(result[key], columns)]
    return {key: totals for key, totals in result.items() if any(totals)}


def reason_of(month_folder, revision):
    path = os.path.join(month_folder, revision, "manifest.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["reason"]


def check_documents(expected, actual):
    """Yields what is wrong with the documents of a revision."""
    documents, month_folder = rows(actual, "documents"), os.path.dirname(actual)
    if sums(documents, ["account_id"], COUNTED) \
            != sums(rows(expected, "statements"), ["account_id"], COUNTED):
        yield "documents: they do not come to the statements"
    items = ["account_id", "line_type", "plan"]
    if sums(rows(actual, "invoice_lines"), items, ["amount"]) \
            != sums(rows(expected, "invoice_lines"), items, ["amount"]):
        yield "invoice_lines: they do not come to the reference's"
    numbers = sorted(int(row["document_id"].rpartition("-")[2]) for row in documents)
    if numbers != list(range(1, len(documents) + 1)):
        yield f"documents: numbered {numbers}"
    first = {}
    for row in documents:
        invoice = first.setdefault(row["account_id"], row["document_id"])
        kind = "" if row["document_id"] == invoice else invoice
        reason = reason_of(month_folder, row["revision"]) if kind else ""
        if row["relates_to"] != kind or row["reason"] != reason:
            yield (f"documents {row['document_id']}: relates to {row['relates_to']!r}"
                   f" for {row['reason']!r}")
    earlier = os.path.join(month_folder, "r001")
    if [row for row in documents if row["revision"] == "r001"] != rows(earlier, "documents"):
        yield "documents: those of r001 do not stand as they were"
