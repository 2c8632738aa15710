"""Runs a rollup on a small cluster whose executors are killed at random moments; compares it with an undisturbed one.

    killed_executors.py REQUEST_FOLDER SCRATCH_FOLDER [--runs 7]

REQUEST_FOLDER is what `monthend rollup request` has written; of a log large enough that a run takes a minute (300,000
rows do). Each run has a copy of it in SCRATCH_FOLDER. The cluster is Spark's own for tests, with two executors
as processes of this machine, which are killed by SIGKILL every 8 to 30 seconds; all six tables must have the same rows.

With the Python in whose environment pyspark is; Java as in JAVA_HOME. Exit code: 0 all the same, 1 not.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyspark
from spark_session import session, snappy

ROLLUP = Path(__file__).parents[2] / "jobs" / "spark" / "rollup.py"
TABLES = ["sums", "exceptions", "sharing", "recent", "rejects", "control"]
SETTINGS = {
    "spark.deploy.maxExecutorRetries": "-1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.executor.memory": "1g",
    "spark.sql.autoBroadcastJoinThreshold": "-1",  # more stages to lose
    "spark.sql.files.maxPartitionBytes": "4m",
    "spark.sql.shuffle.partitions": "8",
    "spark.stage.maxConsecutiveAttempts": "1000",
    "spark.task.maxFailures": "1000",
    "spark.ui.enabled": "false",
}


def processes():
    """Of each process its parent and its command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_text())
        except OSError:
            continue  # it has ended
    return found


def executors(root):
    """The executors that a process has started, or those that it has started."""
    found = processes()

    def is_below(process):
        while process in found and process != root:
            process = found[process][0]
        return process == root

    return [process for process, (_, command) in found.items()
            if "CoarseGrainedExecutorBackend" in command and is_below(process)]


def roll_up(request, folder, scratch, seed):
    """A run in a folder of its own; executors are killed where there is a seed. Gives how many were, and seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(request, folder, ignore=shutil.ignore_patterns("_*", "rollup.json", *TABLES))
    home = Path(pyspark.__file__).parent
    settings = {**SETTINGS, "spark.local.dir": str(scratch)}
    for side in ("driver", "executor"):
        settings[f"spark.{side}.extraJavaOptions"] = f"-XX:TieredStopAtLevel=1{snappy(scratch)}"
    command = [home / "bin" / "spark-submit", "--master", "local-cluster[2,1,1024]"]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    command += [ROLLUP, "--request", folder / "request.json"]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
                   "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    chance, killed, begun = random.Random(seed), 0, time.monotonic()
    with (folder / "log").open("w") as log:
        run = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        while run.poll() is None:
            try:
                run.wait(chance.uniform(8, 30))
            except subprocess.TimeoutExpired:
                some = executors(run.pid) if seed is not None else []
                if some:
                    os.kill(chance.choice(some), signal.SIGKILL)
                    killed += 1
    if run.returncode:
        sys.exit(f"{folder}: exit code {run.returncode}, see {folder / 'log'}")
    return killed, time.monotonic() - begun


def tables(spark, folder):
    return {table: Counter(map(tuple, spark.read.parquet(str(folder / table)).collect())) for table in TABLES}


def main(request, scratch, runs):
    folders = [scratch / "undisturbed", *(scratch / f"run-{run}" for run in range(1, runs + 1))]
    for seed, folder in enumerate(folders):
        killed, seconds = roll_up(request, folder, scratch, seed or None)
        print(f"{folder.name}: {killed} executors killed, {seconds:.0f} s", flush=True)
    spark = session(scratch)
    undisturbed, faults = tables(spark, folders[0]), 0
    for folder in folders[1:]:
        for table, rows in tables(spark, folder).items():
            if rows != undisturbed[table]:
                faults += 1
                print(f"{folder.name}: {table} has other rows")
    print(f"{runs} runs, {sum(map(len, undisturbed.values()))} rows in six tables: {faults or 'no'} differences")
    sys.exit(bool(faults))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Rolls up on a cluster whose executors are killed.")
    arguments.add_argument("request", type=Path)
    arguments.add_argument("scratch", type=Path)
    arguments.add_argument("--runs", type=int, default=7)
    given = arguments.parse_args()
    main(given.request.absolute(), given.scratch.absolute(), given.runs)
