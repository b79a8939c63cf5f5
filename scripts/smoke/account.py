"""The AWS account: what the smoke test asks of it, and the little that it changes there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from glue_jobs.core.errors import OptionError, SinkError
from glue_jobs.streaming.mobile_coverage import JOB
from scripts.smoke.records import Sent

_ENDED = ("STOPPED", "FAILED", "SUCCEEDED", "TIMEOUT", "ERROR", "EXPIRED")
_DPU = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0}
"""Data processing units of a worker (AWS Glue developer guide, adding jobs)."""

_AT_ONCE = 500
"""The most records that one PutRecords call takes (Kinesis API reference)."""


@dataclass(frozen=True)
class Account:
    """One region of an account, and the job, stream and lake in it."""

    region: str
    job_name: str
    stream_name: str
    lake_uri: str

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=self.region)  # type: ignore[call-overload]

    @cached_property
    def glue(self) -> Any:
        return self.client("glue")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    def number(self) -> str:
        """The account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def dpu(self) -> float:
        """What a run of the job takes, once it is certain that the job is the one to test.

        Raises:
            OptionError: there is no such job, or it reads or writes elsewhere.
        """
        try:
            job = self.glue.get_job(JobName=self.job_name)["Job"]
        except ClientError as error:
            raise OptionError(f"--job_name: got {self.job_name!r}; {error}") from error
        arguments = job.get("DefaultArguments", {})
        for name, wanted in (("--lake_uri", self.lake_uri), ("--stream_name", self.stream_name)):
            if arguments.get(name, "").rstrip("/") != wanted.rstrip("/"):
                raise OptionError(
                    f"{name}: got {wanted!r}, but the job has {arguments.get(name)!r}; they must be equal"
                )
        return _DPU.get(job.get("WorkerType", ""), 1.0) * float(job.get("NumberOfWorkers", 2))

    def start_run(self) -> str:
        """Start the job; the id of the run."""
        return str(self.glue.start_job_run(JobName=self.job_name)["JobRunId"])

    def stop_run(self, run: str) -> None:
        """Ask Glue to stop a run; one that has ended is no error."""
        self.glue.batch_stop_job_run(JobName=self.job_name, JobRunIds=[run])

    def has_ended(self, run: str) -> bool:
        """Whether a run is over."""
        found = self.glue.get_job_run(JobName=self.job_name, RunId=run)["JobRun"]
        return found["JobRunState"] in _ENDED

    def send(self, payloads: Sequence[bytes]) -> list[Sent]:
        """Put records into the stream; every one is acknowledged.

        Raises:
            SinkError: the stream refused some.
        """
        kinesis, sent = self.client("kinesis"), list[Sent]()
        for first in range(0, len(payloads), _AT_ONCE):
            some = payloads[first : first + _AT_ONCE]
            entries = [{"Data": data, "PartitionKey": str(first + n)} for n, data in enumerate(some)]
            answers = kinesis.put_records(StreamName=self.stream_name, Records=entries)["Records"]
            refused = [answer["ErrorCode"] for answer in answers if "ErrorCode" in answer]
            if refused:
                raise SinkError(
                    f"stream {self.stream_name}: refused {len(refused)} records ({refused[0]}); try again"
                )
            sent += [Sent(data, answer["SequenceNumber"]) for data, answer in zip(some, answers, strict=True)]
        return sent

    def rows(self, folder: str, since: datetime) -> Iterator[dict[str, Any]]:
        """The rows of every Parquet file below a folder of the lake that was written since then."""
        for found in self._objects(f"{folder}/"):
            if found["LastModified"] >= since and found["Key"].endswith(".parquet"):
                body = self.s3.get_object(Bucket=self._bucket, Key=found["Key"])["Body"].read()
                yield from pq.read_table(BytesIO(body), partitioning=None).to_pylist()

    def metric_names(self) -> list[str]:
        """The metrics that CloudWatch has of the job."""
        dimension = [{"Name": "job", "Value": JOB}]
        found = self.client("cloudwatch").list_metrics(Namespace="Sluice", Dimensions=dimension)
        return [metric["MetricName"] for metric in found["Metrics"]]

    def try_s3(self, marker: str) -> tuple[bool, dict[str, bool]]:
        """Whether a listing has an object at once, and which conditional writes are refused.

        Makes one object of its own below the lake, hidden from readers of tables, and removes it.
        """
        key = self._key(f"_smoke/{marker}")
        place = {"Bucket": self._bucket, "Key": key}
        try:
            stale = self.s3.put_object(**place, Body=b"first")["ETag"]
            listed = [found["Key"] for found in self._objects(f"_smoke/{marker}")] == [key]
            self.s3.put_object(**place, Body=b"second", IfMatch=stale)
            refused = {
                "If-None-Match over an object": self._is_refused(**place, IfNoneMatch="*"),
                "If-Match of an older object": self._is_refused(**place, IfMatch=stale),
            }
        finally:
            with suppress(ClientError):
                self.s3.delete_object(**place)
        return listed, refused

    def _is_refused(self, **write: Any) -> bool:
        try:
            self.s3.put_object(**write, Body=b"third")
        except ClientError as error:
            return error.response["Error"]["Code"] == "PreconditionFailed"
        return False

    def _objects(self, folder: str) -> Iterator[dict[str, Any]]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._key(folder)
        )
        for page in pages:
            yield from page.get("Contents", [])

    @property
    def _bucket(self) -> str:
        return urlsplit(self.lake_uri).netloc

    def _key(self, path: str) -> str:
        return f"{urlsplit(self.lake_uri).path.strip('/')}/{path}".lstrip("/")
