"""Writes the exports of this folder: April's documents of `fixtures/`, as Stripe would tell that they were paid.

python3 make.py DOCUMENTS_CSV, with documents.csv of the published April. One story in five forms:

- every document that is due was charged, but downgrade-pending's: its charge failed;
- first-upgrade-on-1st's charge failed, too, and succeeded a day later;
- saved-by-upgrade was charged twice;
- signup-on-pro was charged twice as well, and got one of the two back;
- power-heavy got 144.13 back, for which there is no note;
- a charge for a document of May;
- in the balance alone: two payouts, a fee, and a dispute of ten-over-the-cap's charge.
"""

import csv
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
START = datetime(2026, 5, 1, 3, 0, tzinfo=timezone.utc)


def cents(text):
    return int(text.replace(".", ""))


def plain(amount):
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


def charges():
    """Charges: number, document, account, amount, refunded, succeeded, when."""
    made = []

    def add(document, account, amount, refunded=0, succeeded=True, days=0):
        at = START + timedelta(days=days, minutes=len(made))
        made.append((len(made) + 1, document, account, amount, refunded, succeeded, at))

    with open(sys.argv[1], encoding="utf-8") as file:
        for row in csv.DictReader(file):
            document, account = row["document_id"], row["account_id"]
            amount = cents(row["total_amount"])
            if amount == 0:
                continue
            refunded = 14413 if account == "power-heavy" else 0
            failed = account in ("downgrade-pending", "first-upgrade-on-1st")
            add(document, account, amount, refunded, not failed)
            if account == "first-upgrade-on-1st":
                add(document, account, amount, days=1)
            if account == "saved-by-upgrade":
                add(document, account, amount, days=1)
            if account == "signup-on-pro":
                add(document, account, amount, refunded=amount, days=1)
    add("INV-2026-05-00000001", "cancelled-then-back", 2000, days=31)
    return made


def balance(made):
    """Balance transactions: source, type, reporting category, amount, fee, document, when."""
    rows = []
    for number, document, account, amount, refunded, succeeded, at in made:
        if not succeeded:
            continue
        source = f"ch_3Qx{number:04}"
        rows.append((source, "charge", "charge", amount, amount * 29 // 1000 + 30, document, at))
        if refunded:
            later = at + timedelta(days=3)
            source = f"re_3Qx{number:04}"
            rows.append((source, "refund", "refund", -refunded, 0, document, later))
        if account == "ten-over-the-cap":
            later = at + timedelta(days=9)
            rows.append((f"dp_1Qx{number:04}", "adjustment", "dispute", -amount, 1500, document, later))
    for day, amount in ((4, -120000), (11, -20000)):
        at = START + timedelta(days=day)
        rows.append((f"po_1Qx{day:04}", "payout", "payout", amount, 0, "", at))
    rows.append(("", "stripe_fee", "fee", -260, 0, "", START + timedelta(days=30)))
    return sorted(rows, key=lambda row: row[-1], reverse=True)


def write_csv(name, header, rows):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def write_ndjson(name, rows):
    with open(HERE / name, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def main():
    made = charges()
    minute = "%Y-%m-%d %H:%M"
    status = lambda succeeded, amount, refunded: (
        "Failed" if not succeeded else "Refunded" if refunded == amount else "Paid"
    )
    write_csv(
        "payments.csv",
        ["id", "Description", "Seller Message", "Created (UTC)", "Amount", "Amount Refunded", "Currency",
         "Converted Amount", "Converted Amount Refunded", "Fee", "Converted Currency", "Mode", "Status",
         "Statement Descriptor", "Customer ID", "Captured", "Card Last4", "Card Brand", "Invoice ID", "Transfer",
         "document_id (metadata)"],
        [
            [f"ch_3Qx{number:04}", "Kiro, April 2026", "Payment complete." if succeeded else "Declined.",
             at.strftime(minute), plain(amount), plain(refunded), "usd", plain(amount), plain(refunded),
             plain(amount * 29 // 1000 + 30 if succeeded else 0), "usd", "Live",
             status(succeeded, amount, refunded), "KIRO", f"cus_Qx{number:04}", str(succeeded).lower(), "4242", "Visa",
             "", "", document]
            for number, document, _, amount, refunded, succeeded, at in reversed(made)
        ],
    )
    write_ndjson(
        "charges.ndjson",
        [
            {"id": f"ch_3Qx{number:04}", "object": "charge", "amount": amount, "amount_captured": amount,
             "amount_refunded": refunded, "balance_transaction": f"txn_3Qx{number:04}" if succeeded else None,
             "captured": succeeded, "created": int(at.timestamp()), "currency": "usd",
             "customer": f"cus_Qx{number:04}", "description": "Kiro, April 2026", "invoice": None, "livemode": True,
             "metadata": {"account_id": account, "document_id": document}, "paid": succeeded,
             "refunded": refunded == amount, "status": "succeeded" if succeeded else "failed"}
            for number, document, account, amount, refunded, succeeded, at in reversed(made)
        ],
    )
    rows = balance(made)
    write_csv(
        "balance.csv",
        ["id", "Type", "Source", "Amount", "Fee", "Net", "Currency", "Created (UTC)", "Available On (UTC)",
         "Description", "Customer Facing Amount", "Customer Facing Currency", "Transfer", "Transfer Date (UTC)",
         "Transfer Group", "document_id (metadata)"],
        [
            [f"txn_{len(rows) - at:04}", kind, source, plain(amount), plain(fee), plain(amount - fee), "usd",
             when.strftime(minute), (when + timedelta(days=2)).strftime("%Y-%m-%d 00:00"), "", "", "", "", "", "",
             document]
            for at, (source, kind, _, amount, fee, document, when) in enumerate(rows)
        ],
    )
    write_csv(
        "activity.csv",
        ["balance_transaction_id", "created_utc", "created", "available_on_utc", "currency", "gross", "fee", "net",
         "reporting_category", "source_id", "description", "customer_id", "charge_id", "invoice_id",
         "payment_metadata[document_id]"],
        [
            [f"txn_{len(rows) - at:04}", when.strftime("%Y-%m-%d %H:%M:%S"),
             (when - timedelta(hours=7)).strftime("%Y-%m-%d %H:%M:%S"),
             (when + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S"), "usd", plain(amount), plain(fee),
             plain(amount - fee), category, source, "", "", "ch" + source[2:] if source else "", "", document]
            for at, (source, _, category, amount, fee, document, when) in enumerate(rows)
        ],
    )
    write_ndjson(
        "balance.ndjson",
        [
            {"id": f"txn_{len(rows) - at:04}", "object": "balance_transaction", "amount": amount,
             "available_on": int((when + timedelta(days=2)).timestamp()), "created": int(when.timestamp()),
             "currency": "usd", "description": None, "exchange_rate": None, "fee": fee, "fee_details": [],
             "net": amount - fee, "reporting_category": category,
             "source": {"id": source, "metadata": {"document_id": document} if document else {}} if source else None,
             "status": "available", "type": kind}
            for at, (source, kind, category, amount, fee, document, when) in enumerate(rows)
        ],
    )


main()
