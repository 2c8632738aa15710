"""Loads files of beancount as bean-check does, and says what is wrong with them."""

import sys

try:
    from beancount import loader
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

wrong = 0
for path in sys.argv[1:]:
    entries, errors, _ = loader.load_file(path)
    for error in errors:
        print(f"{path}: {error.message}", file=sys.stderr)
    print(f"{len(entries)} directives, {len(errors)} errors")
    wrong += len(errors)
sys.exit(1 if wrong else 0)
