"""Asks every question of `jobs/sql` about a book, and holds the answers against the book's CSV tables, worked out here
by other means: plain Python, in whole minor units and fractions.

    python check_questions.py BOOK ANSWERS [RECONCILIATION]

With the folder of a reconciliation's tables it asks those about payments (`payments_…`) instead, and writes the answers.
Each answer is written to ANSWERS, as `headline.csv`. DuckDB is asked in Python and on the command line: both must say the
same. Exit code 1 where something does not hold, 77 where a module or a program is missing.
"""

import csv
import io
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

try:
    import duckdb
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

QUESTIONS = Path(__file__).resolve().parents[2] / "jobs" / "sql"
VIEWS = QUESTIONS / "views.sql"
PROGRAM = Path(sys.executable).parent / "duckdb"


def in_python(variables):
    """Each question's columns with their types, and its rows: of those about payments, or of all others."""
    session = duckdb.connect()
    for name, folder in variables.items():
        session.execute(f"SET VARIABLE {name} = $folder", {"folder": str(folder)})
    session.execute("SET TimeZone = 'America/New_York'")  # no answer depends on it
    session.execute(VIEWS.read_text(encoding="utf-8"))
    for file in sorted(QUESTIONS.glob("*.sql")):
        if file != VIEWS and file.stem.startswith("payments_") == ("reconciliation" in variables):
            answer = session.sql(file.read_text(encoding="utf-8"))
            yield file.stem, dict(zip(answer.columns, map(str, answer.types))), answer.fetchall()


def on_the_command_line(variables, question):
    """The answer as CSV."""
    file = QUESTIONS / f"{question}.sql"
    told = [part for name, folder in variables.items() for part in ("-c", f"SET VARIABLE {name} = '{folder}'")]
    command = [PROGRAM, "-csv", "-nullvalue", "", *told, "-f", VIEWS, "-f", file]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout.replace("\r\n", "\n")


def as_csv(columns, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row] for row in rows)
    return text.getvalue()


class Book:
    """The tables of a book, from the CSV of what is in force; `month` is in every row."""

    def __init__(self, folder):
        self.folder = folder / "current"
        self.months = sorted(file.stem for file in (self.folder / "statements").glob("*.csv"))
        self.before = dict(zip(self.months[1:], self.months))
        self.statements = {(row["month"], row["account_id"]): row for row in self.table("statements")}
        self.plans = {(row["month"], row["plan"]): row for row in self.table("plans")}
        self.states = {(row["month"], row["account_id"]): row for row in self.table("state")}
        self.decimals = next(-money(row["price"]).as_tuple().exponent for row in self.plans.values())

    def table(self, name):
        for month in self.months:
            with open(self.folder / name / f"{month}.csv", encoding="utf-8", newline="") as file:
                yield from ({**row, "month": month} for row in csv.DictReader(file))

    def price(self, month, plan):
        return money(self.plans[month, plan]["price"])

    def rounded(self, amount):
        """A fraction in the currency's minor unit, half up."""
        return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(
            Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP
        )

    def worth(self, price, part, whole):
        return self.rounded(Fraction(price) * Fraction(part) / Fraction(whole))


money = Decimal


def sums(rows, key, amount):
    """Sums of an amount by a key, both taken from the row."""
    found = defaultdict(Decimal)
    for row in rows:
        found[key(row)] += money(amount(row))
    return dict(found)


def equal(what, found, expected):
    if found != expected:
        differ = {key: (found.get(key), expected.get(key)) for key in {**found, **expected}}
        differ = {key: pair for key, pair in differ.items() if pair[0] != pair[1]}
        raise AssertionError(f"{what}: (found, expected) {differ}")


def without_zeros(amounts):
    return {key: amount for key, amount in amounts.items() if amount}


def check_headline(book, rows):
    of_month = {row["month"]: row for row in rows}
    statements = book.statements.values()
    for column in ("subscription", "grants", "adjustments", "overage", "total"):
        column += "_amount"
        expected = sums(statements, lambda row: row["month"], lambda row: row[column])
        equal(column, {month: row[column] for month, row in of_month.items()}, expected)
    documents = list(book.table("documents"))
    totals = sums(documents, lambda row: row["month"], lambda row: row["total_amount"])
    equal("documents' totals", {month: row["total_amount"] for month, row in of_month.items()}, totals)
    counts = Counter(row["month"] for row in documents)
    equal("documents", {month: row["documents"] for month, row in of_month.items()}, dict(counts))
    accounts = Counter(row["month"] for row in statements)
    equal("accounts", {month: row["accounts"] for month, row in of_month.items()}, dict(accounts))
    for month, earlier in book.before.items():
        change = totals[month] - totals[earlier]
        assert of_month[month]["change_amount"] == change, f"{month}: {change}"
    assert of_month[book.months[0]]["change_amount"] is None


def check_revenue(book, rows):
    found = sums(rows, lambda row: (row["month"], row["kind"]), lambda row: row["amount"])
    expected = {}
    for kind in ("subscription", "grants", "adjustments", "overage"):
        of_kind = sums(book.statements.values(), lambda row: row["month"], lambda row: row[f"{kind}_amount"])
        expected.update({(month, kind): amount for month, amount in of_kind.items()})
    equal("revenue is the statements'", without_zeros(found), without_zeros(expected))


MOVES = ("new", "expansion", "contraction", "churn", "return", "price")


def movements_of(book, month):
    """What moved, account by account."""
    moved, earlier = Counter(), book.before.get(month)
    for (_, account), now in (item for item in book.statements.items() if item[0][0] == month):
        after = book.price(month, now["billed_plan"])
        was = book.statements.get((earlier, account))
        if was:
            before = book.price(earlier, was["billed_plan"])
        else:  # not there, or nobody knows
            opening = now["opening_plan"] if earlier is None else ""
            before = book.price(month, opening) if opening else Decimal(0)
        if before and after:
            same_price = book.plans.get((earlier, now["billed_plan"]), {"price": after})["price"]
            moved["price"] += after - money(same_price)
            step = money(same_price) - before
            moved["expansion" if step > 0 else "contraction"] += step
        elif after:
            first_paid = book.states[month, account]["first_paid_at"][:7]
            moved["new" if first_paid == month else "return"] += after
        else:
            moved["churn"] -= before
    return moved


def check_movements(book, rows):
    assert [row["month"] for row in rows] == book.months
    closings = sums(
        book.statements.values(), lambda row: row["month"], lambda row: book.price(row["month"], row["billed_plan"])
    )
    for row in rows:
        month = row["month"]
        assert row["opening"] + sum(row[move] for move in MOVES) == row["closing"] == closings[month], row
        equal(month, {move: row[move] for move in MOVES if row[move]}, without_zeros(movements_of(book, month)))
    for row, following in zip(rows, rows[1:]):
        assert following["opening"] == row["closing"], following


def check_plans(book, rows):
    to = sums(rows, lambda row: (row["month"], row["to_plan"]), lambda row: row["accounts"])
    billed = Counter((row["month"], row["billed_plan"]) for row in book.statements.values())
    equal("accounts by plan", to, dict(billed))
    came = sums(rows, lambda row: (row["month"], row["from_plan"]), lambda row: row["accounts"])
    for month, earlier in book.before.items():
        of_month = {plan: count for (at, plan), count in came.items() if at == month and plan is not None}
        equal(f"{month} from", of_month, {plan: count for (at, plan), count in billed.items() if at == earlier})


def check_credits(book, rows):
    columns = {
        "trial": ("trial_opening", "trial_drawn", "trial_expired", "trial_carried"),
        "grants": ("grants_opening", "grants_drawn", "grants_expired", "grants_carried"),
        "plan": ("plan_granted", "plan_drawn", "plan_expired", None),
    }
    assert len(rows) == 3 * len(book.months)
    for row in rows:
        assert row["opening"] == row["drawn"] + row["expired"] + row["carried"], row
        of_month = [statement for (month, _), statement in book.statements.items() if month == row["month"]]
        for name, column in zip(("opening", "drawn", "expired", "carried"), columns[row["pool"]]):
            assert row[name] == sum(money(s[column]) for s in of_month if column), (row, name)


def worth_expired(book):
    """(month, pool, source, reason) → what the expired credits of that kind were worth."""
    carried = {(row["month"], row["grant_id"]): row for row in book.table("grants")}
    bought = defaultdict(list)
    for line in book.table("invoice_lines"):
        if line["line_type"] == "grant":
            bought[line["month"], line["account_id"], line["grant"]].append(line)
    worth = Counter()
    for row in book.table("expired_credits"):
        month, expired = row["month"], money(row["expired"])
        value = Decimal(0)
        if row["pool"] == "plan":
            value = book.worth(book.price(month, row["plan"]), expired, money(book.plans[month, row["plan"]]["credits"]))
        elif row["pool"] == "grant":
            kept = carried.get((book.before.get(month), row["grant_id"]))
            lines = bought[month, row["account_id"], row["grant"]]
            if kept:
                value = book.worth(money(kept["price"]), expired, money(kept["granted"]))
            elif lines:
                price = sum(money(line["amount"]) for line in lines)
                value = book.worth(price, expired, sum(money(line["quantity"]) for line in lines))
        worth[month, row["pool"], row["plan"] or row["grant"] or None, row["reason"]] += value
    return dict(worth)


def check_expired(book, rows):
    found = {tuple(row[name] for name in ("month", "pool", "source", "reason")): row for row in rows}
    equal("worth", {key: row["worth"] for key, row in found.items()}, worth_expired(book))
    credits = sums(rows, lambda row: (row["month"], row["pool"]), lambda row: row["expired"])
    expected = sums(book.table("expired_credits"), lambda row: (row["month"], row["pool"]), lambda row: row["expired"])
    equal("expired credits", credits, expected)


def check_grants_owed(book, rows):
    owed = sums(
        book.table("grants"),
        lambda row: row["month"],
        lambda row: book.worth(money(row["price"]), money(row["left"]), money(row["granted"])),
    )
    sold = sums(book.statements.values(), lambda row: row["month"], lambda row: row["grants_amount"])
    lost = Counter()
    for (month, pool, _, _), worth in worth_expired(book).items():
        lost[month] += worth if pool == "grant" else 0
    opening = sum(
        book.worth(money(row["price"]), money(row["left"]), money(row["granted"]))
        for row in book.table("grants")
        if row["month"] == book.months[0] and row["granted_at"] < row["month"]
    )
    for month, row in zip(book.months, rows, strict=True):
        assert row["month"] == month and row["opening"] == opening, row
        assert row["opening"] + row["sold"] - row["drawn"] - row["expired"] == row["closing"], row
        assert (row["sold"], row["expired"], row["closing"]) == (sold[month], lost[month], owed.get(month, 0)), row
        assert row["drawn"] >= 0, row
        opening = row["closing"]


def check_overage(book, top, concentration):
    charges = defaultdict(list)
    for row in book.table("overage_charges"):
        charges[row["month"]].append((-money(row["amount"]), row["account_id"]))
    expected = {(month, at): row for month, rows in charges.items() for at, row in enumerate(sorted(rows)[:10], 1)}
    equal("top", {(row["month"], row["place"]): (-row["amount"], row["account_id"]) for row in top}, expected)
    assert len(concentration) == 2 * len(charges)
    for row in concentration:
        amounts = sorted(amount for amount, _ in charges[row["month"]])
        assert row["accounts"] == -(-len(amounts) * row["top_percent"] // 100), row
        assert row["amount"] == -sum(amounts[: row["accounts"]]) and row["all_amount"] == -sum(amounts), row
        share = (row["amount"] / row["all_amount"]).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert row["share"] == share, row


def check_leakage(book, rows):
    unbilled = sums(book.statements.values(), lambda row: row["month"], lambda row: row["unbilled_credits"])
    found = sums(rows, lambda row: row["month"], lambda row: row["unbilled_credits"])
    equal("unbilled credits", found, without_zeros(unbilled))
    cost = Counter()
    for row in book.table("exceptions"):
        if row["kind"] == "unbilled-usage":
            plan = book.statements[row["month"], row["account_id"]]["billed_plan"]
            rate = book.plans[row["month"], plan]["overage_rate"]
            cost[row["month"], row["detail"]] += book.worth(money(rate or 0), money(row["credits"]), 1)
    equal("cost", {(row["month"], row["reason"]): row["would_have_cost"] for row in rows}, dict(cost))
    for row in rows:
        assert 0 <= row["without_rate"] <= row["unbilled_credits"], row


def check_trial_conversion(book, rows):
    newest = [state for (month, _), state in book.states.items() if month == book.months[-1]]
    signups = Counter(state["signed_up_at"][:7] for state in newest)
    equal("signups", {row["signup_month"]: row["signups"] for row in rows}, dict(signups))
    paid = Counter(state["signed_up_at"][:7] for state in newest if state["first_paid_at"])
    equal("paid", {row["signup_month"]: row["paid"] for row in rows if row["paid"]}, dict(paid))
    for row in rows:
        steps = [row[f"paid_within_{months}"] for months in range(4)] + [row["paid"]]
        steps = [step for step in steps if step is not None]
        assert steps == sorted(steps) and row["used_trial"] <= row["signups"], row


def check_notes(book, rows):
    notes = [row for row in book.table("documents") if row["document_type"] != "invoice"]
    key = lambda row: (row["month"], row["document_type"], row["reason"] or "")
    equal("notes", sums(rows, key, lambda row: row["amount"]), sums(notes, key, lambda row: row["total_amount"]))
    equal("their number", sums(rows, key, lambda row: row["documents"]), dict(Counter(map(key, notes))))


def check_findings(book, rows):
    harmless = {"unbilled-usage", "overage-unavailable", "dropped-usage"}
    found = [(row["month"], row["kind"]) for row in book.table("exceptions") if row["kind"] not in harmless]
    found += [(row["month"], "rejects") for row in book.table("rejects")]
    equal("findings", {(row["month"], row["kind"]): row["groups"] for row in rows}, dict(Counter(found)))


def check_cohorts(rows, headline):
    for column, in_all in (("accounts", "accounts"), ("paying", "paying_accounts"), ("amount", "total_amount")):
        found = sums(rows, lambda row: row["month"], lambda row: row[column])
        equal(f"cohorts' {column}", found, {row["month"]: row[in_all] for row in headline})
    assert all(row["months_since"] >= 0 for row in rows)


def check_unused(book, rows):
    expected = {
        key: money(row["subscription_amount"])
        for key, row in book.statements.items()
        if money(row["subscription_amount"]) > 0 and not money(row["usage_credits"])
    }
    equal("unused", {(row["month"], row["account_id"]): row["subscription_amount"] for row in rows}, expected)
    runs = {(row["month"], row["account_id"]): row["months_unused"] for row in rows}
    for (month, account), length in runs.items():
        assert length == runs.get((book.before.get(month), account), 0) + 1, (month, account, length)


def main():
    folder, answers, *reconciliation = map(Path, sys.argv[1:])
    variables = {"book": folder} | ({"reconciliation": reconciliation[0]} if reconciliation else {})
    if not PROGRAM.exists():
        print(f"no {PROGRAM}: pip install duckdb-cli", file=sys.stderr)
        sys.exit(77)
    asked = {}
    for question, types, rows in in_python(variables):
        assert not {"DOUBLE", "FLOAT"} & set(types.values()), f"{question} is not exact: {types}"
        text = as_csv(types, rows)
        assert on_the_command_line(variables, question) == text, f"{question}: the command line says otherwise"
        (answers / f"{question}.csv").write_text(text, encoding="utf-8")
        asked[question] = [dict(zip(types, row)) for row in rows]
    if reconciliation:
        return
    book = Book(folder)
    check_headline(book, asked["headline"])
    check_revenue(book, asked["revenue"])
    check_movements(book, asked["movements"])
    check_plans(book, asked["plans"])
    check_credits(book, asked["credits"])
    check_expired(book, asked["expired"])
    check_overage(book, asked["overage_top"], asked["overage_concentration"])
    check_leakage(book, asked["leakage"])
    check_trial_conversion(book, asked["trial_conversion"])
    check_notes(book, asked["notes"])
    check_findings(book, asked["findings"])
    check_cohorts(asked["cohorts"], asked["headline"])
    check_unused(book, asked["unused"])
    check_grants_owed(book, asked["grants_owed"])


if __name__ == "__main__":
    main()
