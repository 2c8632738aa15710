"""Writes the exports of this folder: April's documents of `fixtures/`, as five providers would tell that they were paid.

python3 make.py DOCUMENTS_CSV, with documents.csv of the published April. The rows are made up, the columns are the
providers'. One story:

- every document that is due was paid, but downgrade-pending's: its payment failed;
- power-heavy got 144.13 back, for which there is no note;
- where the export tells of chargebacks by rows of their own, ten-over-the-cap's payment was charged back;
- where it has them: a payout, a fee, an authorization.
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


def documents():
    """Document, account, amount and instant of what is due."""
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if cents(row["total_amount"]) > 0]
    return [
        (row["document_id"], row["account_id"], cents(row["total_amount"]), START + timedelta(minutes=at))
        for at, row in enumerate(rows)
    ]


def fails(account):
    return account == "downgrade-pending"


def given_back(account):
    return 14413 if account == "power-heavy" else 0


def write_csv(name, header, rows, **options):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n", **options).writerows([header, *rows])


def write_ndjson(name, rows):
    with open(HERE / name, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def paypal(due):
    """Activity download, all transactions: every cell quoted, amounts with commas for thousands."""
    header = ["Date", "Time", "TimeZone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net",
              "From Email Address", "To Email Address", "Transaction ID", "Reference Txn ID", "Invoice Number",
              "Custom Number", "Balance", "Balance Impact"]
    grouped = lambda amount: f"{amount / 100:,.2f}"
    rows = []

    def add(number, at, kind, status, gross, document="", account="", reference=""):
        fee = -(gross * 349 // 10000 + 49) if kind.endswith("Payment") and gross > 0 else 0
        rows.append([at.strftime("%m/%d/%Y"), at.strftime("%H:%M:%S"), "PDT", account.title(), kind, status, "USD",
                     grouped(gross), grouped(fee), grouped(gross + fee), f"{account}@example.com", "us@example.com",
                     number, reference, document, account, "0.00", "Credit" if gross > 0 else "Debit"])

    for at, (document, account, amount, when) in enumerate(due):
        kind = "Express Checkout Payment" if at % 2 else "Subscription Payment"
        number = f"4AB{at:014}"
        add(number, when, kind, "Denied" if fails(account) else "Completed", amount, document, account)
        if given_back(account):
            add(f"5RF{at:014}", when + timedelta(days=3), "Payment Refund", "Completed", -given_back(account),
                document, account, number)
        if account == "ten-over-the-cap":
            add(f"6CB{at:014}", when + timedelta(days=9), "Chargeback", "Completed", -amount, document, account, number)
            add(f"6CF{at:014}", when + timedelta(days=9), "Chargeback Fee", "Completed", -2000, "", account, number)
    add("7WD00000000000001", START + timedelta(days=4), "General Withdrawal", "Completed", -120000)
    write_csv("paypal.csv", header, rows, quoting=csv.QUOTE_ALL)


def adyen(due):
    """Settlement detail report: what came and what went in columns of their own."""
    header = ["Company Account", "Merchant Account", "Psp Reference", "Merchant Reference", "Payment Method",
              "Creation Date", "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Debit (GC)",
              "Gross Credit (GC)", "Exchange Rate", "Net Currency", "Net Debit (NC)", "Net Credit (NC)",
              "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)", "Payment Method Variant",
              "Modification Merchant Reference", "Batch Number"]
    rows = []

    def add(psp, modification, when, kind, amount, document=""):
        gross = ["", plain(amount)] if amount > 0 else [plain(-amount), ""]
        gross = gross if document else ["", ""]
        rows.append(["Kiro", "KiroUS", psp, document, "visa" if document else "", when.strftime("%Y-%m-%d %H:%M:%S"),
                     "PDT", kind, modification, "USD" if document else "", *gross, "1" if document else "", "USD",
                     plain(-amount) if amount < 0 else "", plain(amount) if amount > 0 else "", "", "", "", "", "",
                     "", "127"])

    for at, (document, account, amount, when) in enumerate(due):
        if fails(account):
            continue  # a refused payment is never settled
        psp = f"88{at:014}"
        add(psp, f"85{at:014}", when, "Settled", amount, document)
        if given_back(account):
            add(psp, f"86{at:014}", when + timedelta(days=3), "Refunded", -given_back(account), document)
        if account == "ten-over-the-cap":
            add(psp, f"87{at:014}", when + timedelta(days=9), "Chargeback", -amount, document)
    add("", "Transaction Fees May 2026", START + timedelta(days=30), "Fee", -1210)
    add("", "TX11127XT", START + timedelta(days=30), "MerchantPayout", -120000)
    write_csv("adyen.csv", header, rows)


def paddle(due):
    """API, transactions with their adjustments' totals, one object a line; amounts as text, in cents, before and after tax."""
    rows = []
    for at, (document, account, amount, when) in enumerate(due):
        tax, back = amount // 5, given_back(account)
        adjusted = {"subtotal": str(back), "tax": str(back // 5), "total": str(back + back // 5),
                    "breakdown": {"credit": "0", "refund": str(back + back // 5), "chargeback": "0"},
                    "currency_code": "USD"}
        rows.append({
            "id": f"txn_01hv{at:022}", "status": "past_due" if fails(account) else "completed",
            "customer_id": f"ctm_01hv{at:022}", "currency_code": "USD", "origin": "subscription_recurring",
            "invoice_number": f"325-{10000 + at}", "created_at": when.isoformat().replace("+00:00", "Z"),
            "custom_data": {"document_id": document, "account_id": account},
            "details": {"totals": {"subtotal": str(amount), "discount": "0", "tax": str(tax), "total": str(amount + tax),
                                   "grand_total": str(amount + tax), "currency_code": "USD"}},
            "adjustments_totals": adjusted if back else None,
        })
    write_ndjson("paddle.ndjson", rows)


def gocardless(due):
    """API, payments, one object a line; amounts in cents."""
    write_ndjson("gocardless.ndjson", [
        {"id": f"PM{at:06}", "created_at": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
         "charge_date": (when + timedelta(days=4)).strftime("%Y-%m-%d"), "amount": amount,
         "description": "Kiro, April 2026", "currency": "USD",
         "status": "failed" if fails(account) else "paid_out" if at % 2 else "confirmed",
         "amount_refunded": given_back(account), "reference": None,
         "metadata": {"document_id": document, "account_id": account},
         "fx": {"fx_currency": "USD", "fx_amount": None, "exchange_rate": None},
         "links": {"mandate": f"MD{at:06}", "creditor": "CR000001", "payout": f"PO{at % 3:06}"}}
        for at, (document, account, amount, when) in enumerate(due)
    ])


def braintree(due):
    """Transaction search, downloaded: credits are refunds, with amounts above 0."""
    header = ["Transaction ID", "Subscription ID", "Transaction Type", "Transaction Status", "Created Datetime",
              "Created Timezone", "Settlement Date", "Disbursement Date", "Merchant Account", "Currency ISO Code",
              "Amount Authorized", "Amount Submitted For Settlement", "Service Fee", "Tax Amount", "Order ID",
              "Refunded Transaction ID", "Payment Instrument Type", "Card Type", "Customer ID"]
    rows = []

    def add(number, kind, status, amount, submitted, when, document, account, refunded=""):
        rows.append([number, "", kind, status, when.strftime("%m/%d/%Y %H:%M:%S"), "UTC", when.strftime("%m/%d/%Y"), "",
                     "kiro_usd", "USD", amount, submitted, "", "", document, refunded, "Credit Card", "Visa", account])

    for at, (document, account, amount, when) in enumerate(due):
        number, amount = f"bt{at:06x}", plain(amount)
        if fails(account):
            add(number, "sale", "processor_declined", amount, "", when, document, account)
            continue
        add(number, "sale", "settled", amount, amount, when, document, account)
        if given_back(account):
            back = plain(given_back(account))
            add(f"cr{at:06x}", "credit", "settled", back, back, when + timedelta(days=3), document, account, number)
    add("bt_auth", "sale", "authorized", "20.00", "", START + timedelta(days=30), "", "")
    write_csv("braintree.csv", header, rows)


def main():
    due = documents()
    for write in (paypal, adyen, paddle, gocardless, braintree):
        write(due)


main()
