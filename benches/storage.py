#!/usr/bin/env python3
"""A month from object storage, beside the same month from the disk, in turn.

    cargo build --release --features cloud && cargo build --release --examples
    python3 benches/storage.py --weed weed [--events 20000000] [--rounds 3]

Generates logs in Parquet, puts them into SeaweedFS on loopback, and bills the month from the disk, from there, from there
with every request delayed (by 50 ms), and with the book there, too. Each is a process of its own; medians are told, and all
must come to the same tables. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
BUCKET = "logs"
# Ports of SeaweedFS's parts, and of what delays.
MASTER, VOLUME, FILER, S3, DELAYED = 29331, 29332, 29333, 29334, 29335
WAYS = ("disk", "storage", "delayed", "delayed, book too")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weed", default="weed", help="SeaweedFS's program")
    parser.add_argument("--binary", type=Path, default=RELEASE / "monthend")
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--delay", type=int, default=50, help="milliseconds a request")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where logs are made and kept")
    return parser.parse_args()


def asked(method: str, path: str, body=None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", S3, timeout=600)
    connection.request(method, f"/{BUCKET}/{path}", body=body)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def serve(arguments: argparse.Namespace, work: Path) -> list[subprocess.Popen]:
    """SeaweedFS, and what delays its answers."""
    data = work / "weed"
    data.mkdir()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": work}
    words = "server -ip=127.0.0.1 -s3 -volume.max=100 -s3.port.iceberg=0 -s3.port.lance=0 -master.telemetry=false"
    ports = f"-master.port={MASTER} -volume.port={VOLUME} -filer.port={FILER} -s3.port={S3} -dir={data}"
    program = shutil.which(arguments.weed)
    if program is None:
        raise SystemExit(f"there is no {arguments.weed}")
    weed = subprocess.Popen([Path(program).absolute(), *words.split(), *ports.split()], **quiet)
    delayed = [RELEASE / "examples/delayed", str(DELAYED), f"127.0.0.1:{S3}", str(arguments.delay)]
    running = [weed, subprocess.Popen(delayed, **quiet)]
    for _ in range(300):
        try:
            if asked("PUT", "") in (200, 409):
                return running
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("SeaweedFS does not answer")


def put(logs: Path) -> None:
    for path in sorted(logs.iterdir()):
        with path.open("rb") as file:
            status = asked("PUT", f"in/{path.name}", file)
        if status != 200:
            raise SystemExit(f"{path.name}: {status}")


def bill(arguments: argparse.Namespace, logs: Path, work: Path, way: str) -> tuple[float, float, float, Path]:
    """Seconds, processor seconds and megabytes of a run, and its tables."""
    book = work / "book"
    shutil.rmtree(book, ignore_errors=True)
    port = S3 if way == "storage" else DELAYED
    from_ = str(logs) if way == "disk" else f"s3://{BUCKET}/in"
    to = f"s3://{BUCKET}/books/{time.time_ns()}" if "book" in way else str(book)
    environment = os.environ | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "nowhere",
        "NO_PROXY": "127.0.0.1",
    }
    command = [arguments.binary, "run", "--no-job", "--quiet", "--month", "2026-04", "--opening", "genesis", "--book", to]
    command += ["--usage", f"{from_}/usage-*", "--changes", f"{from_}/changes*", "--catalog", f"{from_}/catalog.toml"]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=work, stderr=subprocess.PIPE)
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        raise SystemExit(f"{way}: {told}")
    if "book" in way:
        subprocess.run([arguments.binary, "book", "copy", to, book], env=environment, check=True, capture_output=True)
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, book / "2026-04/r001"


def tables(revision: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in revision.glob("*.csv")}


def main() -> None:
    arguments = parse()
    made = tempfile.TemporaryDirectory(prefix="monthend-storage-")
    work = Path(made.name)
    logs = (arguments.work or work) / f"logs-{arguments.events}"
    if not logs.exists():
        sizes = f"--events {arguments.events} --accounts {arguments.accounts} --files {arguments.files}"
        subprocess.run([RELEASE / "examples/generate", "--out", logs, *sizes.split()], check=True)
    running = serve(arguments, work)
    try:
        put(logs)
        measured, first = {way: [] for way in WAYS}, None
        for round_ in range(arguments.rounds + 1):
            for way in WAYS:
                *figures, revision = bill(arguments, logs, work, way)
                first = first or tables(revision)
                if tables(revision) != first:
                    raise SystemExit(f"{way} comes to other tables")
                if round_:  # the first round warms the caches
                    measured[way].append(figures)
    finally:
        for process in running:
            process.kill()
    base = [statistics.median(column) for column in zip(*measured["disk"])]
    print(f"{arguments.events:,} events, {arguments.accounts:,} accounts, {arguments.rounds} rounds, delay {arguments.delay} ms")
    print(f"{'':18} {'seconds':>8} {'ratio':>6} {'processor':>10} {'MB':>6}")
    for way, figures in measured.items():
        seconds, processor, memory = (statistics.median(column) for column in zip(*figures))
        print(f"{way:18} {seconds:8.2f} {seconds / base[0]:6.2f} {processor:10.2f} {memory:6.0f}")


if __name__ == "__main__":
    sys.exit(main())
