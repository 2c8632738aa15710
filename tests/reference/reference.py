#!/usr/bin/env python3
"""Bills one month in the plainest possible way: the second implementation to compare against."""

import argparse
import os
from collections import defaultdict
from dataclasses import dataclass, field

import billing
import checks
import inputs
import tables as tables_module


@dataclass
class Result:
    month: inputs.Month
    catalogue: inputs.Catalogue
    month_usage: inputs.Deduplicated
    bills: dict = field(default_factory=dict)  # account id -> billing.Bill
    exceptions: list = field(default_factory=list)  # (kind, usage or change row)
    recent: list = field(default_factory=list)  # L1: usage whose ids the next month has to know
    control: dict = field(default_factory=dict)  # usage, changes -> K3's counts
    tables: dict = field(default_factory=dict)


def open_accounts(path, month, catalogue):
    """The accounts of an opening state."""
    accounts = {}
    for row in inputs.read_state(path):
        rank = catalogue.rank(row["plan"])
        if rank is None:
            raise inputs.PlanMissing(f"the catalogue lacks the plan {row['plan']!r}")  # V3
        if row["account_id"] in accounts or row["signed_up_at"] >= month.start:
            raise ValueError(f"bad opening state of {row['account_id']!r}")
        account = billing.Account(
            row["account_id"], row["signed_up_at"], rank, None, row["overage_on"],
            row["first_paid_at"], row["trial_ends_at"], row["trial_left"])
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


def recent_ids_beside(opening):
    """L1: the ids that the month before has kept, from the folder of its state table."""
    path = os.path.join(os.path.dirname(opening), "recent_ids.csv")
    return inputs.read_recent_ids(path) if os.path.exists(path) else set()


def run(month, catalogue_path, change_paths, usage_paths, opening):
    """Bills `month` (text); `opening` is "genesis" or the path of a state table, whose folder may
    hold the recent ids of the month before, too."""
    month = inputs.Month.parse(month)
    catalogue = inputs.read_catalogue(catalogue_path, month)
    all_changes = inputs.read_changes(change_paths)
    all_usage = inputs.read_usage(usage_paths)
    return bill(month, catalogue, all_changes, all_usage, opening)


def bill(month, catalogue, all_changes, all_usage, opening):
    """Bills a month from rows that were read already."""
    genesis = opening == "genesis"
    recent = set() if genesis else recent_ids_beside(opening)

    # One content for every id: over the whole change log, over the usage of the month,
    # in genesis separately over the usage before it.
    changes = inputs.deduplicate(all_changes)
    usage = inputs.deduplicate(row for row in all_usage if month.start <= row.at < month.end)
    before = inputs.deduplicate(
        row for row in all_usage if genesis and row.at < month.start)
    result = Result(month, catalogue, usage)
    for source in (changes, usage, before):
        # L1 goes before: an id that was billed is, with whatever content, billed before.
        result.exceptions += [
            ("billed-before" if source is usage and row.id in recent else "conflicting-duplicate",
             row) for row in source.conflicts]

    # The changes that this run looks at, and the first signup of every account among them.
    first = None if genesis else month.start
    relevant = [row for row in changes.used
                if row.at < month.end and (first is None or row.at >= first)]
    accounts = {} if genesis else open_accounts(opening, month, catalogue)
    signups = {}
    for change in relevant:
        if change.change == "signup" and change.account_id not in accounts:
            signups.setdefault(change.account_id, change)

    per_account = defaultdict(list)
    for change in relevant:
        signup = signups.get(change.account_id)
        if signup is None and change.account_id not in accounts:
            result.exceptions.append(("unknown-account", change))
        elif signup and (change.at, change.id) < (signup.at, signup.id):
            result.exceptions.append(("before-signup", change))
        elif change.change == "signup" and change is not signup:
            result.exceptions.append(("duplicate-signup", change))
        else:
            per_account[change.account_id].append(change)

    events_before, events = defaultdict(list), defaultdict(list)
    for event in before.used:
        events_before[event.account_id].append(event)
    for event in usage.used:
        signup = signups.get(event.account_id)
        if event.id in recent:  # L1
            result.exceptions.append(("billed-before", event))
        elif signup is None and event.account_id not in accounts:
            result.exceptions.append(("unknown-account", event))
        elif signup and event.at < signup.at:  # T4
            result.exceptions.append(("before-signup", event))
        else:
            events[event.account_id].append(event)

    for account_id in sorted(accounts.keys() | signups.keys()):
        account = accounts.get(account_id)
        history = [row for row in per_account[account_id] if row.at < month.start]
        in_month = [row for row in per_account[account_id] if row.at >= month.start]
        signup = None
        if history:
            account = billing.sign_up(history[0], catalogue)
            problems = billing.replay(account, history, month, catalogue)
            result.exceptions += problems
            billing.replay_trial(account, events_before[account_id], month)
        elif account is None:
            signup, in_month = in_month[0], in_month[1:]
        bill, problems = billing.bill_account(
            account, in_month, events[account_id], month, catalogue, signup)
        result.bills[account_id] = bill
        result.exceptions += problems

    result.recent = [event for own in events.values() for event in own
                     if event.at >= month.end - inputs.RECENT]
    count_rows(result, all_changes, changes, relevant, all_usage, usage, before, per_account,
               events)
    result.tables = tables_module.make_tables(result)
    checks.check(result, result.tables)
    return result


def count_rows(result, all_changes, changes, relevant, all_usage, usage, before, per_account,
               events):
    """K3's counts: (rows, credits) of everything that was read, by what became of it."""
    def total(rows):
        rows = list(rows)
        return len(rows), sum(row.credits for row in rows)

    month = result.month
    excepted_changes = {id(row) for _, row in result.exceptions if isinstance(row, inputs.Change)}
    excepted_usage = [row for _, row in result.exceptions if isinstance(row, inputs.Usage)]
    seen = {id(row) for row in relevant}
    genesis_part = set(map(id, before.duplicates + before.conflicts))
    result.control = {
        "changes": {
            "read": total(all_changes),
            "used": total(row for rows in per_account.values() for row in rows
                          if id(row) not in excepted_changes),
            "duplicates": total(changes.duplicates),
            "excepted": (len(excepted_changes), 0),
            "outside": total(row for row in changes.used if id(row) not in seen),
        },
        "usage": {
            "read": total(all_usage),
            "used": total(row for rows in events.values() for row in rows),
            "duplicates": total(usage.duplicates + before.duplicates),
            "excepted": total(excepted_usage),
            "outside": total(row for row in all_usage
                             if not month.start <= row.at < month.end
                             and id(row) not in genesis_part),
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--month", required=True)
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--changes", nargs="+", required=True)
    parser.add_argument("--usage", nargs="+", required=True)
    parser.add_argument("--opening", required=True, help="genesis, or a state table (CSV)")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    result = run(options.month, options.catalog, options.changes, options.usage, options.opening)
    tables_module.write_tables(result.tables, options.out)


if __name__ == "__main__":
    main()
