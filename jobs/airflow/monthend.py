"""Month-end billing: the month of the run's interval, its findings, and what follows a published month.

Put it into Airflow's folder of DAGs, set START to the first instant of the first month, and replace the bodies of `findings` and
`mailing` by yours. The first month begins from what came before: trigger it with {"opening": "genesis"}, or with the path
of a state file.
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

PUBLISHED, WITH_FINDINGS = 0, 3
# What another attempt cannot mend: failed, command line or job file, not as expected. All else is tried again, 75 (try
# later) above all.
FINAL = (1, 2, 4)


@dag(
    dag_id="monthend",
    # An interval is a month; it is billed some hours after it ended.
    schedule=CronDataIntervalTimetable("15 3 1 * *", timezone="UTC"),
    start_date=START,
    # A month that was missed is billed, too, and in order, since each opens with the one before.
    catchup=True,
    max_active_runs=1,
    params={"opening": Param("book", type="string", description="book, genesis, or the path of a state file")},
    tags=["billing"],
)
def monthend():
    @task(
        depends_on_past=True,
        retries=5,
        retry_delay=timedelta(minutes=20),
        retry_exponential_backoff=True,
        execution_timeout=timedelta(hours=12),
    )
    def bill() -> dict:
        """Bills the month; fails where it is not published."""
        context = get_current_context()
        month = context["data_interval_start"].strftime("%Y-%m")
        command = [PROGRAM, "run", "--job", JOB, "--month", month, "--opening", context["params"]["opening"], "--json"]
        # What it says to people goes to the task's log, the result is the last line of what it prints.
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=None, text=True, check=False)
        if ended.returncode in FINAL:
            raise AirflowFailException(f"{month} is not published: exit code {ended.returncode}, see above")
        if ended.returncode not in (PUBLISHED, WITH_FINDINGS):
            raise AirflowException(f"{month} is not published yet: exit code {ended.returncode}")
        return {"month": month, "findings": ended.returncode == WITH_FINDINGS, "result": json.loads(ended.stdout)}

    @task
    def findings(billed: dict) -> None:
        """Tells somebody that rows deserve a look."""
        if not billed["findings"]:
            raise AirflowSkipException(f"{billed['month']} has no findings")
        print(f"{billed['month']} is published with findings: {json.dumps(billed['result'], indent=2)}")

    @task
    def mailing(billed: dict) -> None:
        """Sends the invoices of a published month, with findings or without."""
        print(f"{billed['month']} is published and can be mailed")

    billed = bill()
    findings(billed)
    mailing(billed)


monthend()
