"""Prometheus with the rules of jobs/alerts, on metrics that the program has written.

    prometheus.py FOLDER [METRICS=ALERT,ALERT...]...

Of each file exactly these alerts fire; of one that is not there, too. Waiting (`for:`) is left out. Exits with 77 where there is
no Prometheus.
"""

import http.server
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

folder, *cases = sys.argv[1:]
folder = Path(folder)
if not shutil.which("prometheus"):
    print("prometheus is not there", file=sys.stderr)
    sys.exit(77)
served = None


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = served and served.is_file()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        if found:
            self.wfile.write(served.read_bytes())

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def firing(port):
    """The alerts that fire, once the rules have been judged."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/alerts", timeout=5) as answer:
            alerts = json.load(answer)["data"]["alerts"]
    except (urllib.error.URLError, ConnectionError):
        return None
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
threading.Thread(target=server.serve_forever, daemon=True).start()
rules = Path("jobs/alerts/monthend.rules.yml").read_text()
(folder / "rules.yml").write_text(re.sub(r"\n +for: .*", "", rules))
(folder / "prometheus.yml").write_text(
    json.dumps(
        {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [
                {"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{server.server_port}"]}]}
            ],
        }
    )
)
for number, case in enumerate(cases):
    metrics, _, alerts = case.rpartition("=")
    expected, served, port = set(alerts.split(",")), Path(metrics), free_port()
    with open(folder / "log", "w") as log:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data-{number}"]
            + [f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log,
            stderr=log,
        )
    fire, held, end = None, 0, time.monotonic() + 60
    # Before the first scrape there are no metrics, which is an alert of its own: what fires must go on firing.
    while held < 5 and time.monotonic() < end and prometheus.poll() is None:
        time.sleep(1)
        fire = firing(port)
        held = held + 1 if fire == expected else 0
    prometheus.terminate()
    prometheus.wait()
    if held < 5:
        sys.exit(f"{case}: {fire} fire\n{(folder / 'log').read_text()[-3000:]}")
