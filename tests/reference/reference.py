#!/usr/bin/env python3
"""Bills one month in the plainest possible way: the second implementation to compare against."""

import argparse
import os
from collections import defaultdict
from dataclasses import dataclass, field

import billing
import catalogue as catalogues
import checks
import grants
import inputs
import tables as tables_module


@dataclass
class Result:
    month: inputs.Month
    catalogue: catalogues.Catalogue
    month_usage: inputs.Deduplicated
    month_adjustments: inputs.Deduplicated
    payment_term: int | None = None  # days
    bills: dict = field(default_factory=dict)  # account id -> billing.Bill
    exceptions: list = field(default_factory=list)  # (kind, row of a log)
    recent: list = field(default_factory=list)  # L1: usage whose ids the next month has to know
    control: dict = field(default_factory=dict)  # log -> K3's counts
    tables: dict = field(default_factory=dict)


def open_accounts(path, month, catalogue):
    """The accounts of an opening state."""
    accounts = {}
    for row in inputs.read_state(path):
        rank = catalogue.rank(row["plan"])
        if rank is None:
            raise catalogues.PlanMissing(f"the catalogue lacks the plan {row['plan']!r}")  # V3
        if row["account_id"] in accounts or row["signed_up_at"] >= month.start:
            raise ValueError(f"bad opening state of {row['account_id']!r}")
        account = billing.Account(
            row["account_id"], row["signed_up_at"], rank, None, row["overage_on"],
            row["first_paid_at"], row["trial_ends_at"], row["trial_left"], row["overage_limit"])
        if account.trial_ends_at is None or account.trial_ends_at <= month.start:
            if account.trial_left:
                raise ValueError(f"trial credits without a trial: {account.id!r}")
            account.trial_ends_at = None
        if catalogue.plans[rank].price > 0 and account.first_paid_at is None:
            account.first_paid_at = month.start
        if not catalogue.offers_overage(rank):
            account.overage_on = False
        accounts[account.id] = account
    return accounts


def open_grants(path, accounts, month, catalogue):
    """The grants of an opening state, from the folder of its state table."""
    path = os.path.join(os.path.dirname(path), "grants.csv")
    for row in inputs.read_grants(path, catalogue.exponent) if os.path.exists(path) else ():
        account, kind = accounts.get(row.pop("account_id")), catalogue.grants.get(row["kind"])
        if kind is None:
            raise catalogues.PlanMissing(f"the catalogue lacks the kind of grant {row['kind']!r}")
        left = row.pop("left")
        opened = grants.Grant(after_plan=kind.after_plan, opening=left, **row)
        if account is None or opened.at >= month.start or opened.has_ended(month.start) \
                or not 0 < left <= opened.granted or opened.id in {g.id for g in account.grants}:
            raise ValueError(f"bad opening grant {row}")
        account.grants.append(opened)


def recent_ids_beside(opening):
    """L1: the ids that the month before has kept, from the folder of its state table."""
    path = os.path.join(os.path.dirname(opening), "recent_ids.csv")
    return inputs.read_recent_ids(path) if os.path.exists(path) else set()


def run(month, catalogue_path, change_paths, usage_paths, opening, adjustment_paths=(),
        payment_term=None):
    """Bills `month` (text); `opening` is "genesis" or the path of a state table, whose folder may
    hold the grants and the recent ids of the month before, too."""
    month = inputs.Month.parse(month)
    catalogue = catalogues.read_catalogue(catalogue_path, month)
    return bill(month, catalogue, inputs.read_changes(change_paths),
                inputs.read_usage(usage_paths), opening,
                inputs.read_adjustments(adjustment_paths, catalogue.exponent), payment_term)


def bill(month, catalogue, all_changes, all_usage, opening, all_adjustments=(), payment_term=None):
    """Bills a month from rows that were read already."""
    genesis = opening == "genesis"
    recent = set() if genesis else recent_ids_beside(opening)
    accounts = {} if genesis else open_accounts(opening, month, catalogue)
    if not genesis:
        open_grants(opening, accounts, month, catalogue)

    # One content for every id: over the whole change log, over the usage and the adjustments of
    # the month, in genesis separately over the usage before it.
    changes = inputs.deduplicate(all_changes)
    usage = inputs.deduplicate(row for row in all_usage if month.start <= row.at < month.end)
    before = inputs.deduplicate(
        row for row in all_usage if genesis and row.at < month.start)
    adjustments = inputs.deduplicate(
        row for row in all_adjustments if month.start <= row.at < month.end)
    result = Result(month, catalogue, usage, adjustments, payment_term)
    for source in (changes, usage, before, adjustments):
        # L1 goes before: an id that was billed is, with whatever content, billed before.
        result.exceptions += [
            ("billed-before" if source is usage and row.id in recent else "conflicting-duplicate",
             row) for row in source.conflicts]

    # The changes that this run looks at, and the first signup of every account among them.
    relevant = [row for row in changes.used
                if row.at < month.end and (genesis or row.at >= month.start)]
    signups = {}
    for change in relevant:
        if change.change == "signup" and change.account_id not in accounts:
            signups.setdefault(change.account_id, change)
    known = accounts.keys() | signups.keys()

    own_changes = changes_by_account(result, relevant, known, signups)
    events = events_by_account(result, usage.used, known, signups, recent)
    own_adjustments = by_account(row for row in adjustments.used if row.account_id in known)
    result.exceptions += [("unknown-account", row) for row in adjustments.used  # A3
                          if row.account_id not in known]
    bill_accounts(result, accounts, known, own_changes, by_account(before.used), events,
                  own_adjustments)
    result.recent = [event for own in events.values() for event in own
                     if event.at >= month.end - inputs.RECENT]
    count_rows(result, [
        ("changes", all_changes, [changes], own_changes,
         [row for row in changes.used
          if row.at >= month.end or not (genesis or row.at >= month.start)]),
        ("usage", all_usage, [usage, before], events,
         [row for row in all_usage if not month.start <= row.at < month.end
          and not (genesis and row.at < month.start)] + before.used),
        ("adjustments", all_adjustments, [adjustments], own_adjustments,
         [row for row in all_adjustments if not month.start <= row.at < month.end])])
    result.tables = tables_module.make_tables(result)
    checks.check(result, result.tables)
    return result


def by_account(rows):
    result = defaultdict(list)
    for row in rows:
        result[row.account_id].append(row)
    return result


def changes_by_account(result, relevant, known, signups):
    """The changes of every account, its first signup first; the others are exceptions."""
    used = []
    for change in relevant:
        signup = signups.get(change.account_id)
        if change.account_id not in known:
            result.exceptions.append(("unknown-account", change))
        elif signup and (change.at, change.id) < (signup.at, signup.id):
            result.exceptions.append(("before-signup", change))
        elif change.change == "signup" and change is not signup:
            result.exceptions.append(("duplicate-signup", change))
        else:
            used.append(change)
    return by_account(used)


def events_by_account(result, rows, known, signups, recent):
    """The events that every account is billed for; the others are exceptions."""
    used = []
    for event in rows:
        signup = signups.get(event.account_id)
        if event.id in recent:  # L1
            result.exceptions.append(("billed-before", event))
        elif event.account_id not in known:
            result.exceptions.append(("unknown-account", event))
        elif signup and event.at < signup.at:  # T4
            result.exceptions.append(("before-signup", event))
        else:
            used.append(event)
    return by_account(used)


def bill_accounts(result, accounts, known, changes, events_before, events, adjustments):
    month, catalogue = result.month, result.catalogue
    for account_id in sorted(known):
        account = accounts.get(account_id)
        history = [row for row in changes[account_id] if row.at < month.start]
        in_month = [row for row in changes[account_id] if row.at >= month.start]
        signup = None
        if history:
            account = billing.sign_up(history[0], catalogue)
            result.exceptions += billing.replay(account, history, month, catalogue)
            billing.replay_trial(account, events_before[account_id], month)
            carried = {grant.id for grant in account.grants}
            result.exceptions += [("grant-history-unknown", row) for row in history
                                  if row.change == "grant" and row.id in carried]  # G7
        elif account is None:
            signup, in_month = in_month[0], in_month[1:]
        bill, problems = billing.bill_account(account, in_month, events[account_id], month,
                                              catalogue, signup, adjustments[account_id])
        result.bills[account_id] = bill
        result.exceptions += problems


def count_rows(result, logs):
    """K3's counts: (rows, credits) of everything that was read, by what became of it."""
    def total(rows):
        rows = list(rows)
        return len(rows), sum(row.credits for row in rows)

    # A grant from before the first month is reported, and used.
    excepted = {id(row): row for kind, row in result.exceptions if kind != "grant-history-unknown"}
    for name, read, deduplicated, used, outside in logs:
        ids = set(map(id, read))
        result.control[name] = {
            "read": total(read),
            "used": total(row for rows in used.values() for row in rows if id(row) not in excepted),
            "duplicates": total(row for one in deduplicated for row in one.duplicates),
            "excepted": total(row for row in excepted.values() if id(row) in ids),
            "outside": total(outside),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--month", required=True)
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--changes", nargs="+", required=True)
    parser.add_argument("--usage", nargs="+", required=True)
    parser.add_argument("--adjustments", nargs="+", default=[])
    parser.add_argument("--opening", required=True, help="genesis, or a state table (CSV)")
    parser.add_argument("--payment-term-days", type=int)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    result = run(options.month, options.catalog, options.changes, options.usage, options.opening,
                 options.adjustments, options.payment_term_days)
    tables_module.write_tables(result.tables, options.out)


if __name__ == "__main__":
    main()
