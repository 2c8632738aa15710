"""The tables of a revision: their columns, the text of every cell, writing and reading them."""

import csv
import os
from datetime import date, timedelta
from fractions import Fraction

from inputs import Adjustment, Usage, format_instant

COLUMNS = {
    "documents": "document_id document_type revision account_id month issued_on due_on currency"
                 " plan subscription_amount overage_amount total_amount line_count relates_to reason",
    "invoice_lines": "document_id line_number account_id line_type plan from_plan charged_on"
                     " service_start service_end quantity grant adjustment_id unit_price proration"
                     " amount explanation",
    "overage_charges": "account_id month plan overage_credits rate amount currency charged_on"
                       " document_id",
    "expired_credits": "account_id month pool plan grant_id grant granted drawn expired expired_at"
                       " reason",
    "grants": "account_id grant_id grant granted left granted_at expires_at price",
    "statements": "account_id month opening_plan billed_plan next_plan events usage_credits"
                  " trial_opening trial_drawn trial_expired trial_carried grants_opening"
                  " grants_drawn grants_expired grants_carried plan_granted plan_drawn"
                  " plan_expired overage_credits unbilled_credits subscription_amount"
                  " grants_amount adjustments_amount overage_amount total_amount currency",
    "state": "account_id plan overage_on signed_up_at first_paid_at trial_ends_at trial_left"
             " overage_limit",
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


def instant_text(value):
    return "" if value is None else format_instant(value)


def due_on(issued_on, payment_term):
    """The cell of the day by which a document is to be paid, given the term in days, or None."""
    return "" if payment_term is None else str(issued_on + timedelta(days=payment_term))


def make_tables(result):
    """All rows of all tables as dicts of finished text; `result` is a reference.Result."""
    tables = {table: [] for table in COLUMNS}
    writer = Writer(result.catalogue, result.month, result.payment_term, tables)
    for account_id in sorted(result.bills):
        writer.add_account(account_id, result.bills[account_id])
    writer.add_plans()
    for event in sorted(result.recent, key=lambda event: (event.account_id, event.at, event.id)):
        tables["recent_ids"].append({"event_id": guard(event.id),
                                     "account_id": guard(event.account_id),
                                     "at": instant_text(event.at)})
    tables["exceptions"] = exception_rows(result)
    return tables


class Writer:
    """Adds the rows of one account after the other."""

    def __init__(self, catalogue, month, payment_term, tables):
        self.catalogue, self.month, self.tables = catalogue, month, tables
        self.documents, self.issued_on = 0, month.next().first_day
        self.due_on = due_on(self.issued_on, payment_term)

    def money(self, minor):
        return decimal_text(Fraction(minor, 10**self.catalogue.exponent), self.catalogue.exponent)

    def plan(self, rank):
        return "" if rank is None else guard(self.catalogue.plans[rank].id)

    def add_account(self, account_id, bill):
        name, sums = guard(account_id), amounts(bill.lines)
        if bill.lines:
            self.add_document(name, bill, sums)
        self.add_expired_credits(name, bill)
        self.add_statement(name, bill, sums)
        self.add_state(name, bill.account)

    def add_document(self, name, bill, sums):
        self.documents += 1
        document_id = f"INV-{self.month}-{self.documents:08}"
        self.tables["documents"].append({
            "document_id": document_id,
            "document_type": "credit_note" if sums["total"] < 0 else "invoice",  # A2
            "revision": "r001", "account_id": name, "month": str(self.month),
            "issued_on": str(self.issued_on), "due_on": self.due_on,
            "currency": self.catalogue.currency, "plan": self.plan(bill.billed_plan),
            "subscription_amount": self.money(sums["subscription"]),
            "overage_amount": self.money(sums["overage"]),
            "total_amount": self.money(sums["total"]),
            "line_count": str(len(bill.lines)), "relates_to": "", "reason": ""})
        for line_number, line in enumerate(bill.lines, 1):
            assert isinstance(line.charged_on, date)
            self.tables["invoice_lines"].append({
                "document_id": document_id, "line_number": str(line_number), "account_id": name,
                "line_type": line.line_type, "plan": self.plan(line.plan),
                "from_plan": self.plan(line.from_plan), "charged_on": str(line.charged_on),
                "service_start": instant_text(line.service_start),
                "service_end": instant_text(line.service_end),
                "quantity": credits_text(line.quantity), "grant": guard(line.grant),
                "adjustment_id": guard(line.adjustment_id),
                "unit_price": decimal_text(line.unit_price, 6), "proration": line.proration,
                "amount": self.money(line.amount), "explanation": ""})
            if line.line_type == "overage":
                self.tables["overage_charges"].append({
                    "account_id": name, "month": str(self.month), "plan": self.plan(line.plan),
                    "overage_credits": credits_text(line.quantity),
                    "rate": decimal_text(line.unit_price, 6), "amount": self.money(line.amount),
                    "currency": self.catalogue.currency, "charged_on": str(line.charged_on),
                    "document_id": document_id})

    def add_expired_credits(self, name, bill):
        """In time order; at one instant the trial, then grants as they were given, then plans."""
        rows = [((pool.ends_at, 2), "plan", self.plan(pool.plan), "", "", pool.granted, pool.drawn,
                 pool.ends_at, pool.reason) for pool in bill.pools]
        rows += [((grant.ends_at, 1, grant.at, grant.id), "grant", "", guard(grant.id), guard(grant.kind),
                  grant.opening, grant.drawn, grant.ends_at, grant.reason)
                 for grant in bill.grants if grant.has_ended(self.month.end)]
        if bill.trial_expired_at is not None:
            rows.append(((bill.trial_expired_at, 0), "trial", "", "", "", bill.trial_opening,
                         bill.trial_drawn, bill.trial_expired_at, "trial-ended"))
        for _, pool, plan, grant_id, grant, granted, drawn, at, reason in sorted(rows):
            if granted > drawn:
                self.tables["expired_credits"].append({
                    "account_id": name, "month": str(self.month), "pool": pool, "plan": plan,
                    "grant_id": grant_id, "grant": grant, "granted": credits_text(granted),
                    "drawn": credits_text(drawn), "expired": credits_text(granted - drawn),
                    "expired_at": instant_text(at), "reason": reason})

    def add_statement(self, name, bill, sums):
        account = bill.account
        unbilled = sum(left for group in bill.unbilled.values() for left, _ in group)
        ended = [grant for grant in bill.grants if grant.has_ended(self.month.end)]
        credits = {
            "usage_credits": bill.usage, "trial_opening": bill.trial_opening,
            "trial_drawn": bill.trial_drawn, "trial_expired": bill.trial_expired,
            "trial_carried": bill.trial_carried,
            "grants_opening": sum(grant.opening for grant in bill.grants),
            "grants_drawn": sum(grant.drawn for grant in bill.grants),
            "grants_expired": sum(grant.left for grant in ended),
            "grants_carried": sum(grant.left for grant in account.grants),
            "plan_granted": sum(pool.granted for pool in bill.pools),
            "plan_drawn": sum(pool.drawn for pool in bill.pools),
            "plan_expired": sum(pool.expired for pool in bill.pools),
            "overage_credits": bill.overage, "unbilled_credits": unbilled}
        self.tables["statements"].append({
            "account_id": name, "month": str(self.month),
            "opening_plan": self.plan(bill.opening_plan),
            "billed_plan": self.plan(bill.billed_plan), "next_plan": self.plan(account.plan),
            "events": str(bill.events), "currency": self.catalogue.currency,
            **{column: credits_text(value) for column, value in credits.items()},
            **{f"{kind}_amount": self.money(value) for kind, value in sums.items()}})

    def add_state(self, name, account):
        limit = account.overage_limit
        self.tables["state"].append({
            "account_id": name, "plan": self.plan(account.plan),
            "overage_on": "true" if account.overage_on else "false",
            "signed_up_at": instant_text(account.signed_up_at),
            "first_paid_at": instant_text(account.first_paid_at),
            "trial_ends_at": instant_text(account.trial_ends_at),
            "trial_left": credits_text(account.trial_left),
            "overage_limit": "" if limit is None else credits_text(limit)})
        for grant in sorted(account.grants, key=lambda grant: (grant.at, grant.id)):
            self.tables["grants"].append({
                "account_id": name, "grant_id": guard(grant.id), "grant": guard(grant.kind),
                "granted": credits_text(grant.granted), "left": credits_text(grant.left),
                "granted_at": instant_text(grant.at), "expires_at": instant_text(grant.expires_at),
                "price": self.money(grant.price)})

    def add_plans(self):
        for rank, entry in enumerate(self.catalogue.plans, 1):
            self.tables["plans"].append({
                "plan": self.plan(rank - 1), "name": guard(entry.name), "rank": str(rank),
                "price": self.money(entry.price), "credits": credits_text(entry.credits),
                "overage_rate": "" if entry.rate is None else decimal_text(entry.rate, 6),
                "retired": "true" if entry.retired else "false",
                "currency": self.catalogue.currency})


def amounts(lines):
    """Sums of lines; what is neither a grant, an adjustment nor overage is the subscription."""
    sums = dict.fromkeys(("subscription", "grants", "adjustments", "overage", "total"), 0)
    kinds = {"grant": "grants", "adjustment": "adjustments", "overage": "overage"}
    for line in lines:
        sums[kinds.get(line.line_type, "subscription")] += line.amount
        sums["total"] += line.amount
    return sums


def source_of(row):
    """The log that a row is from."""
    return {Usage: "usage", Adjustment: "adjustment"}.get(type(row), "change")


def exception_rows(result):
    groups = {}  # (account, kind, log, detail) -> [(at, id, credits)]
    for kind, row in result.exceptions:
        group = groups.setdefault((row.account_id, kind, source_of(row), ""), [])
        group.append((row.at, row.id, row.credits))
    for account_id, bill in result.bills.items():
        for reason, parts in bill.unbilled.items():
            group = groups.setdefault((account_id, "unbilled-usage", "usage", reason), [])
            group += [(event.at, event.id, left) for left, event in parts]
    found = []
    for key in sorted(groups):
        account_id, kind, _, detail = key
        rows = sorted(groups[key])
        found.append({
            "kind": kind, "account_id": guard(account_id), "month": str(result.month),
            "rows": "" if kind == "unbilled-usage" else str(len(rows)),
            "credits": credits_text(sum(row[2] for row in rows)),
            "first_at": instant_text(rows[0][0]), "last_at": instant_text(rows[-1][0]),
            "sample_id": guard(rows[0][1]), "detail": detail})
    return found


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
