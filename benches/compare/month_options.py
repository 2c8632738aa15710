"""What the peers' programs are asked: a month, its logs, its catalogue, and where the tables go."""

from __future__ import annotations

import argparse
from pathlib import Path


def month_options(about: str | None) -> argparse.ArgumentParser:
    """The options that all peers take; one may add its own."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--month", required=True)
    parser.add_argument("--usage", required=True, help="Parquet, a path or a glob")
    parser.add_argument("--changes", required=True, help="Parquet, a path or a glob")
    parser.add_argument("--catalog", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--threads", type=int)
    return parser
