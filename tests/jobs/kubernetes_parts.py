"""Bills May of the fixtures as the Jobs of jobs/kubernetes/parts do, and as the CronJob does, by their arguments:

    kubernetes_parts.py PROGRAM FOLDER

FOLDER/book is then the CronJob's, and FOLDER/parts-book that of the Jobs. What Kubernetes mounts lies in FOLDER, as it
is mounted. Run in the repository's root. Exits with 77 where a module is missing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

try:
    import yaml
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

program, folder = sys.argv[1], Path(sys.argv[2])
KUBERNETES = Path("jobs/kubernetes")
# What is mounted where.
PLACES = {"/etc/monthend": folder / "job", "/var/lib/monthend": folder / "data"}


def load(name):
    return yaml.safe_load((KUBERNETES / name).read_text())


def arguments(job):
    [container] = job["spec"]["template"]["spec"]["containers"]
    return container["args"]


def here(text):
    for mounted, place in PLACES.items():
        text = text.replace(mounted, str(place))
    return text


def run(expected, args):
    command, environment = [program, *map(here, args)], {"TMPDIR": str(folder / "data")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != expected:
        sys.exit(f"{' '.join(command)}: {ended.returncode}, not {expected}\n{ended.stdout}{ended.stderr}")


def bill(index, expected=0):
    run(expected, [arg.replace("$(JOB_COMPLETION_INDEX)", str(index)) for arg in arguments(parts)])


job, data = PLACES.values()
shutil.copytree("fixtures", data / "logs", ignore=shutil.ignore_patterns("year", "*.toml"))
# The job file is mounted by itself, the catalogues with the links that a ConfigMap has.
text = here((KUBERNETES / "job.toml").read_text()).replace("#max_reject_share = 0.001", "max_reject_share = 0.05")
assert "\nmax_reject_share" in text
shutil.copytree(KUBERNETES / "catalogs", job / "catalogs/..made")
(job / "job.toml").write_text(text)
os.symlink("..made", job / "catalogs/..data")
for catalogue in os.listdir(job / "catalogs/..made"):
    os.symlink(f"..data/{catalogue}", job / "catalogs" / catalogue)

run(3, ["run", "--job=/etc/monthend/job.toml", "--month=2026-04", "--opening=genesis"])
shutil.copytree(data / "book", folder / "april", symlinks=True)
cronjob = arguments(load("cronjob.yaml")["spec"]["jobTemplate"])
run(0, [arg.replace("--through=previous", "--through=2026-05") for arg in cronjob])
(data / "book").rename(folder / "book")

(folder / "april").rename(data / "book")
parts, publish = load("parts/bill.yaml"), arguments(load("parts/publish.yaml"))
last, *others = range(parts["spec"]["completions"])
# In any order; a pod may be started twice.
for index in [*reversed(others), others[0]]:
    bill(index)
run(75, publish)
bill(last)
run(0, publish)
# Published, which no other attempt changes.
bill(last, expected=2)
(data / "book").rename(folder / "parts-book")
