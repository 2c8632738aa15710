"""A session of Spark in this process: one core, little memory, nothing that others see.

Exit code 77: there is no Spark or no Java.
"""

import os
import platform
import shutil
import sys
import zipfile
from pathlib import Path

try:
    import pyspark
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


def snappy(scratch):
    """Words for Java that name the Snappy for this machine's C library, where by itself Spark's would take that for musl:
    it does wherever musl is installed, beside glibc, too."""
    if not os.path.exists("/lib/ld-musl-x86_64.so.1") or platform.libc_ver()[0] != "glibc":
        return ""
    [jar] = (Path(pyspark.__file__).parent / "jars").glob("snappy-java-*.jar")
    scratch.mkdir(parents=True, exist_ok=True)
    library = scratch / "libsnappyjava.so"
    with zipfile.ZipFile(jar) as packed:
        library.write_bytes(packed.read(f"org/xerial/snappy/native/Linux/x86_64/{library.name}"))
    return f' "-Dorg.xerial.snappy.lib.path={scratch}" -Dorg.xerial.snappy.lib.name={library.name}'


def session(scratch):
    """The session, which keeps what it must in the folder `scratch`."""
    builder = SparkSession.builder.master("local[1]").appName("monthend")
    settings = {**SETTINGS, "spark.local.dir": str(scratch), "spark.sql.warehouse.dir": str(scratch / "warehouse")}
    settings["spark.driver.extraJavaOptions"] += snappy(scratch)
    for setting, value in settings.items():
        builder = builder.config(setting, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
