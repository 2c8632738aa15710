#!/usr/bin/env python3
"""Holds the peers' programs against `monthend` on the random months of tests/reference, and on April of the fixtures.

    check_peers.py [--binary target/release/monthend] [--seeds 0..40] [--fixtures] [--peers duckdb,polars]

The random logs are small and nasty: changes at one instant, conflicting duplicates, trials that end on an edge, seven
plans, currencies without cents. They are written as Parquet, since that is what the peers read. What the peers do not
know, grants, limits and adjustments, they must refuse. Ends with `N passed, M failed`; with exit code 77 where there is
no DuckDB, which it cannot do without.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import duckdb
except ImportError as missing:
    print(missing)
    sys.exit(77)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import inputs  # noqa: E402  the reference's own reader
import random_logs  # noqa: E402

Row = tuple[object, ...]


def write_parquet(rows: list[Row], columns: str, select: str, path: Path) -> None:
    """Rows as a Parquet file, by way of plain CSV: instants and credits as integers, made exact by `select`."""
    plain = path.with_suffix(".plain.csv")
    with plain.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    duckdb.connect().execute(
        f"COPY (SELECT {select} FROM read_csv('{plain}', header = false, auto_detect = false, quote = '\"', "
        f"escape = '\"', columns = {columns})) TO '{path}' (FORMAT parquet)"
    )
    plain.unlink()


def write_logs(changes: list[Path], usage: list[Path], folder: Path) -> None:
    """The logs as the reference reads them, in Parquet."""
    at = "make_timestamptz(at_us) AS \"at\""
    write_parquet(
        [(c.id, c.account_id, c.at, c.change, c.plan or "") for c in inputs.read_changes(map(str, changes))],
        "{change_id: VARCHAR, account_id: VARCHAR, at_us: BIGINT, change: VARCHAR, plan: VARCHAR}",
        f"change_id, account_id, {at}, change, nullif(plan, '') AS plan",
        folder / "changes.parquet",
    )
    write_parquet(
        [(u.id, u.account_id, u.at, u.credits) for u in inputs.read_usage(map(str, usage))],
        "{event_id: VARCHAR, account_id: VARCHAR, at_us: BIGINT, micros: BIGINT}",
        f"event_id, account_id, {at}, (micros::DECIMAL(18, 0) * 0.000001)::DECIMAL(18, 6) AS credits",
        folder / "usage.parquet",
    )


def run(command: list[str], allowed: tuple[int, ...] = (0,)) -> str:
    """What a command prints; the end of what it complains of, where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def cells(path: Path) -> list[list[str]]:
    """A CSV table's cells, explanations left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    told = rows[0].index("explanation") if "explanation" in rows[0] else len(rows[0])
    return [row[:told] for row in rows]


def csv_differences(ours: Path, theirs: Path) -> list[str]:
    """What differs between the two's CSV files, the first row of each table."""
    found = []
    for path in sorted(theirs.glob("*.csv")):
        one, other = cells(ours / path.name), cells(path)
        rows = [f"{a} and {b}" for a, b in zip(one, other, strict=False) if a != b]
        if rows or len(one) != len(other):
            found.append(f"{path.name}: {len(one)} and {len(other)} rows; {rows[:1]}")
    return found


def agree(ours: Path, theirs: Path) -> list[str]:
    """What agree.py finds between two folders of tables."""
    told = run([sys.executable, "-B", str(HERE / "agree.py"), str(ours), str(theirs)], (0, 1))
    return [] if told.startswith("{") else told.splitlines()


def overlooked(ours: Path, folder: Path) -> list[str]:
    """A cent more on one statement must not be overlooked: the comparison itself is tried."""
    forged = folder / "forged"
    shutil.copytree(ours, forged)
    cent = "if(account_id = (SELECT max(account_id) FROM rows), total_amount + 0.01, total_amount)"
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE rows AS FROM '{ours}/statements.parquet'")
    connection.execute(
        f"COPY (SELECT * REPLACE ({cent}::DECIMAL(18, 2) AS total_amount) FROM rows) TO '{forged}/statements.parquet'"
    )
    return [] if agree(ours, forged) else ["agree.py has overlooked a cent"]


def beyond_the_peers(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Months of a folder that the peers do not know, each with the options that differ."""
    terms = (folder / "catalog.toml").read_text(encoding="utf-8")
    kind = '[[grant]]\nid = "pack"\ncredits = 5\ndraws = "after-plan"\n'
    for name, text in (("grant", f"{terms}\n{kind}"), ("overage_limit", f"overage_limit = 5\n{terms}")):
        path = folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        yield f"a catalogue with {name}", ["--catalog", str(path)]
    for change in ("grant", "grant_void", "overage_limit"):
        path = folder / f"{change}.parquet"
        duckdb.connect().execute(
            f"COPY (FROM '{folder}/changes.parquet' UNION ALL SELECT * REPLACE ('more' AS change_id, "
            f"'{change}' AS change, NULL AS plan) FROM (FROM '{folder}/changes.parquet' LIMIT 1)) TO '{path}'"
        )
        yield f"a change {change}", ["--changes", str(path)]
    yield "adjustments", ["--adjustments", str(folder / "usage.parquet")]


def wrongly_accepted(peer: str, logs: list[str], folder: Path) -> list[str]:
    """What a peer should refuse, without writing a table, and does not."""
    found = []
    for number, (name, other) in enumerate(beyond_the_peers(folder)):
        out = folder / f"{peer}-{number}"
        command = [sys.executable, "-B", str(HERE / f"{peer}_month.py"), *logs, *other, "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        named = any(words in done.stderr for words in ("the peers know no", "unrecognized arguments: --adjustments"))
        if done.returncode == 0 or not named or list(out.glob("*.parquet")):
            found.append(f"{name} is not refused: {done.stderr[-300:]}")
    return found


def differences(binary: str, peers: list[str], month: str, folder: Path, refusals: bool) -> list[str]:
    """What the peers make of the logs of a folder that `monthend` does not; and what they fail to refuse."""
    logs = ["--month", month, "--usage", str(folder / "usage.parquet"), "--changes", str(folder / "changes.parquet"),
            "--catalog", str(folder / "catalog.toml")]
    run([binary, "run", *logs, "--opening", "genesis", "--quiet", "--book", str(folder / "book")], (0, 3))
    ours, found = folder / "book" / month / "r001", []
    for peer in peers:
        out = folder / peer
        run([sys.executable, "-B", str(HERE / f"{peer}_month.py"), *logs, "--out", str(out)])
        found += [f"{peer}: {line}" for line in agree(ours, out) + csv_differences(ours, out)]
        found += [f"{peer}: {line}" for line in (wrongly_accepted(peer, logs, folder) if refusals else [])]
    return found + overlooked(ours, folder)


def random_month(seed: int, folder: Path) -> str:
    month: str = random_logs.generate(seed, str(folder), lineage=False)
    write_logs([folder / "changes.csv"], [folder / "usage.csv"], folder)
    return month


def fixtures_april(folder: Path) -> str:
    """April of the fixtures, as far as its rows can be read: the peers read no bad rows."""
    fixtures = ROOT / "fixtures"
    (folder / "catalog.toml").write_bytes((fixtures / "catalogs" / "kiro-2025-11-15.toml").read_bytes())
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    text = "{event_id: 'VARCHAR', account_id: 'VARCHAR', \"at\": 'VARCHAR', credits: 'VARCHAR'}"
    cells = "event_id, account_id, \"at\"::TIMESTAMPTZ AS \"at\", credits::DECIMAL(38, 9)::DECIMAL(18, 6) AS credits"
    whole = "account_id <> '' AND try_cast(credits AS DECIMAL(38, 9)) IS NOT NULL"
    usage = fixtures / "usage"
    connection.execute(
        f"COPY (SELECT {cells} FROM read_csv(['{usage}/2026-04-web.csv', '{usage}/2026-04-opening-trials.csv'], "
        f"union_by_name = true, all_varchar = true) WHERE {whole} UNION ALL "
        f"SELECT {cells} FROM read_json('{usage}/2026-04-api.ndjson.gz', format = 'newline_delimited', "
        f"columns = {text}) WHERE {whole} UNION ALL "
        f"SELECT {cells} FROM read_parquet('{usage}/2026-04-batch.parquet')) "
        f"TO '{folder}/usage.parquet' (FORMAT parquet)"
    )
    connection.execute(
        f"COPY (SELECT change_id, account_id, \"at\"::TIMESTAMPTZ AS \"at\", change, plan "
        f"FROM read_csv('{fixtures}/changes/changes.csv', all_varchar = true)) "
        f"TO '{folder}/changes.parquet' (FORMAT parquet)"
    )
    return "2026-04"


def seeds_of(text: str) -> range:
    """`7` or `0..40`, the last one not included."""
    first, dots, last = text.partition("..")
    return range(int(first), int(last)) if dots else range(int(first), int(first) + 1)


def cases(seeds: range, fixtures: bool) -> Iterator[tuple[str, int | None]]:
    if fixtures:
        yield "fixtures", None
    for seed in seeds:
        yield f"seed {seed}", seed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target/release/monthend"))
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0..40"))
    parser.add_argument("--fixtures", action="store_true")
    installed = [peer for peer in ("duckdb", "polars") if importlib.util.find_spec(peer)]
    parser.add_argument("--peers", default=",".join(installed), help="those that are installed, unless given")
    options = parser.parse_args()
    passed = failed = 0
    for name, seed in cases(options.seeds, options.fixtures):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            month = fixtures_april(folder) if seed is None else random_month(seed, folder)
            # What is refused is so for any month: once is enough.
            found = differences(options.binary, options.peers.split(","), month, folder, passed + failed == 0)
        passed, failed = passed + (not found), failed + bool(found)
        for line in found:
            print(f"{name}: {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
