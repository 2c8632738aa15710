"""Runs jobs/spark/rollup.py on requests, one after the other: in a session of Spark as tests have it, or with Sail.

    roll_up.py [--sail] SCRATCH_FOLDER REQUEST...

Exit code: rollup.py's; 77: there is no Spark or no Java, or no Sail.
"""

import contextlib
import runpy
import socket
import subprocess
import sys
import time
from pathlib import Path

ROLLUP = Path(__file__).parents[2] / "jobs" / "spark" / "rollup.py"
LOOKS = 300  # five a second


@contextlib.contextmanager
def sail(scratch):
    """What the script must be told to reach a server of Sail, which runs for so long."""
    program = Path(sys.executable).with_name("sail")
    if not program.exists():
        print(f"no Sail: there is no {program}", file=sys.stderr)
        sys.exit(77)
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        place = some.getsockname()
    scratch.mkdir(parents=True, exist_ok=True)
    with (scratch / "sail.log").open("w") as log:
        command = [program, "spark", "server", "--ip", place[0], "--port", str(place[1])]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    remote = "sc://{}:{}".format(*place)
    try:
        for _ in range(LOOKS):
            with contextlib.suppress(OSError), socket.create_connection(place):
                break
            time.sleep(0.2)
        yield ["--remote", remote]
    finally:
        from pyspark.sql import SparkSession

        # It has things to release; without a server it would try that for minutes.
        SparkSession.builder.remote(remote).getOrCreate().stop()
        server.terminate()
        server.wait()


@contextlib.contextmanager
def spark(scratch):
    from spark_session import session

    session(scratch)  # which the script finds
    yield []


def main(*words):
    is_sail = words[0] == "--sail"
    scratch, *requests = words[is_sail:]
    with (sail if is_sail else spark)(Path(scratch)) as options:
        for request in requests:
            sys.argv = [str(ROLLUP), "--request", request, *options]
            runpy.run_path(str(ROLLUP), run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
