"""A session of Spark in this process: one core, little memory, nothing that others see.

Exit code 77: there is no Spark or no Java.
"""

import os
import shutil
import sys

try:
    from pyspark.sql import SparkSession
except ImportError as missing:
    print(f"no Spark: {missing}", file=sys.stderr)
    sys.exit(77)
if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
    print("no Java, which Spark needs", file=sys.stderr)
    sys.exit(77)

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # whatever this machine is called
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def session(scratch):
    """The session, which keeps what it must in the folder `scratch`."""
    builder = SparkSession.builder.master("local[1]").appName("monthend")
    settings = {**SETTINGS, "spark.local.dir": str(scratch), "spark.sql.warehouse.dir": str(scratch / "warehouse")}
    for setting, value in settings.items():
        builder = builder.config(setting, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
