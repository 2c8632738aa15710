"""Runs PyPI's focus-validator on exports, and prints what it says of each as one JSON object.

    validate.py EXPORT...

The object maps each file to {"passed": number of rules, "failed": {rule: what it says}}. Rules that depend on what a
provider supports are run for what this one supports. Nothing is downloaded.

Exit code: 0 all files were looked at, whatever was found; 77 the module is missing and nothing was looked at.
"""

import json
import logging
import os
import sys
from pathlib import Path

try:
    import focus_validator
    from focus_validator.validator import Validator
except ImportError as missing:
    print(f"not checked: {missing}", file=sys.stderr)
    sys.exit(77)

# What this provider supports. It has no sub accounts, regions, resources, tags, commitment discounts, capacity
# reservations, availability zones, names of accounts, or several types of accounts.
SUPPORTED = (
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
    "VIRTUAL_CURRENCY_SUPPORTED",
)


def words(details):
    return " ".join(str(details.get("error") or details.get("message")).split())


def validate(path):
    validator = Validator(
        data_filename=str(path),
        output_destination=os.devnull,
        output_type="unittest",
        rules_version="1.2",
        focus_dataset="CostAndUsage",
        rules_block_remote_download=True,
        applicability_criteria=",".join(SUPPORTED),
    )
    results = validator.validate().by_rule_id
    told = {rule: entry.get("details") or {} for rule, entry in results.items()}
    ran = {rule for rule in results if not told[rule].get("skipped")}
    failed = {rule: words(told[rule]) for rule in sorted(ran) if not results[rule].get("ok")}
    return {"passed": len(ran) - len(failed), "failed": failed}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    files = [Path(name).resolve() for name in sys.argv[1:]]
    # It looks for one of its own files below the working folder.
    os.chdir(Path(focus_validator.__file__).parent.parent)
    print(json.dumps({str(file): validate(file) for file in files}))
