"""Month-end billing in parts, in the place of monthend.py: for months whose accounts are too many for one worker.

The month of the run's interval is billed by PARTS tasks side by side, on whatever workers, and then published by one.
As with monthend.py: set START, replace the bodies of `findings` and `mailing`, and trigger the first month with
{"opening": "genesis"}, or with the path of a state file.
"""

import json
import subprocess
from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.timetables.interval import CronDataIntervalTimetable

PROGRAM = "monthend"
JOB = "/etc/monthend/job.toml"
START = pendulum.datetime(2026, 4, 1, tz="UTC")
PARTS = 8

PUBLISHED, WITH_FINDINGS = 0, 3
# What another attempt cannot mend: failed, command line or job file, not as expected. All else is tried again, 75 (try
# later) above all.
FINAL = (1, 2, 4)
TRIES = {
    "retries": 5,
    "retry_delay": timedelta(minutes=20),
    "retry_exponential_backoff": True,
    "execution_timeout": timedelta(hours=12),
}


def monthend(*arguments: str) -> dict:
    """Runs a command of the program for the run's month; fails where it does."""
    context = get_current_context()
    month = context["data_interval_start"].strftime("%Y-%m")
    command = [PROGRAM, *arguments, "--job", JOB, "--month", month, "--opening", context["params"]["opening"], "--json"]
    # What it says to people goes to the task's log, the result is the last line of what it prints.
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=None, text=True, check=False)
    what = f"{month}: {' '.join(arguments)}: exit code {ended.returncode}"
    if ended.returncode in FINAL:
        raise AirflowFailException(f"{what}, see above")
    if ended.returncode not in (PUBLISHED, WITH_FINDINGS):
        raise AirflowException(what)
    return {"month": month, "findings": ended.returncode == WITH_FINDINGS, "result": json.loads(ended.stdout)}


@dag(
    dag_id="monthend_parts",
    # An interval is a month; it is billed some hours after it ended.
    schedule=CronDataIntervalTimetable("15 3 1 * *", timezone="UTC"),
    start_date=START,
    # A month that was missed is billed, too, and in order, since each opens with the one before.
    catchup=True,
    max_active_runs=1,
    params={"opening": Param("book", type="string", description="book, genesis, or the path of a state file")},
    tags=["billing"],
)
def monthend_parts():
    # What is downstream is `publish`: parts wait for the month before to be published, not for its parts alone.
    @task(wait_for_downstream=True, **TRIES)
    def bill(part: str) -> dict:
        """Bills a part of the month and leaves it in the book; nothing is published."""
        return monthend("run", "--part", part)["result"]

    @task(**TRIES)
    def publish() -> dict:
        """Puts the parts together; fails where the month is not published."""
        return monthend("publish")

    @task
    def findings(published: dict) -> None:
        """Tells somebody that rows deserve a look."""
        if not published["findings"]:
            raise AirflowSkipException(f"{published['month']} has no findings")
        print(f"{published['month']} is published with findings: {json.dumps(published['result'], indent=2)}")

    @task
    def mailing(published: dict) -> None:
        """Sends the invoices of a published month, with findings or without."""
        print(f"{published['month']} is published and can be mailed")

    published = publish()
    bill.expand(part=[f"{number}/{PARTS}" for number in range(1, PARTS + 1)]) >> published
    findings(published)
    mailing(published)


monthend_parts()
