"""The job, with lake and checkpoint on S3, through Spark's own client of it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from glue_jobs.core.iceberg import JARS
from tests.faults.harness import HERE as FAULTS
from tests.faults.harness import JOB, ROOT

BUCKET = "everything"
LAKE, CHECKPOINT = f"s3://{BUCKET}/lake", f"s3://{BUCKET}/checkpoint"


def settings_for(endpoint_url: str, folder: Path, **more: str) -> dict[str, str]:
    """The environment in which a Spark of this machine sees `s3://` as Glue's does, but at `endpoint_url`.

    `more` are settings of Spark's streaming, such as `minBatchesToRetain`.
    """
    jars = Path(os.environ["SLUICE_S3_JARS"]).resolve()
    settings = {
        # Iceberg's first: it wants a newer SDK than Spark's client of S3, which is content with either.
        "spark.driver.extraClassPath": f"{JARS}/*:{jars}/*",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint_url,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        **{f"spark.sql.streaming.{name}": value for name, value in more.items()},
    }
    place = folder / "spark"
    place.mkdir()
    lines = [f"{name} {value}\n" for name, value in settings.items()]
    (place / "spark-defaults.conf").write_text("".join(lines))
    return {"SPARK_CONF_DIR": str(place), "PYTHONPATH": os.pathsep.join([str(FAULTS), str(ROOT)])}


def run(events: Path, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The job over all the files there are, one in each batch."""
    arguments = ["--lake_uri", LAKE, "--checkpoint_uri", CHECKPOINT, "--source", "files"]
    arguments += ["--source_path", events.as_uri(), "--max_files_per_trigger", "1"]
    return subprocess.run(
        [sys.executable, "-m", JOB, *arguments, "--run_mode", "available_now"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
