"""The job with its lake and its checkpoint on S3: Spark itself speaks S3A, as on Glue.

Run by `make test-s3`, which fetches the jars and names their folder in SLUICE_S3_JARS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import AGGREGATES
from laptop.embedded_aws import EmbeddedAws
from tests.batch_oracle import check_side_tables, check_tables
from tests.faults.harness import signal_at, write_events
from tests.s3.spark_on_s3 import BUCKET, CHECKPOINT, run, settings_for

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


@pytest.fixture
def spark_settings(aws: EmbeddedAws, tmp_path: Path) -> dict[str, str]:
    """What makes a Spark of this machine see `s3://` as Glue's does, but at the embedded AWS."""
    return settings_for(aws.endpoint_url, tmp_path)


@dataclass(frozen=True)
class Bucket:
    """The bucket as any client of S3 sees it."""

    client: "S3Client"

    def keys(self, prefix: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def download(self, prefix: str, folder: Path) -> Path:
        """The files below a prefix as a folder."""
        for key in self.keys(f"{prefix}/"):
            path = folder / key.removeprefix(f"{prefix}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(key))
        return folder

    def cut_newest(self, log: str) -> None:
        """Leave ten bytes of the newest entry of one of Spark's logs."""
        entries = [key for key in self.keys(f"checkpoint/{log}/") if key.rpartition("/")[2].isdigit()]
        newest = max(entries, key=lambda key: int(key.rpartition("/")[2]))
        self.client.put_object(Bucket=BUCKET, Key=newest, Body=self.read(newest)[:10])


def test_killed_and_mended_on_s3_the_lake_equals_the_batch_result(
    spark_settings: Mapping[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed between the tables of a batch, its checkpoint cut short and mended, then run to the end.

    Offsets, commits, state and the lease lie on S3 alone.
    """
    bucket = Bucket(boto3.client("s3"))
    lines = write_events(tmp_path / "events", files=5, events_a_file=100, seed=7)
    hits = tmp_path / "hits"

    killed = run(tmp_path / "events", {**spark_settings, **signal_at("between_tables", "SIGKILL", 2, hits)})
    assert killed.returncode == -9, killed.stderr[-3000:]
    assert [key for key in bucket.keys("lake/aggregations/") if key.endswith(".parquet")] != []

    for log in ("offsets", "commits", "sources/0"):
        bucket.cut_newest(log)
    assert main(["doctor", CHECKPOINT]) == 1
    assert main(["doctor", CHECKPOINT, "--repair"]) == 0
    assert "removed offsets/" in capsys.readouterr().err

    ended = run(tmp_path / "events", spark_settings)
    assert ended.returncode == 0, ended.stderr[-3000:]
    lake = bucket.download("lake", tmp_path / "lake")
    check_tables(lake, lines, *AGGREGATES)
    check_side_tables(lake, lines)
    assert len([key for key in bucket.keys("checkpoint/state/") if key.endswith(".changelog")]) > 0
    assert "checkpoint/_lease.json" in bucket.keys("checkpoint/_lease")
