"""Runs the DAG of jobs/airflow for months of the fixtures and looks at what became of its tasks.

    airflow_runs.py FOLDER AIRFLOW

May is published with findings at the second attempt, since the month's lock is held at the first; June has no logs.
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
book = Path("/var/lib/monthend/book")
home = Path(tempfile.mkdtemp())
(home / "dags").mkdir()
dag = Path("jobs/airflow/monthend.py").read_text()
patient = "retry_delay=timedelta(minutes=20)"
assert patient in dag
(home / "dags/monthend.py").write_text(dag.replace(patient, "retry_delay=timedelta(seconds=1)"))
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


def tasks(day):
    """What became of each task of the run that begins on a day, and of how many attempts."""
    with sqlite3.connect(home / "airflow.db") as found:
        rows = found.execute(
            "select task_id, t.state, try_number from task_instance t join dag_run d using (dag_id, run_id)"
            " where dag_id = 'monthend' and d.data_interval_start like ?",
            (f"{day}%",),
        ).fetchall()
    return {task: (state, attempts) for task, state, attempts in rows}


def check(holds, what, printed):
    if not holds:
        sys.exit(f"{what}\n{printed[-6000:]}")


migrating = start("db", "migrate")
ended = finish(migrating)
check(migrating.returncode == 0, "no database", ended)

# A lock that somebody holds, until the first attempt was turned away.
with open(book / ".lock/2026-05", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    running = start("dags", "test", "monthend", "2026-06-01T03:15:00+00:00")
    wait_until(lambda: tasks("2026-05-01").get("bill", ("", 0))[0] == "up_for_retry", running)
ended = finish(running)
became = tasks("2026-05-01")
check(became == {"bill": ("success", 2), "findings": ("success", 1), "mailing": ("success", 1)}, became, ended)
shutil.copytree(book, told / "book")

ended = finish(start("dags", "test", "monthend", "2026-07-01T03:15:00+00:00"))
became = tasks("2026-06-01")
check(became["bill"] == ("failed", 1), f"no usage: {became}", ended)
check({became[task][0] for task in ("findings", "mailing")} == {"upstream_failed"}, became, ended)
check(not (book / "2026-06/r001").exists(), "June is published", ended)
