"""Runs the DAGs of jobs/airflow for months of the fixtures and looks at what became of their tasks.

    airflow_runs.py FOLDER AIRFLOW

By each, May is published with findings at the second attempt, since the month's lock is held at the first; June has no
logs. The DAG that bills in parts has a book of its own.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

began = time.monotonic()
told, airflow = Path(sys.argv[1]), sys.argv[2]
home = Path(tempfile.mkdtemp())
(home / "dags").mkdir()
environment = os.environ | {
    "PATH": "/usr/bin:/bin",
    "HOME": str(home),
    "AIRFLOW_HOME": str(home),
    "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
}


def start(*args):
    with open(home / "printed", "w") as printed:
        return subprocess.Popen([airflow, *args], env=environment, stdout=printed, stderr=subprocess.STDOUT)


def finish(running):
    """What it printed, once it has ended."""
    code, args = running.wait(), " ".join(running.args[1:])
    print(f"airflow {args}: {code}, {time.monotonic() - began:.0f} s after the start", file=sys.stderr)
    return (home / "printed").read_text()


def wait_until(holds, running):
    while not holds():
        time.sleep(0.2)
        if running.poll() is not None:
            sys.exit(f"it has ended\n{finish(running)[-6000:]}")


def tasks(dag, day):
    """What became of each task of the run that begins on a day, and of how many attempts; of a mapped one, of each."""
    with sqlite3.connect(home / "airflow.db") as found:
        rows = found.execute(
            "select task_id, map_index, t.state, try_number from task_instance t join dag_run d using (dag_id, run_id)"
            " where dag_id = ? and d.data_interval_start like ?",
            (dag, f"{day}%"),
        ).fetchall()
    return {task if index < 0 else (task, index): (state, attempts) for task, index, state, attempts in rows}


def check(holds, what, printed):
    if not holds:
        sys.exit(f"{what}\n{printed[-6000:]}")


def replaced(text, old, new):
    assert old in text, old
    return text.replace(old, new)


def install(name, job):
    """A DAG that waits no 20 minutes, with a job file; each knows the same exit codes."""
    dag = Path(f"jobs/airflow/{name}.py").read_text()
    for line in ("PUBLISHED, WITH_FINDINGS = 0, 3", "FINAL = (1, 2, 4)"):
        assert f"\n{line}\n" in dag, line
    dag = replaced(replaced(dag, "timedelta(minutes=20)", "timedelta(seconds=1)"), "/etc/monthend/job.toml", job)
    (home / f"dags/{name}.py").write_text(dag)


def runs(dag, book, publishing, before):
    """May, then June, by a DAG. `publishing` is its task that publishes, `before` are those that run before it."""
    # A lock that somebody holds, until the first attempt was turned away.
    with open(book / ".lock/2026-05", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = start("dags", "test", dag, "2026-06-01T03:15:00+00:00")
        wait_until(lambda: tasks(dag, "2026-05-01").get(publishing, ("", 0))[0] == "up_for_retry", running)
    ended = finish(running)
    became = tasks(dag, "2026-05-01")
    follows = {"findings": ("success", 1), "mailing": ("success", 1)}
    check(became == {publishing: ("success", 2), **follows} | dict.fromkeys(before, ("success", 1)), became, ended)

    ended = finish(start("dags", "test", dag, "2026-07-01T03:15:00+00:00"))
    became = tasks(dag, "2026-06-01")
    for task in before or [publishing]:
        check(became[task] == ("failed", 1), f"no usage: {became}", ended)
    for task in {publishing, "findings", "mailing"} - {*(before or [publishing])}:
        check(became[task][0] == "upstream_failed", became, ended)
    check(not (book / "2026-06/r001").exists(), "June is published", ended)


book, parts_book = Path("/var/lib/monthend/book"), Path("/var/lib/monthend/parts-book")
shutil.copytree(book, parts_book, symlinks=True)
parts_job = replaced(Path("/etc/monthend/job.toml").read_text(), str(book), str(parts_book))
Path("/etc/monthend/parts.toml").write_text(parts_job)
install("monthend", "/etc/monthend/job.toml")
install("monthend_parts", "/etc/monthend/parts.toml")

migrating = start("db", "migrate")
ended = finish(migrating)
check(migrating.returncode == 0, "no database", ended)
runs("monthend", book, "bill", [])
runs("monthend_parts", parts_book, "publish", [("bill", part) for part in range(8)])
shutil.copytree(book, told / "book")
shutil.copytree(parts_book, told / "parts-book")
